/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/commands.h"

#include "report/fanout.h"
#include "report/status_human.h"
#include "report/ndjson_send.h"
#include "send/journal.h"

/* All entries, or those for the receiver given. */
static int
emit_all(const struct options *options, const struct reporter *to, struct report_totals *totals,
	struct err *err)
{
	const struct journal_key key = {
		.called = options->called,
		.host = options->host,
		.port = options->port,
		.calling = options->calling,
		.edits = "",
	};

	return journal_list(options->journal, options->connect_given ? &key : NULL, to, totals, err);
}

enum err_kind
cmd_status(struct setup *setup, struct options *options)
{
	struct report_totals totals = { .found = 0 };
	struct jsonlines ndjson;
	struct status_human kept;
	struct fanout told;
	struct reporter to = fanout_init(&told);
	enum err_kind verdict = ERR_NONE;
	struct err err = ERR_INIT, unwritten = ERR_INIT;

	fanout_add(&told, options->json ? ndjson_sender(&ndjson, stdout) :
		status_reporter(&kept, stdout, options->journal, options->verbosity));
	if (emit_all(options, &to, &totals, &err) < 0) {
		verdict = err.kind;
		setup->reporter.error(setup->reporter.self, &err);
		to.error(to.self, &err);
	} else if (totals.acknowledged < totals.found) {
		verdict = ERR_PARTIAL;
	}
	if (options->json || verdict == ERR_NONE || verdict == ERR_PARTIAL)
		to.summary(to.self, &totals, verdict);
	if (options->json && jsonline_end(&ndjson, &unwritten) < 0) {
		setup->reporter.error(setup->reporter.self, &unwritten);
		verdict = unwritten.kind;
	}
	return verdict;
}
