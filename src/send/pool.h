/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the walk and the workers share: units that wait to be sent, which worker may take which unit, and
 * which workers have an association. It is bounded: putting waits while more than POOL_ITEMS instances are
 * in it. A study stays with the worker that began it, as long as that worker runs. What a worker loses it
 * gives back, to be taken next. There is one lock, held only for short operations; any thread may call.
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

/* It asks the tally whether the run is over; no wait lasts longer than that. NULL: no memory. */
struct pool *pool_new(struct tally *tally, struct err *err);

/* Frees what is left in it, too, after the workers have ended. The studies of that must still exist. */
void pool_free(struct pool *pool);

/* --- for the walk */

/* Append a list of units, in order. Waits for room at most until the deadline (an interrupt also ends the
 * wait), then appends anyway if `force` is set. False: not appended, the caller still owns the list. */
bool pool_put(struct pool *pool, struct unit *units, bool force, struct deadline deadline);

/* No more units will be put. */
void pool_close(struct pool *pool);

/* Wait for all workers to end, at most until the deadline. True: they have ended, or none was started. */
bool pool_wait(struct pool *pool, struct deadline deadline);

/* After the workers have ended: what is left is reported and recorded as not sent. */
void pool_finish_rest(struct pool *pool);

/* --- for the workers */

/* This many workers begin, numbered from 0; call it before the first of them calls anything else. */
void pool_enter(struct pool *pool, unsigned workers);

enum pool_result {
	POOL_UNIT,
	POOL_IDLE, /* the deadline passed with nothing to take */
	POOL_OVER, /* closed, nothing left and nothing can come back; or the run is over */
};

/*
 * For a worker without an association: wait until there is a unit for which no other worker waits in
 * pool_take or is opening an association, and copy its plan into *plan. The worker counts as opening until
 * it calls pool_opened and, if an association was opened, until its next pool_take returns. It may then
 * take another unit, with another plan.
 */
enum pool_result pool_await(struct pool *pool, int worker, struct plan *plan, struct deadline deadline);

/* An association was opened, or was not. */
void pool_opened(struct pool *pool, int worker, bool stands);

/* Take a unit that this worker may have: it becomes the study's worker. Units of a study that it already
 * has come first, then the others in order. The unit is out until pool_done or pool_return. */
enum pool_result pool_take(struct pool *pool, int worker, struct unit **out, struct deadline deadline);

/* All of the unit is finished: free it. Its study may be freed already. */
void pool_done(struct pool *pool, struct unit *unit);

/* Give back what is not finished, to be drawn next. */
void pool_return(struct pool *pool, struct unit *unit);

/* A worker ends because it gets no association; NULL: it makes way for others. The run ends when the last
 * one does so, with the last cause. */
void pool_give_up(struct pool *pool, const struct err *why);

/* The worker ends and takes nothing more: any worker may have its studies. It must give back what it has
 * taken before. */
void pool_leave(struct pool *pool, int worker);

#endif
