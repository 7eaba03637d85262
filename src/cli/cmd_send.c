/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/commands.h"

#include <stdlib.h>

#include "base/wait.h"
#include "dicom/scan.h"
#include "send/send.h"
#include "send/worker.h"

/* What the scan of the arguments found. */
struct found {
	const struct reporter *reporter;
	struct deadline limit;
	struct instance *items;
	size_t count, room;
	struct send_result *result;
};

/* Nonzero: the scan is to end here. */
static int
must_stop(const struct found *found)
{
	return interrupt_signal() || deadline_passed(found->limit);
}

static int
found_instance(void *ctx, struct instance *instance)
{
	struct found *found = ctx;

	if (found->count == found->room) {
		size_t room = found->room ? found->room * 2 : 64;
		struct instance *grown = realloc(found->items, room * sizeof *grown);

		if (!grown) {
			instance_clear(instance);
			return -1;
		}
		found->items = grown;
		found->room = room;
	}
	found->items[found->count++] = *instance;
	return must_stop(found);
}

static int
found_failure(void *ctx, const char *path, const struct err *why)
{
	struct found *found = ctx;
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

	found->result->totals.failed++;
	found->reporter->instance(found->reporter->self, &event);
	return must_stop(found);
}

static int
found_skipped(void *ctx, const char *path, const struct err *why)
{
	struct found *found = ctx;

	found->result->totals.skipped++;
	found->reporter->skipped(found->reporter->self, path, why->text);
	return must_stop(found);
}

static int
scan_arguments(const struct options *options, struct found *found, struct err *err)
{
	const struct scan_sink sink = { found_instance, found_failure, found_skipped, found };
	int stopped = 0;

	for (size_t i = 0; i < options->files.count && !stopped; i++)
		stopped = scan(options->files.items[i], &sink);
	if (stopped < 0)
		return err_nomem(err);
	if (stopped && interrupt_signal())
		return interrupt_err(err);
	if (stopped)
		return err_set(err, ERR_TIMEOUT, "--max-time ended the run while the files were looked at");
	if (found->count > 0)
		return 0;
	return err_set(err, ERR_NO_INPUT, "there is nothing to send: no DICOM file among what was given");
}

/* The scan did not come to its end: what it had found is not sent. */
static void
give_up(const struct send_job *job, const struct found *found)
{
	for (size_t i = 0; i < found->count; i++)
		worker_report_not_sent(job, &found->items[i], found->result);
}

static void
found_clear(struct found *found)
{
	for (size_t i = 0; i < found->count; i++)
		instance_clear(&found->items[i]);
	free(found->items);
}

enum err_kind
cmd_send(struct setup *setup, struct options *options)
{
	const struct reporter *reporter = &setup->reporter;
	struct send_result result = { .context_accepted = false };
	struct found found = { .reporter = reporter, .limit = setup->endpoint.limit, .result = &result };
	struct send_job job = { &association_dcmtk, setup_request(setup, options), reporter, setup->expiry };
	struct err err = ERR_INIT;
	int64_t start = clock_us();
	int rv;

	rv = scan_arguments(options, &found, &err);
	if (rv == 0)
		rv = send_instances(&job, found.items, found.count, &result, &err);
	else
		give_up(&job, &found);
	if (rv < 0)
		reporter->error(reporter->self, &err);
	result.totals.us = clock_us() - start;
	reporter->summary(reporter->self, &result.totals);
	found_clear(&found);
	/* Whatever broke after an interrupt broke because of it. */
	if (rv < 0 && interrupt_signal())
		interrupt_err(&err);
	return send_verdict(&result, rv < 0 ? err.kind : ERR_NONE);
}
