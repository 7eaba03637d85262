/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/wait.h"
#include "dicom/status.h"
#include "send/result.h"

/* An item that was sent and whose response is due. */
struct flight {
	struct item *item; /* NULL: free */
	uint16_t message_id;
	struct send_facts facts;
	int64_t start_us;
};

static int
make_room(struct exchange *ex, unsigned window, struct err *err)
{
	struct flight *flights = calloc(window, sizeof *flights);
	struct journal_result *unrecorded = calloc(2 * window + 2, sizeof *unrecorded);

	if (!flights || !unrecorded) {
		free(flights);
		free(unrecorded);
		return err_nomem(err);
	}
	free(ex->flights);
	free(ex->unrecorded);
	ex->flights = flights;
	ex->unrecorded = unrecorded;
	ex->window = window;
	return 0;
}

int
exchange_init(struct exchange *ex, const struct send_job *job, struct tally *tally, struct err *err)
{
	ex->job = job;
	ex->tally = tally;
	ex->next_id = 1;
	return make_room(ex, 1, err);
}

void
exchange_clear(struct exchange *ex)
{
	free(ex->unrecorded);
	free(ex->flights);
}

int
exchange_begin(struct exchange *ex, struct association *assoc, unsigned number, unsigned window,
	struct err *err)
{
	ex->assoc = assoc;
	ex->number = number;
	return make_room(ex, window, err);
}

/* --- results */

/* Mark the item as done: it has its result. */
static void
record_result(struct exchange *ex, struct item *item, struct report_instance *event)
{
	event->association = ex->number;
	item->finished = true;
	if (item->aborts > 0 && ex->suspects > 0)
		ex->suspects--;
	tally_finish(ex->tally, ex->unit->study, event);
}

/* Record it in the journal while the next message is being sent. */
static void
remember(struct exchange *ex, const struct item *item, const struct report_instance *event, bool begun)
{
	ex->unrecorded[ex->unrecorded_count++] = result_to_record(item, event, begun);
}

/* It has been sent completely: if we are killed, the next run must know that it may have arrived. */
static void
remember_sent(struct exchange *ex, const struct item *item)
{
	ex->unrecorded[ex->unrecorded_count++] =
		(struct journal_result){ .instance = &item->instance, .sent = true };
}

static void
record(struct exchange *ex)
{
	tally_record(ex->tally, ex->unrecorded, ex->unrecorded_count);
	ex->unrecorded_count = 0;
}

/* Finished without having gone out, or without an answer to it. */
static void
record_failure(struct exchange *ex, struct item *item, const struct send_facts *facts,
	const struct err *why)
{
	struct report_instance event = result_failure(item, facts, why, false);

	record_result(ex, item, &event);
	remember(ex, item, &event, false);
}

/* --- messages in flight */

/* A free slot; there is one while fewer than `window` are outstanding. */
static struct flight *
flight_free(struct exchange *ex)
{
	struct flight *flight = ex->flights;

	while (flight->item)
		flight++;
	return flight;
}

static struct flight *
flight_find(struct exchange *ex, uint16_t message_id)
{
	for (unsigned i = 0; i < ex->window; i++)
		if (ex->flights[i].item && ex->flights[i].message_id == message_id)
			return &ex->flights[i];
	return NULL;
}

static void
flight_end(struct exchange *ex, struct flight *flight)
{
	tally_answered(ex->tally);
	flight->item->in_flight = false;
	flight->item = NULL;
	ex->outstanding--;
}

/* Decide about an item in flight when the association is lost. If the run is ending, nothing is sent
 * again. */
static void
lose_flight(struct exchange *ex, struct flight *flight, bool sent, const struct err *why)
{
	struct item *item = flight->item;
	enum retry_disposition disposition = retry_disposition(item, sent, why, &ex->job->retry);
	struct report_instance event;
	struct err end = *why;

	flight_end(ex, flight);
	if (disposition == RETRY_AGAIN && !(item->unanswered && tally_is_over(ex->tally)))
		return;
	if (disposition == RETRY_ABORTED)
		err_wrap(&end, "the receiver aborts on it");
	event = result_failure(item, &flight->facts, &end, disposition == RETRY_UNCERTAIN ||
		disposition == RETRY_AGAIN);
	record_result(ex, item, &event);
	remember(ex, item, &event, sent);
	ex->outcome.given_up = true;
}

/* The association broke: finish what cannot go again. */
static void
lose_flights(struct exchange *ex, const struct err *why)
{
	for (unsigned i = 0; i < ex->window; i++) {
		struct flight *flight = &ex->flights[i];
		struct item *item = flight->item;

		if (!item)
			continue;
		lose_flight(ex, flight, true, why);
		ex->outcome.unanswered += !item->finished;
	}
}

/* Did another run that shares the journal get it acknowledged in the meantime? */
static bool
record_recorded(struct exchange *ex, struct item *item)
{
	struct journal_entry entry;
	struct report_instance event;
	struct err err = ERR_INIT;

	if (!ex->job->journal || ex->job->resend || journal_is_private(ex->job->journal))
		return false;
	if (journal_look(ex->job->journal, &item->instance, &entry, &err) < 0) {
		tally_end(ex->tally, &err);
		return false;
	}
	if (entry.state != JOURNAL_ACKNOWLEDGED)
		return false;
	event = result_recorded(item, &entry);
	record_result(ex, item, &event);
	return true;
}

static int drain_one(struct exchange *ex, struct err *err);

/* Before we end the association, receive the responses to what is in flight. If it is lost meanwhile, err
 * says how. */
static void
drain_all(struct exchange *ex, struct err *err)
{
	struct err lost = ERR_INIT;

	while (ex->outstanding > 0 && lost.kind == ERR_NONE) {
		record(ex);
		if (drain_one(ex, &lost) < 0)
			*err = lost;
	}
}

/* Send one item. -1: the association is lost. */
static int
send_one(struct exchange *ex, struct item *item, struct err *err)
{
	struct flight *flight = flight_free(ex);
	enum send_outcome outcome;

	flight->facts = (struct send_facts){ 0 };
	flight->message_id = ex->next_id++;
	flight->start_us = clock_us();
	tally_begun(ex->tally, ex->unit->study);
	outcome = ex->job->driver->send(ex->assoc, &item->instance, flight->message_id,
		&flight->facts, err);
	item->attempts += outcome != SEND_REFUSED;
	if (outcome == SEND_REFUSED) {
		tally_answered(ex->tally);
		flight->facts = (struct send_facts){ 0 };
		record_failure(ex, item, &flight->facts, err);
		return 0;
	}
	if (outcome == SEND_LOST && (err->kind == ERR_NO_INPUT || err->kind == ERR_INTERNAL)) {
		/* The file is the cause, not the connection; but nothing can be sent after an incomplete
		 * object. */
		tally_answered(ex->tally);
		record_failure(ex, item, &flight->facts, err);
		drain_all(ex, err);
		return -1;
	}
	flight->item = item;
	item->in_flight = true;
	ex->outstanding++;
	if (outcome == SEND_DONE) {
		remember_sent(ex, item);
		return 0;
	}
	ex->broken = true;
	lose_flight(ex, flight, false, err);
	return -1;
}

/* 0111: the receiver has an object of this UID. This one, if an attempt was never answered and
 * no other object goes by the UID: neither one met before it nor one met since. */
static bool
is_own_duplicate(const struct exchange *ex, const struct item *item, uint16_t status)
{
	return status == STATUS_DUPLICATE &&
		(ex->job->retry.duplicate_ok ||
			((item->unanswered || item->uncertain_before) && !item->instance.uid_shared &&
				!tally_is_shared(ex->tally, item->instance.sop_instance)));
}

static void
repeat_later(struct exchange *ex, struct item *item, const struct command_rsp *rsp)
{
	static const struct err none = ERR_INIT;
	struct report_retry event = { .what = result_event(item, RESULT_FAILURE).path, .why = &none,
		.status = rsp->status, .comment = rsp->comment, .attempt = 1, .of = 1 };

	item->repeated = true;
	item->status = rsp->status;
	tally_retry(ex->tally, &event);
}

static void
count_refusals(struct exchange *ex, uint16_t status)
{
	ex->outcome.answered = true;
	if (!status_out_of_resources(status)) {
		ex->refusals = 0;
		ex->outcome.served = true;
	} else if (++ex->refusals >= EXCHANGE_REFUSALS) {
		ex->outcome.exhausted = true;
	}
}

static void
take_answer(struct exchange *ex, struct flight *flight, const struct store_answer *answer)
{
	struct item *item = flight->item;
	uint16_t status = answer->rsp.status;
	struct report_instance event;

	flight_end(ex, flight);
	count_refusals(ex, status);
	if (retry_status(status) && !item->repeated) {
		repeat_later(ex, item, &answer->rsp);
		return;
	}
	event = result_answer(item, &flight->facts, answer, is_own_duplicate(ex, item, status));
	event.us = answer->answered_us - flight->start_us;
	record_result(ex, item, &event);
	remember(ex, item, &event, true);
}

/* Receive one response. -1: the association is lost, or the peer sent an unexpected answer. */
static int
drain_one(struct exchange *ex, struct err *err)
{
	struct store_answer answer;
	struct flight *flight;
	const char *sent;

	if (ex->job->driver->drain(ex->assoc, &answer, err) < 0)
		return -1;
	flight = flight_find(ex, answer.message_id);
	if (!flight)
		return err_set(err, ERR_ABORTED, "the receiver answered message %u, which is not outstanding",
			answer.message_id);
	sent = flight->item->instance.sop_instance;
	if (answer.rsp.sop_instance[0] && strcmp(answer.rsp.sop_instance, sent) != 0)
		return err_set(err, ERR_ABORTED, "the receiver answered for SOP instance %s, but %s was "
			"sent", TEXT_SHOWN(answer.rsp.sop_instance, UID_MAX + 1), sent);
	take_answer(ex, flight, &answer);
	return 0;
}

/* The next item of the unit to send: in order, those to be repeated because of their status after the rest
 * of their study. */
static struct item *
next_item(const struct exchange *ex, size_t *cursor)
{
	const struct unit *unit = ex->unit;

	for (; *cursor < 2 * unit->count; ++*cursor) {
		struct item *item = &unit->items[*cursor % unit->count];
		bool last = *cursor >= unit->count;

		if (last && item->repeated && !item->finished && ex->hold_back &&
		    study_has_more(unit->study))
			return NULL;
		if (!item->finished && !item->in_flight && item->repeated == last) {
			++*cursor;
			return item;
		}
	}
	return NULL;
}

/* Tell the driver which item will be sent after the one just chosen, unless something changes. */
static void
announce_next(const struct exchange *ex, size_t cursor)
{
	const struct instance *next[ANNOUNCE_MAX];
	const struct item *item;
	size_t count = 0;

	while (count < ANNOUNCE_MAX && (item = next_item(ex, &cursor)) != NULL)
		next[count++] = &item->instance;
	if (count > 0)
		ex->job->driver->announce(ex->assoc, next, count);
}

/* Wait for it like a receiver that rejects the association transiently. */
static int
explain_exhausted(const struct exchange *ex, struct err *err)
{
	err_set(err, ERR_REJECTED, "the receiver is out of resources: it refused %u objects in a row with a "
		"status A7xx", ex->refusals);
	err->retryable = RETRY_POSSIBLE;
	err_phase(err, "response");
	return err_hint(err, "Check its disks; run the command again once there is space to send the rest.");
}

/* Send until the window is full, then drain; after an interrupt only drain. An item that may have made the
 * receiver abort is sent alone, and so is the first one after those refused with "out of resources". */
static int
send_and_drain(struct exchange *ex, struct err *err)
{
	struct item *item = NULL;
	size_t cursor = 0;
	int rv = 0;

	while (rv == 0) {
		bool alone = ex->suspects > 0 || ex->refusals >= EXCHANGE_REFUSALS;
		unsigned window = alone ? 1 : ex->window;
		bool over = ex->outcome.exhausted || tally_is_over(ex->tally);

		if (!item && !over)
			item = next_item(ex, &cursor);
		if (item && !over && ex->outstanding < window) {
			if (!record_recorded(ex, item)) {
				announce_next(ex, cursor);
				rv = send_one(ex, item, err);
			}
			record(ex);
			item = NULL;
		} else if (ex->outstanding > 0) {
			rv = drain_one(ex, err);
			/* A repetition may have been added to the end. */
			if (!item && cursor >= 2 * ex->unit->count)
				cursor = ex->unit->count;
		} else {
			break;
		}
	}
	/* An association that is lost, or was stopped in the middle of an object, is not released. */
	ex->outcome.exhausted &= rv == 0;
	return ex->outcome.exhausted ? explain_exhausted(ex, err) : rv;
}

static void
count_suspects(struct exchange *ex)
{
	ex->suspects = 0;
	for (size_t i = 0; i < ex->unit->count; i++)
		ex->suspects += !ex->unit->items[i].finished && ex->unit->items[i].aborts > 0;
}

int
exchange_carry(struct exchange *ex, struct unit *unit, struct err *err)
{
	int rv;

	ex->unit = unit;
	ex->outcome = (struct exchange_outcome){ 0 };
	ex->broken = false;
	count_suspects(ex);
	rv = send_and_drain(ex, err);
	ex->job->driver->announce(ex->assoc, NULL, 0);
	if (rv < 0) {
		ex->outcome.in_flight = ex->outstanding > 0 || ex->broken;
		lose_flights(ex, err);
	}
	record(ex);
	return rv;
}

void
exchange_refuse(struct exchange *ex, struct unit *unit, const struct plan *plan)
{
	static const char *const accepted[PLAN_CONTEXTS_MAX];
	static const struct send_facts facts;

	ex->unit = unit;
	for (size_t i = 0; i < unit->count; i++) {
		struct item *item = &unit->items[i];
		struct plan_route route;
		struct err why = ERR_INIT;

		if (item->finished)
			continue;
		(void)!plan_route(plan, accepted, &item->instance, &route, &why);
		record_failure(ex, item, &facts, &why);
		record(ex);
	}
}
