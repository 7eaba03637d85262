/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/ratelimit.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/wait.h"

#define SECOND	 INT64_C(1000000000) /* times are in nanoseconds: small pieces take few */
#define SAVED_UP (SECOND / 10)
#define LONGEST	 (INT64_MAX / 4)

struct ratelimit {
	uint64_t rate;		     /* bytes per second */
	_Atomic(int64_t) spoken_for; /* until when the rate is used up: CLOCK_MONOTONIC */
};

static int64_t
clock_ns(void)
{
	return clock_us() * 1000;
}

struct ratelimit *
ratelimit_new(uint64_t rate)
{
	struct ratelimit *rate_limit = malloc(sizeof *rate_limit);

	if (!rate_limit)
		return NULL;
	rate_limit->rate = rate;
	atomic_init(&rate_limit->spoken_for, clock_ns());
	return rate_limit;
}

/* How long size bytes take, rounded up; 73 years at most. */
static int64_t
transfer_ns(const struct ratelimit *rate_limit, size_t size)
{
	double ns = (double)size * (double)SECOND / (double)rate_limit->rate;

	return ns < (double)LONGEST ? (int64_t)ns + 1 : LONGEST;
}

static int64_t
add_capped(int64_t at, int64_t by)
{
	return at < INT64_MAX - by ? at + by : INT64_MAX;
}

int64_t
ratelimit_take(struct ratelimit *rate_limit, size_t size)
{
	int64_t took = transfer_ns(rate_limit, size);
	int64_t now = clock_ns();
	int64_t due = atomic_load(&rate_limit->spoken_for);
	int64_t start;

	/* The next caller begins when these bytes have been sent. */
	do {
		start = due > now - SAVED_UP ? due : now - SAVED_UP;
	} while (!atomic_compare_exchange_weak(&rate_limit->spoken_for, &due, add_capped(start, took)));
	return start > now ? (start - now - 1) / 1000000 + 1 : 0;
}

void
ratelimit_free(struct ratelimit *rate_limit)
{
	free(rate_limit);
}
