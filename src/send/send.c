/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/send.h"

#include <string.h>

#include "send/worker.h"

/* How many of the instances fit one association, its plan into *plan. */
static size_t
take_batch(const struct instance *instances, size_t count, struct plan *plan)
{
	size_t n = 0;

	memset(plan, 0, sizeof *plan);
	while (n < count && plan_add(plan, &instances[n]))
		n++;
	return n;
}

int
send_instances(const struct send_job *job, const struct instance *instances, size_t count,
	struct send_result *result, struct err *err)
{
	struct plan plan;
	struct err refused = ERR_INIT;
	size_t done = 0;
	int rv = 0;

	while (done < count && rv == 0) {
		size_t batch = take_batch(instances + done, count - done, &plan);
		size_t settled;

		rv = worker_run(job, &plan, instances + done, batch, &settled, result, err);
		done += settled;
		/* A receiver that takes none of these may take the next. */
		if (rv < 0 && err->kind == ERR_NO_CONTEXT) {
			refused = *err;
			rv = 0;
		}
	}
	for (; done < count; done++)
		worker_report_not_sent(job, &instances[done], result);
	if (rv < 0 || refused.kind == ERR_NONE)
		return rv;
	*err = refused;
	return -1;
}

enum err_kind
send_verdict(const struct send_result *result, enum err_kind cause)
{
	const struct report_totals *totals = &result->totals;
	size_t missing = totals->failed + totals->uncertain + totals->not_sent;

	if (cause == ERR_SIGINT || cause == ERR_SIGTERM || cause == ERR_USAGE || cause == ERR_OUTPUT)
		return cause;
	if (totals->acknowledged > 0)
		return missing > 0 ? ERR_PARTIAL : ERR_NONE;
	if (result->context_accepted)
		return ERR_NOTHING;
	return cause == ERR_NONE ? ERR_NO_INPUT : cause;
}
