/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/wait.h"
#include "dicom/status.h"
#include "net/history.h"
#include "send/event.h"
#include "send/exchange.h"

#define LATER_MS       100 /* between two checks whether a study is complete */
#define ABORTS_AT_ONCE 2 /* in a row, after which the next association does not wait */
#define ABORTS_MAX     20 /* in a row: ten objects with two aborts each */

struct worker {
	const struct send_job *job;
	struct pool *pool;
	struct tally *tally;
	int number;
	unsigned *standing; /* associations of all workers now; atomic */
	pthread_t thread;

	struct association_request request;
	struct plan plan; /* proposed on the current or the last association */
	struct exchange exchange; /* includes the association, if there is one */
	bool ever_open;
	bool refused; /* the receiver accepts none of plan */
	unsigned aborts; /* in a row, with nothing answered in between */
	bool progress; /* something was answered since an item was given up */
	struct retry retry;
	struct err first; /* the first of the failures in a row: the cause, if they end the run */

	struct unit *unit; /* being sent */
	struct unit *later; /* units with only repetitions, which wait for the rest of their studies */
	int64_t idle_since_ms; /* for these: 0, or when there was first nothing to take */
	bool idle;	       /* for so long that they no longer wait */
};

/* --- the association itself */

static void
association_end(struct worker *worker, bool lost)
{
	struct association *assoc = worker->exchange.assoc;
	struct err err = ERR_INIT;

	if (!assoc)
		return;
	if (lost)
		worker->job->driver->abort(assoc);
	else if (worker->job->driver->release(assoc, &err) < 0)
		tally_tell(worker->tally, TELL_NOTE, err.text);
	worker->exchange.assoc = NULL;
	__atomic_fetch_sub(worker->standing, 1, __ATOMIC_RELAXED);
}

/* The warnings are the same on every association: given on the first. Returns its number. */
static unsigned
emit_association(struct worker *worker, const struct association_facts *facts)
{
	struct report_association event = association_event(&worker->request, facts);
	unsigned number = tally_association(worker->tally, &event);

	if (number == 1) {
		association_warn(tally_lock(worker->tally), worker->job->expiry, &worker->request, facts);
		tally_unlock(worker->tally);
	}
	return number;
}

static bool
some_stand(const struct worker *worker)
{
	return __atomic_load_n(worker->standing, __ATOMIC_RELAXED) > 0;
}

/* Open an association for worker->plan. */
static int
association_begin(struct worker *worker, struct err *err)
{
	struct association_facts facts;
	struct association *assoc;

	worker->request.plan = &worker->plan;
	assoc = worker->job->driver->open(&worker->request, &facts, err);
	if (assoc)
		__atomic_fetch_add(worker->standing, 1, __ATOMIC_RELAXED);
	pool_opened(worker->pool, worker->number, assoc != NULL);
	if (!assoc)
		return -1;
	worker->ever_open = true;
	if (exchange_begin(&worker->exchange, assoc, emit_association(worker, &facts), facts.window,
		err) == 0)
		return 0;
	association_end(worker, true);
	return -1;
}

/* --- a worker's loop */

enum next { GO_ON, LEAVE };

/* An A-ABORT with something in flight comes from a receiver that is well; two of them finish
 * an item, so it needs no counting, and no pause either unless it aborts on everything. */
static bool
aborts_in_flight(struct worker *worker, const struct err *why, bool in_flight, int64_t *delay_ms)
{
	const struct retry_rules *rules = &worker->job->retry;

	if (rules->retries == 0 || !in_flight || why->kind != ERR_ABORTED ||
	    !(why->detail & STATUS_ABORT_RECEIVED))
		return false;
	if (++worker->aborts > ABORTS_AT_ONCE)
		*delay_ms = rules->delay_ms;
	return true;
}

/* It aborts on everything it gets, and would do so on the rest. */
static bool
aborts_on_all(const struct worker *worker, const struct err *why, struct err *end)
{
	if (worker->aborts < ABORTS_MAX)
		return false;
	*end = *why;
	err_wrap(end, "the receiver answered nothing on %u associations in a row and aborted each with an "
		"object in flight", worker->aborts);
	end->retryable = RETRY_NEVER;
	return true;
}

/* Closes without an alert count as the same, even if one is a reset. */
static bool
is_same(const struct err *a, const struct err *b)
{
	return strcmp(a->text, b->text) == 0 ||
		(a->kind == b->kind && a->kind != ERR_ABORTED && a->retryable == RETRY_POSSIBLE &&
			b->retryable == RETRY_POSSIBLE);
}

/* The last failure comes first, then the first one. This ends the run only if it was the last association:
 * then it is reported as that. */
static void
give_up(struct worker *worker, const struct err *last, unsigned tries)
{
	struct err cause = *last;
	char text[1200];

	if (tries > 1 && is_same(last, &worker->first))
		text_format(cause.text, sizeof cause.text, "%s (%u times in a row)", last->text, tries);
	else if (tries > 1)
		text_format(cause.text, sizeof cause.text, "%s (the last of %u failures in a row). The first "
			"was: %s", last->text, tries, worker->first.text);
	if (some_stand(worker)) {
		text_format(text, sizeof text, "giving up an association, the others take over its work: "
			"%s", cause.text);
		tally_tell(worker->tally, TELL_NOTE, text);
	}
	pool_give_up(worker->pool, &cause);
}

/* Wait before the next attempt. False: --max-time ends the run first. */
static bool
wait_for_next(struct worker *worker, const struct report_retry *event)
{
	struct deadline limit = worker->job->request.endpoint->limit;

	tally_retry(worker->tally, event);
	if (event->delay_ms > 0)
		(void)wait_fd(-1, 0, deadline_earlier(deadline_in(event->delay_ms), limit), true);
	return !deadline_passed(limit);
}

/* Wait for the next attempt, or leave if there is none. in_flight: something was in flight. */
static enum next
try_again(struct worker *worker, const struct err *why, bool in_flight, size_t unanswered)
{
	const struct send_job *job = worker->job;
	struct report_retry event = { .what = "the association", .why = why, .of = job->retry.retries,
		.comment = "", .unanswered = unanswered };
	bool again = aborts_in_flight(worker, why, in_flight, &event.delay_ms);
	unsigned tries = worker->retry.count + !again;
	struct err end;

	if (tally_is_over(worker->tally))
		return LEAVE;
	if (again && aborts_on_all(worker, why, &end)) {
		give_up(worker, &end, 1);
		return LEAVE;
	}
	if (worker->retry.count == 0)
		worker->first = *why;
	if (!again && retry_may_help(why) && !deadline_passed(job->request.endpoint->limit))
		again = retry_next(&worker->retry, &job->retry, (uint32_t)clock_us(), clock_ms(),
			&event.delay_ms);
	event.attempt = worker->retry.count;
	/* Start counting failures again. */
	if (again && tally_is_finished(worker->tally))
		return GO_ON;
	/* Closes that look like a refusal of our certificate count as such until something else is
	 * observed. */
	if (again && why->kind != ERR_CLIENT_REJECTED)
		history_note_failure(job->request.endpoint->history);
	if (again && wait_for_next(worker, &event))
		return GO_ON;
	give_up(worker, why, tries);
	return LEAVE;
}

/* No association could be opened. A worker that never had one makes way if another association is open: the
 * receiver may accept only one at a time. */
static enum next
not_opened(struct worker *worker, struct err *why)
{
	char text[1200];

	if (interrupt_ends_waits())
		return LEAVE;
	if (why->kind == ERR_NO_CONTEXT) {
		worker->refused = true;
		tally_refused(worker->tally, why);
		return GO_ON;
	}
	if (worker->ever_open || !some_stand(worker))
		return try_again(worker, why, false, 0);
	text_format(text, sizeof text, "another association was not accepted; continuing with those that "
		"are open: %s", why->text);
	tally_tell(worker->tally, TELL_NOTE, text);
	pool_give_up(worker->pool, NULL);
	return LEAVE;
}

static void
give_back(struct worker *worker)
{
	pool_return(worker->pool, worker->unit);
	worker->unit = NULL;
}

/* Only items to be repeated are left: they wait until their study is complete. */
static bool
postpone(struct worker *worker)
{
	struct unit *unit = worker->unit;

	for (size_t i = 0; i < unit->count; i++) {
		if (!unit->items[i].finished) {
			unit->next = worker->later;
			worker->later = unit;
			return true;
		}
	}
	return false;
}

/* Without an association they are like any others. */
static void
give_back_later(struct worker *worker)
{
	while (worker->later) {
		worker->unit = worker->later;
		worker->later = worker->unit->next;
		give_back(worker);
	}
}

/* A unit that was postponed and whose study is complete. */
static struct unit *
take_postponed(struct worker *worker)
{
	for (struct unit **link = &worker->later; *link; link = &(*link)->next) {
		worker->unit = *link;
		if (!worker->idle && study_has_more(worker->unit->study))
			continue;
		*link = worker->unit->next;
		return worker->unit;
	}
	return worker->unit = NULL;
}

/* What the answers, or their absence, show about the receiver. */
static void
note_outcome(struct worker *worker, const struct exchange_outcome *outcome)
{
	if (outcome->answered)
		worker->aborts = 0;
	if (outcome->served) {
		worker->retry.count = 0;
		worker->progress = true;
	}
	if (!outcome->given_up)
		return;
	/* That item may have been the cause: start counting again for the next one, but not without limit. */
	if (worker->progress)
		worker->retry.count = 0;
	worker->progress = false;
}

/* Send the unit; if the association ends, give back what is left of it. */
static enum next
send_unit(struct worker *worker)
{
	const struct exchange_outcome *outcome = &worker->exchange.outcome;
	struct err err = ERR_INIT;
	int rv;

	worker->exchange.hold_back = !worker->idle;
	rv = exchange_carry(&worker->exchange, worker->unit, &err);
	note_outcome(worker, outcome);
	if (rv == 0) {
		if (tally_is_over(worker->tally))
			give_back(worker);
		else if (!postpone(worker))
			pool_done(worker->pool, worker->unit);
		worker->unit = NULL;
		return GO_ON;
	}
	association_end(worker, !outcome->exhausted);
	give_back(worker);
	give_back_later(worker);
	if (err.kind == ERR_NO_INPUT || err.kind == ERR_INTERNAL)
		return GO_ON;
	return try_again(worker, &err, outcome->in_flight, outcome->unanswered);
}

/* There is nothing to take. Repetitions wait for an idle walk at most as long as --idle-timeout; then the
 * association is released. */
static enum next
when_idle(struct worker *worker)
{
	if (worker->later && worker->idle_since_ms == 0)
		worker->idle_since_ms = clock_ms();
	worker->idle = worker->later && clock_ms() - worker->idle_since_ms >= worker->job->idle_timeout;
	if (worker->later)
		return GO_ON;
	association_end(worker, false);
	worker->refused = false;
	return GO_ON;
}

/* The association, if any, was opened for plan; can it carry this plan's unit? */
static enum next
draw_unit(struct worker *worker)
{
	int64_t timeout_ms = worker->refused ? 0 : worker->job->idle_timeout;

	if (take_postponed(worker))
		return send_unit(worker);
	if (worker->later)
		timeout_ms = LATER_MS;
	switch (pool_take(worker->pool, worker->number, &worker->unit, deadline_in(timeout_ms))) {
	case POOL_OVER:
		return LEAVE;
	case POOL_IDLE:
		return when_idle(worker);
	case POOL_UNIT:
		worker->idle_since_ms = 0;
		worker->idle = false;
		break;
	}
	if (!plan_covers(&worker->plan, &worker->unit->plan->plan)) {
		give_back(worker);
		give_back_later(worker);
		association_end(worker, false);
		worker->refused = false;
		return GO_ON;
	}
	if (!worker->refused)
		return send_unit(worker);
	exchange_refuse(&worker->exchange, worker->unit, &worker->plan);
	pool_done(worker->pool, worker->unit);
	worker->unit = NULL;
	return GO_ON;
}

/* Open an association for the waiting work, with the contexts of the last one too, if they fit. */
static enum next
open_for_work(struct worker *worker)
{
	struct plan needed;
	struct err err = ERR_INIT;

	if (pool_await(worker->pool, worker->number, &needed, deadline_never()) == POOL_OVER)
		return LEAVE;
	if (!plan_merge(&worker->plan, &needed))
		worker->plan = needed;
	return association_begin(worker, &err) < 0 ? not_opened(worker, &err) : GO_ON;
}

static void *
run_worker(void *arg)
{
	struct worker *worker = arg;
	enum next next = GO_ON;

	while (next == GO_ON && !tally_is_over(worker->tally))
		next = worker->exchange.assoc || worker->refused ? draw_unit(worker) : open_for_work(worker);
	give_back_later(worker);
	association_end(worker, false);
	pool_leave(worker->pool, worker->number);
	return NULL;
}

/* --- all of them */

struct workers {
	unsigned count;
	unsigned standing; /* associations; atomic */
	struct worker list[];
};

/* Returns an errno, 0 if the next worker runs. */
static int
start_worker(struct workers *workers, const struct send_job *job, struct pool *pool, struct tally *tally)
{
	struct worker *worker = &workers->list[workers->count];
	struct err err = ERR_INIT;
	int errnum = ENOMEM;

	worker->job = job;
	worker->pool = pool;
	worker->tally = tally;
	worker->number = (int)workers->count;
	worker->standing = &workers->standing;
	worker->progress = true; /* the first object has as many tries as any other */
	worker->plan.rules = job->rules;
	worker->request = job->request;
	worker->request.wire_bytes = tally_wire_bytes(tally);
	if (exchange_init(&worker->exchange, job, tally, &err) == 0)
		errnum = pthread_create(&worker->thread, NULL, run_worker, worker);
	if (errnum)
		exchange_clear(&worker->exchange);
	else
		workers->count++;
	return errnum;
}

struct workers *
workers_start(const struct send_job *job, struct pool *pool, struct tally *tally, struct err *err)
{
	unsigned wanted = job->associations;
	struct workers *workers = calloc(1, sizeof *workers + wanted * sizeof workers->list[0]);
	int errnum = 0;

	if (!workers) {
		err_nomem(err);
		return NULL;
	}
	pool_enter(pool, wanted);
	for (unsigned i = 0; i < wanted; i++) {
		if (!errnum)
			errnum = start_worker(workers, job, pool, tally);
		if (errnum) {
			pool_give_up(pool, NULL);
			pool_leave(pool, (int)i);
		}
	}
	if (workers->count > 0)
		return workers;
	free(workers);
	err_set(err, ERR_INTERNAL, "cannot start a thread: %s", strerror(errnum));
	return NULL;
}

void
workers_free(struct workers *workers)
{
	if (!workers)
		return;
	for (unsigned i = 0; i < workers->count; i++) {
		pthread_join(workers->list[i].thread, NULL);
		exchange_clear(&workers->list[i].exchange);
	}
	free(workers);
}
