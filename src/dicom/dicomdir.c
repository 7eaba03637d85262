/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/dicomdir.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "dicom/input.h"
#include "dicom/meta.h"
#include "dicom/walk.h"

#define TAG_RECORDS 0x00041220u /* Directory Record Sequence */
#define TAG_IN_USE  0x00041410u /* Record In-use Flag: 0 if inactive (PS3.3 F.3.2.2) */
#define TAG_FILE_ID 0x00041500u /* Referenced File ID */

#define FILE_ID_MAX 1024		/* bytes: 71 by PS3.10 8.2, but longer names occur */
#define TAKEN_MAX   (UINT64_C(1) << 30) /* bytes read or inflated in all */

/* The relevant parts of a directory record. */
struct record {
	uint64_t offset; /* of its item */
	bool inactive;
	bool cut;   /* the file ID is longer than what is kept of it */
	size_t len; /* of the file ID; 0: it does not refer to a file */
	char file_id[FILE_ID_MAX + 1];
};

/* A path being built below the DICOMDIR's directory. */
struct place {
	size_t base; /* length of that directory, including its slash */
	size_t len;
	char path[PATH_MAX];
};

/* A DICOMDIR being read. */
struct reader {
	int (*each)(void *ctx, const char *path);
	void *ctx;
	int stopped;	   /* what each returned */
	uint64_t referred; /* records that refer to a file */
	uint64_t refused;  /* those of them whose file ID is not a path below the directory */
	struct err why;	   /* the first was */
	struct place place;
	struct encoding encoding;
	struct input in;
};

/* Make name the component after the first `start` bytes. False: no room. */
static bool
place_put(struct place *place, size_t start, const char *name)
{
	size_t len = strlen(name);

	if (len >= sizeof place->path - start)
		return false;
	memcpy(place->path + start, name, len + 1);
	place->len = start + len;
	return true;
}

static bool
place_exists(const struct place *place)
{
	struct stat st;

	return lstat(place->path, &st) == 0;
}

/* Length of a name without the ending that ISO 9660 (7.5.1) adds: a version, an extension's dot. */
static size_t
plain_length(const char *name)
{
	size_t len = strlen(name);

	if (len > 2 && memcmp(name + len - 2, ";1", 2) == 0)
		len -= 2;
	if (len > 1 && name[len - 1] == '.')
		len--;
	return len;
}

static bool
same_name(const char *a, const char *b)
{
	size_t len = plain_length(a);

	return plain_length(b) == len && strncasecmp(a, b, len) == 0;
}

/* The directory entry that matches wanted; the first in byte order if there are several. */
static bool
search(const char *directory, const char *wanted, char found[NAME_MAX + 1])
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	found[0] = '\0';
	if (!dir)
		return false;
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || !same_name(name, wanted))
			continue;
		if (found[0] == '\0' || strcmp(name, found) < 0)
			text_format(found, NAME_MAX + 1, "%s", name);
	}
	closedir(dir);
	return found[0] != '\0';
}

/* ISO 9660 media are usually mounted in lower case: trying that saves a search. */
static void
lower_case(const char *name, char out[NAME_MAX + 1])
{
	size_t i;

	for (i = 0; i < NAME_MAX && name[i]; i++)
		out[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
	out[i] = '\0';
}

/* Append the entry that matches wanted, or wanted itself if there is none. False: no room. */
static bool
place_descend(struct place *place, const char *wanted)
{
	char name[NAME_MAX + 1], directory[PATH_MAX];
	size_t start;

	if (place->len > place->base && !place_put(place, place->len, "/"))
		return false;
	start = place->len;
	if (!place_put(place, start, wanted))
		return false;
	if (place_exists(place))
		return true;
	lower_case(wanted, name);
	if (place_put(place, start, name) && place_exists(place))
		return true;
	memcpy(directory, place->path, start);
	directory[start] = '\0';
	if (search(start > 0 ? directory : ".", wanted, name))
		return place_put(place, start, name);
	return place_put(place, start, wanted);
}

/* The component at *p without surrounding spaces (PS3.5 6.2, CS); *p is moved after the backslash that ends
 * it. False: too long for a name. */
static bool
next_component(const char **p, char out[NAME_MAX + 1])
{
	size_t len = strcspn(*p, "\\");
	size_t start = strspn(*p, " ");
	size_t end = len;

	while (end > start && (*p)[end - 1] == ' ')
		end--;
	if (end - start > NAME_MAX)
		return false;
	memcpy(out, *p + start, end - start);
	out[end - start] = '\0';
	*p += len + ((*p)[len] == '\\');
	return true;
}

/* Turn the file ID into a path. NULL, or the reason why it is not valid. */
static const char *
make_path(const struct record *record, struct place *place)
{
	static const char too_long[] = "which is longer than a path can be";
	const char *p = record->file_id;
	char component[NAME_MAX + 1];

	place->path[place->len = place->base] = '\0';
	if (record->cut)
		return too_long;
	if (strlen(p) != record->len)
		return "which contains a NUL";
	while (*p) {
		if (!next_component(&p, component))
			return too_long;
		if (strcmp(component, "..") == 0 || strchr(component, '/'))
			return "which is outside of the DICOMDIR's directory";
		if (component[0] && !place_descend(place, component))
			return too_long;
	}
	return place->len > place->base ? NULL : "which is empty";
}

/* Remember the first one; the rest of the DICOMDIR may be valid. */
static void
refuse(struct reader *reader, const struct record *record, const char *why)
{
	char shown[256];

	if (reader->refused++ > 0)
		return;
	err_set(&reader->why, ERR_NO_INPUT, "its directory record at offset %" PRIu64 " refers to \"%s\", %s",
		record->offset, text_harmless(shown, sizeof shown, record->file_id, record->len), why);
}

static void
emit_file(struct reader *reader, const struct record *record)
{
	const char *why;

	if (record->len == 0 || record->inactive)
		return;
	reader->referred++;
	why = make_path(record, &reader->place);
	if (why)
		refuse(reader, record, why);
	else
		reader->stopped = reader->each(reader->ctx, reader->place.path);
}

/* Record what is relevant in element, and skip its value. */
static int
read_element(struct reader *reader, const struct element *element, struct record *record, struct err *err)
{
	size_t want = element->length < FILE_ID_MAX ? element->length : FILE_ID_MAX;
	const unsigned char *p;
	size_t have;

	if (element->length != ELEMENT_UNDEFINED && element->tag == TAG_IN_USE) {
		if (input_peek(&reader->in, 2, &p, &have, err))
			return -1;
		record->inactive = element->length == 2 && have == 2 &&
			element_u16(p, reader->encoding.big_endian) == 0;
	} else if (element->length != ELEMENT_UNDEFINED && element->tag == TAG_FILE_ID) {
		if (input_peek(&reader->in, want, &p, &have, err))
			return -1;
		memcpy(record->file_id, p, have);
		record->cut = element->length > want;
		while (have > 0 && (p[have - 1] == ' ' || p[have - 1] == '\0'))
			have--;
		record->file_id[have] = '\0';
		record->len = have;
	}
	return walk_skip(&reader->in, reader->encoding, element, err) == WALK_ON ? 0 : -1;
}

/* The end of the value whose header was just read; a value of undefined length ends with a delimiter. */
static uint64_t
value_end(const struct input *in, const struct element *element)
{
	return element->length == ELEMENT_UNDEFINED ? UINT64_MAX : in->at + element->length;
}

/* The next header within a sequence or item that ends at `end`, or at its
 * delimiter. 1: there is one; 0: none is left; -1: there should be. */
static int
next_within(struct reader *reader, uint64_t end, uint32_t delimiter, struct element *out, struct err *err)
{
	struct input *in = &reader->in;
	enum walk_result result;

	if (in->at == end)
		return 0;
	if (in->at > end)
		return err_set(err, ERR_NO_INPUT, "corrupt: data that should end at offset %" PRIu64
			" goes on to %" PRIu64, end, in->at);
	if (in->taken > TAKEN_MAX)
		return err_set(err, ERR_NO_INPUT, "its directory records are too long: they continue after "
			"offset %" PRIu64, in->at);
	result = walk_next(in, reader->encoding, out, err);
	if (result == WALK_END)
		return err_set(err, ERR_NO_INPUT, "truncated: it ends after %" PRIu64
			" bytes, within its directory records", in->at);
	return result == WALK_ON ? out->tag != delimiter : -1;
}

static int
read_record(struct reader *reader, const struct element *item, struct err *err)
{
	uint64_t end = value_end(&reader->in, item);
	struct record record = { .offset = reader->in.at - item->header };
	struct element element;
	int more;

	while ((more = next_within(reader, end, TAG_ITEM_END, &element, err)) > 0) {
		if (read_element(reader, &element, &record, err))
			return -1;
	}
	if (more == 0)
		emit_file(reader, &record);
	return more;
}

static int
read_records(struct reader *reader, const struct element *sequence, struct err *err)
{
	uint64_t end = value_end(&reader->in, sequence);
	struct element item;
	int more;

	while ((more = next_within(reader, end, TAG_SEQUENCE_END, &item, err)) > 0) {
		if (item.tag != TAG_ITEM)
			return err_set(err, ERR_NO_INPUT, "corrupt: there is no directory record at offset %"
				PRIu64 ", where one is expected", reader->in.at - item.header);
		if (read_record(reader, &item, err))
			return -1;
		if (reader->stopped)
			return 0;
	}
	return more;
}

static int
read_directory(struct reader *reader, struct err *err)
{
	struct element element;
	enum walk_result result;
	struct meta meta;

	if (meta_read(&reader->in, &meta, err) ||
		meta_enter(&reader->in, meta.syntax, &reader->encoding, err))
		return -1;
	if (strcmp(meta.sop_class, UID_MEDIA_DIRECTORY) != 0)
		return err_set(err, ERR_NO_INPUT, "is not a DICOMDIR");
	while ((result = walk_next(&reader->in, reader->encoding, &element, err)) == WALK_ON) {
		if (element.tag == TAG_RECORDS)
			return read_records(reader, &element, err);
		if (walk_skip(&reader->in, reader->encoding, &element, err) != WALK_ON)
			return -1;
	}
	if (result != WALK_END)
		return -1;
	return err_set(err, ERR_NO_INPUT, "has no Directory Record Sequence (0004,1220)");
}

/* All of it was read: does it refer to any file? */
static int
overall_result(const struct reader *reader, struct err *err)
{
	if (reader->stopped)
		return reader->stopped;
	if (reader->referred == 0)
		return err_set(err, ERR_NO_INPUT, "is a DICOMDIR that refers to no file");
	if (reader->refused == 0)
		return 0;
	*err = reader->why;
	if (reader->refused > 1)
		err_wrap(err, "%" PRIu64 " of its %" PRIu64 " references are refused", reader->refused,
			reader->referred);
	return -1;
}

int
dicomdir_read_fd(int fd, const char *path, int (*each)(void *ctx, const char *path), void *ctx,
	struct err *err)
{
	struct reader reader = { .each = each, .ctx = ctx };
	const char *slash = strrchr(path, '/');
	struct stat st;
	int rc;

	reader.place.base = slash ? (size_t)(slash - path) + 1 : 0;
	if (reader.place.base >= sizeof reader.place.path) {
		err_set(err, ERR_NO_INPUT, "has a path that is too long");
		return input_name(path, err);
	}
	memcpy(reader.place.path, path, reader.place.base);
	if (fstat(fd, &st)) {
		rc = err_set(err, ERR_NO_INPUT, "cannot be examined: %s", strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		rc = err_set(err, ERR_NO_INPUT, "is not a regular file");
	} else {
		input_init(&reader.in, fd, (uint64_t)st.st_size);
		rc = read_directory(&reader, err);
		input_clear(&reader.in);
		if (rc == 0)
			rc = overall_result(&reader, err);
	}
	if (rc == 0 || reader.stopped)
		return rc;
	input_name(path, err);
	return err_hint(err, "Give the directory with the files instead, or copy the medium again.");
}

int
dicomdir_read(const char *path, int (*each)(void *ctx, const char *path), void *ctx, struct err *err)
{
	int fd = input_open(path, err);
	int rc;

	if (fd == -1)
		return input_name(path, err);
	rc = dicomdir_read_fd(fd, path, each, ctx, err);
	close(fd);
	return rc;
}
