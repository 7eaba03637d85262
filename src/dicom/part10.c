/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/part10.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "dicom/element.h"
#include "dicom/input.h"
#include "dicom/walk.h"

#define PREAMBLE 128 /* bytes before "DICM" (PS3.10 7.1) */

#define TAG_META_LENGTH	  0x00020000u
#define TAG_META_CLASS	  0x00020002u
#define TAG_META_INSTANCE 0x00020003u
#define TAG_META_SYNTAX	  0x00020010u

/* What the file meta information says; "" where it says nothing. */
struct meta {
	char sop_class[UID_MAX + 1];
	char sop_instance[UID_MAX + 1];
	char syntax[UID_MAX + 1];
};

static const char correct[] = "Have the system that made the object correct it.";

static enum part10_result
not_dicom(struct err *err)
{
	err_set(err, ERR_NO_INPUT, "is no DICOM file: it begins neither with a DICOM header "
		"nor with a data set");
	return PART10_NOT_DICOM;
}

/* Pass the preamble. False, having moved nowhere, where there is none. */
static int
read_preamble(struct input *in, bool *found, struct err *err)
{
	const unsigned char *p;
	size_t have;
	bool whole;

	*found = false;
	if (input_peek(in, PREAMBLE + 4, &p, &have, err))
		return -1;
	if (have < PREAMBLE + 4 || memcmp(p + PREAMBLE, "DICM", 4) != 0)
		return 0;
	*found = true;
	return input_skip(in, PREAMBLE + 4, &whole, err);
}

/* Does in stand at an element of group 2, written as PS3.10 7.1 wants it? */
static int
at_meta(struct input *in, bool *is_meta, struct err *err)
{
	struct element element;
	const unsigned char *p;
	size_t have;

	if (input_peek(in, ELEMENT_HEADER_MAX, &p, &have, err))
		return -1;
	*is_meta = element_parse(p, have, ENCODING_EXPLICIT_LE, &element) == ELEMENT_OK &&
		element.tag >> 16 == 0x0002 && element_vr_known(element.vr);
	return 0;
}

/* Where group 2 ends by its own group length, 0 if it does not say. */
static int
read_group_length(struct input *in, const struct element *element, uint64_t *end, struct err *err)
{
	const unsigned char *p;
	size_t have;

	if (element->length == 4) {
		if (input_peek(in, 4, &p, &have, err))
			return -1;
		if (have == 4)
			*end = in->at + 4 + element_u32(p, false);
	}
	return walk_skip(in, ENCODING_EXPLICIT_LE, element, err) == WALK_ON ? 0 : -1;
}

/*
 * Read group 2. Its length is wrong or missing often enough, so it ends where
 * another group begins. Only a deflated data set may by chance begin as group 2
 * does: there the length counts.
 */
static int
read_meta(struct input *in, struct meta *meta, struct err *err)
{
	struct element element;
	uint64_t end = 0;
	bool more;
	int rc = 0;

	memset(meta, 0, sizeof *meta);
	while (rc == 0) {
		if (at_meta(in, &more, err))
			return -1;
		if (!more || (in->at == end && strcmp(meta->syntax, UID_DEFLATED_LE) == 0))
			return 0;
		if (walk_next(in, ENCODING_EXPLICIT_LE, &element, err) != WALK_ON)
			return -1;
		if (element.tag == TAG_META_LENGTH)
			rc = read_group_length(in, &element, &end, err);
		else if (element.tag == TAG_META_CLASS)
			rc = walk_uid(in, &element, meta->sop_class, err) == WALK_ON ? 0 : -1;
		else if (element.tag == TAG_META_INSTANCE)
			rc = walk_uid(in, &element, meta->sop_instance, err) == WALK_ON ? 0 : -1;
		else if (element.tag == TAG_META_SYNTAX)
			rc = walk_uid(in, &element, meta->syntax, err) == WALK_ON ? 0 : -1;
		else
			rc = walk_skip(in, ENCODING_EXPLICIT_LE, &element, err) == WALK_ON ? 0 : -1;
	}
	return -1;
}

/*
 * The syntax of a data set that nothing announces, from its first element: of
 * group 8, with a VR, or with a length that leaves room for more. NULL: none.
 */
static int
guess_syntax(struct input *in, const char **syntax, struct err *err)
{
	static const struct {
		const char *uid;
		struct encoding encoding;
	} candidates[] = {
		{ UID_EXPLICIT_LE, { .explicit_vr = true } },
		{ UID_EXPLICIT_BE, { .explicit_vr = true, .big_endian = true } },
		{ UID_IMPLICIT_LE, { .explicit_vr = false } },
	};
	struct element element;
	const unsigned char *p;
	size_t have;

	*syntax = NULL;
	if (input_peek(in, ELEMENT_HEADER_MAX, &p, &have, err))
		return -1;
	for (size_t i = 0; i < sizeof candidates / sizeof candidates[0] && !*syntax; i++) {
		if (element_parse(p, have, candidates[i].encoding, &element) != ELEMENT_OK ||
			element.tag >> 16 != 0x0008 || element.length >= in->size - in->at)
			continue;
		if (element.vr[0] == '\0' || element_vr_known(element.vr))
			*syntax = candidates[i].uid;
	}
	return 0;
}

/* The data set must say what it is, and the header must not contradict it. */
static enum part10_result
compare(const struct meta *meta, const struct instance *out, struct err *err)
{
	if (out->sop_class[0] == '\0' || out->sop_instance[0] == '\0') {
		err_set(err, ERR_NO_INPUT, "its data set has no %s", out->sop_class[0] ?
			"SOP Instance UID (0008,0018)" : "SOP Class UID (0008,0016)");
		err_hint(err, "%s", correct);
		return PART10_BAD;
	}
	if (meta->sop_class[0] && strcmp(meta->sop_class, out->sop_class) != 0) {
		err_set(err, ERR_NO_INPUT, "its header (0002,0002) names the SOP class %s, its data set "
			"(0008,0016) %s", meta->sop_class, out->sop_class);
		err_hint(err, "%s", correct);
		return PART10_BAD;
	}
	if (meta->sop_instance[0] && strcmp(meta->sop_instance, out->sop_instance) != 0) {
		err_set(err, ERR_NO_INPUT, "its header (0002,0003) names the SOP instance %s, its data set "
			"(0008,0018) %s", meta->sop_instance, out->sop_instance);
		err_hint(err, "%s", correct);
		return PART10_BAD;
	}
	return PART10_OK;
}

/* Unknown syntaxes are taken for explicit VR little endian (PS3.5 A.4). */
static enum part10_result
read_data_set(struct input *in, const struct meta *meta, struct instance *out, struct err *err)
{
	const struct syntax *syntax = syntax_find(out->syntax);
	struct encoding encoding = ENCODING_EXPLICIT_LE;
	enum walk_result result;

	if (syntax) {
		encoding.explicit_vr = syntax->explicit_vr;
		encoding.big_endian = syntax->big_endian;
	}
	if (syntax && syntax->deflated && input_inflate(in, err))
		return PART10_BAD;
	result = walk_data_set(in, encoding, out, err);
	if (result == WALK_BAD)
		return PART10_BAD;
	if (result == WALK_UNKNOWN && (out->sop_class[0] == '\0' || out->sop_instance[0] == '\0')) {
		err_wrap(err, "its data set is not in %s as %s", uid_name(out->syntax),
			out->has_meta ? "its header says" : "it begins");
		err_hint(err, "%s", correct);
		return PART10_BAD;
	}
	/* PS3.5 A.5: one byte may pad the deflated stream. */
	if (input_leftover(in) > 1)
		out->raw = RAW_UNWALKED;
	/* A deflated stream may be odd: whoever sends it adds that byte. */
	if (out->raw == RAW_FIT && !(syntax && syntax->deflated) && ((out->size - out->data_offset) & 1))
		out->raw = RAW_ODD;
	return compare(meta, out, err);
}

static enum part10_result
dicomdir(struct err *err)
{
	err_set(err, ERR_NO_INPUT, "is a DICOMDIR: an index of files, not an object that can be stored");
	err_hint(err, "Name the files that it lists, or the directory that holds them.");
	return PART10_NOT_DICOM;
}

static enum part10_result
read_head(struct input *in, struct instance *out, struct err *err)
{
	enum part10_result result;
	struct meta meta;
	const char *syntax = meta.syntax;
	bool preamble;

	if (read_preamble(in, &preamble, err) || at_meta(in, &out->has_meta, err) ||
		read_meta(in, &meta, err))
		return PART10_BAD;
	if (strcmp(meta.sop_class, UID_MEDIA_DIRECTORY) == 0)
		return dicomdir(err);
	out->data_offset = in->at;
	if (meta.syntax[0] == '\0' && guess_syntax(in, &syntax, err))
		return PART10_BAD;
	if (!syntax && !preamble && !out->has_meta)
		return not_dicom(err);
	if (!syntax) {
		err_set(err, ERR_NO_INPUT, "its header names no transfer syntax (0002,0010), "
			"and its data set does not show any");
		err_hint(err, "%s", correct);
		return PART10_BAD;
	}
	text_format(out->syntax, sizeof out->syntax, "%s", syntax);
	result = read_data_set(in, &meta, out, err);
	/* A guess is worth nothing until a SOP class proved it. */
	if (result == PART10_BAD && !preamble && !out->has_meta && out->sop_class[0] == '\0')
		return not_dicom(err);
	return result;
}

/* fstat(2) the descriptor into out; only files with content pass. */
static enum part10_result
look(int fd, struct instance *out, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st)) {
		err_set(err, ERR_NO_INPUT, "cannot be examined: %s", strerror(errno));
		return PART10_BAD;
	}
	if (!S_ISREG(st.st_mode)) {
		err_set(err, ERR_NO_INPUT, S_ISDIR(st.st_mode) ? "is a directory" : "is no regular file");
		return PART10_BAD;
	}
	if (st.st_size == 0) {
		err_set(err, ERR_NO_INPUT, "is empty");
		return PART10_NOT_DICOM;
	}
	out->size = (uint64_t)st.st_size;
	out->mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	return PART10_OK;
}

/* Put the file's name in front of what err says. */
static void
name(struct err *err, const char *path)
{
	char shown[512];

	err_wrap(err, "%s", text_harmless_str(shown, sizeof shown, path));
}

enum part10_result
part10_read_fd(int fd, const char *path, struct instance *out, struct err *err)
{
	enum part10_result result;
	struct input in;

	memset(out, 0, sizeof *out);
	result = look(fd, out, err);
	if (result == PART10_OK) {
		input_init(&in, fd, out->size);
		result = read_head(&in, out, err);
		input_clear(&in);
	}
	if (result == PART10_OK) {
		out->path = strdup(path);
		if (out->path)
			return PART10_OK;
		err_nomem(err);
		result = PART10_BAD;
	}
	instance_clear(out);
	name(err, path);
	return result;
}

enum part10_result
part10_read(const char *path, struct instance *out, struct err *err)
{
	enum part10_result result;
	int fd;

	/* O_NONBLOCK: a FIFO without a writer must not hold us up. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1) {
		memset(out, 0, sizeof *out);
		err_set(err, ERR_NO_INPUT, "cannot be opened: %s", strerror(errno));
		name(err, path);
		return PART10_BAD;
	}
	result = part10_read_fd(fd, path, out, err);
	close(fd);
	return result;
}

void
instance_clear(struct instance *instance)
{
	if (!instance)
		return;
	free(instance->path);
	memset(instance, 0, sizeof *instance);
}
