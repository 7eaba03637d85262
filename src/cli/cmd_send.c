/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/commands.h"

#include "base/watchdog.h"
#include "cli/sending.h"
#include "cli/source.h"
#include "send/send.h"

/* Having nothing to send is a failure if nothing else went wrong. If all objects were refused, each has
 * been reported with its reason. */
static int
check_nothing_sent(const struct report_totals *totals, const struct source_counts *met, struct err *err)
{
	if (met->instances + met->refused + totals->elsewhere + totals->left > 0)
		return 0;
	if (met->others > 0)
		return err_set(err, ERR_NO_INPUT, "nothing to send: no DICOM files found");
	return err_set(err, ERR_EMPTY, "nothing to send: no files found");
}

static enum err_kind
emit_end(struct sending *sending, const struct options *options, const struct report_totals *totals,
	struct err *err)
{
	const struct reporter *reporter = &sending->reporter;
	enum err_kind verdict = send_verdict(&sending->job, totals, err->kind);

	if (err->kind != ERR_NONE) {
		if (totals->acknowledged == 0)
			suggest_check(options, err);
		reporter->error(reporter->self, err);
	}
	return sending_end(sending, totals, verdict);
}

static enum err_kind
send_all(struct sending *sending, const struct options *options)
{
	struct report_totals totals = { .found = 0 };
	struct err err = ERR_INIT, why = ERR_INIT;
	struct send *send = send_new(&sending->job, &err);
	struct source_counts met;

	if (send) {
		(void)!source_walk(sending, options, send, &met, &why);
		if (send_finish(send, &why, &totals, &err) == 0)
			(void)!check_nothing_sent(&totals, &met, &err);
	}
	return emit_end(sending, options, &totals, &err);
}

enum err_kind
cmd_send(struct setup *setup, struct options *options)
{
	struct sending sending;
	struct report_totals nothing = { .found = 0 };
	struct err err = ERR_INIT;
	enum err_kind verdict;
	int rv = sending_init(&sending, setup, options, &err);

	/* From the walk on each object has its result, whatever ends the run. */
	watchdog_disarm();
	if (rv == 0) {
		verdict = send_all(&sending, options);
	} else {
		origins_name_file(&options->origins, &err);
		verdict = emit_end(&sending, options, &nothing, &err);
	}
	sending_clear(&sending);
	return verdict;
}
