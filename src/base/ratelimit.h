/* SPDX-License-Identifier: BSD-3-Clause */
/* A rate that several threads keep together: how long to hold still after so many bytes. */
#ifndef MTLS_BASE_RATELIMIT_H
#define MTLS_BASE_RATELIMIT_H

#include <stddef.h>
#include <stdint.h>

struct ratelimit;

/* rate: bytes per second, > 0. NULL without memory. */
struct ratelimit *ratelimit_new(uint64_t rate);

/* Account for size bytes about to go out. Returns how many milliseconds to wait
 * before they do. Any thread; without locks. Unused time is saved up for a
 * tenth of a second at most, so that a pause is not followed by a burst. */
int64_t ratelimit_take(struct ratelimit *rate_limit, size_t size);

void ratelimit_free(struct ratelimit *rate_limit);

#endif
