/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/worker.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/wait.h"
#include "dicom/status.h"
#include "net/history.h"
#include "send/event.h"
#include "send/exchange.h"

#define LATER_MS       100 /* between two looks at whether a study is through */
#define ABORTS_AT_ONCE 2 /* in a row, after which the next association does not wait */
#define ABORTS_MAX     20 /* in a row: ten objects, which it aborts on twice each */

struct worker {
	struct crew *crew;
	const struct send_job *job;
	int number;

	struct association_request request;
	struct plan plan; /* proposed on the association, or on the last one */
	struct exchange exchange; /* with the association, if there is one */
	bool ever_open;
	bool refused; /* the receiver takes none of plan */
	unsigned aborts; /* in a row, nothing answered in between */
	bool progress; /* something was answered since an item was given up for lost */
	struct retry retry;
	struct err first; /* of the failures in a row: the cause, if they end the run */

	struct unit *unit; /* being sent */
	struct unit *later; /* have nothing left but repetitions, which wait for the rest of their studies */
	int64_t idle_since_ms; /* with those: 0, or when there was nothing to draw first */
	bool idle;	       /* for so long that they wait no more */
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
		tally_note(crew_tally(worker->crew), err.text);
	worker->exchange.assoc = NULL;
	crew_closed(worker->crew);
}

/* What is to be warned of is the same on every association: said on the first. */
static void
tell_association(struct worker *worker, const struct association_facts *facts, unsigned number, bool first)
{
	const struct send_job *job = worker->job;
	struct report_association event = association_event(&worker->request, facts);
	struct tally *tally = crew_tally(worker->crew);
	const struct reporter *reporter = tally_lock(tally);

	event.number = number;
	reporter->association(reporter->self, &event);
	if (first)
		association_warn(reporter, job->expiry, &worker->request, facts);
	tally_unlock(tally);
}

/* Open an association for worker->plan. */
static int
association_begin(struct worker *worker, struct err *err)
{
	struct association_facts facts;
	struct association *assoc;
	unsigned number;
	bool first;

	worker->request.plan = &worker->plan;
	assoc = worker->job->driver->open(&worker->request, &facts, err);
	if (!assoc)
		return -1;
	number = crew_opened(worker->crew, &first);
	worker->ever_open = true;
	tell_association(worker, &facts, number, first);
	if (exchange_begin(&worker->exchange, assoc, number, facts.window, err) == 0)
		return 0;
	association_end(worker, true);
	return -1;
}

/* --- a worker's life */

enum next { GO_ON, LEAVE };

/* An A-ABORT with something in flight comes from a receiver that is well; two of them settle
 * an item, so it needs no counting, and no patience either unless it aborts on everything. */
static bool
is_harmless(struct worker *worker, const struct err *why, bool in_flight, int64_t *delay_ms)
{
	const struct retry_rules *rules = &worker->job->retry;

	if (rules->retries == 0 || !in_flight || why->kind != ERR_ABORTED ||
	    !(why->detail & STATUS_ABORT_RECEIVED))
		return false;
	if (++worker->aborts > ABORTS_AT_ONCE)
		*delay_ms = rules->delay_ms;
	return true;
}

/* It aborts on whatever it gets: so it would on all that is left. */
static bool
aborts_on_all(const struct worker *worker, const struct err *why, struct err *end)
{
	if (worker->aborts < ABORTS_MAX)
		return false;
	*end = *why;
	err_wrap(end, "the receiver answered nothing on %u associations in a row, and aborted each with an "
		"object in flight", worker->aborts);
	end->cure = CURE_NONE;
	return true;
}

/* A silent close is the same as another, even if one came with a reset. */
static bool
is_same(const struct err *a, const struct err *b)
{
	return strcmp(a->text, b->text) == 0 ||
		(a->kind == b->kind && a->kind != ERR_ABORTED && a->cure == CURE_POSSIBLE &&
			b->cure == CURE_POSSIBLE);
}

/* What ended it comes first, then what it began with. */
static struct err
final_cause(const struct worker *worker, const struct err *last, unsigned tries)
{
	struct err err = *last;

	if (tries <= 1)
		return err;
	if (is_same(last, &worker->first))
		text_format(err.text, sizeof err.text, "%s (%u times in a row)", last->text, tries);
	else
		text_format(err.text, sizeof err.text, "%s (the last of %u failures in a row). The first "
			"was: %s", last->text, tries, worker->first.text);
	return err;
}

/* The run's end only where this was the last association: then it is told as that. */
static void
give_up(struct worker *worker, const struct err *last, unsigned tries)
{
	struct err cause = final_cause(worker, last, tries);
	char text[1200];

	if (crew_others_stand(worker->crew, false)) {
		text_format(text, sizeof text, "an association is given up, the others take over its work: "
			"%s", cause.text);
		tally_note(crew_tally(worker->crew), text);
	}
	crew_give_up(worker->crew, &cause);
}

/* Wait before the next try. False: --max-time ends the run first. */
static bool
wait_for_next(struct worker *worker, const struct report_retry *event)
{
	struct deadline limit = worker->job->request.endpoint->limit;

	tally_retry(crew_tally(worker->crew), event);
	if (event->delay_ms > 0)
		(void)wait_fd(-1, 0, deadline_earlier(deadline_in(event->delay_ms), limit), true);
	return !deadline_passed(limit);
}

/* Wait for the next try, or leave if there is to be none. in_flight: something was. */
static enum next
try_again(struct worker *worker, const struct err *why, bool in_flight, size_t unanswered)
{
	const struct send_job *job = worker->job;
	struct report_retry event = { .what = "the association", .why = why, .of = job->retry.retries,
		.comment = "", .unanswered = unanswered };
	bool again = is_harmless(worker, why, in_flight, &event.delay_ms);
	unsigned tries = worker->retry.count + !again;
	struct err end;

	if (crew_is_over(worker->crew))
		return LEAVE;
	if (again && aborts_on_all(worker, why, &end)) {
		give_up(worker, &end, 1);
		return LEAVE;
	}
	if (worker->retry.count == 0)
		worker->first = *why;
	if (!again && retry_cures(why) && !deadline_passed(job->request.endpoint->limit))
		again = retry_next(&worker->retry, &job->retry, (uint32_t)clock_us(), clock_ms(),
			&event.delay_ms);
	event.attempt = worker->retry.count;
	/* Whatever comes next is a new beginning. */
	if (again && tally_is_settled(crew_tally(worker->crew)))
		return GO_ON;
	/* Closes that look like a refusal of our certificate count as such until something else was seen. */
	if (again && why->kind != ERR_CLIENT_REJECTED)
		history_note_failure(job->request.endpoint->history);
	if (again && wait_for_next(worker, &event))
		return GO_ON;
	give_up(worker, why, tries);
	return LEAVE;
}

/* No association came about. One that never had any makes way where another stands:
 * the receiver may take one at a time. */
static enum next
not_opened(struct worker *worker, struct err *why)
{
	char text[1200];

	if (interrupt_ends_waits())
		return LEAVE;
	if (why->kind == ERR_NO_CONTEXT) {
		worker->refused = true;
		crew_refused(worker->crew, why);
		return GO_ON;
	}
	if (worker->ever_open || !crew_others_stand(worker->crew, false))
		return try_again(worker, why, false, 0);
	text_format(text, sizeof text, "a further association was not accepted while another stands, "
		"which goes on alone: %s", why->text);
	tally_note(crew_tally(worker->crew), text);
	crew_give_up(worker->crew, NULL);
	return LEAVE;
}

static void
give_back(struct worker *worker)
{
	queue_return(crew_queue(worker->crew), worker->unit);
	worker->unit = NULL;
}

/* Only items to be repeated are left: they wait until their study is through. */
static bool
put_off(struct worker *worker)
{
	struct unit *unit = worker->unit;

	for (size_t i = 0; i < unit->count; i++) {
		if (!unit->items[i].settled) {
			unit->next = worker->later;
			worker->later = unit;
			return true;
		}
	}
	return false;
}

/* Without an association they are as any others. */
static void
give_back_later(struct worker *worker)
{
	while (worker->later) {
		worker->unit = worker->later;
		worker->later = worker->unit->next;
		give_back(worker);
	}
}

/* A unit that was put off and whose study is through. */
static struct unit *
take_later(struct worker *worker)
{
	for (struct unit **link = &worker->later; *link; link = &(*link)->next) {
		worker->unit = *link;
		if (!worker->idle && crew_has_more(worker->crew, worker->unit->study))
			continue;
		*link = worker->unit->next;
		return worker->unit;
	}
	return worker->unit = NULL;
}

/* What the answers, or their absence, say of the receiver. */
static void
take_stock(struct worker *worker, const struct exchange_outcome *outcome)
{
	if (outcome->answered)
		worker->aborts = 0;
	if (outcome->served) {
		retry_reset(&worker->retry);
		worker->progress = true;
	}
	if (!outcome->given_up)
		return;
	/* It may have been that item's fault: a new beginning for the next, but not for ever. */
	if (worker->progress)
		retry_reset(&worker->retry);
	worker->progress = false;
}

/* Send the unit; give back what an ended association left of it. */
static enum next
work(struct worker *worker)
{
	const struct exchange_outcome *outcome = &worker->exchange.outcome;
	struct err err = ERR_INIT;
	int rv;

	worker->exchange.hold_back = !worker->idle;
	rv = exchange_carry(&worker->exchange, worker->unit, &err);
	take_stock(worker, outcome);
	if (rv == 0) {
		if (crew_is_over(worker->crew))
			give_back(worker);
		else if (!put_off(worker))
			queue_done(crew_queue(worker->crew), worker->unit);
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

/* Nothing to draw. Repetitions do not wait for a walk that idles as long as the
 * association may; then it is released. */
static enum next
rest(struct worker *worker)
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

/* The association, if any, stands for plan; is this one's unit among what it can carry? */
static enum next
draw(struct worker *worker)
{
	struct queue *queue = crew_queue(worker->crew);
	int64_t patience = worker->refused ? 0 : worker->job->idle_timeout;

	if (take_later(worker))
		return work(worker);
	if (worker->later)
		patience = LATER_MS;
	switch (queue_take(queue, worker->number, &worker->unit, deadline_in(patience))) {
	case QUEUE_OVER:
		return LEAVE;
	case QUEUE_IDLE:
		return rest(worker);
	case QUEUE_UNIT:
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
		return work(worker);
	exchange_refuse(&worker->exchange, worker->unit, &worker->plan);
	queue_done(queue, worker->unit);
	worker->unit = NULL;
	return GO_ON;
}

/* Have an association for the work that waits: with the contexts of the last one too, if they fit. */
static enum next
prepare(struct worker *worker)
{
	struct queue *queue = crew_queue(worker->crew);
	struct plan needed;
	struct err err = ERR_INIT;
	int rv;

	switch (queue_await(queue, worker->number, &needed, deadline_never())) {
	case QUEUE_OVER:
		return LEAVE;
	case QUEUE_IDLE:
		return crew_is_over(worker->crew) ? LEAVE : GO_ON;
	case QUEUE_UNIT:
		break;
	}
	if (!plan_merge(&worker->plan, &needed))
		worker->plan = needed;
	rv = association_begin(worker, &err);
	queue_opened(queue, worker->number);
	return rv < 0 ? not_opened(worker, &err) : GO_ON;
}

static void
worker_free(struct worker *worker)
{
	if (!worker)
		return;
	exchange_clear(&worker->exchange);
	free(worker);
}

void
worker_run(struct crew *crew, int number)
{
	const struct send_job *job = crew_job(crew);
	struct worker *worker = calloc(1, sizeof *worker);
	struct err err = ERR_INIT;
	enum next next = GO_ON;

	if (!worker || exchange_init(&worker->exchange, crew, &err) < 0) {
		err_nomem(&err);
		crew_give_up(crew, &err);
		worker_free(worker);
		return;
	}
	worker->crew = crew;
	worker->job = job;
	worker->number = number;
	worker->progress = true; /* the first object has as much patience as any other */
	worker->plan.rules = job->rules;
	worker->request = job->request;
	worker->request.wire_bytes = crew_wire_counter(crew);
	while (next == GO_ON && !crew_is_over(crew))
		next = worker->exchange.assoc || worker->refused ? draw(worker) : prepare(worker);
	give_back_later(worker);
	association_end(worker, false);
	worker_free(worker);
}
