/* SPDX-License-Identifier: BSD-3-Clause */
/* The threads that send: each has one association at a time, for the units that it takes from the pool. */
#ifndef MTLS_SEND_WORKER_H
#define MTLS_SEND_WORKER_H

#include "base/err.h"
#include "send/job.h"
#include "send/pool.h"
#include "send/tally.h"

struct workers;

/* Start job->associations workers, or as many as possible. NULL with ERR_INTERNAL: none. */
struct workers *workers_start(const struct send_job *job, struct pool *pool, struct tally *tally,
	struct err *err);

/* Waits for them to end, which is soon after pool_wait was true. Accepts NULL. */
void workers_free(struct workers *workers);

#endif
