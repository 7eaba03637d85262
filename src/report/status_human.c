/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/status_human.h"

#include "base/text.h"
#include "report/timestamp.h"

static void
emit_destination(struct status_human *kept, const struct report_entry *event)
{
	if (kept->any && event->destination == kept->destination)
		return;
	kept->any = true;
	kept->destination = event->destination;
	fprintf(kept->out, "%s at %s, port %u, called by %s%s\n",
		TEXT_SHOWN(event->called, 64),
		TEXT_SHOWN(event->host, 300), event->port,
		TEXT_SHOWN(event->calling, 64),
		event->edited ? ", with edits" : "");
}

static void
emit_study(void *self, const struct report_study *event)
{
	struct status_human *kept = self;
	char when[TIMESTAMP_SIZE];
	const char *study = TEXT_SHOWN(event->uid, 300);

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
	char when[TIMESTAMP_SIZE], status[80] = "no status";

	if (!kept->verbose)
		return;
	if (event->has_status)
		text_format(status, sizeof status, "status 0x%04X, %s", event->status, event->meaning);
	fprintf(kept->out, "    %s: %s: %s%s%s; %u attempt%s, last %s\n",
		event->result == RESULT_FAILURE ? "failed" : "uncertain",
		TEXT_SHOWN(event->path, 4200), status, *event->comment ? ": " : "",
		TEXT_SHOWN(event->comment, 800), event->attempt,
		TEXT_PLURAL(event->attempt), timestamp_at(when, event->kept->time));
}

static void
emit_summary(void *self, const struct report_totals *totals, enum err_kind verdict)
{
	struct status_human *kept = self;

	(void)verdict;
	if (kept->quiet)
		return;
	fprintf(kept->out, "%s holds %zu object%s: %zu acknowledged (%zu with a warning), %zu failed, %zu "
		"uncertain\n", TEXT_SHOWN(kept->path, 512), totals->found, TEXT_PLURAL(totals->found),
		totals->acknowledged, totals->warned, totals->failed, totals->uncertain);
}

struct reporter
status_reporter(struct status_human *kept, FILE *out, const char *path, int verbosity)
{
	*kept = (struct status_human){ .out = out, .path = path, .verbose = verbosity > 0, .quiet = verbosity
	< 0 };
	return (struct reporter){ .self = kept, .study = emit_study, .instance = emit_instance,
		.summary = emit_summary };
}
