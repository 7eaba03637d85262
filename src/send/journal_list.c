/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/journal.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/wait.h"
#include "dicom/status.h"
#include "send/journal_db.h"

/* Both in the same order, so that the second can be read along with the first. */
#define FROM " FROM destination d JOIN instance i ON i.destination = d.id WHERE (?1 IS NULL OR" \
	" (d.called = ?1 AND d.host = ?2 AND d.port = ?3 AND d.calling = ?4))"
#define GROUPS(study) "SELECT d.id, " study ", d.called, d.host, d.port, d.calling, d.edits, count(*)," \
	" sum(i.state = 'failed'), sum(i.state = 'uncertain'), sum(i.state = 'acknowledged')," \
	" sum(i.state = 'acknowledged' AND is_warning(i.status)), max(i.time)" FROM \
	" GROUP BY 1, 2 ORDER BY 1, 2"
#define UID "substr(i.uid, 1, instr(i.uid || ' ', ' ') - 1)" /* a path may follow it */
#define OTHERS(study, comment) "SELECT d.id, " study ", i.path, " UID ", i.state, i.status, " comment "," \
	" i.attempts, i.time" FROM " AND i.state <> 'acknowledged' ORDER BY 1, 2, i.path"

/* A journal of 0.1.0 lacks two columns. */
static const char *const groups[] = { GROUPS("NULL"), GROUPS("i.study") };
static const char *const others[] = { OTHERS("NULL", "NULL"), OTHERS("i.study", "i.comment") };

struct reader {
	struct journal_db db;
	const struct reporter *reporter;
	struct report_totals *totals;
	sqlite3_stmt *groups, *others;
	bool others_left;
	struct report_study study; /* being read; its strings are the following */
	struct report_entry kept;
	char uid[256], called[64], host[256], calling[64];
};

static const char *
column_text(sqlite3_stmt *row, int column)
{
	const char *value = (const char *)sqlite3_column_text(row, column);

	return value ? value : "";
}

static int
prepare(const struct reader *reader, const char *query, const struct journal_key *only, sqlite3_stmt **out,
	struct err *err)
{
	if (sqlite3_prepare_v2(reader->db.db, query, -1, out, NULL) != SQLITE_OK)
		return journal_db_fail(&reader->db, "read", err);
	if (only && (sqlite3_bind_text(*out, 1, only->called, -1, SQLITE_STATIC) != SQLITE_OK ||
		sqlite3_bind_text(*out, 2, only->host, -1, SQLITE_STATIC) != SQLITE_OK ||
		sqlite3_bind_int(*out, 3, only->port) != SQLITE_OK ||
		sqlite3_bind_text(*out, 4, only->calling, -1, SQLITE_STATIC) != SQLITE_OK))
		return journal_db_fail(&reader->db, "read", err);
	return 0;
}

/* 1: there is a row, 0: no more; -1 with err. */
static int
next_row(const struct reader *reader, sqlite3_stmt *statement, struct err *err)
{
	int rc = sqlite3_step(statement);

	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		return rc == SQLITE_ROW;
	return journal_db_fail(&reader->db, "read", err);
}

static bool
is_of_study(const struct reader *reader, sqlite3_stmt *row)
{
	bool known = sqlite3_column_type(row, 1) != SQLITE_NULL;

	return reader->kept.destination == sqlite3_column_int64(row, 0) &&
		reader->kept.study_known == known && strcmp(reader->uid, column_text(row, 1)) == 0;
}

/* is_warning(status), for SQL. */
static void
is_warning(sqlite3_context *context, int count, sqlite3_value *values[])
{
	(void)count;
	sqlite3_result_int(context, sqlite3_value_type(values[0]) != SQLITE_NULL &&
		status_store((uint16_t)sqlite3_value_int(values[0])).severity == STATUS_WARNING);
}

static size_t
column_count(sqlite3_stmt *row, int column)
{
	return (size_t)sqlite3_column_int64(row, column);
}

static int
begin_study(struct reader *reader, sqlite3_stmt *row, struct err *err)
{
	struct report_study *study = &reader->study;

	text_format(reader->uid, sizeof reader->uid, "%s", column_text(row, 1));
	text_format(reader->called, sizeof reader->called, "%s", column_text(row, 2));
	text_format(reader->host, sizeof reader->host, "%s", column_text(row, 3));
	text_format(reader->calling, sizeof reader->calling, "%s", column_text(row, 5));
	reader->kept = (struct report_entry){
		.destination = sqlite3_column_int64(row, 0),
		.called = reader->called,
		.host = reader->host,
		.port = (uint16_t)sqlite3_column_int(row, 4),
		.calling = reader->calling,
		.edited = *column_text(row, 6),
		.study_known = sqlite3_column_type(row, 1) != SQLITE_NULL,
		.time = sqlite3_column_int64(row, 12),
	};
	*study = (struct report_study){
		.kept = &reader->kept,
		.uid = reader->uid,
		.found = column_count(row, 7),
		.failed = column_count(row, 8),
		.uncertain = column_count(row, 9),
		.acknowledged = column_count(row, 10),
		.recorded = column_count(row, 10),
		.warned = column_count(row, 11),
	};
	if (study->failed + study->uncertain + study->acknowledged == study->found)
		return 0;
	return journal_db_damaged(&reader->db, "an entry has an unknown state", err);
}

static void
emit_instance(struct reader *reader, sqlite3_stmt *row)
{
	bool failed = strcmp(column_text(row, 4), "failed") == 0;
	struct report_entry kept = reader->kept;
	struct report_instance event = {
		.kept = &kept,
		.path = column_text(row, 2),
		.sop_class = "",
		.sop_instance = column_text(row, 3),
		.study = reader->uid,
		.syntax_file = "",
		.changed = "",
		.result = failed ? RESULT_FAILURE : RESULT_UNCERTAIN,
		.attempt = (unsigned)sqlite3_column_int(row, 7),
		.has_status = sqlite3_column_type(row, 5) != SQLITE_NULL,
		.status = (uint16_t)sqlite3_column_int(row, 5),
		.meaning = "",
		.hint = "",
		.comment = column_text(row, 6),
	};

	kept.time = sqlite3_column_int64(row, 8);
	if (event.has_status)
		event.meaning = status_store(event.status).meaning;
	reader->reporter->instance(reader->reporter->self, &event);
}

static int
end_study(struct reader *reader, struct err *err)
{
	const struct report_study *study = &reader->study;
	struct report_totals *totals = reader->totals;
	int rv = 1;

	totals->found += study->found;
	totals->acknowledged += study->acknowledged;
	totals->warned += study->warned;
	totals->recorded += study->recorded;
	totals->failed += study->failed;
	totals->uncertain += study->uncertain;
	reader->reporter->study(reader->reporter->self, study);
	while (rv > 0 && reader->others_left && is_of_study(reader, reader->others)) {
		emit_instance(reader, reader->others);
		rv = next_row(reader, reader->others, err);
		reader->others_left = rv > 0;
	}
	return rv < 0 ? -1 : 0;
}

static int
read_all(struct reader *reader, struct err *err)
{
	int rv = next_row(reader, reader->others, err);

	reader->others_left = rv > 0;
	if (rv < 0)
		return -1;
	while ((rv = next_row(reader, reader->groups, err)) > 0) {
		if (interrupt_signal())
			return interrupt_err(err);
		if (begin_study(reader, reader->groups, err) < 0 || end_study(reader, err) < 0)
			return -1;
	}
	return rv;
}

/* It was read without locks: did it stay unchanged to the end? */
static int
check_unwritten(const struct journal_db *db, struct err *err)
{
	if (!db->immutable || access(db->file.parts[1].name, F_OK) < 0)
		return 0;
	journal_file_refuse(&db->file, err, "was written to while it was read");
	return err_hint(err, "Run the command again.");
}

static int
list(struct reader *reader, const char *path, const struct journal_key *only, struct err *err)
{
	bool empty, columns;

	if (journal_db_open(&reader->db, path, false, err) < 0 ||
	    journal_db_execute(&reader->db, "BEGIN", "read", err) < 0 ||
	    journal_db_inspect(&reader->db, &empty, err) < 0)
		return -1;
	if (empty)
		return 0;
	if (sqlite3_create_function(reader->db.db, "is_warning", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
		is_warning, NULL, NULL) != SQLITE_OK)
		return journal_db_fail(&reader->db, "read", err);
	if (journal_db_has_columns(&reader->db, &columns, err) < 0 ||
	    prepare(reader, groups[columns], only, &reader->groups, err) < 0 ||
	    prepare(reader, others[columns], only, &reader->others, err) < 0 || read_all(reader, err) < 0)
		return -1;
	return check_unwritten(&reader->db, err);
}

int
journal_list(const char *path, const struct journal_key *only, const struct reporter *reporter,
	struct report_totals *totals, struct err *err)
{
	struct reader reader = { .reporter = reporter, .totals = totals };
	int rv = list(&reader, path, only, err);

	sqlite3_finalize(reader.groups);
	sqlite3_finalize(reader.others);
	journal_db_close(&reader.db);
	return rv;
}
