/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/extneg.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "base/watchdog.h"
#include "dicom/uid.h"
#include "dicom/userinfo.h"

#define STORAGE_SERVICE "1.2.840.10008.4.2" /* PS3.4 B.3.1.3 */
#define FILE_SIZE_MAX	(1u << 20)	    /* bytes; what is larger is no such file */
#define WHITE		" \t\f"

#define ITEM_HEAD	4
#define ITEM_COMMON	0x57 /* PS3.7 D.3.3.6 */

/* One SOP class and the general ones that its instances may be taken for. */
struct relation {
	char sop_class[UID_MAX + 1];
	char (*general)[UID_MAX + 1]; /* owned */
	size_t count;
};

struct extneg {
	struct relation *rows; /* by sop_class, as strcmp(3) orders */
	size_t count, room;
};

/* PS3.4 table B.3-3. */
#define CLASS		 "1.2.840.10008.5.1.4.1.1."
#define ENHANCED_SR	 CLASS "88.22"
#define COMPREHENSIVE_SR CLASS "88.33"
#define COMPREHENSIVE_3D CLASS "88.34"
#define EXTENSIBLE_SR	 CLASS "88.35"
#define REPORTS		 ENHANCED_SR, COMPREHENSIVE_SR, COMPREHENSIVE_3D, EXTENSIBLE_SR
#define GENERAL_MAX	 4
static const struct {
	const char *sop_class;
	const char *general[GENERAL_MAX];
} known[] = {
	{ CLASS "1.2", { CLASS "1.1" } },	/* mammography, for presentation */
	{ CLASS "1.2.1", { CLASS "1.1.1" } },	/* and for processing */
	{ CLASS "1.3", { CLASS "1.1" } },	/* intra-oral X-ray, for presentation */
	{ CLASS "1.3.1", { CLASS "1.1.1" } },	/* and for processing */
	{ CLASS "130", { CLASS "128.1" } },	/* enhanced PET */
	{ CLASS "2.1", { CLASS "2.2" } },	/* enhanced CT */
	{ CLASS "4.1", { CLASS "4.4" } },	/* enhanced MR */
	{ CLASS "78.6", { ENHANCED_SR } },	/* spectacle prescription report */
	{ CLASS "79.1", { ENHANCED_SR } },	/* macular grid thickness and volume report */
	{ CLASS "88.11", { REPORTS } },		/* basic text SR */
	{ ENHANCED_SR, { COMPREHENSIVE_SR, COMPREHENSIVE_3D, EXTENSIBLE_SR } },
	{ COMPREHENSIVE_SR, { COMPREHENSIVE_3D, EXTENSIBLE_SR } },
	{ COMPREHENSIVE_3D, { EXTENSIBLE_SR } },
	{ CLASS "88.40", { REPORTS } },		/* procedure log */
	{ CLASS "88.67", { REPORTS } },		/* X-ray radiation dose */
	{ CLASS "88.68", { REPORTS } },		/* radiopharmaceutical radiation dose */
	{ CLASS "88.71", { REPORTS } },		/* acquisition context */
	{ CLASS "88.72", { REPORTS } },		/* simplified adult echo */
	{ CLASS "88.73", { REPORTS } },		/* patient radiation dose */
	{ CLASS "9.1.1", { CLASS "9.1.2" } },	/* 12-lead ECG */
};

/* The row of the SOP class, or where it belongs: *found says which. */
static size_t
lookup(const struct extneg *extneg, const char *sop_class, bool *found)
{
	size_t low = 0, high = extneg->count;

	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(extneg->rows[middle].sop_class, sop_class);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The row of the SOP class, with no general ones yet; a new one if need be. NULL without memory. */
static struct relation *
make_row(struct extneg *extneg, const char *sop_class)
{
	bool found;
	size_t at = lookup(extneg, sop_class, &found);
	struct relation *row;

	if (!found && extneg->count == extneg->room) {
		size_t room = 2 * extneg->room + 32;

		row = reallocarray(extneg->rows, room, sizeof *row);
		if (!row)
			return NULL;
		extneg->rows = row;
		extneg->room = room;
	}
	row = extneg->rows + at;
	if (found) {
		free(row->general);
	} else {
		memmove(row + 1, row, (extneg->count - at) * sizeof *row);
		extneg->count++;
	}
	*row = (struct relation){ .count = 0 };
	text_format(row->sop_class, sizeof row->sop_class, "%s", sop_class);
	return row;
}

/* -1 without memory. */
static int
add_general(struct relation *row, const char *general)
{
	char(*more)[UID_MAX + 1] = reallocarray(row->general, row->count + 1, sizeof *more);

	if (!more)
		return -1;
	row->general = more;
	text_format(more[row->count++], sizeof *more, "%s", general);
	return 0;
}

static int
add_known(struct extneg *extneg)
{
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		struct relation *row = make_row(extneg, known[i].sop_class);

		if (!row)
			return -1;
		for (size_t j = 0; j < GENERAL_MAX && known[i].general[j]; j++) {
			if (add_general(row, known[i].general[j]) < 0)
				return -1;
		}
	}
	return 0;
}

struct extneg *
extneg_new(struct err *err)
{
	struct extneg *extneg = calloc(1, sizeof *extneg);

	if (!extneg || add_known(extneg) < 0) {
		extneg_free(extneg);
		err_nomem(err);
		return NULL;
	}
	return extneg;
}

void
extneg_free(struct extneg *extneg)
{
	if (!extneg)
		return;
	for (size_t i = 0; i < extneg->count; i++)
		free(extneg->rows[i].general);
	free(extneg->rows);
	free(extneg);
}

/* A file of properties being read. */
struct reader {
	struct extneg *extneg;
	const char *path;
	size_t line;	      /* number of the one being read, from 1 */
	struct relation *row; /* that it continues; NULL: it begins one */
};

static int
check_uid(const struct reader *reader, const char *uid, struct err *err)
{
	char path[512], shown[128];

	if (uid_valid(uid))
		return 0;
	err_set(err, ERR_USAGE, "%s, line %zu: '%s' is not a UID",
		text_harmless_str(path, sizeof path, reader->path), reader->line,
		text_harmless_str(shown, sizeof shown, uid));
	return err_hint(err, "A line is a SOP class UID, '=' and the UIDs of its related general SOP "
		"classes, separated by commas.");
}

/* Take the key off: a UID up to '=', ':' or white space alone. Returns the rest, NULL on failure. */
static char *
take_key(struct reader *reader, char *line, struct err *err)
{
	char *end = line + strcspn(line, "=:" WHITE);
	char *rest = end + strspn(end, WHITE);

	rest += *rest == '=' || *rest == ':';
	*end = '\0';
	if (check_uid(reader, line, err) < 0)
		return NULL;
	reader->row = make_row(reader->extneg, line);
	if (!reader->row)
		err_nomem(err);
	return reader->row ? rest : NULL;
}

static int
take_values(struct reader *reader, char *values, struct err *err)
{
	char *rest = NULL;

	for (char *uid = strtok_r(values, "," WHITE, &rest); uid; uid = strtok_r(NULL, "," WHITE, &rest)) {
		if (check_uid(reader, uid, err) < 0)
			return -1;
		if (add_general(reader->row, uid) < 0)
			return err_nomem(err);
	}
	return 0;
}

/* A backslash at the end of a line, but not of a comment, means that the next continues it. */
static int
take_line(struct reader *reader, char *line, struct err *err)
{
	size_t len;
	bool continued;

	line += strspn(line, WHITE);
	len = strlen(line);
	len -= len > 0 && line[len - 1] == '\r';
	continued = len > 0 && line[len - 1] == '\\';
	line[len - continued] = '\0';
	if (!reader->row && (*line == '\0' || *line == '#' || *line == '!'))
		return 0;
	if (!reader->row && (line = take_key(reader, line, err)) == NULL)
		return -1;
	if (take_values(reader, line, err) < 0)
		return -1;
	if (!continued)
		reader->row = NULL;
	return 0;
}

static int
unusable(const char *path, const char *why, struct err *err)
{
	char shown[512];

	err_set(err, ERR_USAGE, "cannot read the related SOP classes from %s: %s",
		text_harmless_str(shown, sizeof shown, path), why);
	return err_hint(err, "Give a text file with --rel-sop-classes.");
}

/* All of the file, NUL-terminated; the caller frees. NULL with err. */
static char *
read_text(const char *path, struct err *err)
{
	char *text = malloc(FILE_SIZE_MAX + 1), *rv = NULL;
	FILE *file = fopen(path, "re");
	size_t len = 0;

	if (!file)
		unusable(path, strerror(errno), err);
	else if (!text)
		err_nomem(err);
	else if ((len = fread(text, 1, FILE_SIZE_MAX + 1, file)) > FILE_SIZE_MAX)
		unusable(path, "it is larger than 1 MiB", err);
	else if (ferror(file))
		unusable(path, strerror(errno), err);
	else if (memchr(text, '\0', len))
		unusable(path, "it is not a text file", err);
	else
		rv = text;
	if (file)
		fclose(file);
	if (rv)
		rv[len] = '\0';
	else
		free(text);
	return rv;
}

int
extneg_load(struct extneg *extneg, const char *path, struct err *err)
{
	struct reader reader = { .extneg = extneg, .path = path, .line = 1 };
	char what[560], shown[512], *text, *rest, *line;
	struct watched waiting;
	int rv;

	text_format(what, sizeof what, "the related SOP classes in %s",
		text_harmless_str(shown, sizeof shown, path));
	watched_begin(&waiting, what, NULL, NULL);
	rest = text = read_text(path, err);
	watched_end(&waiting);
	rv = text ? 0 : -1;
	for (; rv == 0 && (line = strsep(&rest, "\n")) != NULL; reader.line++)
		rv = take_line(&reader, line, err);
	free(text);
	return rv;
}

/* Is the i-th context the first of a storage class? Verification is of another service class. */
static bool
is_announced(const struct plan *plan, size_t i)
{
	const char *sop_class = plan->contexts[i].sop_class;

	for (size_t j = 0; j < i; j++) {
		if (strcmp(plan->contexts[j].sop_class, sop_class) == 0)
			return false;
	}
	return strcmp(sop_class, UID_VERIFICATION) != 0;
}

static unsigned char *
put_counted_uid(unsigned char *at, const char *uid)
{
	size_t len = strlen(uid);

	at = put_be16(at, (uint32_t)len);
	memcpy(at, uid, len);
	return at + len;
}

/* Bytes of the general classes' UIDs with their lengths. row: NULL for none. */
static size_t
general_size(const struct relation *row)
{
	size_t size = 0;

	for (size_t i = 0; row && i < row->count; i++)
		size += 2 + strlen(row->general[i]);
	return size;
}

/* Bytes of the item behind its head. */
static size_t
body_size(const char *sop_class, const struct relation *row)
{
	return 2 + strlen(sop_class) + 2 + strlen(STORAGE_SERVICE) + 2 + general_size(row);
}

/* PS3.7 table D.3-12. */
static unsigned char *
put_item(unsigned char *at, const char *sop_class, const struct relation *row)
{
	*at++ = ITEM_COMMON;
	*at++ = 0; /* version */
	at = put_be16(at, (uint32_t)body_size(sop_class, row));
	at = put_counted_uid(at, sop_class);
	at = put_counted_uid(at, STORAGE_SERVICE);
	at = put_be16(at, (uint32_t)general_size(row));
	for (size_t i = 0; row && i < row->count; i++)
		at = put_counted_uid(at, row->general[i]);
	return at;
}

static const struct relation *
row_of(const struct extneg *extneg, const char *sop_class)
{
	bool found;
	size_t at = lookup(extneg, sop_class, &found);

	return found ? extneg->rows + at : NULL;
}

/* Bytes of all items. */
static size_t
items_size(const struct extneg *extneg, const struct plan *plan)
{
	size_t size = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const char *sop_class = plan->contexts[i].sop_class;

		if (is_announced(plan, i))
			size += ITEM_HEAD + body_size(sop_class, row_of(extneg, sop_class));
	}
	return size;
}

int
extneg_append(const struct extneg *extneg, const struct plan *plan, unsigned char *pdu, size_t *size,
	size_t room, struct err *err)
{
	unsigned char *at = userinfo_grow(pdu, size, room, items_size(extneg, plan), err);

	if (!at) {
		err_wrap(err, "cannot negotiate related SOP classes");
		return err_hint(err, "Give fewer with --rel-sop-classes, or omit --rel-ext-neg.");
	}
	for (size_t i = 0; i < plan->count; i++) {
		const char *sop_class = plan->contexts[i].sop_class;

		if (is_announced(plan, i))
			at = put_item(at, sop_class, row_of(extneg, sop_class));
	}
	return 0;
}
