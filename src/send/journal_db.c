/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/journal_db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

int
journal_db_damaged(const struct journal_db *db, const char *how, struct err *err)
{
	const char *shown = TEXT_SHOWN(db->file.path, 512);

	err_set(err, ERR_JOURNAL, "the journal %s is damaged: %s", shown, how);
	return err_hint(err, "Move it away, with %s-wal if there is one, and run again: everything is sent "
		"again. The sqlite3 command .recover may restore its contents.", shown);
}

int
journal_db_fail(const struct journal_db *db, const char *what, struct err *err)
{
	int rc = sqlite3_extended_errcode(db->db);
	int errnum = sqlite3_system_errno(db->db);
	const char *shown = TEXT_SHOWN(db->file.path, 512);

	switch (rc & 0xff) {
	case SQLITE_NOTADB:
		return journal_file_foreign(&db->file, "contains something else", err);
	case SQLITE_CORRUPT:
	case SQLITE_ERROR: /* our SQL does not match its tables */
		return journal_db_damaged(db, sqlite3_errmsg(db->db), err);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		err_set(err, ERR_JOURNAL, "the journal %s was locked by another program for more than %d "
			"seconds", shown, JOURNAL_BUSY_MS / 1000);
		return err_hint(err, "Find the program that locks it (fuser -v %s) and run again when it "
			"has finished.",
			shown);
	case SQLITE_NOMEM:
		return err_nomem(err);
	}
	err_set(err, ERR_JOURNAL, "cannot %s the journal %s: %s%s%s", what, shown,
		sqlite3_errmsg(db->db), errnum ? ": " : "", errnum ? strerror(errnum) : "");
	err->detail = rc;
	if ((rc & 0xff) == SQLITE_FULL || (rc & 0xff) == SQLITE_IOERR)
		return err_hint(err, "Free disk space, or check the disk, and run the same command again: "
			"it continues from what was recorded.");
	return err_hint(err, "Make the file, its directory and SQLite's files %s-wal and %s-shm writable "
		"for this user.", shown, shown);
}

int
journal_db_execute(const struct journal_db *db, const char *text, const char *what, struct err *err)
{
	return sqlite3_exec(db->db, text, NULL, NULL, NULL) == SQLITE_OK ? 0 : journal_db_fail(db, what, err);
}

int
journal_db_numbers(const struct journal_db *db, const char *query, sqlite3_int64 out[], int count,
	struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int rv = -1;

	if (sqlite3_prepare_v2(db->db, query, -1, &statement, NULL) == SQLITE_OK &&
		sqlite3_step(statement) == SQLITE_ROW) {
		for (int i = 0; i < count; i++)
			out[i] = sqlite3_column_int64(statement, i);
		rv = 0;
	} else {
		journal_db_fail(db, "read", err);
	}
	sqlite3_finalize(statement);
	return rv;
}

/* A single query, since another run may be creating it. */
int
journal_db_inspect(const struct journal_db *db, bool *empty, struct err *err)
{
	sqlite3_int64 facts[3], tables, id, version;

	if (journal_db_numbers(db, "SELECT count(*), (SELECT * FROM pragma_application_id),"
		" (SELECT * FROM pragma_user_version) FROM sqlite_schema", facts, 3, err) < 0)
		return -1;
	tables = facts[0];
	id = facts[1];
	version = facts[2];
	*empty = id == 0 && version == 0 && tables == 0;
	if (*empty || (id == JOURNAL_APPLICATION_ID && version == JOURNAL_VERSION))
		return 0;
	if (id != JOURNAL_APPLICATION_ID)
		return journal_file_foreign(&db->file, "is an SQLite database of another program", err);
	if (version < JOURNAL_VERSION)
		return journal_db_damaged(db, "its version is unknown", err);
	journal_file_refuse(&db->file, err, "was made by a newer release of this program");
	return err_hint(err, "Use that release, or give --journal another file.");
}

int
journal_db_has_columns(const struct journal_db *db, bool *there, struct err *err)
{
	sqlite3_int64 count;

	if (journal_db_numbers(db, "SELECT count(*) FROM pragma_table_info('instance')"
		" WHERE name IN ('study', 'comment')", &count, 1, err) < 0)
		return -1;
	*there = count == 2;
	return 0;
}

/* SQLite opened a file by its name: is it the one that was checked? */
static int
check_opened(const struct journal_db *db, struct err *err)
{
	int moved = 0;

	if (sqlite3_file_control(db->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK)
		return journal_db_fail(db, "open", err);
	if (!moved)
		return 0;
	journal_file_refuse(&db->file, err, "was replaced while it was opened");
	return err_hint(err, "Run again, and do not change the journal meanwhile.");
}

/* A journal without -wal is completely in its file; SQLite would create a -wal to read it. */
static int
open_immutable(struct journal_db *db, const char *name, int flags)
{
	static const char digits[] = "0123456789ABCDEF", end[] = "?immutable=1";
	char *uri = malloc(5 + 3 * strlen(name) + sizeof end), *p = uri;
	int rc;

	if (!uri)
		return SQLITE_NOMEM;
	p = mempcpy(p, "file:", 5);
	for (; *name; name++) {
		*p++ = '%';
		*p++ = digits[(unsigned char)*name >> 4];
		*p++ = digits[(unsigned char)*name & 15];
	}
	memcpy(p, end, sizeof end);
	rc = sqlite3_open_v2(uri, &db->db, flags | SQLITE_OPEN_URI, NULL);
	free(uri);
	return rc;
}

int
journal_db_open(struct journal_db *db, const char *path, bool write, struct err *err)
{
	/* The absolute name: ":memory:" and "file:..." mean something to SQLite. */
	int flags = (write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_NOFOLLOW;
	const char *name;
	int rc;

	db->db = NULL;
	if (journal_file_find(&db->file, path, write, err) < 0)
		return -1;
	db->immutable = !write && access(db->file.parts[1].name, F_OK) < 0;
	name = db->file.parts[0].name;
	/* If it cannot be written, SQLite would open it read-only. */
	if (faccessat(AT_FDCWD, name, write ? R_OK | W_OK : R_OK, AT_EACCESS) < 0)
		return journal_file_cannot(&db->file, "open", errno, err);
	rc = db->immutable ? open_immutable(db, name, flags) : sqlite3_open_v2(name, &db->db, flags, NULL);
	if (!db->db)
		return err_nomem(err);
	if (rc != SQLITE_OK)
		return journal_db_fail(db, "open", err);
	sqlite3_busy_timeout(db->db, JOURNAL_BUSY_MS);
	if (check_opened(db, err) < 0)
		return -1;
	return journal_db_execute(db, "PRAGMA cell_size_check = ON", "open", err);
}

void
journal_db_close(struct journal_db *db)
{
	sqlite3_close(db->db);
	db->db = NULL;
	journal_file_clear(&db->file);
}
