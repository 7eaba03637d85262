/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/status_human.h"

#include "base/text.h"
#include "report/timestamp.h"

static void
emit_destination(struct status_human *kept, const struct report_entry *event)
{
	char called[64], calling[64], host[300];

	if (kept->any && event->destination == kept->destination)
		return;
	kept->any = true;
	kept->destination = event->destination;
	fprintf(kept->out, "%s at %s, port %u, called by %s%s\n",
		text_harmless_str(called, sizeof called, event->called),
		text_harmless_str(host, sizeof host, event->host), event->port,
		text_harmless_str(calling, sizeof calling, event->calling),
		event->edited ? ", with edits" : "");
}

static void
emit_study(void *self, const struct report_study *event)
{
	struct status_human *kept = self;
	char when[TIMESTAMP_SIZE], uid[300];
	const char *study = text_harmless_str(uid, sizeof uid, event->uid);

	if (kept->quiet)
		return;
	emit_destination(kept, event->kept);
	if (!event->kept->study_known)
		study = "of studies that were not recorded";
	else if (!*study)
		study = "without a study";
	fprintf(kept->out,
		"  %s: %zu acknowledged (%zu with a warning), %zu failed, %zu uncertain; last %s\n",
		study, event->acknowledged, event->warned, event->failed, event->uncertain,
		timestamp_at(when, event->kept->time));
}

static void
emit_instance(void *self, const struct report_instance *event)
{
	struct status_human *kept = self;
	char path[4200], comment[800], when[TIMESTAMP_SIZE], status[80] = "no status";

	if (!kept->verbose)
		return;
	if (event->has_status)
		text_format(status, sizeof status, "status 0x%04X, %s", event->status, event->meaning);
	fprintf(kept->out, "    %s: %s: %s%s%s; %u attempt%s, last %s\n",
		event->result == RESULT_FAILURE ? "failed" : "uncertain",
		text_harmless_str(path, sizeof path, event->path), status, *event->comment ? ": " : "",
		text_harmless_str(comment, sizeof comment, event->comment), event->attempt,
		TEXT_PLURAL(event->attempt), timestamp_at(when, event->kept->time));
}

static void
emit_summary(void *self, const struct report_totals *totals, enum err_kind verdict)
{
	struct status_human *kept = self;
	char path[512];

	(void)verdict;
	if (kept->quiet)
		return;
	fprintf(kept->out, "%s holds %zu object%s: %zu acknowledged (%zu with a warning), %zu failed, "
		"%zu uncertain\n", text_harmless_str(path, sizeof path, kept->path), totals->found,
		TEXT_PLURAL(totals->found), totals->acknowledged,
		totals->warned, totals->failed, totals->uncertain);
}

struct reporter
status_reporter(struct status_human *kept, FILE *out, const char *path, int verbosity)
{
	*kept = (struct status_human){ .out = out, .path = path, .verbose = verbosity > 0, .quiet = verbosity
	< 0 };
	return (struct reporter){
		.self = kept,
		.study = emit_study,
		.instance = emit_instance,
		.summary = emit_summary,
	};
}
