/* SPDX-License-Identifier: BSD-3-Clause */
/* The journal as an SQLite database: what writing it and reading it (--status) have in common. */
#ifndef MTLS_SEND_JOURNAL_DB_H
#define MTLS_SEND_JOURNAL_DB_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/err.h"
#include "send/journal_file.h"

#define JOURNAL_APPLICATION_ID 0x6d746c73 /* "mtls" */
#define JOURNAL_VERSION	       1
#define JOURNAL_BUSY_MS	       10000 /* for another run's transaction, which takes microseconds */

struct journal_db {
	struct journal_file file;
	sqlite3 *db;
	bool immutable; /* read without locks, since nobody writes to it */
};

/* Find the file (or create it, for writing) and open it; for reading, nothing is written or left behind.
 * Close with journal_db_close in either case. */
int journal_db_open(struct journal_db *db, const char *path, bool write, struct err *err) MUST_CHECK;
void journal_db_close(struct journal_db *db);

/* Is it a journal of ours, or *empty? */
int journal_db_inspect(const struct journal_db *db, bool *empty, struct err *err) MUST_CHECK;

/* Does it have the columns study and comment? A journal of 0.1.0 does not. */
int journal_db_has_columns(const struct journal_db *db, bool *there, struct err *err) MUST_CHECK;

int journal_db_execute(const struct journal_db *db, const char *text, const char *what, struct err *err)
	MUST_CHECK;

/* The one row of numbers that a query returns. */
int journal_db_numbers(const struct journal_db *db, const char *query, sqlite3_int64 out[], int count,
	struct err *err) MUST_CHECK;

/* Turn SQLite's last error into ours. what: for example "read". Returns -1. */
int journal_db_fail(const struct journal_db *db, const char *what, struct err *err);
int journal_db_damaged(const struct journal_db *db, const char *how, struct err *err);

#endif
