/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/pool.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "send/result.h"

#define GIVE_WAY_MS 500 /* without work, while another worker is opening an association for some */
#define SLICE_MS 100 /* how long an interrupt may be unnoticed: signals do not wake a condition */

struct pool {
	struct tally *tally;
	pthread_mutex_t lock;
	pthread_cond_t work; /* something changed for threads that look for a unit */
	pthread_cond_t walk; /* for the thread that puts, or waits for the end: not woken for each unit */
	struct unit *first, **tail;
	size_t items;		  /* in the waiting units */
	size_t own[POOL_WORKERS]; /* units that wait for this worker */
	size_t out;		  /* units with workers */
	uint64_t coming;	  /* workers in pool_take or opening, a bit each */
	uint64_t being_opened;	  /* workers between pool_await and pool_opened, likewise */
	uint64_t left;		  /* workers that have ended, likewise */
	unsigned live;		  /* workers that have not */
	unsigned trying;	  /* workers that have not given up */
	struct err cause;	  /* why the last one gave up */
	bool closed;
};

/* Workers are numbered from 0 to POOL_WORKERS - 1. */
static uint64_t
worker_bit(int worker)
{
	return UINT64_C(1) << (worker & (POOL_WORKERS - 1));
}

/* Deadlines are on CLOCK_MONOTONIC. Returns an errno or 0. */
static int
cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;
	int rc = pthread_condattr_init(&attr);

	if (rc)
		return rc;
	rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	if (!rc)
		rc = pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
	return rc;
}

struct pool *
pool_new(struct tally *tally, struct err *err)
{
	struct pool *pool = calloc(1, sizeof *pool);

	/* None of these owns anything that would have to be freed if the next one fails. */
	if (!pool || pthread_mutex_init(&pool->lock, NULL) || cond_init(&pool->work) ||
	    cond_init(&pool->walk)) {
		free(pool);
		err_nomem(err);
		return NULL;
	}
	pool->tally = tally;
	pool->tail = &pool->first;
	return pool;
}

/* --- with the lock held */

/* The only worker that may take the unit; -1: any. */
static int
unit_owner(const struct pool *pool, const struct unit *unit)
{
	int worker = unit->study->worker;

	if (unit->free_to_any || worker < 0 || pool->left & worker_bit(worker))
		return -1;
	return worker;
}

static void
count_in(struct pool *pool, const struct unit *unit)
{
	pool->items += unit->count;
	__atomic_fetch_add(&unit->study->waiting, 1, __ATOMIC_RELAXED);
	if (unit->free_to_any)
		return;
	unit->study->queued++;
	if (unit->study->worker >= 0)
		pool->own[unit->study->worker]++;
}

static void
count_out(struct pool *pool, const struct unit *unit)
{
	pool->items -= unit->count;
	__atomic_fetch_sub(&unit->study->waiting, 1, __ATOMIC_RELAXED);
	if (unit->free_to_any)
		return;
	unit->study->queued--;
	if (unit->study->worker >= 0)
		pool->own[unit->study->worker]--;
}

/* The rest of the study goes to this worker. */
static void
claim_study(struct pool *pool, struct study *study, int worker)
{
	if (study->worker >= 0)
		pool->own[study->worker] -= study->queued;
	study->worker = worker;
	pool->own[worker] += study->queued;
}

static struct unit *
take_out(struct pool *pool, struct unit **link)
{
	struct unit *unit = *link;

	*link = unit->next;
	if (!*link)
		pool->tail = link;
	unit->next = NULL;
	count_out(pool, unit);
	if (pool->items <= POOL_ITEMS && pool->items + unit->count > POOL_ITEMS)
		pthread_cond_broadcast(&pool->walk);
	return unit;
}

/* The place in the list of the next unit for this worker; NULL: none. */
static struct unit **
find_next(struct pool *pool, int worker)
{
	bool own = pool->own[worker] > 0;

	for (struct unit **link = &pool->first; *link; link = &(*link)->next) {
		int owner = unit_owner(pool, *link);

		if (owner == worker || (owner < 0 && !own))
			return link;
	}
	return NULL;
}

/* How many other workers, waiting or opening an association, are about to take units that any worker may
 * have. */
static size_t
count_coming(const struct pool *pool, int worker)
{
	size_t count = 0;

	for (int i = 0; i < POOL_WORKERS; i++)
		count += i != worker && pool->coming & worker_bit(i) && pool->own[i] == 0;
	return count;
}

static bool
is_among(const struct study *study, const struct study *const studies[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (studies[i] == study)
			return true;
	return false;
}

/*
 * The place in the list of a unit that would be left for this worker if each of those others took one
 * first; NULL: none. Units that stay together count as one, because the worker that takes the first one
 * gets them all.
 */
static struct unit **
find_spare(struct pool *pool, int worker)
{
	const struct study *spoken_for[POOL_WORKERS];
	size_t coming = count_coming(pool, worker);
	size_t count = 0;

	if (pool->own[worker] > 0)
		return find_next(pool, worker);
	for (struct unit **link = &pool->first; *link; link = &(*link)->next) {
		const struct unit *unit = *link;

		if (unit_owner(pool, unit) >= 0 ||
			(!unit->free_to_any && is_among(unit->study, spoken_for, count)))
			continue;
		if (count == coming)
			return link;
		spoken_for[count++] = unit->free_to_any ? NULL : unit->study;
	}
	return NULL;
}

/* Wait for a change, or for a slice of time. False: the deadline passed. */
static bool
wait_slice(struct pool *pool, pthread_cond_t *cond, struct deadline deadline)
{
	int left = deadline_left(deadline);
	int64_t until_us;
	struct timespec until;

	if (left == 0)
		return false;
	until_us = clock_us() + (left < 0 || left > SLICE_MS ? SLICE_MS : left) * INT64_C(1000);
	until = (struct timespec){ until_us / 1000000, until_us % 1000000 * 1000 };
	pthread_cond_timedwait(cond, &pool->lock, &until);
	return true;
}

/* If there is nothing to take, an open association may block one that is needed: some receivers accept only
 * one at a time. */
static bool
is_in_the_way(const struct pool *pool, struct deadline give_way)
{
	return pool->being_opened && deadline_passed(give_way);
}

/* Wait until find has something for the worker. */
static enum pool_result
wait_unit(struct pool *pool, int worker, struct unit **(*find)(struct pool *, int), struct deadline deadline,
	struct unit ***link)
{
	struct deadline give_way = deadline_in(find == find_next ? GIVE_WAY_MS : WAIT_FOREVER);

	for (;;) {
		if (tally_is_over(pool->tally) || (pool->closed && !pool->first && pool->out == 0))
			return POOL_OVER;
		*link = find(pool, worker);
		if (*link)
			return POOL_UNIT;
		if (is_in_the_way(pool, give_way) || !wait_slice(pool, &pool->work, deadline))
			return POOL_IDLE;
	}
}

/* --- for the walk */

bool
pool_put(struct pool *pool, struct unit *units, bool force, struct deadline deadline)
{
	bool fits;

	pthread_mutex_lock(&pool->lock);
	while (pool->items > POOL_ITEMS && !tally_is_over(pool->tally) &&
		wait_slice(pool, &pool->walk, deadline))
		;
	fits = force || pool->items <= POOL_ITEMS;
	if (fits) {
		*pool->tail = units;
		for (; units; units = units->next) {
			count_in(pool, units);
			pool->tail = &units->next;
		}
		pthread_cond_broadcast(&pool->work);
	}
	pthread_mutex_unlock(&pool->lock);
	return fits;
}

void
pool_close(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->closed = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
}

bool
pool_wait(struct pool *pool, struct deadline deadline)
{
	bool all;

	pthread_mutex_lock(&pool->lock);
	while (pool->live > 0 && wait_slice(pool, &pool->walk, deadline))
		;
	all = pool->live == 0;
	pthread_mutex_unlock(&pool->lock);
	return all;
}

static void
record_unsent(struct pool *pool, struct study *study, const struct item *item)
{
	struct report_instance event = result_unsent(item);
	struct journal_result known;

	if (item->finished)
		return;
	/* It was sent before, by a worker that has ended. */
	if (item->unanswered || item->repeated) {
		known = result_to_record(item, &event, true);
		tally_record(pool->tally, &known, 1);
	}
	tally_finish(pool->tally, study, &event);
}

void
pool_finish_rest(struct pool *pool)
{
	while (pool->first) {
		struct unit *unit = take_out(pool, &pool->first);

		for (size_t i = 0; i < unit->count; i++)
			record_unsent(pool, unit->study, &unit->items[i]);
		unit_free(unit);
	}
}

void
pool_free(struct pool *pool)
{
	if (!pool)
		return;
	while (pool->first)
		unit_free(take_out(pool, &pool->first));
	pthread_cond_destroy(&pool->walk);
	pthread_cond_destroy(&pool->work);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

/* --- for the workers */

void
pool_enter(struct pool *pool, unsigned workers)
{
	pthread_mutex_lock(&pool->lock);
	pool->live += workers;
	pool->trying += workers;
	pthread_mutex_unlock(&pool->lock);
}

enum pool_result
pool_await(struct pool *pool, int worker, struct plan *plan, struct deadline deadline)
{
	struct unit **link;
	enum pool_result result;

	pthread_mutex_lock(&pool->lock);
	result = wait_unit(pool, worker, find_spare, deadline, &link);
	if (result == POOL_UNIT) {
		*plan = (*link)->plan->plan;
		pool->coming |= worker_bit(worker);
		pool->being_opened |= worker_bit(worker);
	}
	pthread_mutex_unlock(&pool->lock);
	return result;
}

void
pool_opened(struct pool *pool, int worker, bool stands)
{
	pthread_mutex_lock(&pool->lock);
	/* An opened association has not taken its unit yet: until then no other worker opens one for the
	 * same unit. */
	if (!stands)
		pool->coming &= ~worker_bit(worker);
	pool->being_opened &= ~worker_bit(worker);
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
}

enum pool_result
pool_take(struct pool *pool, int worker, struct unit **out, struct deadline deadline)
{
	struct unit **link;
	enum pool_result result;

	*out = NULL;
	pthread_mutex_lock(&pool->lock);
	pool->coming |= worker_bit(worker);
	result = wait_unit(pool, worker, find_next, deadline, &link);
	pool->coming &= ~worker_bit(worker);
	if (result == POOL_UNIT) {
		*out = take_out(pool, link);
		pool->out++;
		if (!(*out)->free_to_any)
			claim_study(pool, (*out)->study, worker);
	}
	pthread_mutex_unlock(&pool->lock);
	return result;
}

void
pool_done(struct pool *pool, struct unit *unit)
{
	/* The study may be freed: the tally frees it with its last result. */
	pthread_mutex_lock(&pool->lock);
	pool->out--;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	unit_free(unit);
}

static void
drop_finished(struct unit *unit)
{
	size_t kept = 0;

	for (size_t i = 0; i < unit->count; i++) {
		if (unit->items[i].finished)
			instance_clear(&unit->items[i].instance);
		else
			unit->items[kept++] = unit->items[i];
	}
	unit->count = kept;
}

void
pool_return(struct pool *pool, struct unit *unit)
{
	drop_finished(unit);
	if (unit->count == 0) {
		pool_done(pool, unit);
		return;
	}
	pthread_mutex_lock(&pool->lock);
	unit->next = pool->first;
	if (!unit->next)
		pool->tail = &unit->next;
	pool->first = unit;
	count_in(pool, unit);
	pool->out--;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
}

void
pool_give_up(struct pool *pool, const struct err *why)
{
	bool last;

	pthread_mutex_lock(&pool->lock);
	if (why)
		pool->cause = *why;
	last = --pool->trying == 0;
	pthread_mutex_unlock(&pool->lock);
	if (last)
		tally_end(pool->tally, &pool->cause);
}

void
pool_leave(struct pool *pool, int worker)
{
	pthread_mutex_lock(&pool->lock);
	pool->left |= worker_bit(worker);
	pool->coming &= ~worker_bit(worker);
	pool->live--;
	pthread_cond_broadcast(&pool->work);
	pthread_cond_broadcast(&pool->walk);
	pthread_mutex_unlock(&pool->lock);
}
