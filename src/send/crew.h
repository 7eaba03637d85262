/* SPDX-License-Identifier: BSD-3-Clause */
/* What the workers of one run share. */
#ifndef MTLS_SEND_CREW_H
#define MTLS_SEND_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "send/tally.h"
#include "send/queue.h"
#include "send/send.h"

struct crew;

struct crew *crew_new(const struct send_job *job, struct tally *tally, struct queue *queue,
	struct err *err);

/* Start job->associations workers, numbered from 0, once. -1 with ERR_INTERNAL. */
int crew_start(struct crew *crew, void (*work)(struct crew *crew, int number), struct err *err)
	__attribute__((warn_unused_result));

/* Wait for all workers to end (at once if none was started), at most until the
 * deadline. True: they have. */
bool crew_wait(struct crew *crew, struct deadline deadline);

/* What ended the run before its time; kind ERR_NONE if nothing did. */
struct err crew_cause(struct crew *crew);

/* A receiver that takes no context of some plan: not the run's end, but the
 * cause if nothing else is. ERR_NONE likewise. */
struct err crew_refusal(struct crew *crew);

bool crew_context_accepted(struct crew *crew);
uint64_t crew_wire_bytes(const struct crew *crew);

/* How many objects are on their way: being sent, or their answer is due. */
unsigned crew_in_flight(const struct crew *crew);

/* Is the run to end: a cause, or an interrupt? */
bool crew_is_over(struct crew *crew);

/* After crew_wait was true. */
void crew_free(struct crew *crew);

/* --- for the workers */

const struct send_job *crew_job(const struct crew *crew);
struct tally *crew_tally(const struct crew *crew);
struct queue *crew_queue(const struct crew *crew);
uint64_t *crew_wire_counter(struct crew *crew);

/* An association was opened: its number in the run, from 1. *first: none was before. */
unsigned crew_opened(struct crew *crew, bool *first);

/* It ended. */
void crew_closed(struct crew *crew);

/* An object begins to go out; it has its answer, or none is to come. */
void crew_object_begun(struct crew *crew);
void crew_object_ended(struct crew *crew);

/* Does an association of another worker stand? own: the caller has one itself. */
bool crew_others_stand(struct crew *crew, bool own);

/* Is there more to come of the study: from the walk, or in the queue? */
bool crew_has_more(struct crew *crew, const struct study *study);

/* All contexts were refused. */
void crew_refused(struct crew *crew, const struct err *why);

/* End the run: nothing more is begun. The first cause counts. */
void crew_end(struct crew *crew, const struct err *why);

/* A worker leaves for want of an association; NULL: it gives way to others. The
 * run ends once the last worker has left so, with the last of the causes. */
void crew_give_up(struct crew *crew, const struct err *why);

#endif
