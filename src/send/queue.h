/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Units between the walk and the workers. Bounded: who puts waits while more
 * than QUEUE_ITEMS instances are in it. A study stays with the worker that
 * began it, while that one lives. What a worker loses it gives back, and it is
 * next. Own lock; any thread.
 */
#ifndef MTLS_SEND_QUEUE_H
#define MTLS_SEND_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/wait.h"
#include "send/study.h"

#define QUEUE_ITEMS 2000
#define QUEUE_WORKERS_MAX 64 /* workers are numbered from 0 */

struct queue;

/* NULL: without memory. */
struct queue *queue_new(struct err *err);

/* Append a list of units, in order. Waits for room at most until the deadline (an
 * interrupt ends the wait too), then appends all the same if `force`.
 * False: not appended, the list is the caller's still. */
bool queue_put(struct queue *queue, struct unit *units, bool force, struct deadline deadline);

/* Nothing more will be put. */
void queue_close(struct queue *queue);

/* The run ends: whoever waits gets QUEUE_OVER. Units stay for queue_drain. */
void queue_stop(struct queue *queue);

enum queue_result {
	QUEUE_UNIT,
	QUEUE_IDLE, /* the deadline passed with nothing to draw, or an interrupt came */
	QUEUE_OVER, /* closed, nothing left and nothing can come back; or stopped */
};

/*
 * For a worker without association: wait until there is a unit for which no
 * other worker waits in queue_take or is opening one, and copy its plan into
 * *plan. The worker counts as opening until it calls queue_opened (however it
 * went). It may draw another unit in the end, of another plan.
 */
enum queue_result queue_await(struct queue *queue, int worker, struct plan *plan, struct deadline deadline);
void queue_opened(struct queue *queue, int worker);

/* Draw a unit that this worker may have: it becomes its study's worker. First one
 * of a study that it has already, then in order. It counts as out until
 * queue_done or queue_return. */
enum queue_result queue_take(struct queue *queue, int worker, struct unit **out, struct deadline deadline);

/* Do units of the study wait? */
bool queue_has_more(struct queue *queue, const struct study *study);

/* All of the unit is settled: free it and its share of the plan. Its study may be freed already. */
void queue_done(struct queue *queue, struct unit *unit);

/* Give back what is not settled, to be drawn next. */
void queue_return(struct queue *queue, struct unit *unit);

/* The worker ends and draws nothing more: its studies are anybody's. What it has
 * out it gives back before. */
void queue_leave(struct queue *queue, int worker);

/* After the workers have ended: take out what is left, one by one; NULL: none.
 * Without plan; to be ended by unit_free or queue_done. */
struct unit *queue_drain(struct queue *queue);

/* With what is left in it. Studies of that must be there still. */
void queue_free(struct queue *queue);

#endif
