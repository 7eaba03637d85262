/* SPDX-License-Identifier: BSD-3-Clause */
/* One association's life: fill the window, drain it, settle every instance. */
#ifndef MTLS_SEND_WORKER_H
#define MTLS_SEND_WORKER_H

#include "send/send.h"

/*
 * Open an association for the plan and send instances[0..count). *settled
 * counts those reported, from the front: all of them unless -1 is returned and
 * the association could not be had, was lost, or an interrupt came.
 */
int worker_run(const struct send_job *job, const struct plan *plan, const struct instance *instances,
	size_t count, size_t *settled, struct send_result *result, struct err *err)
	__attribute__((warn_unused_result));

/* Report an instance that got no answer because it never went out. */
void worker_report_not_sent(const struct send_job *job, const struct instance *instance,
	struct send_result *result);

#endif
