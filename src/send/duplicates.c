/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/duplicates.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "dicom/input.h"
#include "dicom/uid.h"

#define READING (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) /* do not wait if it has become a FIFO */

/*
 * A million instances take 1 s of CPU time if their UIDs ascend, 6 s in random order, and 4 MB. A hash
 * table and our own file took 0.4 s and 25 MB, and 108 more lines. The time is spent in the walk's thread;
 * the threads that send need 20 s for a million objects of 2 KB.
 */
struct duplicates {
	sqlite3 *db;
	sqlite3_stmt *insert, *select;
	bool keep_others;
	struct instance first; /* that the last one is compared with; partly filled */
};

/* The number counts the instances with one UID, from 0 on. Its contents need not survive a crash. */
static const char setup[] =
	"PRAGMA cache_size = -2000; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
	"PRAGMA locking_mode = EXCLUSIVE; BEGIN;"
	"CREATE TABLE instance (uid TEXT, number INTEGER, path BLOB, origin BLOB, size INTEGER,"
	" data_offset INTEGER, mtime INTEGER, syntax TEXT, PRIMARY KEY (uid, number)) WITHOUT ROWID";
static const char insert[] = "INSERT OR IGNORE INTO instance VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
static const char select_uid[] =
	"SELECT path, origin, size, data_offset, mtime, syntax FROM instance WHERE uid = ?1 ORDER BY number";

static int
fail(const struct duplicates *duplicates, struct err *err)
{
	int errnum = sqlite3_system_errno(duplicates->db);

	if (!duplicates->db || sqlite3_errcode(duplicates->db) == SQLITE_NOMEM)
		return err_nomem(err);
	err_set(err, ERR_INTERNAL, "cannot write the list of SOP Instance UIDs to a temporary file: %s%s%s",
		sqlite3_errmsg(duplicates->db), errnum ? ": " : "", errnum ? strerror(errnum) : "");
	return err_hint(err, "Free space for about 300 bytes per object in the directory for temporary "
		"files, or set TMPDIR to another one.");
}

struct duplicates *
duplicates_new(bool keep_others, struct err *err)
{
	struct duplicates *duplicates = calloc(1, sizeof *duplicates);

	if (!duplicates) {
		err_nomem(err);
		return NULL;
	}
	duplicates->keep_others = keep_others;
	/* Without a name it is a temporary database. */
	if (sqlite3_open_v2("", &duplicates->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK &&
	    sqlite3_exec(duplicates->db, setup, NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v3(duplicates->db, insert, -1, SQLITE_PREPARE_PERSISTENT, &duplicates->insert,
		NULL) == SQLITE_OK &&
	    sqlite3_prepare_v3(duplicates->db, select_uid, -1, SQLITE_PREPARE_PERSISTENT,
		&duplicates->select, NULL) == SQLITE_OK)
		return duplicates;
	fail(duplicates, err);
	duplicates_free(duplicates);
	return NULL;
}

void
duplicates_free(struct duplicates *duplicates)
{
	if (!duplicates)
		return;
	sqlite3_finalize(duplicates->insert);
	sqlite3_finalize(duplicates->select);
	sqlite3_close(duplicates->db);
	instance_clear(&duplicates->first);
	free(duplicates);
}

/* --- the table */

static bool
bind_text(sqlite3_stmt *statement, int parameter, const char *text)
{
	return sqlite3_bind_text(statement, parameter, text, -1, SQLITE_STATIC) == SQLITE_OK;
}

static bool
bind_path(sqlite3_stmt *statement, int parameter, const char *path)
{
	return sqlite3_bind_blob64(statement, parameter, path, path ? strlen(path) : 0, SQLITE_STATIC) ==
		SQLITE_OK;
}

/* Add the instance as the number-th with its UID. 1, or 0 if there already is one; -1 with err. */
static int
insert_instance(struct duplicates *duplicates, int number, const struct instance *instance, struct err *err)
{
	sqlite3_stmt *row = duplicates->insert;
	bool bound = bind_text(row, 1, instance->sop_instance) &&
		sqlite3_bind_int(row, 2, number) == SQLITE_OK && bind_path(row, 3, instance->path) &&
		bind_path(row, 4, instance->origin) &&
		sqlite3_bind_int64(row, 5, (sqlite3_int64)instance->size) == SQLITE_OK &&
		sqlite3_bind_int64(row, 6, (sqlite3_int64)instance->data_offset) == SQLITE_OK &&
		sqlite3_bind_int64(row, 7, instance->mtime_ns) == SQLITE_OK &&
		bind_text(row, 8, instance->syntax);
	int rv;

	if (bound && sqlite3_step(row) == SQLITE_DONE)
		rv = sqlite3_changes(duplicates->db);
	else
		rv = fail(duplicates, err);
	sqlite3_reset(row);
	return rv;
}

/* A copy, owned by the caller. NULL if there is no memory. */
static char *
copy_path(sqlite3_stmt *row, int column)
{
	const void *path = sqlite3_column_blob(row, column);
	size_t len = (size_t)sqlite3_column_bytes(row, column);

	return path ? strndup(path, len) : NULL;
}

/* Fill duplicates->first from the row. */
static int
read_first(struct duplicates *duplicates, struct err *err)
{
	sqlite3_stmt *row = duplicates->select;
	struct instance *first = &duplicates->first;

	instance_clear(first);
	first->path = copy_path(row, 0);
	first->origin = copy_path(row, 1);
	first->size = (uint64_t)sqlite3_column_int64(row, 2);
	first->data_offset = (uint64_t)sqlite3_column_int64(row, 3);
	first->mtime_ns = sqlite3_column_int64(row, 4);
	text_format(first->syntax, sizeof first->syntax, "%s", (const char *)sqlite3_column_text(row, 5));
	if (first->path && (first->origin || sqlite3_column_type(row, 1) == SQLITE_NULL))
		return 0;
	return err_nomem(err);
}

/* --- the comparison */

/* Two objects with one UID. */
struct pair {
	const struct instance *first, *second;
	int fds[2];
};

/* "B: has the SOP Instance UID of A (1.2.3), but ...". Returns DUPLICATE_OTHER. */
static enum duplicate __attribute__((format(printf, 3, 4)))
set_differs(const struct pair *pair, struct err *err, const char *fmt, ...)
{
	char first[256], second[256], how[512];
	va_list ap;

	va_start(ap, fmt);
	text_vformat(how, sizeof how, fmt, ap);
	va_end(ap);
	text_harmless_str(first, sizeof first, instance_name(pair->first));
	text_harmless_str(second, sizeof second, instance_name(pair->second));
	err_set(err, ERR_NO_INPUT, "%s: has the SOP Instance UID of %s (%s), but %s", second, first,
		pair->second->sop_instance, how);
	err_hint(err, "A receiver keeps one object per UID: find out which of them is right and send that, "
		"or let --uid-conflict send leave it to the receiver.");
	return DUPLICATE_OTHER;
}

/* The data sets, of the same length, byte by byte. */
static enum duplicate
compare_bytes(const struct pair *pair, struct err *err)
{
	switch (input_equal(pair->fds[0], pair->first->data_offset, pair->fds[1], pair->second->data_offset,
		pair->first->size - pair->first->data_offset)) {
	case 1:
		return DUPLICATE_EQUAL;
	case 0:
		return set_differs(pair, err, "has a different data set of the same length");
	}
	if (errno)
		return set_differs(pair, err, "they cannot be compared: %s", strerror(errno));
	return set_differs(pair, err, "one of them shrank while they were compared");
}

/* The result as far as it is known without reading the data sets; DUPLICATE_NONE: not known. */
static enum duplicate
compare_facts(const struct pair *pair, struct err *err)
{
	const struct instance *first = pair->first, *second = pair->second;
	struct stat st[2];

	if (fstat(pair->fds[0], &st[0]) < 0 || fstat(pair->fds[1], &st[1]) < 0)
		return set_differs(pair, err, "they cannot be compared: %s", strerror(errno));
	if (st[0].st_dev == st[1].st_dev && st[0].st_ino == st[1].st_ino)
		return DUPLICATE_EQUAL;
	if (!instance_is_unchanged(first, &st[0]))
		return set_differs(pair, err, "that one has changed since it was read");
	if (strcmp(first->syntax, second->syntax) != 0)
		return set_differs(pair, err, "is in another transfer syntax (%s, that one in %s)",
			uid_name(second->syntax), uid_name(first->syntax));
	if (first->size - first->data_offset != second->size - second->data_offset)
		return set_differs(pair, err, "has a different data set (%llu bytes, that one's %llu)",
			(unsigned long long)(second->size - second->data_offset),
			(unsigned long long)(first->size - first->data_offset));
	return DUPLICATE_NONE;
}

static enum duplicate
compare(struct pair *pair, struct err *err)
{
	enum duplicate result;

	pair->fds[0] = open(pair->first->path, READING);
	pair->fds[1] = -1;
	if (pair->fds[0] < 0) {
		result = set_differs(pair, err, "that one can no longer be read to compare them: %s",
			strerror(errno));
	} else if ((pair->fds[1] = open(pair->second->path, READING)) < 0) {
		result = set_differs(pair, err, "can no longer be read to compare them: %s", strerror(errno));
	} else {
		result = compare_facts(pair, err);
		if (result == DUPLICATE_NONE)
			result = compare_bytes(pair, err);
	}
	for (int i = 0; i < 2; i++) {
		if (pair->fds[i] >= 0)
			close(pair->fds[i]);
	}
	return result;
}

/* Compare with each one with its UID in turn, until one is equal. *count: how many there were. */
static enum duplicate
compare_all(struct duplicates *duplicates, const struct instance *instance, int *count, struct err *err)
{
	struct pair pair = { .first = &duplicates->first, .second = instance };
	enum duplicate result = DUPLICATE_OTHER;
	int rc = SQLITE_ERROR;

	if (bind_text(duplicates->select, 1, instance->sop_instance))
		rc = sqlite3_step(duplicates->select);
	while (rc == SQLITE_ROW && result == DUPLICATE_OTHER) {
		++*count;
		*err = (struct err)ERR_INIT;
		result = read_first(duplicates, err) < 0 ? DUPLICATE_FAILED : compare(&pair, err);
		if (result == DUPLICATE_OTHER)
			rc = sqlite3_step(duplicates->select);
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
		fail(duplicates, err);
		result = DUPLICATE_FAILED;
	}
	sqlite3_reset(duplicates->select);
	return result;
}

enum duplicate
duplicates_add(struct duplicates *duplicates, const struct instance *instance, const char **first,
	struct err *err)
{
	enum duplicate result;
	int count = 0;
	int rv = insert_instance(duplicates, 0, instance, err);

	*first = NULL;
	if (rv != 0)
		return rv < 0 ? DUPLICATE_FAILED : DUPLICATE_NONE;
	result = compare_all(duplicates, instance, &count, err);
	if (result == DUPLICATE_OTHER && duplicates->keep_others && count < DUPLICATES_MAX &&
	    insert_instance(duplicates, count, instance, err) < 0)
		return DUPLICATE_FAILED;
	if (result != DUPLICATE_FAILED)
		*first = instance_name(&duplicates->first);
	return result;
}
