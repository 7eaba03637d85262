/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/part10.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dicom/element.h"
#include "dicom/filekind.h"
#include "dicom/input.h"
#include "dicom/meta.h"
#include "dicom/walk.h"

static const char correct[] = "Have the system that made the object correct it.";

static enum part10_result
not_dicom(const struct input *in, struct err *err)
{
	unsigned char head[FILEKIND_HEAD];
	ssize_t n = pread(in->fd, head, sizeof head, 0);
	const struct filekind *kind = n > 0 ? filekind_find(head, (size_t)n) : NULL;

	if (kind) {
		err_set(err, ERR_NO_INPUT, "is not a DICOM file, but %s", kind->what);
		err_hint(err, "%s", kind->hint);
	} else {
		err_set(err, ERR_NO_INPUT, "is not a DICOM file: it begins neither with a DICOM header nor "
			"with a data set");
	}
	return PART10_NOT_DICOM;
}

/* Headers are not sent, and some are wrong: they are only compared with the data set. */
static int
note_mismatch(struct instance *out, const char *header_tag, const char *header_uid, const char *tag,
	const char *uid)
{
	if (asprintf(&out->mismatch, "its header has %s %s, but its data set has %s %s, which is used",
		header_tag, header_uid, tag, uid) >= 0)
		return 0;
	out->mismatch = NULL;
	return -1;
}

/* The data set must have a SOP class and a SOP instance. */
static enum part10_result
compare(const struct meta *meta, struct instance *out, struct err *err)
{
	int rc = 0;

	if (out->sop_class[0] == '\0' || out->sop_instance[0] == '\0') {
		err_set(err, ERR_NO_INPUT, "its data set has no %s", out->sop_class[0] ?
			"SOP Instance UID (0008,0018)" : "SOP Class UID (0008,0016)");
		err_hint(err, "%s", correct);
		return PART10_BAD;
	}
	if (meta->sop_instance[0] && strcmp(meta->sop_instance, out->sop_instance) != 0)
		rc = note_mismatch(out, "(0002,0003)", meta->sop_instance, "(0008,0018)", out->sop_instance);
	else if (meta->sop_class[0] && strcmp(meta->sop_class, out->sop_class) != 0)
		rc = note_mismatch(out, "(0002,0002)", meta->sop_class, "(0008,0016)", out->sop_class);
	if (rc < 0) {
		err_nomem(err);
		return PART10_BAD;
	}
	return PART10_OK;
}

/* Is the data set written as the header says? Only a first element that can be read in another way shows
 * that it is not. */
static int
check_encoding(struct input *in, const char *stated, struct encoding encoding, struct err *err)
{
	const struct syntax *found;
	const char *guess;

	if (in->deflated)
		return 0;
	if (meta_guess(in, &guess, err))
		return -1;
	found = guess ? syntax_find(guess) : NULL;
	if (!found ||
	    (found->explicit_vr == encoding.explicit_vr && found->big_endian == encoding.big_endian))
		return 0;
	err_set(err, ERR_NO_INPUT, "its header (0002,0010) says %s, but its data set is in %s",
		uid_name(stated), found->name);
	return err_hint(err, "%s", correct);
}

static enum part10_result
read_data_set(struct input *in, const struct meta *meta, struct instance *out, struct err *err)
{
	struct encoding encoding;
	enum walk_result result;

	out->data_size = out->size - out->data_offset;
	if (meta_enter(in, out->syntax, &encoding, err) ||
	    check_encoding(in, out->syntax, encoding, err))
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
	if (in->deflated && result == WALK_END)
		out->inflated = in->at;
	/* A structure that was not understood is not a failure. */
	*err = (struct err)ERR_INIT;
	/* PS3.5 A.5: one byte may pad the deflated stream. */
	if (input_leftover(in) > 1)
		out->raw = RAW_UNWALKED;
	/* A deflated stream may have an odd length: that byte is added when it is sent. */
	if (out->raw == RAW_FIT && !in->deflated && (out->data_size & 1))
		out->raw = RAW_ODD;
	return compare(meta, out, err);
}

static enum part10_result
refuse_dicomdir(struct err *err)
{
	err_set(err, ERR_NO_INPUT, "is a DICOMDIR: an index of files, not an object that can be stored");
	err_hint(err, "Give the files that it lists, or the directory that contains them.");
	err->detail = NO_INPUT_IS_DICOMDIR;
	return PART10_NOT_DICOM;
}

/* The rest of a small file is in the window now, but not after the walk. */
static int
keep_rest(struct input *in, struct instance *out, struct err *err)
{
	uint64_t left = in->size - in->at;
	const unsigned char *p;
	size_t have;

	if (left > KEPT_MAX)
		return 0;
	if (input_peek(in, (size_t)left, &p, &have, err))
		return -1;
	if (have < left)
		return 0; /* it shrank: the walk will notice */
	out->kept = malloc(have);
	if (out->kept)
		memcpy(out->kept, p, have);
	return 0; /* without it, the file is opened again */
}

static enum part10_result
read_head(struct input *in, struct instance *out, struct err *err)
{
	enum part10_result result;
	struct meta meta;
	const char *syntax = meta.syntax;

	if (meta_read(in, &meta, err))
		return PART10_BAD;
	if (strcmp(meta.sop_class, UID_MEDIA_DIRECTORY) == 0)
		return refuse_dicomdir(err);
	out->has_meta = meta.present;
	out->data_offset = in->at;
	if (meta.syntax[0] == '\0' && meta_guess(in, &syntax, err))
		return PART10_BAD;
	if (!syntax && !meta.preamble && !out->has_meta)
		return not_dicom(in, err);
	if (!syntax) {
		err_set(err, ERR_NO_INPUT, "its header has no transfer syntax (0002,0010), and its data "
			"set does not show which it is");
		err_hint(err, "%s", correct);
		return PART10_BAD;
	}
	memcpy(out->syntax, syntax, strlen(syntax) + 1); /* a valid UID, so it fits */
	if (keep_rest(in, out, err))
		return PART10_BAD;
	result = read_data_set(in, &meta, out, err);
	/* A guessed syntax needs a SOP class to confirm it; a failed read does not disprove it. */
	if (result == PART10_BAD && !in->failed && !meta.preamble && !out->has_meta &&
		out->sop_class[0] == '\0')
		return not_dicom(in, err);
	return result;
}

static int64_t
mtime_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* fstat(2) the descriptor into out; only files with content are accepted. */
static enum part10_result
check_regular(int fd, struct instance *out, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st)) {
		err_set(err, ERR_NO_INPUT, "cannot be examined: %s", strerror(errno));
		return PART10_BAD;
	}
	if (!S_ISREG(st.st_mode)) {
		err_set(err, ERR_NO_INPUT, S_ISDIR(st.st_mode) ? "is a directory" : "is not a regular file");
		return PART10_BAD;
	}
	if (st.st_size == 0) {
		err_set(err, ERR_NO_INPUT, "is empty");
		return PART10_NOT_DICOM;
	}
	out->size = (uint64_t)st.st_size;
	out->mtime_ns = mtime_ns(&st);
	return PART10_OK;
}

enum part10_result
part10_read_fd(int fd, const char *path, struct instance *out, struct err *err)
{
	enum part10_result result;
	struct input in;

	memset(out, 0, sizeof *out);
	result = check_regular(fd, out, err);
	if (result == PART10_OK) {
		input_init(&in, fd, out->size);
		result = read_head(&in, out, err);
		if (result == PART10_BAD && err->kind == ERR_NO_INPUT && in.taken > 0)
			err->detail = NO_INPUT_IS_DICOM;
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
	input_name(path, err);
	return result;
}

enum part10_result
part10_read(const char *path, struct instance *out, struct err *err)
{
	enum part10_result result;
	int fd = input_open(path, err);

	if (fd == -1) {
		memset(out, 0, sizeof *out);
		input_name(path, err);
		return PART10_BAD;
	}
	result = part10_read_fd(fd, path, out, err);
	close(fd);
	return result;
}

const char *
instance_name(const struct instance *instance)
{
	return instance->origin ? instance->origin : instance->path;
}

bool
instance_is_unchanged(const struct instance *instance, const struct stat *st)
{
	return (uint64_t)st->st_size == instance->size && mtime_ns(st) == instance->mtime_ns;
}

uint64_t
instance_padding(const struct instance *instance)
{
	return instance->size - instance->data_offset - instance->data_size;
}

void
instance_clear(struct instance *instance)
{
	if (!instance)
		return;
	free(instance->path);
	free(instance->origin);
	free(instance->kept);
	free(instance->mismatch);
	memset(instance, 0, sizeof *instance);
}
