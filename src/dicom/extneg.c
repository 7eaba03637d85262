/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/extneg.h"

#include <errno.h>
#include <search.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "base/watchdog.h"
#include "dicom/pdu.h"
#include "dicom/uid.h"
#include "dicom/userinfo.h"

#define STORAGE_SERVICE "1.2.840.10008.4.2" /* PS3.4 B.3.1.3 */
#define FILE_SIZE_MAX	(1u << 20)	    /* bytes; a larger file is refused */
#define WHITE		" \t\f"

/* One SOP class and the general ones that its instances may be treated as. */
struct relation {
	char sop_class[UID_MAX + 1]; /* first: rows are found by it */
	unsigned char *general;      /* owned: their UIDs as they are sent, each behind its length */
	size_t size;
};

struct extneg {
	void *rows; /* a tree, tsearch(3) */
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

static int
by_class(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* NULL: there is none. */
static const struct relation *
find_row(const struct extneg *extneg, const char *sop_class)
{
	const struct relation *const *node = tfind(sop_class, &extneg->rows, by_class);

	return node ? *node : NULL;
}

static void
free_row(void *row)
{
	free(((struct relation *)row)->general);
	free(row);
}

/* The row of the SOP class, with an empty list of general ones; a new row if necessary. NULL if there is no
 * memory. */
static struct relation *
make_row(struct extneg *extneg, const char *sop_class)
{
	struct relation *row = calloc(1, sizeof *row), **node;

	if (!row)
		return NULL;
	text_format(row->sop_class, sizeof row->sop_class, "%s", sop_class);
	node = tsearch(row, &extneg->rows, by_class);
	if (!node || *node != row)
		free(row);
	if (!node)
		return NULL;
	(*node)->size = 0;
	return *node;
}

static unsigned char *
put_counted_uid(unsigned char *at, const char *uid)
{
	size_t len = strlen(uid);

	at = put_be16(at, (uint32_t)len);
	return mempcpy(at, uid, len);
}

/* -1 if there is no memory. */
static int
add_general(struct relation *row, const char *general)
{
	unsigned char *more = realloc(row->general, row->size + 2 + strlen(general));

	if (!more)
		return -1;
	row->general = more;
	row->size = (size_t)(put_counted_uid(more + row->size, general) - more);
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
	tdestroy(extneg->rows, free_row);
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
	if (uid_valid(uid))
		return 0;
	err_set(err, ERR_USAGE, "%s, line %zu: '%s' is not a UID",
		TEXT_SHOWN(reader->path, 512), reader->line, TEXT_SHOWN(uid, 128));
	return err_hint(err, "A line is a SOP class UID, '=' and the UIDs of its related general SOP "
		"classes, separated by commas.");
}

/* Read the key: a UID up to '=', ':' or white space. Returns the rest, NULL on failure. */
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
	err_set(err, ERR_USAGE, "cannot read the related SOP classes from %s: %s",
		TEXT_SHOWN(path, 512), why);
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
	char what[560], *text, *rest, *line;
	struct watched waiting;
	int rv;

	text_format(what, sizeof what, "the related SOP classes in %s", TEXT_SHOWN(path, 512));
	watched_begin(&waiting, what, NULL, NULL);
	rest = text = read_text(path, err);
	watched_end(&waiting);
	rv = text ? 0 : -1;
	for (; rv == 0 && (line = strsep(&rest, "\n")) != NULL; reader.line++)
		rv = take_line(&reader, line, err);
	free(text);
	return rv;
}

/* Is the i-th context the first one of a storage class? Verification belongs to another service class. */
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

/* Bytes of the item after its header. row: NULL for no general classes. */
static size_t
body_size(const char *sop_class, const struct relation *row)
{
	return 2 + strlen(sop_class) + 2 + strlen(STORAGE_SERVICE) + 2 + (row ? row->size : 0);
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
	at = put_be16(at, row ? (uint32_t)row->size : 0);
	return row && row->size > 0 ? mempcpy(at, row->general, row->size) : at;
}

/* Bytes of all items. */
static size_t
items_size(const struct extneg *extneg, const struct plan *plan)
{
	size_t size = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const char *sop_class = plan->contexts[i].sop_class;

		if (is_announced(plan, i))
			size += PDU_ITEM_HEAD + body_size(sop_class, find_row(extneg, sop_class));
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
			at = put_item(at, sop_class, find_row(extneg, sop_class));
	}
	return 0;
}
