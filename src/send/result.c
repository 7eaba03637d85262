/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/result.h"

#include "base/text.h"
#include "dicom/status.h"

static const char ask_there[] =
	"The receiver may or may not have it: check there before deleting it here.";

struct report_instance
result_event(const struct item *item, enum result_class result)
{
	const struct instance *instance = &item->instance;

	return (struct report_instance){
		.path = instance_name(instance),
		.sop_class = instance->sop_class,
		.sop_instance = instance->sop_instance,
		.study = instance->study,
		.syntax_file = instance->syntax,
		.changed = "",
		.size = instance->origin ? 0 : instance->size,
		.mtime_ns = instance->origin ? 0 : instance->mtime_ns,
		.result = result,
		.again = item->unanswered || item->uncertain_before,
		.attempt = item->attempts,
		.meaning = "",
		.hint = "",
		.comment = "",
	};
}

static struct report_instance
sent_event(const struct item *item, const struct send_facts *facts, enum result_class result)
{
	struct report_instance event = result_event(item, result);

	event.syntax_sent = facts->syntax;
	event.changed = facts->changed;
	return event;
}

struct report_instance
result_answer(const struct item *item, const struct send_facts *facts, const struct store_answer *answer,
	bool taken)
{
	static const enum result_class results[] = {
		[STATUS_SUCCESS] = RESULT_SUCCESS,
		[STATUS_WARNING] = RESULT_WARNING,
		[STATUS_FAILURE] = RESULT_FAILURE,
	};
	struct status_meaning meaning = status_store(answer->rsp.status);
	struct report_instance event =
		sent_event(item, facts, taken ? RESULT_SUCCESS : results[meaning.severity]);

	event.has_status = true;
	event.status = answer->rsp.status;
	event.meaning = meaning.meaning;
	event.hint = taken ? "" : meaning.remedy;
	event.comment = answer->rsp.comment;
	event.offending = answer->rsp.offending;
	event.offending_count = answer->rsp.offending_count;
	event.bytes = facts->bytes;
	return event;
}

struct report_instance
result_failure(const struct item *item, const struct send_facts *facts, const struct err *why, bool uncertain)
{
	struct report_instance event = sent_event(item, facts, uncertain ? RESULT_UNCERTAIN : RESULT_FAILURE);

	event.meaning = why->text;
	event.hint = uncertain ? ask_there : why->hint;
	return event;
}

struct report_instance
result_unsent(const struct item *item)
{
	bool unanswered = item->unanswered || item->uncertain_before;
	/* It was refused, and the run ended before it could be repeated. */
	bool refused = item->repeated && !item->unanswered;
	struct report_instance event = result_event(item, refused ? RESULT_FAILURE :
		unanswered ? RESULT_UNCERTAIN : RESULT_NOT_SENT);
	struct status_meaning meaning = status_store(item->status);

	event.has_status = refused;
	event.status = refused ? item->status : 0;
	event.meaning = refused ? meaning.meaning : unanswered ?
		"it was sent but not answered, and the run ended before it could be sent again" :
		"not attempted: the run had ended";
	event.hint = refused ? meaning.remedy : unanswered ? ask_there : "";
	return event;
}

struct journal_result
result_to_record(const struct item *item, const struct report_instance *event, bool begun)
{
	static const enum journal_state states[] = {
		[RESULT_SUCCESS] = JOURNAL_ACKNOWLEDGED,
		[RESULT_WARNING] = JOURNAL_ACKNOWLEDGED,
		[RESULT_FAILURE] = JOURNAL_FAILED,
		[RESULT_UNCERTAIN] = JOURNAL_UNCERTAIN,
	};
	struct journal_result result = {
		.instance = &item->instance,
		.state = states[event->result],
		.has_status = event->has_status,
		.status = event->status,
		.begun = begun,
	};

	text_format(result.comment, sizeof result.comment, "%s",
		event->has_status ? event->comment : event->meaning);
	return result;
}

struct report_instance
result_recorded(const struct item *item, const struct journal_entry *entry)
{
	struct status_meaning meaning = status_store(entry->status);
	bool warned = entry->has_status && meaning.severity == STATUS_WARNING;
	struct report_instance event = result_event(item, warned ? RESULT_WARNING : RESULT_SUCCESS);

	event.recorded = true;
	event.again = false;
	event.has_status = entry->has_status;
	event.status = entry->status;
	event.meaning = "acknowledged in another run, according to the journal";
	return event;
}
