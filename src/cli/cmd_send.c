/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/commands.h"

#include "base/wait.h"
#include "cli/found.h"
#include "dicom/scan.h"
#include "send/send.h"
#include "send/worker.h"

/* What the scan of the arguments found. */
struct findings {
	const struct reporter *reporter;
	struct deadline limit;
	struct found found;
	struct send_result *result;
};

/* Nonzero: the scan is to end here. */
static int
must_stop(const struct findings *findings)
{
	return interrupt_signal() || deadline_passed(findings->limit);
}

static int
found_instance(void *ctx, struct instance *instance)
{
	struct findings *findings = ctx;

	return found_add(&findings->found, instance) < 0 ? -1 : must_stop(findings);
}

static int
found_failure(void *ctx, const char *path, const struct err *why)
{
	struct findings *findings = ctx;
	struct report_instance event = {
		.path = path,
		.sop_class = "",
		.sop_instance = "",
		.syntax_file = "",
		.changed = "",
		.result = RESULT_FAILURE,
		.meaning = why->text,
		.hint = why->hint,
		.comment = "",
	};

	findings->result->totals.failed++;
	findings->reporter->instance(findings->reporter->self, &event);
	return must_stop(findings);
}

static int
found_skipped(void *ctx, const char *path, const struct err *why)
{
	struct findings *findings = ctx;

	findings->result->totals.skipped++;
	findings->reporter->skipped(findings->reporter->self, path, why->text);
	return must_stop(findings);
}

static int
scan_arguments(const struct options *options, struct findings *findings, struct err *err)
{
	const struct scan_sink sink = { found_instance, found_failure, found_skipped, findings };
	int stopped = 0;

	for (size_t i = 0; i < options->files.count && !stopped; i++)
		stopped = scan(options->files.items[i], &sink);
	if (stopped < 0)
		return err_nomem(err);
	if (stopped && interrupt_signal())
		return interrupt_err(err);
	if (stopped)
		return err_set(err, ERR_TIMEOUT, "--max-time ended the run while the files were looked at");
	if (findings->found.count > 0)
		return 0;
	return err_set(err, ERR_NO_INPUT, "there is nothing to send: no DICOM file among what was given");
}

/* The scan did not come to its end: what it had found is not sent. */
static void
give_up(const struct send_job *job, const struct findings *findings)
{
	for (size_t i = 0; i < findings->found.count; i++)
		worker_report_not_sent(job, &findings->found.items[i], findings->result);
}

enum err_kind
cmd_send(struct setup *setup, struct options *options)
{
	const struct reporter *reporter = &setup->reporter;
	struct send_result result = { .context_accepted = false };
	struct findings findings = { .reporter = reporter, .result = &result,
		.limit = setup->endpoint.limit };
	struct send_job job = { &association_dcmtk, setup_request(setup, options), reporter, setup->expiry };
	struct err err = ERR_INIT;
	int64_t start = clock_us();
	int rv;

	rv = scan_arguments(options, &findings, &err);
	if (rv == 0)
		rv = send_instances(&job, findings.found.items, findings.found.count, &result, &err);
	else
		give_up(&job, &findings);
	if (rv < 0) {
		if (result.totals.acknowledged == 0)
			suggest_check(options, &err);
		reporter->error(reporter->self, &err);
	}
	result.totals.us = clock_us() - start;
	reporter->summary(reporter->self, &result.totals);
	found_clear(&findings.found);
	/* Whatever broke after an interrupt broke because of it. */
	if (rv < 0 && interrupt_signal())
		interrupt_err(&err);
	return send_verdict(&result, rv < 0 ? err.kind : ERR_NONE);
}
