/* SPDX-License-Identifier: BSD-3-Clause */
/* The threads that send: each has one association at a time, for what the pool gives it. */
#ifndef MTLS_SEND_WORKER_H
#define MTLS_SEND_WORKER_H

#include "base/err.h"
#include "send/job.h"
#include "send/pool.h"
#include "send/tally.h"

struct workers;

/* Start job->associations workers, or as many as can be. NULL with ERR_INTERNAL: none. */
struct workers *workers_start(const struct send_job *job, struct pool *pool, struct tally *tally,
	struct err *err);

/* Waits for their end, which is near after pool_wait was true. Takes NULL. */
void workers_free(struct workers *workers);

#endif
