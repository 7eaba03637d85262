/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/ratelimit.h"

#include <pthread.h>
#include <stdbool.h>

#include "base/wait.h"
#include "check_main.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define SAVED_MS     100 /* what may be saved up */

/* Pieces taken one after the other without waiting: the last waits for those
 * before it, less what time has passed. Bounds hold however slow the machine. */
static const struct {
	uint64_t rate;
	size_t piece;
	unsigned count;
	int64_t last_ms; /* of the last one, had no time passed */
} rows[] = {
	{ 1000, 1000, 1, 0 },
	{ 1000, 1000, 2, 1000 },
	{ 1000, 100, 101, 10000 },
	{ 1, 1, 4, 3000 },
	{ 1, 131072, 2, 131072000 },
	{ 1000000, 16384, 1001, 16384 },
	{ 1000000000, 1, 1000001, 1 },
	{ 1000000000000, 1 << 30, 1001, 1073 },
	{ 300, 100, 7, 2000 },
};

START_TEST(row)
{
	int64_t before = clock_ms(), last = 0, passed;
	struct ratelimit *rate_limit = ratelimit_new(rows[_i].rate);

	ck_assert_ptr_nonnull(rate_limit);
	for (unsigned i = 0; i < rows[_i].count; i++)
		last = ratelimit_take(rate_limit, rows[_i].piece);
	passed = clock_ms() - before + 1;
	ck_assert_int_ge(last, rows[_i].last_ms - passed);
	/* Above: what each of the pieces was rounded up by, and the last to a millisecond. */
	ck_assert_int_le(last, rows[_i].last_ms + rows[_i].count / 1000000 + 1);
	ratelimit_free(rate_limit);
}
END_TEST

START_TEST(nothing_costs_nothing)
{
	struct ratelimit *rate_limit = ratelimit_new(1000);

	for (int i = 0; i < 1000; i++)
		ck_assert_int_le(ratelimit_take(rate_limit, 0), 1);
	ratelimit_free(rate_limit);
}
END_TEST

/* However long nothing went out, the first bytes after it gain a tenth of a second, no more. */
START_TEST(pause_is_not_saved)
{
	struct ratelimit *rate_limit = ratelimit_new(1000);
	int64_t before, wait;

	(void)wait_fd(-1, 0, deadline_in(2 * SAVED_MS), false);
	before = clock_ms();
	ck_assert_int_eq(ratelimit_take(rate_limit, 1000), 0);
	wait = ratelimit_take(rate_limit, 1);
	ck_assert_int_ge(wait, 1000 - SAVED_MS - (clock_ms() - before + 1));
	ck_assert_int_le(wait, 1001);
	ratelimit_free(rate_limit);
}
END_TEST

/* No overflow: waits grow to the end of time and stay there. */
START_TEST(extremes)
{
	struct ratelimit *slow = ratelimit_new(1), *fast = ratelimit_new(UINT64_MAX);
	int64_t last = 0;

	for (int i = 0; i < 100; i++) {
		int64_t wait = ratelimit_take(slow, SIZE_MAX);

		ck_assert_int_ge(wait, i == 0 ? 0 : INT64_C(1000000000));
		ck_assert_int_ge(wait + 60000, last);
		last = wait;
	}
	ck_assert_int_eq(ratelimit_take(fast, 1 << 30), 0);
	ratelimit_free(slow);
	ratelimit_free(fast);
	ratelimit_free(NULL);
}
END_TEST

#define THREADS 4
#define TAKES	1000

static void *
take_many(void *rate_limit)
{
	for (int i = 0; i < TAKES; i++)
		ratelimit_take(rate_limit, 100);
	return NULL;
}

/* Nobody's bytes are lost: after all of them the next waits for all of them. */
START_TEST(threads_share_it)
{
	int64_t before = clock_ms(), wait;
	struct ratelimit *rate_limit = ratelimit_new(1000);
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, take_many, rate_limit), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	wait = ratelimit_take(rate_limit, 1);
	ck_assert_int_ge(wait, THREADS * TAKES * 100 - (clock_ms() - before + 1));
	ck_assert_int_le(wait, THREADS * TAKES * 100 + 2);
	ratelimit_free(rate_limit);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("ratelimit");
	TCase *tc = tcase_create("ratelimit");

	tcase_add_loop_test(tc, row, 0, (int)COUNT(rows));
	tcase_add_test(tc, nothing_costs_nothing);
	tcase_add_test(tc, pause_is_not_saved);
	tcase_add_test(tc, extremes);
	tcase_add_test(tc, threads_share_it);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_run(suite());
}
