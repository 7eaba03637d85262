/* SPDX-License-Identifier: BSD-3-Clause */
/* What is tried again, and when. */
#ifndef MTLS_SEND_RETRY_H
#define MTLS_SEND_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/wait.h"
#include "send/study.h"

struct retry_rules {
	unsigned retries;	/* repetitions in a row without a result in between */
	int64_t delay_ms;	/* before the first; doubles, at most RETRY_DELAY_MAX */
	int64_t max_time_ms;	/* from the first failure in a row on; WAIT_FOREVER: no limit */
	bool resend_uncertain;	/* what was sent and never answered goes again */
	bool duplicate_ok;	/* status 0111 is as good as success */
};

#define RETRY_DELAY_MAX 60000 /* ms */

/* May a new association help? Refused, lost, timed out, aborted connections,
 * transient rejections and name servers without an answer, never credentials,
 * trust or names. Where the evidence was more telling than the kind, what it said
 * counts (err->retryable). */
bool retry_may_help(const struct err *err);

/* Failures in a row. Once something got a result count is 0 again. */
struct retry {
	unsigned count;
	int64_t since_ms; /* CLOCK_MONOTONIC, of the first */
};

/*
 * One more failure. True if it is to be tried again, after *delay_ms: doubled
 * with each, and jittered by random (any value) to between half and all of it.
 */
bool retry_next(struct retry *retry, const struct retry_rules *rules, uint32_t random, int64_t now_ms,
	int64_t *delay_ms);

/* Does this status ask for one repetition after the rest of the study? A700 (out
 * of resources) and 0110 (processing failure). */
bool retry_status(uint16_t status);

/* What becomes of an item that was in flight when the association ended. */
enum retry_disposition {
	RETRY_AGAIN,	/* on the next association */
	RETRY_ABORTED,	/* the receiver aborted twice while it was in flight: failed */
	RETRY_LOST,	/* broken off more often than is retried, and never sent whole: failed */
	RETRY_UNCERTAIN, /* sent whole once, never answered, and not to go again */
};

/* sent: all of it was on the wire. why: what ended the association (ERR_ABORTED
 * with STATUS_ABORT_RECEIVED in detail counts as an abort, all else as a loss).
 * Counts the item's aborts, losses, unanswered up. */
enum retry_disposition retry_disposition(struct item *item, bool sent, const struct err *why,
	const struct retry_rules *rules);

#endif
