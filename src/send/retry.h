/* SPDX-License-Identifier: BSD-3-Clause */
/* What is retried, and when. */
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
	int64_t max_time_ms;	/* since the first failure in a row; WAIT_FOREVER: no limit */
	bool resend_uncertain;	/* what was sent but not answered is sent again */
	bool duplicate_ok;	/* status 0111 counts as success */
};

#define RETRY_DELAY_MAX 60000 /* ms */

/* May a new association help? Refused, lost, timed out, aborted connections,
 * transient rejections and name servers without an answer, never credentials,
 * trust or names. If more is known than the kind says, err->retryable decides. */
bool retry_may_help(const struct err *err);

/* Failures in a row. Once something got a result count is 0 again. */
struct retry {
	unsigned count;
	int64_t since_ms; /* CLOCK_MONOTONIC, of the first */
};

/*
 * Count another failure. True if it is to be retried, after *delay_ms: doubled with each, and reduced by
 * random (any value) to between half and all of it.
 */
bool retry_next(struct retry *retry, const struct retry_rules *rules, uint32_t random, int64_t now_ms,
	int64_t *delay_ms);

/* Is an object with this status repeated once, after the rest of the study? A700 (out of resources) and
 * 0110 (processing failure). */
bool retry_status(uint16_t status);

/* What happens to an item that was in flight when the association ended. */
enum retry_disposition {
	RETRY_AGAIN,	/* on the next association */
	RETRY_ABORTED,	/* the receiver aborted twice while it was in flight: failed */
	RETRY_LOST,	/* interrupted more often than is retried, and never sent completely: failed */
	RETRY_UNCERTAIN, /* sent completely once, never answered, and not to be sent again */
};

/* sent: all of it was sent. why: what ended the association (ERR_ABORTED with STATUS_ABORT_RECEIVED in
 * detail counts as an abort, everything else as a loss). Increases the item's aborts, losses or
 * unanswered. */
enum retry_disposition retry_disposition(struct item *item, bool sent, const struct err *why,
	const struct retry_rules *rules);

#endif
