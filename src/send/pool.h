/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the walk and the workers share: units that wait to be sent, who may have
 * which, and which workers have an association. Bounded: who puts waits while more
 * than POOL_ITEMS instances are in it. A study stays with the worker that began
 * it, while that one lives. What a worker loses it gives back, and it is next.
 * One lock, held for no longer than a look at this; any thread.
 */
#ifndef MTLS_SEND_POOL_H
#define MTLS_SEND_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/wait.h"
#include "send/study.h"
#include "send/tally.h"

#define POOL_ITEMS   2000
#define POOL_WORKERS 64 /* at most; they are numbered from 0 */

struct pool;

/* It looks at the tally for whether the run is over, which nobody waits longer than. NULL: without memory. */
struct pool *pool_new(struct tally *tally, struct err *err);

/* With what is left in it, after the workers have ended. Studies of that must be there still. */
void pool_free(struct pool *pool);

/* --- for the walk */

/* Append a list of units, in order. Waits for room at most until the deadline (an
 * interrupt ends the wait too), then appends all the same if `force`.
 * False: not appended, the list is the caller's still. */
bool pool_put(struct pool *pool, struct unit *units, bool force, struct deadline deadline);

/* Nothing more will be put. */
void pool_close(struct pool *pool);

/* Wait for all workers to end, at most until the deadline. True: they have, or none began. */
bool pool_wait(struct pool *pool, struct deadline deadline);

/* After the workers have ended: what is left is told of, and recorded, as not sent. */
void pool_finish_rest(struct pool *pool);

/* --- for the workers */

/* So many workers begin, numbered from 0; all before the first of them calls anything else. */
void pool_enter(struct pool *pool, unsigned workers);

enum pool_result {
	POOL_UNIT,
	POOL_IDLE, /* the deadline passed with nothing to draw */
	POOL_OVER, /* closed, nothing left and nothing can come back; or the run is over */
};

/*
 * For a worker without association: wait until there is a unit for which no
 * other worker waits in pool_take or is opening one, and copy its plan into
 * *plan. The worker counts as opening until it calls pool_opened, and if an
 * association was opened until its next pool_take returns. It may draw another unit in
 * the end, of another plan.
 */
enum pool_result pool_await(struct pool *pool, int worker, struct plan *plan, struct deadline deadline);

/* An association was opened, or was not. */
void pool_opened(struct pool *pool, int worker, bool stands);

/* Draw a unit that this worker may have: it becomes its study's worker. First one
 * of a study that it has already, then in order. It counts as out until
 * pool_done or pool_return. */
enum pool_result pool_take(struct pool *pool, int worker, struct unit **out, struct deadline deadline);

/* All of the unit is finished: free it. Its study may be freed already. */
void pool_done(struct pool *pool, struct unit *unit);

/* Give back what is not finished, to be drawn next. */
void pool_return(struct pool *pool, struct unit *unit);

/* A worker is to leave for want of an association; NULL: it gives way to others. The
 * run ends once the last one does so, with the last of the causes. */
void pool_give_up(struct pool *pool, const struct err *why);

/* The worker ends and draws nothing more: its studies are anybody's. What it has
 * out it gives back before. */
void pool_leave(struct pool *pool, int worker);

#endif
