/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "base/wait.h"
#include "send/netfs.h"

#define APPLICATION_ID 0x6d746c73 /* "mtls" */
#define VERSION	       1
#define BUSY_MS	       10000 /* for another run's transaction, which takes microseconds */
#define BUSY_STEP_MS   10

enum statement { BEGIN, COMMIT, LOOK, INTEND, ANSWER, PUT, DATA_VERSION, STATEMENTS };

struct journal {
	pthread_mutex_t lock;
	char *path; /* as given */
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
	sqlite3_int64 destination; /* the key's row */
	sqlite3_int64 data_version; /* as long as nobody else has written since journal_open */
	bool alone;		   /* nobody had, whenever we asked */
	bool began_blank;	   /* the destination had no entries then */
};

/*
 * A row per instance is little but its own UID and path: what a run's
 * instances have in common stands in destination. Host names are the same in
 * any case (RFC 4343); AE titles are not. Paths are bytes.
 */
static const char schema[] =
	"CREATE TABLE destination ("
	" id INTEGER PRIMARY KEY,"
	" called TEXT NOT NULL, host TEXT NOT NULL COLLATE NOCASE, port INTEGER NOT NULL,"
	" calling TEXT NOT NULL, edits TEXT NOT NULL,"
	" used INTEGER NOT NULL," /* when a run last opened it, Unix time */
	" UNIQUE (called, host, port, calling, edits));"
	"CREATE TABLE instance ("
	" destination INTEGER NOT NULL REFERENCES destination (id),"
	" uid TEXT NOT NULL,"	  /* SOP Instance UID as sent */
	" path BLOB NOT NULL, size INTEGER NOT NULL,"
	" mtime INTEGER NOT NULL," /* nanoseconds */
	" state TEXT NOT NULL,"	  /* acknowledged, failed, uncertain */
	" status INTEGER,"	  /* DIMSE, NULL if none came */
	" attempts INTEGER NOT NULL,"
	" time INTEGER NOT NULL," /* of the result, Unix time */
	" PRIMARY KEY (destination, uid)) WITHOUT ROWID;";

static const char sign_in[] =
	"INSERT INTO destination (called, host, port, calling, edits, used) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
	" ON CONFLICT DO UPDATE SET used = excluded.used RETURNING id";

static const char *const sql[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	/* what it gives changes only when another connection has committed */
	[DATA_VERSION] = "PRAGMA data_version",
	[LOOK] = "SELECT state, status, attempts, path FROM instance"
		" WHERE destination = ?1 AND uid = ?2 AND size = ?3 AND mtime = ?4",
	[ANSWER] = "UPDATE instance SET state = ?6, status = ?7, time = ?8"
		" WHERE destination = ?1 AND uid = ?2 AND size = ?3 AND mtime = ?4 AND path = ?5",
	[PUT] = "INSERT INTO instance (destination, uid, size, mtime, path, state, status, attempts, time)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8)"
		" ON CONFLICT DO UPDATE SET path = excluded.path, size = excluded.size,"
		" mtime = excluded.mtime, state = excluded.state, status = excluded.status,"
		" time = excluded.time, attempts = CASE"
		" WHEN size = excluded.size AND mtime = excluded.mtime THEN attempts + ?9 ELSE 1 END",
	[INTEND] = "INSERT INTO instance (destination, uid, size, mtime, path, state, attempts, time)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?8)"
		" ON CONFLICT DO UPDATE SET path = excluded.path,"
		" size = excluded.size, mtime = excluded.mtime, time = excluded.time, attempts = CASE"
		" WHEN size = excluded.size AND mtime = excluded.mtime THEN attempts + 1 ELSE 1 END,"
		" state = CASE WHEN size = excluded.size AND mtime = excluded.mtime"
		" AND state = 'acknowledged'"
		" THEN state ELSE excluded.state END, status = CASE WHEN size = excluded.size AND"
		" mtime = excluded.mtime AND state = 'acknowledged' THEN status ELSE NULL END",
};

static const char *const states[] = {
	[JOURNAL_ACKNOWLEDGED] = "acknowledged",
	[JOURNAL_FAILED] = "failed",
	[JOURNAL_UNCERTAIN] = "uncertain",
};

/* State what is wrong with the journal at path: "path why". */
static int
refuse(const char *path, const char *why, struct err *err)
{
	char shown[512];

	text_harmless_str(shown, sizeof shown, path);
	return err_set(err, ERR_JOURNAL, "the journal %s %s", shown, why);
}

/* The file is another one's. */
static int
not_ours(const char *path, const char *why, struct err *err)
{
	char shown[512];

	text_harmless_str(shown, sizeof shown, path);
	err_set(err, ERR_JOURNAL, "%s is no journal: it %s", shown, why);
	return err_hint(err, "Let --journal name another file. This one was not touched.");
}

static int
cannot(const char *path, const char *what, int errnum, struct err *err)
{
	char shown[512];

	err_set(err, ERR_JOURNAL, "cannot %s the journal %s: %s", what,
		text_harmless_str(shown, sizeof shown, path), strerror(errnum));
	return err_hint(err, "Let --journal name a file in a directory that this user may write.");
}

/* Refuse a network file system. there: a file or directory on the one that path is on, or will be. */
static int
check_local(const char *path, const char *there, struct err *err)
{
	const char *name;
	char why[128];

	if (netfs_find(there, &name) < 0)
		return cannot(path, "open", errno, err);
	if (!name)
		return 0;
	text_format(why, sizeof why, "lies on a network file system (%s), where two hosts that use it at a "
		"time would spoil it", name);
	refuse(path, why, err);
	return err_hint(err, "Let --journal name a file on a local disk of this host.");
}

/* Make an empty file if there is none: 0600 whatever the umask; SQLite's -wal and -shm take its mode. */
static int
make_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rv = -1;

	if (fd < 0)
		return errno == EEXIST ? 0 : cannot(path, "make", errno, err);
	if (fchmod(fd, 0600) < 0)
		cannot(path, "make", errno, err);
	else
		rv = 0;
	close(fd);
	return rv;
}

/* Refuse a place for it that will not do, then have a file there. */
static int
settle(const char *path, struct err *err)
{
	char *copy = strdup(path);
	struct stat st;
	int rv = -1;

	if (!copy)
		return err_nomem(err);
	if (stat(path, &st) < 0) {
		rv = errno == ENOENT ? check_local(path, dirname(copy), err) :
				       cannot(path, "open", errno, err);
	} else if (!S_ISREG(st.st_mode)) {
		refuse(path, "is no regular file", err);
		err_hint(err, "Let --journal name a file; it is made if there is none.");
	} else if (st.st_size == 1) {
		not_ours(path, "holds something else", err); /* a single byte is nothing to SQLite */
	} else {
		rv = check_local(path, path, err);
	}
	free(copy);
	return rv < 0 ? -1 : make_file(path, err);
}

static int
damaged(const char *path, const char *how, struct err *err)
{
	char shown[512];

	text_harmless_str(shown, sizeof shown, path);
	err_set(err, ERR_JOURNAL, "the journal %s is damaged: %s", shown, how);
	return err_hint(err, "Move it away, with %s-wal if there is one, and run again without what it knew: "
		"everything is sent anew. The command .recover of sqlite3 may save what it held.", shown);
}

/* Turn SQLite's last error into ours. what: "read", for one. */
static int
fail(const struct journal *journal, const char *what, struct err *err)
{
	int rc = sqlite3_extended_errcode(journal->db);
	int errnum = sqlite3_system_errno(journal->db);
	char shown[512];

	text_harmless_str(shown, sizeof shown, journal->path);
	switch (rc & 0xff) {
	case SQLITE_NOTADB:
		return not_ours(journal->path, "holds something else", err);
	case SQLITE_CORRUPT:
	case SQLITE_ERROR: /* our SQL does not fit its tables */
		return damaged(journal->path, sqlite3_errmsg(journal->db), err);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		err_set(err, ERR_JOURNAL, "the journal %s was locked by another program for more than %d "
			"seconds", shown, BUSY_MS / 1000);
		return err_hint(err, "See what holds it (fuser -v %s) and run again when that is done.",
			shown);
	case SQLITE_NOMEM:
		return err_nomem(err);
	}
	err_set(err, ERR_JOURNAL, "cannot %s the journal %s: %s%s%s", what, shown,
		sqlite3_errmsg(journal->db), errnum ? ": " : "", errnum ? strerror(errnum) : "");
	err->detail = rc;
	if ((rc & 0xff) == SQLITE_FULL || (rc & 0xff) == SQLITE_IOERR)
		return err_hint(err, "Make room on its disk, or see what ails it, and run the same command "
			"again: it goes on from what was recorded.");
	return err_hint(err, "Let this user write the file, its directory, and the files %s-wal and %s-shm "
		"that SQLite keeps beside it.", shown, shown);
}

static int
execute(const struct journal *journal, const char *text, const char *what, struct err *err)
{
	return sqlite3_exec(journal->db, text, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(journal, what, err);
}

/* The one row of numbers that a query gives. */
static int
numbers(const struct journal *journal, const char *query, sqlite3_int64 out[], int count, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int rv = -1;

	if (sqlite3_prepare_v2(journal->db, query, -1, &statement, NULL) == SQLITE_OK &&
		sqlite3_step(statement) == SQLITE_ROW) {
		for (int i = 0; i < count; i++)
			out[i] = sqlite3_column_int64(statement, i);
		rv = 0;
	} else {
		fail(journal, "read", err);
	}
	sqlite3_finalize(statement);
	return rv;
}

/* Is it a journal of ours, or *empty? One query, and so one moment: another run may be making it. */
static int
inspect(const struct journal *journal, bool *empty, struct err *err)
{
	sqlite3_int64 facts[3], tables, id, version;

	if (numbers(journal, "SELECT count(*), (SELECT * FROM pragma_application_id),"
		" (SELECT * FROM pragma_user_version) FROM sqlite_schema", facts, 3, err) < 0)
		return -1;
	tables = facts[0];
	id = facts[1];
	version = facts[2];
	*empty = id == 0 && version == 0 && tables == 0;
	if (*empty || (id == APPLICATION_ID && version == VERSION))
		return 0;
	if (id != APPLICATION_ID)
		return not_ours(journal->path, "is a SQLite database of some other program", err);
	if (version < VERSION)
		return damaged(journal->path, "it has no version that is known", err);
	refuse(journal->path, "was made by a newer release of this program", err);
	return err_hint(err, "Use that release, or let --journal name another file.");
}

/*
 * Writers append to a -wal file: one commit is one write, and none waits for
 * the disk (synchronous NORMAL): what a power failure may cost is sent again. The
 * log grows to 32 MB, in pages of 2 KB, before it is moved to the database, which
 * does wait. SQLite does not wait for others here by itself.
 */
static int
use_wal(const struct journal *journal, struct err *err)
{
	struct deadline deadline = deadline_in(BUSY_MS);
	sqlite3_int64 on;
	int rc;

	for (;;) {
		rc = sqlite3_exec(journal->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
		if (rc != SQLITE_BUSY || deadline_passed(deadline))
			break;
		sqlite3_sleep(BUSY_STEP_MS);
	}
	if (rc != SQLITE_OK)
		return fail(journal, "write", err);
	if (numbers(journal, "SELECT journal_mode = 'wal' FROM pragma_journal_mode", &on, 1, err) < 0)
		return -1;
	if (on)
		return execute(journal, "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 16000",
			"write", err);
	refuse(journal->path, "lies where SQLite can have no write-ahead log (no shared memory)", err);
	return err_hint(err, "Let --journal name a file on a local disk of this host.");
}

/* Are its pages in order? A fifth of a second for a million entries. */
static int
verify(const struct journal *journal, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	const char *verdict = NULL;
	int rv = -1;

	/* SQLite 3.46 takes the argument of the table-valued pragma_quick_check(1) for a table's name. */
	if (sqlite3_prepare_v2(journal->db, "PRAGMA quick_check(1)", -1, &statement, NULL) == SQLITE_OK &&
		sqlite3_step(statement) == SQLITE_ROW)
		verdict = (const char *)sqlite3_column_text(statement, 0);
	if (!verdict)
		fail(journal, "read", err);
	else if (strcmp(verdict, "ok") != 0)
		damaged(journal->path, "its pages contradict each other", err);
	else
		rv = 0;
	sqlite3_finalize(statement);
	return rv;
}

/* End a transaction that failed, unless SQLite did so itself. */
static void
undo(struct journal *journal)
{
	if (!sqlite3_get_autocommit(journal->db))
		sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
}

/* Make the tables, unless another run was faster. */
static int
furnish(struct journal *journal, struct err *err)
{
	char pragmas[96];
	bool empty;
	int rv = -1;

	text_format(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d",
		APPLICATION_ID, VERSION);
	if (execute(journal, sql[BEGIN], "write", err) < 0 || inspect(journal, &empty, err) < 0)
		goto out;
	if (empty && (execute(journal, schema, "write", err) < 0 ||
		execute(journal, pragmas, "write", err) < 0))
		goto out;
	rv = execute(journal, sql[COMMIT], "write", err);
out:
	if (rv < 0)
		undo(journal);
	return rv;
}

/* Open the file that is there, by its absolute name: ":memory:" and "file:..." mean something to SQLite. */
static int
connect_file(struct journal *journal, struct err *err)
{
	char *absolute = realpath(journal->path, NULL);
	int rc;

	/* One that cannot be written SQLite would open for reading alone. */
	if (!absolute || faccessat(AT_FDCWD, absolute, R_OK | W_OK, AT_EACCESS) < 0) {
		cannot(journal->path, "open", errno, err);
		free(absolute);
		return -1;
	}
	rc = sqlite3_open_v2(absolute, &journal->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	free(absolute);
	if (!journal->db)
		return err_nomem(err);
	if (rc != SQLITE_OK)
		return fail(journal, "open", err);
	sqlite3_busy_timeout(journal->db, BUSY_MS);
	/* A commit writes whole pages, for two rows: in a new journal, pages are half SQLite's usual size. */
	return execute(journal, "PRAGMA cell_size_check = ON; PRAGMA page_size = 2048", "open", err);
}

static int
prepare(struct journal *journal, struct err *err)
{
	for (int i = 0; i < STATEMENTS; i++) {
		if (sqlite3_prepare_v3(journal->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
			&journal->statements[i], NULL) != SQLITE_OK)
			return fail(journal, "use", err);
	}
	return 0;
}

static bool
bind_text(sqlite3_stmt *statement, int parameter, const char *text)
{
	return sqlite3_bind_text(statement, parameter, text, -1, SQLITE_STATIC) == SQLITE_OK;
}

/* Find or make the key's row. That writes in any case, and so finds out whether it can. */
static int
enter(struct journal *journal, const struct journal_key *key, struct err *err)
{
	sqlite3_stmt *row = NULL;
	int rc = sqlite3_prepare_v2(journal->db, sign_in, -1, &row, NULL);

	if (rc == SQLITE_OK && bind_text(row, 1, key->called) && bind_text(row, 2, key->host) &&
		sqlite3_bind_int(row, 3, key->port) == SQLITE_OK && bind_text(row, 4, key->calling) &&
		bind_text(row, 5, key->edits) && sqlite3_bind_int64(row, 6, time(NULL)) == SQLITE_OK)
		rc = sqlite3_step(row);
	if (rc == SQLITE_ROW) {
		journal->destination = sqlite3_column_int64(row, 0);
		rc = sqlite3_step(row); /* commits */
	}
	rc = rc == SQLITE_DONE ? 0 : fail(journal, "write", err);
	sqlite3_finalize(row);
	return rc;
}

/* 0, or -1 with err. */
static int
read_data_version(const struct journal *journal, sqlite3_int64 *out, struct err *err)
{
	sqlite3_stmt *statement = journal->statements[DATA_VERSION];
	bool ok = sqlite3_step(statement) == SQLITE_ROW;

	if (ok)
		*out = sqlite3_column_int64(statement, 0);
	else
		fail(journal, "read", err);
	sqlite3_reset(statement);
	return ok ? 0 : -1;
}

/* From here on it is noticed if others write. */
static int
watch_others(struct journal *journal, struct err *err)
{
	journal->alone = true;
	return read_data_version(journal, &journal->data_version, err);
}

/* Is there nothing yet for the key? After watch_others: what comes later is noticed. */
static int
look_whether_blank(struct journal *journal, struct err *err)
{
	char query[96];
	sqlite3_int64 blank;

	text_format(query, sizeof query,
		"SELECT NOT EXISTS (SELECT * FROM instance WHERE destination = %lld)",
		(long long)journal->destination);
	if (numbers(journal, query, &blank, 1, err) < 0)
		return -1;
	journal->began_blank = blank;
	return 0;
}

static void
discard(struct journal *journal)
{
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(journal->statements[i]);
	sqlite3_close(journal->db);
	pthread_mutex_destroy(&journal->lock);
	free(journal->path);
	free(journal);
}

struct journal *
journal_open(const char *path, const struct journal_key *key, struct err *err)
{
	struct journal *journal = calloc(1, sizeof *journal);
	bool empty;

	if (!journal || pthread_mutex_init(&journal->lock, NULL) != 0) {
		free(journal);
		err_nomem(err);
		return NULL;
	}
	journal->path = strdup(path);
	if (!journal->path) {
		err_nomem(err);
	} else if (settle(path, err) == 0 && connect_file(journal, err) == 0 &&
		inspect(journal, &empty, err) == 0 && use_wal(journal, err) == 0 &&
		verify(journal, err) == 0 && furnish(journal, err) == 0 &&
		prepare(journal, err) == 0 && enter(journal, key, err) == 0 &&
		watch_others(journal, err) == 0 && look_whether_blank(journal, err) == 0) {
		return journal;
	}
	discard(journal);
	return NULL;
}

/* With the lock held. What cannot be found out is looked up. */
static bool
is_alone(struct journal *journal)
{
	sqlite3_int64 now;
	struct err err = ERR_INIT;

	journal->alone = journal->alone && read_data_version(journal, &now, &err) == 0 &&
		now == journal->data_version;
	return journal->alone;
}

bool
journal_is_private(struct journal *journal)
{
	bool alone;

	pthread_mutex_lock(&journal->lock);
	alone = is_alone(journal);
	pthread_mutex_unlock(&journal->lock);
	return alone;
}

bool
journal_is_blank(struct journal *journal)
{
	return journal->began_blank && journal_is_private(journal);
}

/* The first four parameters of all that is done with an instance: which file it is. */
static bool
bind_file(const struct journal *journal, sqlite3_stmt *statement, const struct instance *instance)
{
	return sqlite3_bind_int64(statement, 1, journal->destination) == SQLITE_OK &&
		bind_text(statement, 2, instance->sop_instance) &&
		sqlite3_bind_int64(statement, 3, (sqlite3_int64)instance->size) == SQLITE_OK &&
		sqlite3_bind_int64(statement, 4, instance->mtime_ns) == SQLITE_OK;
}

static enum journal_state
state_of(const unsigned char *word)
{
	for (int i = JOURNAL_ACKNOWLEDGED; i <= JOURNAL_UNCERTAIN; i++) {
		if (word && strcmp((const char *)word, states[i]) == 0)
			return (enum journal_state)i;
	}
	return JOURNAL_UNKNOWN;
}

/* -1: the row says what none of ours does. */
static int
read_entry(const struct journal *journal, sqlite3_stmt *row, struct journal_entry *out, struct err *err)
{
	const void *path = sqlite3_column_blob(row, 3);
	size_t len = (size_t)sqlite3_column_bytes(row, 3);

	out->state = state_of(sqlite3_column_text(row, 0));
	out->has_status = sqlite3_column_type(row, 1) != SQLITE_NULL;
	out->status = (uint16_t)sqlite3_column_int(row, 1);
	out->attempts = (unsigned)sqlite3_column_int(row, 2);
	if (len >= sizeof out->path)
		len = sizeof out->path - 1;
	if (len > 0)
		memcpy(out->path, path, len);
	out->path[len] = '\0';
	if (out->state != JOURNAL_UNKNOWN)
		return 0;
	return damaged(journal->path, "an entry has no state that is known", err);
}

int
journal_look(struct journal *journal, const struct instance *instance, struct journal_entry *out,
	struct err *err)
{
	sqlite3_stmt *statement = journal->statements[LOOK];
	int rc = SQLITE_ERROR, rv = 0;

	*out = (struct journal_entry){ .state = JOURNAL_UNKNOWN };
	pthread_mutex_lock(&journal->lock);
	if (bind_file(journal, statement, instance))
		rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		rv = read_entry(journal, statement, out, err);
	else if (rc != SQLITE_DONE)
		rv = fail(journal, "read", err);
	sqlite3_reset(statement);
	pthread_mutex_unlock(&journal->lock);
	return rv;
}

/* Step a statement that gives no rows. */
static int
run(const struct journal *journal, enum statement which, struct err *err)
{
	int rv = sqlite3_step(journal->statements[which]) == SQLITE_DONE ? 0 : fail(journal, "write", err);

	sqlite3_reset(journal->statements[which]);
	return rv;
}

static int
write_row(const struct journal *journal, enum statement which, const struct journal_result *result,
	struct err *err)
{
	sqlite3_stmt *statement = journal->statements[which];
	const char *path = instance_name(result->instance);

	if (!bind_file(journal, statement, result->instance) ||
		sqlite3_bind_blob64(statement, 5, path, strlen(path), SQLITE_STATIC) != SQLITE_OK ||
		!bind_text(statement, 6, states[which == INTEND ? JOURNAL_UNCERTAIN : result->state]) ||
		sqlite3_bind_int64(statement, 8, time(NULL)) != SQLITE_OK)
		return fail(journal, "write", err);
	if (which != INTEND && (result->has_status ? sqlite3_bind_int(statement, 7, result->status) :
		sqlite3_bind_null(statement, 7)) != SQLITE_OK)
		return fail(journal, "write", err);
	if (which == PUT && sqlite3_bind_int(statement, 9, !result->begun) != SQLITE_OK)
		return fail(journal, "write", err);
	return run(journal, which, err);
}

/* The answer to what went out mostly finds the row as it was made then. */
static int
put(const struct journal *journal, const struct journal_result *result, struct err *err)
{
	if (result->sent)
		return write_row(journal, INTEND, result, err);
	if (result->begun && write_row(journal, ANSWER, result, err) < 0)
		return -1;
	if (result->begun && sqlite3_changes(journal->db) > 0)
		return 0;
	return write_row(journal, PUT, result, err);
}

int
journal_record(struct journal *journal, const struct journal_result *results, size_t count, struct err *err)
{
	int rv;

	pthread_mutex_lock(&journal->lock);
	rv = run(journal, BEGIN, err);
	for (size_t i = 0; rv == 0 && i < count; i++)
		rv = put(journal, &results[i], err);
	if (rv == 0)
		rv = run(journal, COMMIT, err);
	if (rv < 0)
		undo(journal);
	pthread_mutex_unlock(&journal->lock);
	return rv;
}

int
journal_close(struct journal *journal, struct err *err)
{
	int rc, rv = 0;

	if (!journal)
		return 0;
	/* sqlite3_close does this too, but would not say that it failed. Busy: another run is at it. */
	rc = sqlite3_wal_checkpoint_v2(journal->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (rc != SQLITE_OK && rc != SQLITE_BUSY)
		rv = fail(journal, "write", err);
	discard(journal);
	return rv;
}
