/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/worker.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/wait.h"
#include "dicom/status.h"
#include "send/event.h"

/* An instance on the wire whose response is due. */
struct flight {
	const struct instance *instance; /* NULL: free */
	uint16_t message_id;
	struct send_facts facts;
	int64_t start_us;
};

struct worker {
	const struct send_job *job;
	struct association *assoc;
	struct send_result *result;
	struct flight *flights;
	unsigned window;
	unsigned outstanding;
	uint16_t next_id;
	size_t settled;
	bool lost; /* the association; nothing more can be sent or answered */
};

static void
tell(struct send_result *result, const struct send_job *job, const struct report_instance *event)
{
	struct report_totals *totals = &result->totals;

	switch (event->result) {
	case RESULT_WARNING:
	case RESULT_SUCCESS:
		totals->warned += event->result == RESULT_WARNING;
		totals->acknowledged++;
		totals->bytes += event->bytes;
		break;
	case RESULT_FAILURE:
		totals->failed++;
		break;
	case RESULT_UNCERTAIN:
		totals->uncertain++;
		break;
	case RESULT_NOT_SENT:
		totals->not_sent++;
		break;
	}
	job->reporter->instance(job->reporter->self, event);
}

static struct report_instance
event_for(const struct instance *instance, enum result_class result)
{
	return (struct report_instance){
		.path = instance->path,
		.sop_class = instance->sop_class,
		.sop_instance = instance->sop_instance,
		.syntax_file = instance->syntax,
		.changed = "",
		.result = result,
		.meaning = "",
		.hint = "",
		.comment = "",
	};
}

void
worker_report_not_sent(const struct send_job *job, const struct instance *instance,
	struct send_result *result)
{
	struct report_instance event = event_for(instance, RESULT_NOT_SENT);

	event.meaning = "the run ended first";
	tell(result, job, &event);
}

static void
report_failure(struct worker *worker, const struct instance *instance, const struct send_facts *facts,
	const struct err *why)
{
	struct report_instance event = event_for(instance, RESULT_FAILURE);

	event.syntax_sent = facts->syntax;
	event.changed = facts->changed;
	event.meaning = why->text;
	event.hint = why->hint;
	tell(worker->result, worker->job, &event);
	worker->settled++;
}

static void
report_answer(struct worker *worker, const struct flight *flight, const struct store_answer *answer)
{
	static const enum result_class results[] = {
		[STATUS_SUCCESS] = RESULT_SUCCESS,
		[STATUS_WARNING] = RESULT_WARNING,
		[STATUS_FAILURE] = RESULT_FAILURE,
	};
	struct status_meaning meaning = status_store(answer->rsp.status);
	struct report_instance event = event_for(flight->instance, results[meaning.severity]);

	event.syntax_sent = flight->facts.syntax;
	event.changed = flight->facts.changed;
	event.has_status = true;
	event.status = answer->rsp.status;
	event.meaning = meaning.meaning;
	event.hint = meaning.remedy;
	event.comment = answer->rsp.comment;
	event.offending = answer->rsp.offending;
	event.offending_count = answer->rsp.offending_count;
	event.bytes = flight->facts.bytes;
	event.us = answer->answered_us - flight->start_us;
	tell(worker->result, worker->job, &event);
	worker->settled++;
}

/* The association is lost: what is in flight was sent whole and never answered. */
static void
report_uncertain(struct worker *worker, const struct err *why)
{
	for (unsigned i = 0; i < worker->window; i++) {
		struct flight *flight = &worker->flights[i];
		struct report_instance event;

		if (!flight->instance)
			continue;
		event = event_for(flight->instance, RESULT_UNCERTAIN);
		event.syntax_sent = flight->facts.syntax;
		event.changed = flight->facts.changed;
		event.meaning = why->text;
		event.hint = "The receiver may or may not have it: ask there before it is deleted here.";
		tell(worker->result, worker->job, &event);
		flight->instance = NULL;
		worker->settled++;
	}
}

/* No context was accepted: each instance has its own reason why it cannot go. */
static void
report_unroutable(struct worker *worker, const struct plan *plan, const struct instance *instances,
	size_t count)
{
	static const char *const accepted[PLAN_CONTEXTS_MAX];
	static const struct send_facts facts;

	for (size_t i = 0; i < count; i++) {
		struct plan_route route;
		struct err why = ERR_INIT;

		(void)!plan_route(plan, accepted, &instances[i], &route, &why);
		report_failure(worker, &instances[i], &facts, &why);
	}
}

/* A free place; there is one while fewer than `window` are outstanding. */
static struct flight *
flight_free(struct worker *worker)
{
	struct flight *flight = worker->flights;

	while (flight->instance)
		flight++;
	return flight;
}

static struct flight *
flight_find(struct worker *worker, uint16_t message_id)
{
	for (unsigned i = 0; i < worker->window; i++)
		if (worker->flights[i].instance && worker->flights[i].message_id == message_id)
			return &worker->flights[i];
	return NULL;
}

/* Put one instance on the wire. -1: the association is lost. */
static int
send_one(struct worker *worker, const struct instance *instance, struct err *err)
{
	struct flight *flight = flight_free(worker);
	enum send_outcome outcome;

	flight->facts = (struct send_facts){ 0 };
	flight->message_id = worker->next_id++;
	flight->start_us = clock_us();
	outcome = worker->job->driver->send(worker->assoc, instance, flight->message_id, &flight->facts, err);
	if (outcome == SEND_DONE) {
		flight->instance = instance;
		worker->outstanding++;
		return 0;
	}
	if (outcome == SEND_REFUSED)
		flight->facts = (struct send_facts){ 0 };
	report_failure(worker, instance, &flight->facts, err);
	return outcome == SEND_LOST ? -1 : 0;
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
	sent = flight->instance->sop_instance;
	if (answer.rsp.sop_instance[0] && strcmp(answer.rsp.sop_instance, sent) != 0)
		return err_set(err, ERR_ABORTED, "the receiver answered for SOP instance %s where %s was "
			"sent", text_harmless_str(named, sizeof named, answer.rsp.sop_instance), sent);
	report_answer(worker, flight, &answer);
	flight->instance = NULL;
	worker->outstanding--;
	return 0;
}

/* Send until the window is full, then drain. After an interrupt only drain. */
static int
carry(struct worker *worker, const struct instance *instances, size_t count, struct err *err)
{
	size_t next = 0;
	int stop = 0;

	while (!worker->lost && ((next < count && !stop) || worker->outstanding > 0)) {
		if (!stop && interrupt_signal())
			stop = interrupt_err(err);
		if (!stop && next < count && worker->outstanding < worker->window)
			worker->lost = send_one(worker, &instances[next++], err) < 0;
		else if (worker->outstanding > 0)
			worker->lost = drain_one(worker, err) < 0;
	}
	if (worker->lost)
		return -1;
	return next < count ? stop : 0;
}

/* What is to be warned of is the same on every association: said on the first. */
static void
tell_association(const struct send_job *job, const struct association_facts *facts, bool first)
{
	struct report_association event = association_event(&job->request, facts);

	job->reporter->association(job->reporter->self, &event);
	if (first)
		association_warn(job->reporter, job->expiry, &job->request, facts);
}

/* End the association as its state demands. A release that is not confirmed
 * changes nothing about what was acknowledged: it is only mentioned. */
static void
finish(struct worker *worker)
{
	const struct reporter *reporter = worker->job->reporter;
	struct err err = ERR_INIT;

	if (worker->lost)
		worker->job->driver->abort(worker->assoc);
	else if (worker->job->driver->release(worker->assoc, &err) < 0)
		reporter->note(reporter->self, err.text);
}

int
worker_run(const struct send_job *job, const struct plan *plan, const struct instance *instances,
	size_t count, size_t *settled, struct send_result *result, struct err *err)
{
	struct association_request request = job->request;
	struct association_facts facts;
	struct worker worker = { .job = job, .result = result, .next_id = 1 };
	int rv;

	*settled = 0;
	request.plan = plan;
	worker.assoc = job->driver->open(&request, &facts, err);
	if (!worker.assoc && err->kind == ERR_NO_CONTEXT)
		report_unroutable(&worker, plan, instances, count);
	*settled = worker.settled;
	if (!worker.assoc)
		return -1;
	tell_association(job, &facts, !result->context_accepted);
	result->context_accepted = true;
	worker.window = facts.window;
	worker.flights = calloc(worker.window, sizeof *worker.flights);
	if (!worker.flights) {
		job->driver->abort(worker.assoc);
		return err_nomem(err);
	}
	rv = carry(&worker, instances, count, err);
	if (worker.lost)
		report_uncertain(&worker, err);
	finish(&worker);
	*settled = worker.settled;
	free(worker.flights);
	return rv;
}
