/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/seen.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "dicom/uid.h"

#define PIECE	65536 /* of each file compared at a time, bytes */
#define READING (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) /* what is a FIFO by now does not hold us up */

enum statement { FIND, PUT, STATEMENTS };

struct seen {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
	struct instance first; /* the one that the last seen_add was compared with; partly filled */
};

/*
 * A database without a name is a file that is gone once it is closed, made only
 * when the cache is full. Nothing in it outlives the run: it needs no journal,
 * no waiting for the disk, and one transaction for all.
 */
static const char setup[] =
	"PRAGMA journal_mode = OFF;"
	"PRAGMA synchronous = OFF;"
	"PRAGMA cache_size = -2000;" /* KiB */
	"CREATE TABLE seen ("
	" uid TEXT NOT NULL UNIQUE, syntax TEXT NOT NULL,"
	" size INTEGER NOT NULL, data_offset INTEGER NOT NULL, mtime INTEGER NOT NULL,"
	" path BLOB NOT NULL, origin BLOB);"
	"BEGIN";

static const char *const sql[STATEMENTS] = {
	[FIND] = "SELECT syntax, size, data_offset, mtime, path, origin FROM seen WHERE uid = ?1",
	[PUT] = "INSERT INTO seen (uid, syntax, size, data_offset, mtime, path, origin)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
};

static int
fail(const struct seen *seen, struct err *err)
{
	if (!seen->db || sqlite3_errcode(seen->db) == SQLITE_NOMEM)
		return err_nomem(err);
	err_set(err, ERR_INTERNAL, "cannot keep the list of SOP Instance UIDs in a temporary file: %s",
		sqlite3_errmsg(seen->db));
	return err_hint(err, "Make room for some 300 bytes per object in the directory for temporary files, "
		"or let TMPDIR name another one.");
}

struct seen *
seen_new(struct err *err)
{
	struct seen *seen = calloc(1, sizeof *seen);
	bool ok;

	if (!seen) {
		err_nomem(err);
		return NULL;
	}
	ok = sqlite3_open_v2("", &seen->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
		NULL) == SQLITE_OK && sqlite3_exec(seen->db, setup, NULL, NULL, NULL) == SQLITE_OK;
	for (int i = 0; ok && i < STATEMENTS; i++)
		ok = sqlite3_prepare_v3(seen->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &seen->statements[i],
			NULL) == SQLITE_OK;
	if (ok)
		return seen;
	fail(seen, err);
	seen_free(seen);
	return NULL;
}

void
seen_free(struct seen *seen)
{
	if (!seen)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(seen->statements[i]);
	sqlite3_close(seen->db);
	instance_clear(&seen->first);
	free(seen);
}

static bool
bind_text(sqlite3_stmt *statement, int parameter, const char *text)
{
	return sqlite3_bind_text(statement, parameter, text, -1, SQLITE_STATIC) == SQLITE_OK;
}

/* NULL is bound as such. */
static bool
bind_path(sqlite3_stmt *statement, int parameter, const char *path)
{
	size_t len = path ? strlen(path) : 0;

	return sqlite3_bind_blob64(statement, parameter, path, len, SQLITE_STATIC) == SQLITE_OK;
}

/* 1: it is in now; 0: its UID was there before; -1 with err. */
static int
put(const struct seen *seen, const struct instance *instance, struct err *err)
{
	sqlite3_stmt *row = seen->statements[PUT];
	int rv = -1;

	if (bind_text(row, 1, instance->sop_instance) && bind_text(row, 2, instance->syntax) &&
		sqlite3_bind_int64(row, 3, (sqlite3_int64)instance->size) == SQLITE_OK &&
		sqlite3_bind_int64(row, 4, (sqlite3_int64)instance->data_offset) == SQLITE_OK &&
		sqlite3_bind_int64(row, 5, instance->mtime_ns) == SQLITE_OK &&
		bind_path(row, 6, instance->path) && bind_path(row, 7, instance->origin) &&
		sqlite3_step(row) == SQLITE_DONE)
		rv = sqlite3_changes(seen->db);
	else
		fail(seen, err);
	sqlite3_reset(row);
	return rv;
}

/* A copy, owned by the caller, of a column that holds a path; NULL if it is NULL. */
static char *
copy_path(sqlite3_stmt *row, int column)
{
	const char *bytes = sqlite3_column_blob(row, column);

	return bytes ? strndup(bytes, (size_t)sqlite3_column_bytes(row, column)) : NULL;
}

/* Fetch the one that has the UID already into seen->first. */
static int
find(struct seen *seen, const char *uid, struct err *err)
{
	sqlite3_stmt *row = seen->statements[FIND];
	struct instance *first = &seen->first;
	int rv = -1;

	if (bind_text(row, 1, uid) && sqlite3_step(row) == SQLITE_ROW) {
		text_format(first->syntax, sizeof first->syntax, "%s",
			(const char *)sqlite3_column_text(row, 0));
		first->size = (uint64_t)sqlite3_column_int64(row, 1);
		first->data_offset = (uint64_t)sqlite3_column_int64(row, 2);
		first->mtime_ns = sqlite3_column_int64(row, 3);
		first->path = copy_path(row, 4);
		first->origin = copy_path(row, 5);
		rv = first->path ? 0 : err_nomem(err);
	} else {
		fail(seen, err);
	}
	sqlite3_reset(row);
	return rv;
}

/* Two objects that are met under one UID. */
struct pair {
	const struct instance *first, *second;
	int fds[2];
};

/* "A and B have the same SOP Instance UID, 1.2.3, but ...". Returns SEEN_OTHER. */
static enum seen_result __attribute__((format(printf, 3, 4)))
differ(const struct pair *pair, struct err *err, const char *fmt, ...)
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
	err_hint(err, "A receiver keeps one object per UID: find out which of them is right and send that.");
	return SEEN_OTHER;
}

/* Read up to size bytes from offset on. Returns how many there are, -1 with errno. */
static ssize_t
read_piece(int fd, unsigned char *piece, size_t size, uint64_t offset)
{
	size_t used = 0;

	while (used < size) {
		ssize_t n = pread(fd, piece + used, size - used, (off_t)(offset + used));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

/* The data sets, of the same length, byte by byte. */
static enum seen_result
compare_bytes(const struct pair *pair, unsigned char *pieces, struct err *err)
{
	uint64_t length = pair->first->size - pair->first->data_offset;

	for (uint64_t at = 0; at < length; at += PIECE) {
		size_t want = length - at < PIECE ? (size_t)(length - at) : PIECE;
		ssize_t a = read_piece(pair->fds[0], pieces, want, pair->first->data_offset + at);
		ssize_t b = read_piece(pair->fds[1], pieces + PIECE, want, pair->second->data_offset + at);

		if (a < 0 || b < 0)
			return differ(pair, err, "they cannot be compared: %s", strerror(errno));
		if (a != (ssize_t)want || b != (ssize_t)want)
			return differ(pair, err, "one of them shrank while they were compared");
		if (memcmp(pieces, pieces + PIECE, want) != 0)
			return differ(pair, err, "another data set of the same length");
	}
	return SEEN_EQUAL;
}

static int64_t
mtime_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* What can be told without reading the data sets; SEEN_NEW: nothing yet. */
static enum seen_result
compare_facts(const struct pair *pair, struct err *err)
{
	const struct instance *first = pair->first, *second = pair->second;
	struct stat st[2];

	if (fstat(pair->fds[0], &st[0]) < 0 || fstat(pair->fds[1], &st[1]) < 0)
		return differ(pair, err, "they cannot be compared: %s", strerror(errno));
	if (st[0].st_dev == st[1].st_dev && st[0].st_ino == st[1].st_ino)
		return SEEN_EQUAL;
	if ((uint64_t)st[0].st_size != first->size || mtime_ns(&st[0]) != first->mtime_ns)
		return differ(pair, err, "that one has changed since it was read");
	if (strcmp(first->syntax, second->syntax) != 0)
		return differ(pair, err, "is in another transfer syntax (%s, that one in %s)",
			uid_name(second->syntax), uid_name(first->syntax));
	if (first->size - first->data_offset != second->size - second->data_offset)
		return differ(pair, err, "another data set (%llu bytes, that one's %llu)",
			(unsigned long long)(second->size - second->data_offset),
			(unsigned long long)(first->size - first->data_offset));
	return SEEN_NEW;
}

static enum seen_result
compare(struct pair *pair, struct err *err)
{
	unsigned char *pieces = malloc(2 * PIECE);
	enum seen_result result;

	pair->fds[0] = open(pair->first->path, READING);
	pair->fds[1] = -1;
	if (!pieces) {
		err_nomem(err);
		result = SEEN_FAILED;
	} else if (pair->fds[0] < 0) {
		result = differ(pair, err, "that one can no longer be read to compare them: %s",
			strerror(errno));
	} else if ((pair->fds[1] = open(pair->second->path, READING)) < 0) {
		result = differ(pair, err, "can no longer be read to compare them: %s", strerror(errno));
	} else {
		result = compare_facts(pair, err);
		if (result == SEEN_NEW)
			result = compare_bytes(pair, pieces, err);
	}
	for (int i = 0; i < 2; i++) {
		if (pair->fds[i] >= 0)
			close(pair->fds[i]);
	}
	free(pieces);
	return result;
}

enum seen_result
seen_add(struct seen *seen, const struct instance *instance, const char **first, struct err *err)
{
	struct pair pair = { .first = &seen->first, .second = instance };
	int added = put(seen, instance, err);

	*first = NULL;
	if (added < 0)
		return SEEN_FAILED;
	if (added > 0)
		return SEEN_NEW;
	instance_clear(&seen->first);
	if (find(seen, instance->sop_instance, err) < 0)
		return SEEN_FAILED;
	*first = instance_name(&seen->first);
	return compare(&pair, err);
}
