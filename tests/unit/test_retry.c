/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/retry.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>

#include "check_main.h"
#include "dicom/status.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])
#define ABORT	    STATUS_ABORT_RECEIVED

static const struct {
	enum err_kind kind;
	int detail;
	bool cured;
	enum err_retry retryable; /* what the evidence says */
} may_recover[] = {
	{ ERR_DNS, EAI_AGAIN, true, RETRY_BY_KIND },
	{ ERR_DNS, EAI_NONAME, false, RETRY_BY_KIND },
	{ ERR_DNS, 0, false, RETRY_BY_KIND },
	{ ERR_CONNECT, ECONNREFUSED, true, RETRY_BY_KIND },
	{ ERR_CONNECT, EHOSTUNREACH, true, RETRY_BY_KIND },
	{ ERR_CONNECT, 0, true, RETRY_BY_KIND },
	{ ERR_CONNECT, 302, false, RETRY_BY_KIND },
	{ ERR_CONNECT, 403, false, RETRY_BY_KIND },
	{ ERR_CONNECT, 407, false, RETRY_BY_KIND },
	{ ERR_CONNECT, 500, false, RETRY_BY_KIND },
	{ ERR_CONNECT, 502, true, RETRY_BY_KIND },
	{ ERR_CONNECT, 503, true, RETRY_BY_KIND },
	{ ERR_CONNECT, 504, true, RETRY_BY_KIND },
	{ ERR_CONNECT, 505, false, RETRY_BY_KIND },
	{ ERR_REJECTED, 2 << 16 | 3 << 8 | 1, true, RETRY_BY_KIND },
	{ ERR_REJECTED, 1 << 16 | 1 << 8 | 7, false, RETRY_BY_KIND },
	{ ERR_REJECTED, 0, false, RETRY_BY_KIND },
	{ ERR_TLS, 0, false, RETRY_BY_KIND },
	{ ERR_ABORTED, 0, true, RETRY_BY_KIND },
	{ ERR_ABORTED, ABORT, true, RETRY_BY_KIND },
	{ ERR_TIMEOUT, 0, true, RETRY_BY_KIND },
	{ ERR_CREDENTIALS, 0, false, RETRY_BY_KIND },
	{ ERR_UNTRUSTED, 0, false, RETRY_BY_KIND },
	{ ERR_WRONG_HOST, 0, false, RETRY_BY_KIND },
	{ ERR_CLIENT_REJECTED, 0, false, RETRY_BY_KIND },
	{ ERR_NO_COMMON_TLS, 0, false, RETRY_BY_KIND },
	{ ERR_NOT_TLS, 0, false, RETRY_BY_KIND },
	{ ERR_NO_CONTEXT, 0, false, RETRY_BY_KIND },
	{ ERR_NO_INPUT, 0, false, RETRY_BY_KIND },
	{ ERR_INTERNAL, 0, false, RETRY_BY_KIND },
	{ ERR_JOURNAL, 0, false, RETRY_BY_KIND },
	{ ERR_SIGINT, 0, false, RETRY_BY_KIND },
	/* a close without an alert, and what is known to be permanent */
	{ ERR_CLIENT_REJECTED, 0, true, RETRY_POSSIBLE },
	{ ERR_NOT_TLS, 0, true, RETRY_POSSIBLE },
	{ ERR_TLS, 0, true, RETRY_POSSIBLE },
	{ ERR_REJECTED, 0, true, RETRY_POSSIBLE },
	{ ERR_ABORTED, 0, false, RETRY_NEVER },
	{ ERR_ABORTED, ABORT, false, RETRY_NEVER },
	{ ERR_TIMEOUT, 0, false, RETRY_NEVER },
};

START_TEST(retryable)
{
	struct err err = { .kind = may_recover[_i].kind, .retryable = may_recover[_i].retryable,
		.detail = may_recover[_i].detail };

	ck_assert_int_eq(retry_may_help(&err), may_recover[_i].cured);
}
END_TEST

/* Full delays of the first repetitions, ended by -1 where it gives up. */
static const struct {
	unsigned retries;
	int64_t delay_ms;
	int64_t want[10];
} delays[] = {
	{ 0, 1000, { -1 } },
	{ 1, 1000, { 1000, -1 } },
	{ 3, 1000, { 1000, 2000, 4000, -1 } },
	{ 9, 1000, { 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000, -1 } },
	{ 2, 100000, { 60000, 60000, -1 } },
	{ 2, 1, { 1, 2, -1 } },
	{ 3, 0, { 0, 0, 0, -1 } },
};

START_TEST(backoff)
{
	static const uint32_t randoms[] = { 0, 1, 499, 500, 501, 123456789, UINT32_MAX };

	for (size_t i = 0; i < sizeof randoms / sizeof randoms[0]; i++) {
		struct retry_rules rules = { .retries = delays[_i].retries,
			.delay_ms = delays[_i].delay_ms, .max_time_ms = WAIT_FOREVER };
		struct retry retry = { 0 };
		const int64_t *want = delays[_i].want;
		int64_t delay;

		for (; *want >= 0; want++) {
			ck_assert(retry_next(&retry, &rules, randoms[i], 5, &delay));
			ck_assert_int_le(delay, *want);
			ck_assert_int_ge(2 * delay, *want);
			if (randoms[i] == 0)
				ck_assert_int_eq(delay, *want);
			ck_assert_int_eq(retry.count, want - delays[_i].want + 1);
		}
		ck_assert(!retry_next(&retry, &rules, randoms[i], 5, &delay));
		ck_assert(!retry_next(&retry, &rules, randoms[i], 5, &delay));
	}
}
END_TEST

/* The jitter spreads over the whole range. */
START_TEST(jitter)
{
	struct retry_rules rules = { .retries = 1, .delay_ms = 1000, .max_time_ms = WAIT_FOREVER };
	int64_t least = INT64_MAX, most = 0;

	for (uint32_t random = 0; random < 2000; random++) {
		struct retry retry = { 0 };
		int64_t delay;

		ck_assert(retry_next(&retry, &rules, random, 0, &delay));
		least = delay < least ? delay : least;
		most = delay > most ? delay : most;
	}
	ck_assert_int_eq(least, 500);
	ck_assert_int_eq(most, 1000);
}
END_TEST

START_TEST(endless_retries)
{
	struct retry_rules rules = { .retries = UINT_MAX, .delay_ms = 0, .max_time_ms = WAIT_FOREVER };
	struct retry retry = { .count = UINT_MAX - 2, .since_ms = 1 };
	int64_t delay;

	ck_assert(retry_next(&retry, &rules, 7, 5, &delay));
	ck_assert_int_eq(delay, 0);
	rules.delay_ms = 1;
	ck_assert(retry_next(&retry, &rules, 0, 5, &delay));
	ck_assert_int_eq(delay, RETRY_DELAY_MAX);
}
END_TEST

/* Time counts from the first failure in a row to when the repetition would begin. */
START_TEST(max_time)
{
	struct retry_rules rules = { .retries = 9, .delay_ms = 1000, .max_time_ms = 5000 };
	struct retry retry = { 0 };
	int64_t delay;

	ck_assert(retry_next(&retry, &rules, 0, 100000, &delay));
	ck_assert(retry_next(&retry, &rules, 0, 103000, &delay));
	ck_assert_int_eq(delay, 2000);
	ck_assert(!retry_next(&retry, &rules, 0, 103000, &delay));
	retry.count = 0;
	ck_assert(retry_next(&retry, &rules, 0, 200000, &delay));
	ck_assert_int_eq(delay, 1000);
	ck_assert(!retry_next(&retry, &rules, 0, 203001, &delay));
	rules.max_time_ms = 0;
	retry.count = 0;
	ck_assert(!retry_next(&retry, &rules, 0, 300000, &delay));
}
END_TEST

START_TEST(statuses)
{
	static const uint16_t never[] = { 0x0000, 0x0111, 0x0122, 0x0210, 0xa701, 0xa900, 0xb000, 0xc000 };

	ck_assert(retry_status(0xa700));
	ck_assert(retry_status(0x0110));
	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		ck_assert(!retry_status(never[i]));
}
END_TEST

/*
 * What ends one association after the other while the item is in flight, a
 * letter each: a A-ABORT, l lost, t timed out; a capital if all of it was sent.
 * Retries: 3. The last one's fate; those before are RETRY_AGAIN.
 */
static const struct {
	const char *ends;
	bool resend_uncertain;
	enum retry_disposition disposition;
	unsigned aborts, losses;
	bool unanswered;
} fates[] = {
	{ "l", true, RETRY_AGAIN, 0, 1, false },
	{ "L", true, RETRY_AGAIN, 0, 1, true },
	{ "T", true, RETRY_AGAIN, 0, 1, true },
	{ "A", true, RETRY_AGAIN, 1, 0, true },
	{ "aa", true, RETRY_ABORTED, 2, 0, false },
	{ "AA", true, RETRY_ABORTED, 2, 0, true },
	{ "alA", true, RETRY_ABORTED, 2, 1, true },
	{ "lllal", true, RETRY_LOST, 1, 4, false },
	{ "llll", true, RETRY_LOST, 0, 4, false },
	{ "lLll", true, RETRY_UNCERTAIN, 0, 4, true },
	{ "LTLT", true, RETRY_UNCERTAIN, 0, 4, true },
	{ "L", false, RETRY_UNCERTAIN, 0, 1, true },
	{ "T", false, RETRY_UNCERTAIN, 0, 1, true },
	{ "A", false, RETRY_UNCERTAIN, 1, 0, true },
	{ "lltT", false, RETRY_UNCERTAIN, 0, 4, true },
	{ "l", false, RETRY_AGAIN, 0, 1, false },
	{ "allL", false, RETRY_UNCERTAIN, 1, 3, true },
	{ "llll", false, RETRY_LOST, 0, 4, false },
	{ "aa", false, RETRY_ABORTED, 2, 0, false },
};

static struct err
end_of(char letter)
{
	switch (letter | 0x20) {
	case 'a':
		return (struct err){ .kind = ERR_ABORTED, .detail = ABORT | 2 << 8 };
	case 't':
		return (struct err){ .kind = ERR_TIMEOUT };
	default:
		return (struct err){ .kind = ERR_ABORTED };
	}
}

START_TEST(disposition)
{
	struct retry_rules rules = { .retries = 3, .resend_uncertain = fates[_i].resend_uncertain };
	struct item item = { .attempts = 0 };

	for (const char *end = fates[_i].ends; *end; end++) {
		struct err why = end_of(*end);
		bool sent = !(*end & 0x20);

		ck_assert_int_eq(retry_disposition(&item, sent, &why, &rules), end[1] ? RETRY_AGAIN :
			fates[_i].disposition);
	}
	ck_assert_uint_eq(item.aborts, fates[_i].aborts);
	ck_assert_uint_eq(item.losses, fates[_i].losses);
	ck_assert_int_eq(item.unanswered, fates[_i].unanswered);
}
END_TEST

/* Without retries the first loss decides, an abort still has its second chance. */
START_TEST(no_retries)
{
	struct retry_rules rules = { .retries = 0, .resend_uncertain = true };
	struct err abort = end_of('a'), lost = end_of('l');
	struct item items[3] = { 0 };

	ck_assert_int_eq(retry_disposition(&items[0], false, &lost, &rules), RETRY_LOST);
	ck_assert_int_eq(retry_disposition(&items[1], true, &lost, &rules), RETRY_UNCERTAIN);
	ck_assert_int_eq(retry_disposition(&items[2], false, &abort, &rules), RETRY_LOST);
}
END_TEST

static Suite *
suite_retry(void)
{
	Suite *suite = suite_create("retry");
	TCase *tc = tcase_create("retry");

	tcase_add_loop_test(tc, retryable, 0, COUNT(may_recover));
	tcase_add_loop_test(tc, backoff, 0, COUNT(delays));
	tcase_add_test(tc, jitter);
	tcase_add_test(tc, endless_retries);
	tcase_add_test(tc, max_time);
	tcase_add_test(tc, statuses);
	tcase_add_rows(tc, disposition, fates, ends);
	tcase_add_test(tc, no_retries);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return check_run(suite_retry());
}
