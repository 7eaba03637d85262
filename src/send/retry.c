/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/retry.h"

#include <netdb.h>

#include "dicom/status.h"

#define REJECTED_TRANSIENT 2   /* result of an A-ASSOCIATE-RJ, PS3.8 9.3.4 */
#define HTTP_STATUS_FIRST  300 /* with which a proxy refuses; errnos are smaller */
#define ABORTS_MAX	   2   /* while the same item is in flight */

#define OUT_OF_RESOURCES   0xa700 /* PS3.4 B.2.3 */
#define PROCESSING_FAILURE 0x0110 /* PS3.7 C.5.9 */

/* A new connection helps where one failed; of a proxy's refusals those that
 * blame what lies behind it (RFC 9110 15.6.3 to 15.6.5). */
static bool
connect_may_recover(int detail)
{
	return detail < HTTP_STATUS_FIRST || (detail >= 502 && detail <= 504);
}

bool
retry_may_help(const struct err *err)
{
	if (err->retryable != RETRY_BY_KIND)
		return err->retryable != RETRY_NEVER;
	switch (err->kind) {
	case ERR_DNS:
		return err->detail == EAI_AGAIN;
	case ERR_CONNECT:
		return connect_may_recover(err->detail);
	case ERR_REJECTED:
		return err->detail >> 16 == REJECTED_TRANSIENT;
	default:
		return err_retryable(err->kind);
	}
}

/* The full delay before the n-th repetition, n >= 1. */
static int64_t
backoff(int64_t first_ms, unsigned n)
{
	int64_t delay = first_ms;

	while (--n > 0 && delay > 0 && delay < RETRY_DELAY_MAX)
		delay *= 2;
	return delay < RETRY_DELAY_MAX ? delay : RETRY_DELAY_MAX;
}

bool
retry_next(struct retry *retry, const struct retry_rules *rules, uint32_t random, int64_t now_ms,
	int64_t *delay_ms)
{
	int64_t full;

	if (retry->count++ == 0)
		retry->since_ms = now_ms;
	if (retry->count > rules->retries)
		return false;
	full = backoff(rules->delay_ms, retry->count);
	*delay_ms = full - random % (full / 2 + 1);
	return rules->max_time_ms == WAIT_FOREVER ||
		now_ms + *delay_ms - retry->since_ms <= rules->max_time_ms;
}

bool
retry_status(uint16_t status)
{
	return status == OUT_OF_RESOURCES || status == PROCESSING_FAILURE;
}

enum retry_disposition
retry_disposition(struct item *item, bool sent, const struct err *why, const struct retry_rules *rules)
{
	bool aborted = why->kind == ERR_ABORTED && why->detail & STATUS_ABORT_RECEIVED;

	item->unanswered |= sent;
	if (aborted)
		item->aborts++;
	else
		item->losses++;
	if (item->aborts >= ABORTS_MAX)
		return RETRY_ABORTED;
	if (item->losses > rules->retries || rules->retries == 0)
		return item->unanswered ? RETRY_UNCERTAIN : RETRY_LOST;
	/* What was not sent completely cannot have arrived: it may always be sent again. */
	return sent && !rules->resend_uncertain ? RETRY_UNCERTAIN : RETRY_AGAIN;
}
