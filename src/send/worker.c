/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/worker.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/wait.h"
#include "dicom/status.h"
#include "send/event.h"
#include "send/result.h"

#define LATER_MS       100 /* between two looks at whether a study is through */
#define ABORTS_AT_ONCE 2 /* in a row, after which the next association does not wait */

/* An item on the wire whose response is due. */
struct flight {
	struct item *item; /* NULL: free */
	uint16_t message_id;
	struct send_facts facts;
	int64_t start_us;
};

struct worker {
	struct crew *crew;
	const struct send_job *job;
	int number;

	struct association_request request;
	struct plan plan; /* proposed on the association, or on the last one */
	struct association *assoc; /* NULL: none */
	unsigned assoc_number;
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
	struct flight *flights;
	unsigned window, outstanding;
	bool broken;	   /* off in the middle of an item */
	unsigned suspects; /* items of the unit that were in flight at an abort */
	uint16_t next_id;
	struct journal_result *unrecorded;
	size_t unrecorded_count;
};

/* Left after a result: nothing more is done with the item. */
static void
settle(struct worker *worker, struct item *item, struct report_instance *event)
{
	event->association = worker->assoc_number;
	item->settled = true;
	if (item->aborts > 0 && worker->suspects > 0)
		worker->suspects--;
	ledger_settle(crew_ledger(worker->crew), worker->unit->study, event);
}

/* To be recorded in the journal with the next message under way. */
static void
remember(struct worker *worker, const struct item *item, const struct report_instance *event, bool begun)
{
	static const enum journal_state states[] = {
		[RESULT_SUCCESS] = JOURNAL_ACKNOWLEDGED,
		[RESULT_WARNING] = JOURNAL_ACKNOWLEDGED,
		[RESULT_FAILURE] = JOURNAL_FAILED,
		[RESULT_UNCERTAIN] = JOURNAL_UNCERTAIN,
	};

	worker->unrecorded[worker->unrecorded_count++] = (struct journal_result){
		.instance = &item->instance,
		.state = states[event->result],
		.has_status = event->has_status,
		.status = event->status,
		.begun = begun,
	};
}

/* It is all on the wire: should we be killed, the next run must know that it may be there. */
static void
remember_sent(struct worker *worker, const struct item *item)
{
	worker->unrecorded[worker->unrecorded_count++] =
		(struct journal_result){ .instance = &item->instance, .sent = true };
}

static void
record(struct worker *worker)
{
	struct err err = ERR_INIT;

	if (ledger_record(crew_ledger(worker->crew), worker->unrecorded, worker->unrecorded_count, &err) < 0)
		crew_end(worker->crew, &err);
	worker->unrecorded_count = 0;
}

/* Settled without having gone out, or without an answer to it. */
static void
settle_failure(struct worker *worker, struct item *item, const struct send_facts *facts,
	const struct err *why)
{
	struct report_instance event = result_failure(item, facts, why);

	settle(worker, item, &event);
	remember(worker, item, &event, false);
}

static void
tell_retry(struct worker *worker, const struct report_retry *event)
{
	struct ledger *ledger = crew_ledger(worker->crew);
	const struct reporter *reporter = ledger_hold(ledger);

	reporter->retry(reporter->self, event);
	ledger_let_go(ledger);
}

static void
tell_note(struct worker *worker, const char *text)
{
	struct ledger *ledger = crew_ledger(worker->crew);
	const struct reporter *reporter = ledger_hold(ledger);

	reporter->note(reporter->self, text);
	ledger_let_go(ledger);
}

/* --- one association's messages */

/* A free place; there is one while fewer than `window` are outstanding. */
static struct flight *
flight_free(struct worker *worker)
{
	struct flight *flight = worker->flights;

	while (flight->item)
		flight++;
	return flight;
}

static struct flight *
flight_find(struct worker *worker, uint16_t message_id)
{
	for (unsigned i = 0; i < worker->window; i++)
		if (worker->flights[i].item && worker->flights[i].message_id == message_id)
			return &worker->flights[i];
	return NULL;
}

static void
flight_end(struct worker *worker, struct flight *flight)
{
	flight->item->in_flight = false;
	flight->item = NULL;
	worker->outstanding--;
}

/* What becomes of an item in flight when the association is lost. With the run at
 * its end, nothing goes again. */
static void
lose_flight(struct worker *worker, struct flight *flight, bool sent, const struct err *why)
{
	struct item *item = flight->item;
	enum retry_fate fate = retry_fate(item, sent, why, &worker->job->retry);
	struct report_instance event;
	struct err end = *why;

	flight_end(worker, flight);
	if (fate == FATE_AGAIN && !(item->unanswered && crew_is_over(worker->crew)))
		return;
	if (fate == FATE_ABORTED)
		err_wrap(&end, "the receiver aborts on it");
	if (fate == FATE_ABORTED || fate == FATE_LOST)
		event = result_failure(item, &flight->facts, &end);
	else
		event = result_uncertain(item, &flight->facts, why);
	settle(worker, item, &event);
	remember(worker, item, &event, sent);
	/* It may have been this item's fault: a new beginning for the next, but not for ever. */
	if (worker->progress)
		retry_reset(&worker->retry);
	worker->progress = false;
}

/* The association broke: settle what cannot go again. Returns how many unanswered ones can. */
static size_t
lose_flights(struct worker *worker, const struct err *why)
{
	size_t again = 0;

	for (unsigned i = 0; i < worker->window; i++) {
		struct flight *flight = &worker->flights[i];
		struct item *item = flight->item;

		if (!item)
			continue;
		lose_flight(worker, flight, true, why);
		again += !item->settled;
	}
	return again;
}

/* Has another run that shares the journal had it acknowledged meanwhile? */
static bool
settle_recorded(struct worker *worker, struct item *item)
{
	struct journal_entry entry;
	struct report_instance event;
	struct err err = ERR_INIT;

	if (!worker->job->journal || worker->job->resend || journal_is_private(worker->job->journal))
		return false;
	if (journal_look(worker->job->journal, &item->instance, &entry, &err) < 0) {
		crew_end(worker->crew, &err);
		return false;
	}
	if (entry.state != JOURNAL_ACKNOWLEDGED)
		return false;
	event = result_recorded(item, &entry);
	settle(worker, item, &event);
	return true;
}

/* Put one item on the wire. -1: the association is lost. */
static int
send_one(struct worker *worker, struct item *item, struct err *err)
{
	struct flight *flight = flight_free(worker);
	enum send_outcome outcome;

	flight->facts = (struct send_facts){ 0 };
	flight->message_id = worker->next_id++;
	flight->start_us = clock_us();
	ledger_begun(crew_ledger(worker->crew), worker->unit->study);
	outcome = worker->job->driver->send(worker->assoc, &item->instance, flight->message_id,
		&flight->facts, err);
	item->attempts += outcome != SEND_REFUSED;
	if (outcome == SEND_REFUSED) {
		flight->facts = (struct send_facts){ 0 };
		settle_failure(worker, item, &flight->facts, err);
		return 0;
	}
	if (outcome == SEND_LOST && (err->kind == ERR_NO_INPUT || err->kind == ERR_INTERNAL)) {
		/* Not the link's fault: the file's. */
		settle_failure(worker, item, &flight->facts, err);
		return -1;
	}
	flight->item = item;
	item->in_flight = true;
	worker->outstanding++;
	if (outcome == SEND_DONE) {
		remember_sent(worker, item);
		return 0;
	}
	worker->broken = true;
	lose_flight(worker, flight, false, err);
	return -1;
}

/* 0111: the receiver has an object of this UID. Ours, if an attempt of ours was never answered. */
static bool
is_ours(const struct worker *worker, const struct item *item, uint16_t status)
{
	return status == STATUS_DUPLICATE &&
		(worker->job->retry.duplicate_ok || item->unanswered || item->uncertain_before);
}

static void
repeat_later(struct worker *worker, struct item *item, const struct command_rsp *rsp)
{
	static const struct err none = ERR_INIT;
	struct report_retry event = { .what = result_event(item, RESULT_FAILURE).path, .why = &none,
		.status = rsp->status, .comment = rsp->comment, .attempt = 1, .of = 1 };

	item->repeated = true;
	item->status = rsp->status;
	tell_retry(worker, &event);
}

static void
take_answer(struct worker *worker, struct flight *flight, const struct store_answer *answer)
{
	struct item *item = flight->item;
	uint16_t status = answer->rsp.status;
	struct report_instance event;

	flight_end(worker, flight);
	if (retry_status(status) && !item->repeated) {
		repeat_later(worker, item, &answer->rsp);
		return;
	}
	event = result_answer(item, &flight->facts, answer, is_ours(worker, item, status));
	event.us = answer->answered_us - flight->start_us;
	settle(worker, item, &event);
	remember(worker, item, &event, true);
	retry_reset(&worker->retry);
	worker->progress = true;
	worker->aborts = 0;
}

/* Take one response. -1: the association is lost, or the peer answers what was not asked. */
static int
drain_one(struct worker *worker, struct err *err)
{
	struct store_answer answer;
	struct flight *flight;
	const char *sent;
	char named[UID_MAX + 1];

	if (worker->job->driver->drain(worker->assoc, &answer, err) < 0)
		return -1;
	flight = flight_find(worker, answer.message_id);
	if (!flight)
		return err_set(err, ERR_ABORTED, "the receiver answered message %u, which is not under way",
			answer.message_id);
	sent = flight->item->instance.sop_instance;
	if (answer.rsp.sop_instance[0] && strcmp(answer.rsp.sop_instance, sent) != 0)
		return err_set(err, ERR_ABORTED, "the receiver answered for SOP instance %s where %s was "
			"sent", text_harmless_str(named, sizeof named, answer.rsp.sop_instance), sent);
	take_answer(worker, flight, &answer);
	return 0;
}

/* Is there more to come of the unit's study? A walk that idles does not count. */
static bool
has_more(const struct worker *worker)
{
	const struct unit *unit = worker->unit;

	return !worker->idle && (ledger_study_is_open(crew_ledger(worker->crew), unit->study) ||
		queue_has_more(crew_queue(worker->crew), unit->study));
}

/* The next item of the unit to go out: in order, those to be repeated for their
 * status after the rest of their study. */
static struct item *
next_item(const struct worker *worker, size_t *cursor)
{
	const struct unit *unit = worker->unit;

	for (; *cursor < 2 * unit->count; ++*cursor) {
		struct item *item = &unit->items[*cursor % unit->count];
		bool last = *cursor >= unit->count;

		if (last && item->repeated && !item->settled && has_more(worker))
			return NULL;
		if (!item->settled && !item->in_flight && item->repeated == last) {
			++*cursor;
			return item;
		}
	}
	return NULL;
}

/* Send until the window is full, then drain; after an interrupt only drain. While
 * one is under suspicion of making the receiver abort, it goes alone. */
static int
carry(struct worker *worker, struct err *err)
{
	struct item *item = NULL;
	size_t cursor = 0;
	int rv = 0;

	while (rv == 0) {
		unsigned window = worker->suspects > 0 ? 1 : worker->window;
		bool over = crew_is_over(worker->crew);

		if (!item && !over)
			item = next_item(worker, &cursor);
		if (item && !over && worker->outstanding < window) {
			if (!settle_recorded(worker, item))
				rv = send_one(worker, item, err);
			record(worker);
			item = NULL;
		} else if (worker->outstanding > 0) {
			rv = drain_one(worker, err);
			/* A repetition may have joined the end of the line. */
			if (!item && cursor >= 2 * worker->unit->count)
				cursor = worker->unit->count;
		} else {
			break;
		}
	}
	return rv;
}

/* --- the association itself */

static void
association_end(struct worker *worker, bool lost)
{
	struct err err = ERR_INIT;

	if (!worker->assoc)
		return;
	if (lost)
		worker->job->driver->abort(worker->assoc);
	else if (worker->job->driver->release(worker->assoc, &err) < 0)
		tell_note(worker, err.text);
	worker->assoc = NULL;
	crew_closed(worker->crew);
}

static int
make_room(struct worker *worker, unsigned window, struct err *err)
{
	struct flight *flights = calloc(window, sizeof *flights);
	struct journal_result *unrecorded = calloc(2 * window + 2, sizeof *unrecorded);

	if (!flights || !unrecorded) {
		free(flights);
		free(unrecorded);
		return err_nomem(err);
	}
	free(worker->flights);
	free(worker->unrecorded);
	worker->flights = flights;
	worker->unrecorded = unrecorded;
	worker->window = window;
	return 0;
}

/* What is to be warned of is the same on every association: said on the first. */
static void
tell_association(struct worker *worker, const struct association_facts *facts, bool first)
{
	const struct send_job *job = worker->job;
	struct report_association event = association_event(&worker->request, facts);
	struct ledger *ledger = crew_ledger(worker->crew);
	const struct reporter *reporter = ledger_hold(ledger);

	event.number = worker->assoc_number;
	reporter->association(reporter->self, &event);
	if (first)
		association_warn(reporter, job->expiry, &worker->request, facts);
	ledger_let_go(ledger);
}

/* Open an association for worker->plan. */
static int
association_begin(struct worker *worker, struct err *err)
{
	struct association_facts facts;
	bool first;

	worker->request.plan = &worker->plan;
	worker->assoc = worker->job->driver->open(&worker->request, &facts, err);
	if (!worker->assoc)
		return -1;
	worker->assoc_number = crew_opened(worker->crew, &first);
	worker->ever_open = true;
	tell_association(worker, &facts, first);
	if (make_room(worker, facts.window, err) == 0)
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

/* The run's end only where this was the last association: then it is told as that. */
static void
give_up(struct worker *worker, const struct err *why)
{
	char text[1200];

	if (crew_others_stand(worker->crew, false)) {
		text_format(text, sizeof text, "an association is given up, the others take over its work: "
			"%s", why->text);
		tell_note(worker, text);
	}
	crew_give_up(worker->crew, why);
}

/* Wait for the next try, or leave if there is to be none. in_flight: something was. */
static enum next
try_again(struct worker *worker, const struct err *why, bool in_flight, size_t unanswered)
{
	const struct send_job *job = worker->job;
	struct report_retry event = { .what = "the association", .why = why, .of = job->retry.retries,
		.comment = "", .unanswered = unanswered };
	bool again = is_harmless(worker, why, in_flight, &event.delay_ms);
	struct deadline wait_until;

	if (crew_is_over(worker->crew))
		return LEAVE;
	if (worker->retry.count == 0)
		worker->first = *why;
	if (!again && retry_cures(why) && !deadline_passed(job->request.endpoint->limit))
		again = retry_next(&worker->retry, &job->retry, (uint32_t)clock_us(), clock_ms(),
			&event.delay_ms);
	if (!again) {
		give_up(worker, &worker->first);
		return LEAVE;
	}
	/* Whatever comes next is a new beginning. */
	if (ledger_is_settled(crew_ledger(worker->crew)))
		return GO_ON;
	event.attempt = worker->retry.count;
	tell_retry(worker, &event);
	wait_until = deadline_earlier(deadline_in(event.delay_ms), job->request.endpoint->limit);
	if (event.delay_ms > 0)
		(void)wait_fd(-1, 0, wait_until, true);
	if (!deadline_passed(job->request.endpoint->limit))
		return GO_ON;
	crew_give_up(worker->crew, &worker->first);
	return LEAVE;
}

/* No association came about. One that never had any makes way where another stands:
 * the receiver may take one at a time. */
static enum next
not_opened(struct worker *worker, const struct err *why)
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
	tell_note(worker, text);
	crew_give_up(worker->crew, NULL);
	return LEAVE;
}

/* No context was accepted: each item has its own reason why it cannot go. */
static void
refuse_unit(struct worker *worker)
{
	static const char *const accepted[PLAN_CONTEXTS_MAX];
	static const struct send_facts facts;

	for (size_t i = 0; i < worker->unit->count; i++) {
		struct item *item = &worker->unit->items[i];
		struct plan_route route;
		struct err why = ERR_INIT;

		if (item->settled)
			continue;
		(void)!plan_route(&worker->plan, accepted, &item->instance, &route, &why);
		settle_failure(worker, item, &facts, &why);
		record(worker);
	}
	queue_done(crew_queue(worker->crew), worker->unit);
	worker->unit = NULL;
}

static void
give_back(struct worker *worker)
{
	queue_return(crew_queue(worker->crew), worker->unit);
	worker->unit = NULL;
}

static void
count_suspects(struct worker *worker)
{
	worker->suspects = 0;
	for (size_t i = 0; i < worker->unit->count; i++)
		worker->suspects += !worker->unit->items[i].settled && worker->unit->items[i].aborts > 0;
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
		if (has_more(worker))
			continue;
		*link = worker->unit->next;
		return worker->unit;
	}
	return worker->unit = NULL;
}

/* Send the unit; give back what an ended association left of it. */
static enum next
work(struct worker *worker)
{
	struct err err = ERR_INIT;
	bool local, in_flight;
	size_t again;

	count_suspects(worker);
	worker->broken = false;
	if (carry(worker, &err) == 0) {
		record(worker);
		if (crew_is_over(worker->crew))
			give_back(worker);
		else if (!put_off(worker))
			queue_done(crew_queue(worker->crew), worker->unit);
		worker->unit = NULL;
		return GO_ON;
	}
	local = err.kind == ERR_NO_INPUT || err.kind == ERR_INTERNAL;
	in_flight = worker->outstanding > 0 || worker->broken;
	again = lose_flights(worker, &err);
	record(worker);
	association_end(worker, true);
	give_back(worker);
	give_back_later(worker);
	if (local)
		return GO_ON;
	return try_again(worker, &err, in_flight, again);
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
	refuse_unit(worker);
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
	free(worker->unrecorded);
	free(worker->flights);
	free(worker);
}

void
worker_run(struct crew *crew, int number)
{
	const struct send_job *job = crew_job(crew);
	struct worker *worker = calloc(1, sizeof *worker);
	struct err err = ERR_INIT;
	enum next next = GO_ON;

	if (!worker || make_room(worker, 1, &err) < 0) {
		err_nomem(&err);
		crew_give_up(crew, &err);
		worker_free(worker);
		return;
	}
	worker->crew = crew;
	worker->job = job;
	worker->number = number;
	worker->progress = true; /* the first object has as much patience as any other */
	worker->next_id = 1;
	worker->plan.rules = job->rules;
	worker->request = job->request;
	worker->request.wire_bytes = crew_wire_counter(crew);
	while (next == GO_ON && !crew_is_over(crew))
		next = worker->assoc || worker->refused ? draw(worker) : prepare(worker);
	give_back_later(worker);
	association_end(worker, false);
	worker_free(worker);
}
