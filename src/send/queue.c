/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/queue.h"

#include "send/cond.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#define GIVE_WAY_MS 500 /* without work, while another worker is opening an association for some */
#define SLICE_MS 100 /* how long an interrupt may go unseen: signals wake no condition */

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t work; /* something changed for those who look for a unit */
	pthread_cond_t room; /* something changed for who puts */
	struct unit *first, **tail;
	size_t items;		       /* in the units that wait */
	size_t own[QUEUE_WORKERS_MAX]; /* units that wait for this worker */
	size_t out;		       /* units with workers */
	uint64_t coming;	       /* workers in queue_take or opening, a bit each */
	uint64_t opening;	       /* workers between queue_await and queue_opened, likewise */
	uint64_t left;		       /* workers that have ended, likewise */
	bool closed, stopped;
};

static uint64_t
bit(int worker)
{
	return UINT64_C(1) << worker;
}

struct queue *
queue_new(struct err *err)
{
	struct queue *queue = calloc(1, sizeof *queue);

	if (!queue)
		goto failed;
	queue->tail = &queue->first;
	if (pthread_mutex_init(&queue->lock, NULL))
		goto no_lock;
	if (cond_init(&queue->work))
		goto no_work;
	if (cond_init(&queue->room))
		goto no_room;
	return queue;
no_room:
	pthread_cond_destroy(&queue->work);
no_work:
	pthread_mutex_destroy(&queue->lock);
no_lock:
	free(queue);
failed:
	err_nomem(err);
	return NULL;
}

/* --- with the lock held */

/* Who alone may have the unit; -1: anybody. */
static int
unit_owner(const struct queue *queue, const struct unit *unit)
{
	int worker = unit->study->worker;

	if (unit->free_to_any || worker < 0 || queue->left & bit(worker))
		return -1;
	return worker;
}

static void
count_in(struct queue *queue, const struct unit *unit)
{
	queue->items += unit->count;
	unit->study->waiting++;
	if (unit->free_to_any)
		return;
	unit->study->queued++;
	if (unit->study->worker >= 0)
		queue->own[unit->study->worker]++;
}

static void
count_out(struct queue *queue, const struct unit *unit)
{
	queue->items -= unit->count;
	unit->study->waiting--;
	if (unit->free_to_any)
		return;
	unit->study->queued--;
	if (unit->study->worker >= 0)
		queue->own[unit->study->worker]--;
}

/* The rest of the study follows to this worker. */
static void
claim(struct queue *queue, struct study *study, int worker)
{
	if (study->worker >= 0)
		queue->own[study->worker] -= study->queued;
	study->worker = worker;
	queue->own[worker] += study->queued;
}

static struct unit *
take_out(struct queue *queue, struct unit **link)
{
	struct unit *unit = *link;

	*link = unit->next;
	if (!*link)
		queue->tail = link;
	unit->next = NULL;
	count_out(queue, unit);
	queue->out++;
	if (queue->items <= QUEUE_ITEMS)
		pthread_cond_broadcast(&queue->room);
	return unit;
}

/* Where the list has the next unit for this worker; NULL: none. */
static struct unit **
find_next(struct queue *queue, int worker)
{
	bool own = queue->own[worker] > 0;

	for (struct unit **link = &queue->first; *link; link = &(*link)->next) {
		int owner = unit_owner(queue, *link);

		if (owner == worker || (owner < 0 && !own))
			return link;
	}
	return NULL;
}

/* How many others, waiting or opening an association, are about to draw what is anybody's. */
static size_t
count_coming(const struct queue *queue, int worker)
{
	size_t count = 0;

	for (int i = 0; i < QUEUE_WORKERS_MAX; i++)
		count += i != worker && queue->coming & bit(i) && queue->own[i] == 0;
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
 * Where the list has a unit that would be left for this worker if each of those
 * that are coming drew one before; NULL: none. Units that stay together are
 * one, for whoever draws the first of them has them all.
 */
static struct unit **
find_spare(struct queue *queue, int worker)
{
	const struct study *spoken_for[QUEUE_WORKERS_MAX];
	size_t coming = count_coming(queue, worker);
	size_t count = 0;

	if (queue->own[worker] > 0)
		return find_next(queue, worker);
	for (struct unit **link = &queue->first; *link; link = &(*link)->next) {
		const struct unit *unit = *link;

		if (unit_owner(queue, unit) >= 0 ||
			(!unit->free_to_any && is_among(unit->study, spoken_for, count)))
			continue;
		if (count == coming)
			return link;
		spoken_for[count++] = unit->free_to_any ? NULL : unit->study;
	}
	return NULL;
}

/* Wait for a change, or a slice. False: the deadline passed, or an interrupt came. */
static bool
wait_slice(struct queue *queue, pthread_cond_t *cond, struct deadline deadline)
{
	int left = deadline_left(deadline);
	int64_t until_us;
	struct timespec until;

	if (left == 0 || interrupt_signal())
		return false;
	until_us = clock_us() + (left < 0 || left > SLICE_MS ? SLICE_MS : left) * INT64_C(1000);
	until = (struct timespec){ until_us / 1000000, until_us % 1000000 * 1000 };
	pthread_cond_timedwait(cond, &queue->lock, &until);
	return true;
}

/* With nothing to draw, an association may stand in the way of one that is wanted:
 * there are receivers that take one at a time. */
static bool
is_in_the_way(const struct queue *queue, struct deadline patience)
{
	return queue->opening && deadline_passed(patience);
}

/* Wait until find has something for the worker. */
static enum queue_result
wait_unit(struct queue *queue, int worker, struct unit **(*find)(struct queue *, int),
	struct deadline deadline, struct unit ***link)
{
	struct deadline patience = deadline_in(find == find_next ? GIVE_WAY_MS : WAIT_FOREVER);

	for (;;) {
		if (queue->stopped || (queue->closed && !queue->first && queue->out == 0))
			return QUEUE_OVER;
		if (interrupt_signal())
			return QUEUE_IDLE;
		*link = find(queue, worker);
		if (*link)
			return QUEUE_UNIT;
		if (is_in_the_way(queue, patience) || !wait_slice(queue, &queue->work, deadline))
			return QUEUE_IDLE;
	}
}

/* --- without */

bool
queue_put(struct queue *queue, struct unit *units, bool force, struct deadline deadline)
{
	bool fits;

	pthread_mutex_lock(&queue->lock);
	while (queue->items > QUEUE_ITEMS && !queue->stopped && wait_slice(queue, &queue->room, deadline))
		;
	fits = force || queue->items <= QUEUE_ITEMS;
	if (fits) {
		*queue->tail = units;
		for (; units; units = units->next) {
			count_in(queue, units);
			queue->tail = &units->next;
		}
		pthread_cond_broadcast(&queue->work);
	}
	pthread_mutex_unlock(&queue->lock);
	return fits;
}

/* Set a flag that those who wait are to see. */
static void
raise_flag(struct queue *queue, bool *flag)
{
	pthread_mutex_lock(&queue->lock);
	*flag = true;
	pthread_cond_broadcast(&queue->work);
	pthread_cond_broadcast(&queue->room);
	pthread_mutex_unlock(&queue->lock);
}

void
queue_close(struct queue *queue)
{
	raise_flag(queue, &queue->closed);
}

void
queue_stop(struct queue *queue)
{
	raise_flag(queue, &queue->stopped);
}

enum queue_result
queue_await(struct queue *queue, int worker, struct plan *plan, struct deadline deadline)
{
	struct unit **link;
	enum queue_result result;

	pthread_mutex_lock(&queue->lock);
	result = wait_unit(queue, worker, find_spare, deadline, &link);
	if (result == QUEUE_UNIT) {
		*plan = (*link)->plan->plan;
		queue->coming |= bit(worker);
		queue->opening |= bit(worker);
	}
	pthread_mutex_unlock(&queue->lock);
	return result;
}

void
queue_opened(struct queue *queue, int worker)
{
	pthread_mutex_lock(&queue->lock);
	queue->coming &= ~bit(worker);
	queue->opening &= ~bit(worker);
	pthread_cond_broadcast(&queue->work);
	pthread_mutex_unlock(&queue->lock);
}

enum queue_result
queue_take(struct queue *queue, int worker, struct unit **out, struct deadline deadline)
{
	struct unit **link;
	enum queue_result result;

	*out = NULL;
	pthread_mutex_lock(&queue->lock);
	queue->coming |= bit(worker);
	result = wait_unit(queue, worker, find_next, deadline, &link);
	queue->coming &= ~bit(worker);
	if (result == QUEUE_UNIT) {
		*out = take_out(queue, link);
		if (!(*out)->free_to_any)
			claim(queue, (*out)->study, worker);
	}
	pthread_mutex_unlock(&queue->lock);
	return result;
}

void
queue_done(struct queue *queue, struct unit *unit)
{
	/* The study may be gone: the tally forgets it with its last result. */
	pthread_mutex_lock(&queue->lock);
	unit_unshare(unit);
	queue->out--;
	pthread_cond_broadcast(&queue->work);
	pthread_mutex_unlock(&queue->lock);
	unit_free(unit);
}

static void
drop_settled(struct unit *unit)
{
	size_t kept = 0;

	for (size_t i = 0; i < unit->count; i++) {
		if (unit->items[i].settled)
			instance_clear(&unit->items[i].instance);
		else
			unit->items[kept++] = unit->items[i];
	}
	unit->count = kept;
}

void
queue_return(struct queue *queue, struct unit *unit)
{
	drop_settled(unit);
	if (unit->count == 0) {
		queue_done(queue, unit);
		return;
	}
	pthread_mutex_lock(&queue->lock);
	unit->next = queue->first;
	if (!unit->next)
		queue->tail = &unit->next;
	queue->first = unit;
	count_in(queue, unit);
	queue->out--;
	pthread_cond_broadcast(&queue->work);
	pthread_mutex_unlock(&queue->lock);
}

bool
queue_has_more(struct queue *queue, const struct study *study)
{
	bool more;

	pthread_mutex_lock(&queue->lock);
	more = study->waiting > 0;
	pthread_mutex_unlock(&queue->lock);
	return more;
}

void
queue_leave(struct queue *queue, int worker)
{
	pthread_mutex_lock(&queue->lock);
	queue->left |= bit(worker);
	queue->coming &= ~bit(worker);
	pthread_cond_broadcast(&queue->work);
	pthread_mutex_unlock(&queue->lock);
}

struct unit *
queue_drain(struct queue *queue)
{
	struct unit *unit = NULL;

	pthread_mutex_lock(&queue->lock);
	if (queue->first) {
		unit = take_out(queue, &queue->first);
		unit_unshare(unit);
	}
	pthread_mutex_unlock(&queue->lock);
	return unit;
}

void
queue_free(struct queue *queue)
{
	struct unit *unit;

	if (!queue)
		return;
	while ((unit = queue_drain(queue)))
		unit_free(unit);
	pthread_cond_destroy(&queue->room);
	pthread_cond_destroy(&queue->work);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}
