/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The result of each instance, kept over runs (--journal; SQLite, WAL, mode 0600). Any thread may call it;
 * several runs on one host may share the file. There is one entry for each UID, and one more for each
 * instance with uid_shared.
 */
#ifndef MTLS_SEND_JOURNAL_H
#define MTLS_SEND_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dicom/part10.h"
#include "report/report.h"

struct journal;

/* What all instances of one run have in common. */
struct journal_key {
	const char *called, *host;
	uint16_t port;
	const char *calling;
	const char *edits; /* digest of the edits; "" for none */
};

#define JOURNAL_COMMENT 256 /* bytes; longer ones are cut */

enum journal_state {
	JOURNAL_UNKNOWN,      /* no entry, or the file has changed since */
	JOURNAL_ACKNOWLEDGED,
	JOURNAL_FAILED,
	JOURNAL_UNCERTAIN,
};

struct journal_entry {
	enum journal_state state;
	bool has_status;
	uint16_t status;   /* DIMSE */
	unsigned attempts; /* until now, in all runs */
	char path[4096];   /* as it was when the state was recorded */
};

/* One result to be recorded. */
struct journal_result {
	const struct instance *instance; /* its UID as sent */
	enum journal_state state;
	bool has_status;
	uint16_t status;
	char comment[JOURNAL_COMMENT]; /* Error Comment, or why it was not acknowledged; "" for nothing */
	bool begun; /* of an attempt that was recorded when it was sent: not counted again */
	bool sent;  /* no result: it is being sent. Uncertain until there is one, unless it is acknowledged */
};

/*
 * Open it, or make it. NULL with ERR_JOURNAL: no journal, corrupt, of a newer
 * version, read-only, on a network file system (SQLite's WAL does not work
 * across hosts), not to be trusted (journal_file.h), or no room to write: found
 * out by a write.
 */
struct journal *journal_open(const char *path, const struct journal_key *key, struct err *err);

/* May its group write to it? This causes a warning. */
bool journal_group_writes(const struct journal *journal);

/* The entry of the instance, by its UID as sent. An entry is valid only while size and mtime are still the
 * file's, and for an instance with uid_shared only if it also has its path. -1 with ERR_JOURNAL. */
int journal_look(struct journal *journal, const struct instance *instance, struct journal_entry *out,
	struct err *err) MUST_CHECK;

/* Is there an acknowledged entry with its UID and another path? -1 with ERR_JOURNAL. */
int journal_shares_uid(struct journal *journal, const struct instance *instance, bool *shares,
	struct err *err) MUST_CHECK;

/* Has nobody else written to it since it was opened? Then what this run has looked up once need not be
 * looked up again. */
bool journal_is_private(struct journal *journal);

/* And did it have no entry for the key then? Then what this run has not recorded has no entry. */
bool journal_is_blank(struct journal *journal);

/* Record count results in one transaction; attempts are increased. On return they are committed. -1 with
 * ERR_JOURNAL: none of them is, or the next run will no longer find the file. */
int journal_record(struct journal *journal, const struct journal_result *results, size_t count,
	struct err *err) MUST_CHECK;

/* Remove what was acknowledged before that time (Unix), for all destinations. */
int journal_prune(struct journal *journal, int64_t before, struct err *err) MUST_CHECK;

/* Close; -1 with ERR_JOURNAL if that failed: what was recorded is still in the -wal file. Accepts NULL. */
int journal_close(struct journal *journal, struct err *err);

/*
 * --status: what a journal holds, read while a run may be writing to it (journal_list.c).
 * Report each study, and after it each of its instances that is not acknowledged; count all in *totals.
 * only: the destination (with any edits), NULL for all destinations. Nothing is written, and no file is
 * left next to the journal. -1 with ERR_JOURNAL.
 */
int journal_list(const char *path, const struct journal_key *only, const struct reporter *reporter,
	struct report_totals *totals, struct err *err) MUST_CHECK;

#endif
