/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/journal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/wait.h"
#include "send/journal_db.h"

#define BUSY_STEP_MS 10

enum statement { BEGIN, COMMIT, LOOK, OTHERS, INTEND, ANSWER, PUT, DATA_VERSION, STATEMENTS };

struct journal {
	pthread_mutex_t lock;
	struct journal_db db;
	sqlite3_stmt *statements[STATEMENTS];
	sqlite3_int64 destination; /* the key's row */
	sqlite3_int64 data_version; /* valid if nobody else has written since journal_open */
	bool alone;		   /* nobody else had written, at the last check */
	bool began_blank;	   /* the destination had no entries then */
};

/*
 * A row for an instance contains little more than its UID and path: what the instances of a run have in
 * common is in destination. Host names ignore case (RFC 4343); AE titles do not. Paths are bytes.
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
	" uid TEXT NOT NULL,"	  /* SOP Instance UID as sent; see KEY */
	" path BLOB NOT NULL, size INTEGER NOT NULL,"
	" mtime INTEGER NOT NULL," /* nanoseconds */
	" state TEXT NOT NULL,"	  /* acknowledged, failed, uncertain */
	" status INTEGER,"	  /* DIMSE, NULL if none came */
	" attempts INTEGER NOT NULL,"
	" time INTEGER NOT NULL," /* of the result, Unix time */
	" study TEXT,"		  /* Study Instance UID as sent; NULL: recorded by 0.1.0 */
	" comment TEXT,"	  /* of the receiver, or why it failed */
	" PRIMARY KEY (destination, uid)) WITHOUT ROWID;";

/* A journal of 0.1.0 lacks them, and that release can still use one that has them, so the version stays the
 * same. */
static const char more_columns[] =
	"ALTER TABLE instance ADD COLUMN study TEXT; ALTER TABLE instance ADD COLUMN comment TEXT";

static const char sign_in[] =
	"INSERT INTO destination (called, host, port, calling, edits, used) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
	" ON CONFLICT DO UPDATE SET used = excluded.used RETURNING id";

/* A row's uid. If different objects with one UID are all sent, a blank and the path follow it for all but
 * one of them. */
#define KEY "CASE WHEN ?12 THEN ?2 || ' ' || ?5 ELSE ?2 END"

static const char *const sql[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	/* its value changes only when another connection has committed */
	[DATA_VERSION] = "PRAGMA data_version",
	[LOOK] = "SELECT state, status, attempts, path FROM instance"
		" WHERE destination = ?1 AND uid IN (?2, ?2 || ' ' || ?5) AND size = ?3 AND mtime = ?4"
		" AND (NOT ?12 OR path = ?5) ORDER BY uid DESC",
	[OTHERS] = "SELECT 1 FROM instance WHERE destination = ?1 AND (uid = ?2 OR"
		" uid BETWEEN ?2 || ' ' AND ?2 || '!') AND path <> ?5 AND state = 'acknowledged' AND NOT ?12",
	[ANSWER] = "UPDATE instance SET state = ?6, status = ?7, time = ?8, study = ?10, comment = ?11"
		" WHERE destination = ?1 AND uid = " KEY " AND size = ?3 AND mtime = ?4 AND path = ?5",
	[PUT] = "INSERT INTO instance (destination, uid, size, mtime, path, state, status, attempts, time,"
		" study, comment)"
		" VALUES (?1, " KEY ", ?3, ?4, ?5, ?6, ?7, 1, ?8, ?10, ?11)"
		" ON CONFLICT DO UPDATE SET path = excluded.path, size = excluded.size,"
		" mtime = excluded.mtime, state = excluded.state, status = excluded.status,"
		" study = excluded.study, comment = excluded.comment,"
		" time = excluded.time, attempts = CASE"
		" WHEN size = excluded.size AND mtime = excluded.mtime THEN attempts + ?9 ELSE 1 END",
	[INTEND] = "INSERT INTO instance (destination, uid, size, mtime, path, state, attempts, time, study)"
		" VALUES (?1, " KEY ", ?3, ?4, ?5, ?6, 1, ?8, ?10)"
		" ON CONFLICT DO UPDATE SET path = excluded.path, study = excluded.study,"
		" size = excluded.size, mtime = excluded.mtime, time = excluded.time, attempts = CASE"
		" WHEN size = excluded.size AND mtime = excluded.mtime THEN attempts + 1 ELSE 1 END,"
		" state = CASE WHEN size = excluded.size AND mtime = excluded.mtime"
		" AND state = 'acknowledged'"
		" THEN state ELSE excluded.state END, status = CASE WHEN size = excluded.size AND"
		" mtime = excluded.mtime AND state = 'acknowledged' THEN status ELSE NULL END,"
		" comment = CASE WHEN size = excluded.size AND"
		" mtime = excluded.mtime AND state = 'acknowledged' THEN comment ELSE NULL END",
};

static const char *const states[] = {
	[JOURNAL_ACKNOWLEDGED] = "acknowledged",
	[JOURNAL_FAILED] = "failed",
	[JOURNAL_UNCERTAIN] = "uncertain",
};

/*
 * Writers append to a -wal file: one commit is one write, and does not wait for the disk (synchronous
 * NORMAL); what is lost in a power failure is sent again. The log grows to 32 MB, in pages of 2 KB, before
 * it is copied to the database, which does wait. SQLite itself does not wait for others here.
 */
static int
use_wal(const struct journal_db *db, struct err *err)
{
	struct deadline deadline = deadline_in(JOURNAL_BUSY_MS);
	sqlite3_int64 on;
	int rc;

	for (;;) {
		rc = sqlite3_exec(db->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
		if (rc != SQLITE_BUSY || deadline_passed(deadline))
			break;
		sqlite3_sleep(BUSY_STEP_MS);
	}
	if (rc != SQLITE_OK)
		return journal_db_fail(db, "write", err);
	if (journal_db_numbers(db, "SELECT journal_mode = 'wal' FROM pragma_journal_mode", &on, 1, err) < 0)
		return -1;
	if (on)
		return journal_db_execute(db,
			"PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 16000", "write", err);
	journal_file_refuse(&db->file, err, "is on a file system without shared memory, which SQLite's "
		"write-ahead log needs");
	return err_hint(err, "Give --journal a file on a local disk of this host.");
}

/* Are its pages in order? A fifth of a second for a million entries. */
static int
verify(const struct journal *journal, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	const char *verdict = NULL;
	int rv = -1;

	/* SQLite 3.46 takes the argument of the table-valued pragma_quick_check(1) as the name of a table. */
	if (sqlite3_prepare_v2(journal->db.db, "PRAGMA quick_check(1)", -1, &statement, NULL) == SQLITE_OK &&
		sqlite3_step(statement) == SQLITE_ROW)
		verdict = (const char *)sqlite3_column_text(statement, 0);
	if (!verdict)
		journal_db_fail(&journal->db, "read", err);
	else if (strcmp(verdict, "ok") != 0)
		journal_db_damaged(&journal->db, "its pages are inconsistent", err);
	else
		rv = 0;
	sqlite3_finalize(statement);
	return rv;
}

/* End a transaction that failed, unless SQLite has done so. */
static void
roll_back(struct journal *journal)
{
	if (!sqlite3_get_autocommit(journal->db.db))
		sqlite3_exec(journal->db.db, "ROLLBACK", NULL, NULL, NULL);
}

/* In a transaction: add the columns that 0.1.0 does not have. */
static int
add_columns(const struct journal *journal, struct err *err)
{
	bool there;

	if (journal_db_has_columns(&journal->db, &there, err) < 0)
		return -1;
	return there ? 0 : journal_db_execute(&journal->db, more_columns, "write", err);
}

/* Create the tables, unless another run was faster. */
static int
make_tables(struct journal *journal, struct err *err)
{
	char pragmas[96];
	bool empty;
	int rv = -1;

	text_format(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d",
		JOURNAL_APPLICATION_ID, JOURNAL_VERSION);
	if (journal_db_execute(&journal->db, sql[BEGIN], "write", err) < 0 ||
	    journal_db_inspect(&journal->db, &empty, err) < 0)
		goto out;
	if (empty && (journal_db_execute(&journal->db, schema, "write", err) < 0 ||
		journal_db_execute(&journal->db, pragmas, "write", err) < 0))
		goto out;
	if (!empty && add_columns(journal, err) < 0)
		goto out;
	rv = journal_db_execute(&journal->db, sql[COMMIT], "write", err);
out:
	if (rv < 0)
		roll_back(journal);
	return rv;
}

static int
prepare(struct journal *journal, struct err *err)
{
	for (int i = 0; i < STATEMENTS; i++) {
		if (sqlite3_prepare_v3(journal->db.db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
			&journal->statements[i], NULL) != SQLITE_OK)
			return journal_db_fail(&journal->db, "use", err);
	}
	return 0;
}

static bool
bind_text(sqlite3_stmt *statement, int parameter, const char *text)
{
	return sqlite3_bind_text(statement, parameter, text, -1, SQLITE_STATIC) == SQLITE_OK;
}

/* Find or create the key's row. This writes in any case, and so tests whether it can. */
static int
find_destination(struct journal *journal, const struct journal_key *key, struct err *err)
{
	sqlite3_stmt *row = NULL;
	int rc = sqlite3_prepare_v2(journal->db.db, sign_in, -1, &row, NULL);

	if (rc == SQLITE_OK && bind_text(row, 1, key->called) && bind_text(row, 2, key->host) &&
		sqlite3_bind_int(row, 3, key->port) == SQLITE_OK && bind_text(row, 4, key->calling) &&
		bind_text(row, 5, key->edits) && sqlite3_bind_int64(row, 6, time(NULL)) == SQLITE_OK)
		rc = sqlite3_step(row);
	if (rc == SQLITE_ROW) {
		journal->destination = sqlite3_column_int64(row, 0);
		rc = sqlite3_step(row); /* commits */
	}
	rc = rc == SQLITE_DONE ? 0 : journal_db_fail(&journal->db, "write", err);
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
		journal_db_fail(&journal->db, "read", err);
	sqlite3_reset(statement);
	return ok ? 0 : -1;
}

/* Is there nothing yet for the key? Changes after data_version was read are noticed. */
static int
check_blank(struct journal *journal, struct err *err)
{
	char query[96];
	sqlite3_int64 blank;

	text_format(query, sizeof query,
		"SELECT NOT EXISTS (SELECT * FROM instance WHERE destination = %lld)",
		(long long)journal->destination);
	if (journal_db_numbers(&journal->db, query, &blank, 1, err) < 0)
		return -1;
	journal->began_blank = blank;
	return 0;
}

bool
journal_group_writes(const struct journal *journal)
{
	return journal->db.file.group_writes;
}

static void
discard(struct journal *journal)
{
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(journal->statements[i]);
	journal_db_close(&journal->db);
	pthread_mutex_destroy(&journal->lock);
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
	/* A commit writes whole pages for two rows: therefore a new journal has pages of half SQLite's
	 * usual size. */
	if (journal_db_open(&journal->db, path, true, err) == 0 &&
	    journal_db_execute(&journal->db, "PRAGMA page_size = 2048", "open", err) == 0 &&
	    journal_db_inspect(&journal->db, &empty, err) == 0 && use_wal(&journal->db, err) == 0 &&
	    verify(journal, err) == 0 && make_tables(journal, err) == 0 && prepare(journal, err) == 0 &&
	    find_destination(journal, key, err) == 0 && journal_file_hold(&journal->db.file, err) == 0 &&
	    read_data_version(journal, &journal->data_version, err) == 0 && check_blank(journal, err) == 0) {
		journal->alone = true;
		return journal;
	}
	discard(journal);
	return NULL;
}

/* If this is not known, look the entry up. */
bool
journal_is_private(struct journal *journal)
{
	sqlite3_int64 now;
	struct err err = ERR_INIT;
	bool alone;

	pthread_mutex_lock(&journal->lock);
	journal->alone = journal->alone && read_data_version(journal, &now, &err) == 0 &&
		now == journal->data_version;
	alone = journal->alone;
	pthread_mutex_unlock(&journal->lock);
	return alone;
}

bool
journal_is_blank(struct journal *journal)
{
	return journal->began_blank && journal_is_private(journal);
}

/* The parameters that all statements about an instance have in common. */
static bool
bind_file(const struct journal *journal, sqlite3_stmt *statement, const struct instance *instance)
{
	const char *path = instance_name(instance);

	return sqlite3_bind_int64(statement, 1, journal->destination) == SQLITE_OK &&
		bind_text(statement, 2, instance->sop_instance) &&
		sqlite3_bind_int64(statement, 3, (sqlite3_int64)instance->size) == SQLITE_OK &&
		sqlite3_bind_int64(statement, 4, instance->mtime_ns) == SQLITE_OK &&
		sqlite3_bind_blob64(statement, 5, path, strlen(path), SQLITE_STATIC) == SQLITE_OK &&
		sqlite3_bind_int(statement, 12, instance->uid_shared) == SQLITE_OK;
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

/* -1: the row is not one of ours. */
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
	return journal_db_damaged(&journal->db, "an entry has an unknown state", err);
}

/* Look for a row for the instance; the statement must be reset. 1: there is one, 0: none; -1 with err. */
static int
find_row(const struct journal *journal, enum statement which, const struct instance *instance,
	struct err *err)
{
	sqlite3_stmt *statement = journal->statements[which];
	int rc = bind_file(journal, statement, instance) ? sqlite3_step(statement) : SQLITE_ERROR;

	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		return rc == SQLITE_ROW;
	return journal_db_fail(&journal->db, "read", err);
}

int
journal_look(struct journal *journal, const struct instance *instance, struct journal_entry *out,
	struct err *err)
{
	int rv;

	*out = (struct journal_entry){ .state = JOURNAL_UNKNOWN };
	pthread_mutex_lock(&journal->lock);
	rv = find_row(journal, LOOK, instance, err);
	if (rv > 0)
		rv = read_entry(journal, journal->statements[LOOK], out, err);
	sqlite3_reset(journal->statements[LOOK]);
	pthread_mutex_unlock(&journal->lock);
	return rv;
}

int
journal_shares_uid(struct journal *journal, const struct instance *instance, bool *shares, struct err *err)
{
	int rv;

	pthread_mutex_lock(&journal->lock);
	rv = find_row(journal, OTHERS, instance, err);
	sqlite3_reset(journal->statements[OTHERS]);
	pthread_mutex_unlock(&journal->lock);
	*shares = rv > 0;
	return rv < 0 ? -1 : 0;
}

/* Step a statement that returns no rows. */
static int
step_statement(const struct journal *journal, enum statement which, struct err *err)
{
	int rv = 0;

	if (sqlite3_step(journal->statements[which]) != SQLITE_DONE)
		rv = journal_db_fail(&journal->db, "write", err);
	sqlite3_reset(journal->statements[which]);
	return rv;
}

/* Each of the three has parameters up to ?12, and may not use some of them. */
static int
write_row(const struct journal *journal, enum statement which, const struct journal_result *result,
	struct err *err)
{
	sqlite3_stmt *statement = journal->statements[which];

	if (!bind_file(journal, statement, result->instance) ||
	    !bind_text(statement, 6, states[which == INTEND ? JOURNAL_UNCERTAIN : result->state]) ||
	    (result->has_status ? sqlite3_bind_int(statement, 7, result->status) :
				  sqlite3_bind_null(statement, 7)) != SQLITE_OK ||
	    sqlite3_bind_int64(statement, 8, time(NULL)) != SQLITE_OK ||
	    sqlite3_bind_int(statement, 9, !result->begun) != SQLITE_OK ||
	    !bind_text(statement, 10, result->instance->study) ||
	    !bind_text(statement, 11, result->comment[0] ? result->comment : NULL))
		return journal_db_fail(&journal->db, "write", err);
	return step_statement(journal, which, err);
}

/* The answer usually finds the row that was written when the object was sent. */
static int
write_result(const struct journal *journal, const struct journal_result *result, struct err *err)
{
	if (result->sent)
		return write_row(journal, INTEND, result, err);
	if (result->begun && write_row(journal, ANSWER, result, err) < 0)
		return -1;
	if (result->begun && sqlite3_changes(journal->db.db) > 0)
		return 0;
	return write_row(journal, PUT, result, err);
}

int
journal_record(struct journal *journal, const struct journal_result *results, size_t count, struct err *err)
{
	int rv;

	pthread_mutex_lock(&journal->lock);
	rv = step_statement(journal, BEGIN, err);
	for (size_t i = 0; rv == 0 && i < count; i++)
		rv = write_result(journal, &results[i], err);
	if (rv == 0)
		rv = step_statement(journal, COMMIT, err);
	if (rv < 0)
		roll_back(journal);
	else
		rv = journal_file_check(&journal->db.file, err);
	pthread_mutex_unlock(&journal->lock);
	return rv;
}

int
journal_prune(struct journal *journal, int64_t before, struct err *err)
{
	char text[120];
	int rv;

	text_format(text, sizeof text, "DELETE FROM instance WHERE state = 'acknowledged' AND time < %lld",
		(long long)before);
	pthread_mutex_lock(&journal->lock);
	rv = journal_db_execute(&journal->db, text, "write", err);
	pthread_mutex_unlock(&journal->lock);
	return rv;
}

int
journal_close(struct journal *journal, struct err *err)
{
	int rc, rv = 0;

	if (!journal)
		return 0;
	rv = journal_file_check(&journal->db.file, err);
	/* sqlite3_close does this too, but does not report failures. Busy: another run is doing it. */
	rc = sqlite3_wal_checkpoint_v2(journal->db.db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (rv == 0 && rc != SQLITE_OK && rc != SQLITE_BUSY)
		rv = journal_db_fail(&journal->db, "write", err);
	discard(journal);
	return rv;
}
