/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "check_main.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])
#define STUDIES	    26 /* a to z */

static struct pool *pool;
static struct tally *tally;
static struct err err;
static struct study studies[STUDIES];

static size_t unsent; /* instances that were told of as not sent */

static void
count_unsent(void *self, const struct report_instance *event)
{
	(void)self;
	ck_assert_int_eq(event->result, RESULT_NOT_SENT);
	unsent++;
}

static void
pass_study(void *self, const struct report_study *event)
{
	(void)self;
	(void)event;
}

static void
set_up(void)
{
	static const struct reporter reporter = { .instance = count_unsent, .study = pass_study };

	tally = tally_new(&reporter, NULL, &err);
	pool = tally ? pool_new(tally, &err) : NULL;
	ck_assert_ptr_nonnull(pool);
	for (int i = 0; i < STUDIES; i++)
		studies[i] = (struct study){ .worker = -1, .open = true };
}

static void
tear_down(void)
{
	pool_free(pool);
	tally_free(tally);
}

/* A unit of a plan of its own, whose first context has the unit's number as id. */
static struct unit *
unit_new(struct study *study, size_t count, unsigned number)
{
	struct unit *unit = calloc(1, sizeof *unit);

	ck_assert_ptr_nonnull(unit);
	unit->study = study;
	unit->plan = calloc(1, sizeof *unit->plan);
	unit->items = calloc(count, sizeof *unit->items);
	ck_assert(unit->plan && unit->items);
	unit->plan->refs = 1;
	unit->plan->plan.count = 1;
	unit->plan->plan.contexts[0].id = (unsigned char)number;
	unit->count = count;
	for (size_t i = 0; i < count; i++) {
		unit->items[i].instance.path = strdup("file.dcm");
		unit->items[i].instance.size = i;
	}
	return unit;
}

static unsigned
number_of(const struct unit *unit)
{
	return unit->plan->plan.contexts[0].id;
}

/* Put units of one item each: a study's letter each, a capital if it is free to any. Numbered from 1. */
static void
put(const char *letters)
{
	struct unit *first = NULL, **tail = &first;

	for (const char *c = letters; *c; c++) {
		*tail = unit_new(&studies[(*c | 0x20) - 'a'], 1, (unsigned)(c - letters + 1));
		(*tail)->free_to_any = !(*c & 0x20);
		tail = &(*tail)->next;
	}
	ck_assert(pool_put(pool, first, false, deadline_in(0)));
}

static struct unit *
take(int worker)
{
	struct unit *unit;

	ck_assert_int_eq(pool_take(pool, worker, &unit, deadline_in(0)), POOL_UNIT);
	ck_assert_ptr_null(unit->next);
	return unit;
}

static enum pool_result
try_take(int worker)
{
	struct unit *unit;
	enum pool_result result = pool_take(pool, worker, &unit, deadline_in(0));

	ck_assert_ptr_null(unit);
	return result;
}

static enum pool_result
await(int worker, unsigned *number)
{
	struct plan *plan = calloc(1, sizeof *plan);
	enum pool_result result = pool_await(pool, worker, plan, deadline_in(0));

	*number = plan->contexts[0].id;
	free(plan);
	return result;
}

/*
 * Who draws what: the worker's digit for each draw, then what it gets: the
 * unit's number, - for nothing. < after a worker: it gives back the one it drew
 * last; ! it leaves. Nothing else is given back: draws stay out.
 */
static const struct {
	const char *put, *draws;
} affinity[] = {
	{ "aab", "01 02 03 0-" },
	{ "aab", "01 13 02 1-" },
	{ "abab", "01 03 12 14" },
	{ "abca", "01 12 04 03 1-" },
	{ "ABA", "01 12 03" },
	{ "AaAa", "01 02 04 03" },
	/* What is given back is next, and its study stays. */
	{ "aab", "01 0< 13 01 02" },
	{ "ab", "01 12 1< 0- 12" },
	{ "ABC", "01 12 0< 11 13" },
	{ "ab", "01 12 1< 0< 01 12" },
	/* Who leaves has no study. */
	{ "aa", "01 1- 0! 12" },
	{ "aabb", "01 02 13 0< 0! 14 12 2-" },
	{ "aaa", "01 0< 0! 11 2- 12 1< 1! 22 23" },
};

static void
act(struct unit **drawn, int worker, char what)
{
	if (what == '<') {
		pool_return(pool, *drawn);
		*drawn = NULL;
	} else if (what == '!') {
		pool_leave(pool, worker);
	} else if (what == '-') {
		ck_assert_int_eq(try_take(worker), POOL_IDLE);
	} else {
		if (*drawn)
			pool_done(pool, *drawn);
		*drawn = take(worker);
		ck_assert_int_eq(number_of(*drawn), what - '0');
	}
}

START_TEST(who_draws_what)
{
	struct unit *drawn[10] = { NULL };

	pool_enter(pool, COUNT(drawn));
	put(affinity[_i].put);
	for (const char *c = affinity[_i].draws; *c; c += c[2] ? 3 : 2)
		act(&drawn[*c - '0'], *c - '0', c[1]);
	for (int i = 0; i < COUNT(drawn); i++) {
		if (drawn[i])
			pool_done(pool, drawn[i]);
	}
}
END_TEST

/* Units that come later follow too, unless the worker has left in between. */
START_TEST(later_units)
{
	pool_enter(pool, 3);
	put("aa");
	pool_done(pool, take(0));
	pool_done(pool, take(0));
	put("a");
	ck_assert_int_eq(try_take(1), POOL_IDLE);
	pool_leave(pool, 0);
	pool_done(pool, take(1));
	put("a");
	ck_assert_int_eq(try_take(2), POOL_IDLE);
	pool_done(pool, take(1));
	ck_assert_int_eq(studies[0].worker, 1);
	ck_assert_uint_eq(studies[0].queued, 0);
}
END_TEST

/* Only what is not settled comes back; nothing, if that is nothing. */
START_TEST(given_back)
{
	struct unit *unit = unit_new(&studies[0], 5, 1);

	ck_assert(pool_put(pool, unit, false, deadline_in(0)));
	unit = take(0);
	unit->items[0].finished = unit->items[1].finished = unit->items[3].finished = true;
	unit->items[2].attempts = 2;
	pool_return(pool, unit);
	unit = take(0);
	ck_assert_uint_eq(unit->count, 2);
	ck_assert_uint_eq(unit->items[0].instance.size, 2);
	ck_assert_uint_eq(unit->items[0].attempts, 2);
	ck_assert_uint_eq(unit->items[1].instance.size, 4);
	ck_assert_ptr_nonnull(unit->items[1].instance.path);
	unit->items[0].finished = unit->items[1].finished = true;
	pool_return(pool, unit);
	ck_assert_int_eq(try_take(0), POOL_IDLE);
	pool_close(pool);
	ck_assert_int_eq(try_take(0), POOL_OVER);
}
END_TEST

/*
 * Workers without association, in order: the worker's digit, and the unit whose
 * plan it gets, - for none. o: it has opened; x: it could not; t: it draws.
 */
static const struct {
	const char *put, *steps;
} openings[] = {
	{ "", "0- 1-" },
	{ "a", "01 1- 0o 1- 0t 1-" }, /* it opened for that one, and is yet to draw it */
	{ "a", "01 1- 0x 11" },
	{ "ab", "01 12 2-" },
	{ "aab", "01 13 2-" }, /* the second goes with the first */
	{ "aaa", "01 1- 0o 0t 1- 1-" },
	{ "AAA", "01 12 23 3-" },
	{ "ab", "01 01 12" },		       /* once only */
	{ "aabc", "01 0o 0t 02 13 2o 24 3-" }, /* 0 opens for its own: it takes nobody's */
	{ "aab", "01 0o 0t 13 0t 0- 1o 0- 1x 03" },
};

START_TEST(being_opened)
{
	unsigned number;

	put(openings[_i].put);
	for (const char *c = openings[_i].steps; *c; c += c[2] ? 3 : 2) {
		int worker = *c - '0';

		if (c[1] == 'o')
			pool_opened(pool, worker, true);
		else if (c[1] == 'x')
			pool_opened(pool, worker, false);
		else if (c[1] == 't')
			pool_done(pool, take(worker));
		else
			ck_assert_int_eq(await(worker, &number), c[1] == '-' ? POOL_IDLE : POOL_UNIT);
		if (c[1] > '0' && c[1] <= '9')
			ck_assert_int_eq(number, c[1] - '0');
	}
}
END_TEST

START_TEST(bounded)
{
	struct unit *more = unit_new(&studies[1], 1, 2);

	ck_assert(pool_put(pool, unit_new(&studies[0], POOL_ITEMS, 1), false, deadline_in(0)));
	put("a");
	ck_assert(!pool_put(pool, more, false, deadline_in(0)));
	ck_assert(pool_put(pool, more, true, deadline_in(0)));
	more = unit_new(&studies[2], 1, 3);
	ck_assert(!pool_put(pool, more, false, deadline_in(20)));
	pool_done(pool, take(0));
	ck_assert(pool_put(pool, more, false, deadline_never()));
}
END_TEST

START_TEST(over)
{
	struct unit *unit;
	unsigned number;

	put("a");
	pool_close(pool);
	unit = take(0);
	ck_assert_int_eq(try_take(1), POOL_IDLE); /* it may come back */
	ck_assert_int_eq(await(1, &number), POOL_IDLE);
	pool_return(pool, unit);
	unit = take(0);
	pool_done(pool, unit);
	ck_assert_int_eq(try_take(1), POOL_OVER);
	ck_assert_int_eq(await(1, &number), POOL_OVER);
}
END_TEST

/* The run ends: nobody draws, and what is left is told of. */
START_TEST(stopped)
{
	struct err why = { .kind = ERR_TIMEOUT };
	struct unit *unit;
	unsigned number;

	put("abc");
	unit = take(0);
	tally_end(tally, &why);
	ck_assert_int_eq(try_take(0), POOL_OVER);
	ck_assert_int_eq(await(1, &number), POOL_OVER);
	unit->items[0].finished = true;
	pool_return(pool, unit);
	put("a");
	pool_finish_rest(pool);
	ck_assert_uint_eq(unsent, 3);
	pool_finish_rest(pool);
	ck_assert_uint_eq(unsent, 3);
}
END_TEST

/* A worker that goes while it is about to draw is waited for no more. */
START_TEST(leaves_before_it_draws)
{
	unsigned number;

	pool_enter(pool, 2);
	put("a");
	ck_assert_int_eq(await(0, &number), POOL_UNIT);
	pool_opened(pool, 0, true);
	ck_assert_int_eq(await(1, &number), POOL_IDLE);
	pool_leave(pool, 0);
	ck_assert_int_eq(await(1, &number), POOL_UNIT);
	ck_assert_uint_eq(number, 1);
	pool_opened(pool, 1, false);
	pool_leave(pool, 1);
	pool_finish_rest(pool);
}
END_TEST

/* The last of several that gives up ends the run, with the last of their causes. */
START_TEST(given_up)
{
	struct err first = { .kind = ERR_TIMEOUT }, second = { .kind = ERR_CONNECT };

	pool_enter(pool, 3);
	pool_give_up(pool, &first);
	pool_leave(pool, 0);
	pool_give_up(pool, &second);
	pool_leave(pool, 1);
	ck_assert(!tally_is_over(tally));
	ck_assert(!pool_wait(pool, deadline_in(0)));
	pool_give_up(pool, NULL);
	ck_assert(tally_is_over(tally));
	ck_assert_int_eq(tally_cause(tally)->kind, ERR_CONNECT);
	pool_leave(pool, 2);
	ck_assert(pool_wait(pool, deadline_in(0)));
}
END_TEST

/* The last unit to go takes the plan along, wherever it goes. */
START_TEST(shared_plan)
{
	struct shared_plan *plan = calloc(1, sizeof *plan);
	struct unit *units[4];

	for (int i = 0; i < COUNT(units); i++) {
		units[i] = unit_new(&studies[i], 1, 1);
		free(units[i]->plan);
		units[i]->plan = plan;
		plan->refs++;
	}
	plan->refs++; /* ours */
	for (int i = 0; i < COUNT(units); i++)
		ck_assert(pool_put(pool, units[i], false, deadline_in(0)));
	pool_done(pool, take(0));
	ck_assert_uint_eq(plan->refs, 4);
	pool_return(pool, take(1));
	ck_assert_uint_eq(plan->refs, 4);
	pool_finish_rest(pool);
	ck_assert_uint_eq(plan->refs, 1);
	free(plan);
}
END_TEST

static const int signals[] = { SIGINT, SIGTERM };

START_TEST(interrupt)
{
	struct unit *full = unit_new(&studies[0], POOL_ITEMS + 1, 1);
	struct unit *more = unit_new(&studies[1], 1, 2);
	unsigned number;

	ck_assert_int_eq(interrupt_install(), 0);
	ck_assert(pool_put(pool, full, false, deadline_never()));
	raise(signals[_i]);
	ck_assert(!pool_put(pool, more, false, deadline_never()));
	ck_assert_int_eq(try_take(0), POOL_OVER);
	ck_assert_int_eq(await(0, &number), POOL_OVER);
	ck_assert(pool_put(pool, more, true, deadline_never()));
}
END_TEST

/* --- threads */

#define WORKERS	     4
#define DRAW_UNITS   500
#define DRAW_ITEMS   25 /* per unit, at most */
#define DRAW_STUDIES 60

static struct {
	pthread_mutex_t lock;
	struct study *studies[DRAW_STUDIES]; /* freed with their last item, as the tally does it */
	size_t missing[DRAW_STUDIES];	     /* items without result */
	size_t next[DRAW_STUDIES];	     /* the item that is due, but for split ones */
	int holder[DRAW_STUDIES];	     /* -1: nobody */
	bool left[WORKERS];
	size_t finished, strangers, disorder;
} drawn = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Study number and item number within it, in an instance's size. */
static size_t
study_index(const struct unit *unit)
{
	return (size_t)unit->items[0].instance.size / 100000;
}

static void
note_draw(const struct unit *unit, int worker)
{
	size_t study = study_index(unit);
	int holder;

	pthread_mutex_lock(&drawn.lock);
	holder = drawn.holder[study];
	if (!unit->free_to_any && holder >= 0 && holder != worker && !drawn.left[holder])
		drawn.strangers++;
	drawn.holder[study] = worker;
	pthread_mutex_unlock(&drawn.lock);
}

static void
record_result(const struct unit *unit, struct item *item)
{
	size_t study = study_index(unit);

	item->finished = true;
	pthread_mutex_lock(&drawn.lock);
	drawn.finished++;
	if (!unit->free_to_any && item->instance.size % 100000 != drawn.next[study]++)
		drawn.disorder++;
	if (--drawn.missing[study] == 0) {
		free(drawn.studies[study]);
		drawn.studies[study] = NULL;
	}
	pthread_mutex_unlock(&drawn.lock);
}

/* Settle the unit's items from the front, or some of them only. */
static void
carry(struct unit *unit, unsigned *seed)
{
	size_t n = rand_r(seed) % 3 ? unit->count : (size_t)rand_r(seed) % (unit->count + 1);
	bool all = n == unit->count;

	for (size_t i = 0; i < n; i++)
		record_result(unit, &unit->items[i]);
	if (all && rand_r(seed) % 2)
		pool_done(pool, unit);
	else
		pool_return(pool, unit);
}

/* Draw until all is done; all but the first leave earlier. */
static void *
work(void *arg)
{
	int worker = *(const int *)arg;
	unsigned seed = 4711 + (unsigned)worker;
	struct plan *plan = calloc(1, sizeof *plan);
	struct unit *unit;
	enum pool_result result = POOL_UNIT;

	for (int draws = 0; result != POOL_OVER && (worker == 0 || draws < 150 * worker); draws++) {
		if (rand_r(&seed) % 4 == 0 &&
			pool_await(pool, worker, plan, deadline_in(rand_r(&seed) % 3)) == POOL_UNIT)
			pool_opened(pool, worker, true);
		result = pool_take(pool, worker, &unit, deadline_in(rand_r(&seed) % 5));
		if (result != POOL_UNIT)
			continue;
		note_draw(unit, worker);
		carry(unit, &seed);
	}
	pthread_mutex_lock(&drawn.lock);
	drawn.left[worker] = true;
	pthread_mutex_unlock(&drawn.lock);
	pool_leave(pool, worker);
	free(plan);
	return NULL;
}

/* Returns how many items were put. */
static size_t
put_all(bool split)
{
	struct unit *units[DRAW_UNITS];
	unsigned seed = 815;
	size_t total = 0;

	for (size_t i = 0; i < DRAW_STUDIES; i++) {
		drawn.studies[i] = calloc(1, sizeof *drawn.studies[i]);
		drawn.studies[i]->worker = drawn.holder[i] = -1;
	}
	/* All are known before the first is drawn: a study ends with its last. */
	for (size_t i = 0; i < DRAW_UNITS; i++) {
		size_t study = (i / 5 + (size_t)rand_r(&seed) % 8) % DRAW_STUDIES;
		size_t count = 1 + (size_t)rand_r(&seed) % DRAW_ITEMS;

		units[i] = unit_new(drawn.studies[study], count, 1);
		units[i]->free_to_any = split;
		for (size_t j = 0; j < count; j++)
			units[i]->items[j].instance.size = study * 100000 + drawn.missing[study]++;
		total += count;
	}
	for (size_t i = 0; i < DRAW_STUDIES; i++) {
		if (drawn.missing[i] == 0)
			free(drawn.studies[i]);
	}
	for (size_t i = 0; i < DRAW_UNITS; i++)
		ck_assert(pool_put(pool, units[i], false, deadline_never()));
	return total;
}

/* Every item gets one result, in its study's order, from the study's worker. */
START_TEST(threads)
{
	pthread_t ids[WORKERS];
	int numbers[WORKERS];
	size_t total;

	pool_enter(pool, WORKERS);
	for (int i = 0; i < WORKERS; i++) {
		numbers[i] = i;
		ck_assert_int_eq(pthread_create(&ids[i], NULL, work, &numbers[i]), 0);
	}
	total = put_all(_i);
	pool_close(pool);
	for (int i = 0; i < WORKERS; i++)
		ck_assert_int_eq(pthread_join(ids[i], NULL), 0);
	ck_assert_uint_eq(drawn.finished, total);
	for (int i = 0; i < DRAW_STUDIES; i++)
		ck_assert_uint_eq(drawn.missing[i], 0);
	ck_assert_uint_eq(drawn.strangers, 0);
	ck_assert_uint_eq(drawn.disorder, 0);
	pool_finish_rest(pool);
	ck_assert_uint_eq(unsent, 0);
}
END_TEST

static void *
wait_for_unit(void *arg)
{
	enum pool_result *result = arg;
	struct unit *unit;

	*result = pool_take(pool, 3, &unit, deadline_never());
	if (*result == POOL_UNIT)
		pool_done(pool, unit);
	return NULL;
}

/* What ends a wait that has no limit: u a unit, c the end of what is put, s the run's. */
static const struct {
	char what;
	enum pool_result result;
} ends[] = {
	{ 'u', POOL_UNIT },
	{ 'c', POOL_OVER },
	{ 's', POOL_OVER },
};

START_TEST(woken)
{
	struct err why = { .kind = ERR_TIMEOUT };
	enum pool_result result;
	pthread_t id;

	ck_assert_int_eq(pthread_create(&id, NULL, wait_for_unit, &result), 0);
	if (ends[_i].what == 'u')
		put("a");
	else if (ends[_i].what == 'c')
		pool_close(pool);
	else
		tally_end(tally, &why);
	ck_assert_int_eq(pthread_join(id, NULL), 0);
	ck_assert_int_eq(result, ends[_i].result);
}
END_TEST

static Suite *
suite_pool(void)
{
	Suite *suite = suite_create("pool");
	TCase *tc = tcase_create("pool");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_rows(tc, who_draws_what, affinity, put);
	tcase_add_test(tc, later_units);
	tcase_add_test(tc, given_back);
	tcase_add_rows(tc, being_opened, openings, put);
	tcase_add_test(tc, bounded);
	tcase_add_test(tc, over);
	tcase_add_test(tc, stopped);
	tcase_add_test(tc, given_up);
	tcase_add_test(tc, leaves_before_it_draws);
	tcase_add_test(tc, shared_plan);
	tcase_add_loop_test(tc, interrupt, 0, COUNT(signals));
	tcase_add_loop_test(tc, threads, 0, 2); /* split or not */
	tcase_add_loop_test(tc, woken, 0, COUNT(ends));
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return check_run(suite_pool());
}
