/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/crew.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/wait.h"
#include "send/cond.h"

struct hand {
	struct crew *crew;
	int number;
	pthread_t thread;
};

struct crew {
	const struct send_job *job;
	void (*work)(struct crew *crew, int number);
	struct tally *tally;
	struct queue *queue;
	uint64_t wire_bytes; /* atomic */
	unsigned in_flight;  /* objects; atomic */

	pthread_mutex_t lock;
	pthread_cond_t ended; /* a worker has */
	struct hand *hands;
	unsigned started;  /* workers */
	unsigned live;	   /* of them, not yet ended */
	unsigned hopeful;  /* of them, not given up */
	unsigned opened;   /* associations so far */
	unsigned standing; /* now */
	struct err cause, refusal, despair; /* the last: why the last that gave up did */
};

struct crew *
crew_new(const struct send_job *job, struct tally *tally, struct queue *queue, struct err *err)
{
	struct crew *crew = calloc(1, sizeof *crew);

	if (!crew || !(crew->hands = calloc(job->associations, sizeof *crew->hands)) ||
	    pthread_mutex_init(&crew->lock, NULL))
		goto failed;
	if (cond_init(&crew->ended))
		goto no_cond;
	crew->job = job;
	crew->tally = tally;
	crew->queue = queue;
	return crew;
no_cond:
	pthread_mutex_destroy(&crew->lock);
failed:
	if (crew)
		free(crew->hands);
	free(crew);
	err_nomem(err);
	return NULL;
}

static void *
live(void *arg)
{
	struct hand *hand = arg;
	struct crew *crew = hand->crew;

	crew->work(crew, hand->number);
	queue_leave(crew->queue, hand->number);
	pthread_mutex_lock(&crew->lock);
	crew->live--;
	pthread_cond_broadcast(&crew->ended);
	pthread_mutex_unlock(&crew->lock);
	return NULL;
}

/* Fewer workers than asked for are enough. */
int
crew_start(struct crew *crew, void (*work)(struct crew *crew, int number), struct err *err)
{
	int errnum = 0;

	if (crew->started > 0)
		return 0;
	crew->work = work;
	pthread_mutex_lock(&crew->lock);
	while (crew->started < crew->job->associations && !errnum) {
		struct hand *hand = &crew->hands[crew->started];

		hand->crew = crew;
		hand->number = (int)crew->started;
		errnum = pthread_create(&hand->thread, NULL, live, hand);
		crew->started += !errnum;
	}
	crew->live = crew->started;
	crew->hopeful = crew->started;
	pthread_mutex_unlock(&crew->lock);
	return crew->started ? 0 : err_set(err, ERR_INTERNAL, "cannot start a thread: %s", strerror(errnum));
}

bool
crew_wait(struct crew *crew, struct deadline deadline)
{
	struct timespec until = { .tv_sec = deadline.at_ms / 1000,
		.tv_nsec = deadline.at_ms % 1000 * 1000000 };
	bool all;
	int rc = 0;

	pthread_mutex_lock(&crew->lock);
	while (crew->live > 0 && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&crew->ended, &crew->lock, &until);
	all = crew->live == 0;
	pthread_mutex_unlock(&crew->lock);
	return all;
}

struct err
crew_cause(struct crew *crew)
{
	struct err cause;

	pthread_mutex_lock(&crew->lock);
	cause = crew->cause;
	pthread_mutex_unlock(&crew->lock);
	return cause;
}

struct err
crew_refusal(struct crew *crew)
{
	struct err refusal;

	pthread_mutex_lock(&crew->lock);
	refusal = crew->refusal;
	pthread_mutex_unlock(&crew->lock);
	return refusal;
}

bool
crew_context_accepted(struct crew *crew)
{
	bool accepted;

	pthread_mutex_lock(&crew->lock);
	accepted = crew->opened > 0;
	pthread_mutex_unlock(&crew->lock);
	return accepted;
}

uint64_t
crew_wire_bytes(const struct crew *crew)
{
	return __atomic_load_n(&crew->wire_bytes, __ATOMIC_RELAXED);
}

uint64_t *
crew_wire_counter(struct crew *crew)
{
	return &crew->wire_bytes;
}

unsigned
crew_in_flight(const struct crew *crew)
{
	return __atomic_load_n(&crew->in_flight, __ATOMIC_RELAXED);
}

void
crew_object_begun(struct crew *crew)
{
	__atomic_fetch_add(&crew->in_flight, 1, __ATOMIC_RELAXED);
}

void
crew_object_ended(struct crew *crew)
{
	__atomic_fetch_sub(&crew->in_flight, 1, __ATOMIC_RELAXED);
}

bool
crew_is_over(struct crew *crew)
{
	bool over;

	pthread_mutex_lock(&crew->lock);
	over = crew->cause.kind != ERR_NONE;
	pthread_mutex_unlock(&crew->lock);
	return over || interrupt_signal();
}

void
crew_free(struct crew *crew)
{
	if (!crew)
		return;
	for (unsigned i = 0; i < crew->started; i++)
		pthread_join(crew->hands[i].thread, NULL);
	pthread_cond_destroy(&crew->ended);
	pthread_mutex_destroy(&crew->lock);
	free(crew->hands);
	free(crew);
}

const struct send_job *
crew_job(const struct crew *crew)
{
	return crew->job;
}

struct tally *
crew_tally(const struct crew *crew)
{
	return crew->tally;
}

struct queue *
crew_queue(const struct crew *crew)
{
	return crew->queue;
}

unsigned
crew_opened(struct crew *crew, bool *first)
{
	unsigned number;

	pthread_mutex_lock(&crew->lock);
	number = ++crew->opened;
	crew->standing++;
	pthread_mutex_unlock(&crew->lock);
	*first = number == 1;
	return number;
}

void
crew_closed(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	crew->standing--;
	pthread_mutex_unlock(&crew->lock);
}

bool
crew_others_stand(struct crew *crew, bool own)
{
	bool stand;

	pthread_mutex_lock(&crew->lock);
	stand = crew->standing > (unsigned)own;
	pthread_mutex_unlock(&crew->lock);
	return stand;
}

bool
crew_has_more(struct crew *crew, const struct study *study)
{
	return tally_study_is_open(crew->tally, study) || queue_has_more(crew->queue, study);
}

static void
keep_first(struct err *kept, const struct err *why)
{
	if (kept->kind == ERR_NONE)
		*kept = *why;
}

void
crew_refused(struct crew *crew, const struct err *why)
{
	pthread_mutex_lock(&crew->lock);
	keep_first(&crew->refusal, why);
	pthread_mutex_unlock(&crew->lock);
}

void
crew_end(struct crew *crew, const struct err *why)
{
	pthread_mutex_lock(&crew->lock);
	/* What became of an object is lost with the journal: nothing is worse. */
	if (why->kind == ERR_JOURNAL && crew->cause.kind != ERR_JOURNAL)
		crew->cause.kind = ERR_NONE;
	keep_first(&crew->cause, why);
	pthread_mutex_unlock(&crew->lock);
	queue_stop(crew->queue);
}

void
crew_give_up(struct crew *crew, const struct err *why)
{
	bool last;

	pthread_mutex_lock(&crew->lock);
	if (why)
		crew->despair = *why;
	last = --crew->hopeful == 0;
	if (last)
		keep_first(&crew->cause, &crew->despair);
	pthread_mutex_unlock(&crew->lock);
	if (last)
		queue_stop(crew->queue);
}
