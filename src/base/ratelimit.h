/* SPDX-License-Identifier: BSD-3-Clause */
/* A rate limit shared by several threads: how long to wait before sending more bytes. */
#ifndef MTLS_BASE_RATELIMIT_H
#define MTLS_BASE_RATELIMIT_H

#include <stddef.h>
#include <stdint.h>

struct ratelimit;

/* rate: bytes per second, > 0. NULL if there is no memory. */
struct ratelimit *ratelimit_new(uint64_t rate);

/* Count size bytes that are about to be sent. Returns how many milliseconds to wait before that. Any thread
 * may call it; it takes no lock. Unused time is saved up for a tenth of a second at most, so that a pause
 * is not followed by a burst. */
int64_t ratelimit_take(struct ratelimit *rate_limit, size_t size);

void ratelimit_free(struct ratelimit *rate_limit);

#endif
