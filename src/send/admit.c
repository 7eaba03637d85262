/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/admit.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/wait.h"
#include "send/batch.h"
#include "send/duplicates.h"
#include "send/result.h"

struct admit {
	const struct send_job *job;
	struct tally *tally;
	struct duplicates *duplicates;
	struct batch *batch;
};

struct admit *
admit_new(const struct send_job *job, struct tally *tally, struct err *err)
{
	struct admit *admit = calloc(1, sizeof *admit);

	if (!admit) {
		err_nomem(err);
		return NULL;
	}
	admit->job = job;
	admit->tally = tally;
	admit->duplicates = duplicates_new(job->uid_conflict == UID_CONFLICT_SEND, err);
	if (admit->duplicates)
		admit->batch = batch_new(&job->rules, job->split_studies, tally, err);
	if (admit->batch)
		return admit;
	admit_free(admit);
	return NULL;
}

/* It has its result without having been sent. */
static void
record_result(struct admit *admit, struct study *study, struct item *item, struct report_instance *event)
{
	tally_finish(admit->tally, study, event);
	instance_clear(&item->instance);
}

static void
record_failure(struct admit *admit, struct study *study, struct item *item, const struct err *why)
{
	static const struct send_facts nothing;
	struct report_instance event = result_failure(item, &nothing, why, false);

	record_result(admit, study, item, &event);
}

/* Another object of its UID goes. Returns 0: this one does, too; -1 with err. */
static int
send_both(struct admit *admit, struct item *item, const struct err *why, struct err *err)
{
	char text[1200];

	text_format(text, sizeof text, "%s; both are sent (--uid-conflict send)", why->text);
	tally_tell(admit->tally, TELL_NOTE, text);
	item->instance.uid_shared = true;
	return tally_share_uid(admit->tally, item->instance.sop_instance) < 0 ? err_nomem(err) : 0;
}

/* Does another path have the same UID? True: it has its result. -1 with err. */
static int
record_duplicate(struct admit *admit, struct study *study, struct item *item, struct err *err)
{
	struct report_instance event;
	struct err why = ERR_INIT;
	const char *first;
	char text[4200];

	switch (duplicates_add(admit->duplicates, &item->instance, &first, &why)) {
	case DUPLICATE_NONE:
		return 0;
	case DUPLICATE_EQUAL:
		event = result_event(item, RESULT_DUPLICATE);
		text_format(text, sizeof text, "the same object as %s", first);
		event.meaning = text;
		record_result(admit, study, item, &event);
		return 1;
	case DUPLICATE_OTHER:
		if (admit->job->uid_conflict == UID_CONFLICT_SEND)
			return send_both(admit, item, &why, err);
		record_failure(admit, study, item, &why);
		return 1;
	case DUPLICATE_FAILED:
		break;
	}
	*err = why;
	return -1;
}

/* Does the journal have its result? True: it has. -1 with err. */
static int
skip_if_recorded(struct admit *admit, struct study *study, struct item *item, struct err *err)
{
	const struct send_job *job = admit->job;
	struct journal_entry entry;
	struct report_instance event;
	bool shared = false;

	if (!job->journal || journal_is_blank(job->journal))
		return 0;
	if (journal_look(job->journal, &item->instance, &entry, err) < 0)
		return -1;
	if (entry.state == JOURNAL_ACKNOWLEDGED && !job->resend) {
		event = result_recorded(item, &entry);
		record_result(admit, study, item, &event);
		return 1;
	}
	if (job->uid_conflict == UID_CONFLICT_SEND && !item->instance.uid_shared &&
	    journal_shares_uid(job->journal, &item->instance, &shared, err) < 0)
		return -1;
	/* An entry that it has stays where it is. */
	item->instance.uid_shared |= shared && entry.state == JOURNAL_UNKNOWN;
	if (shared && tally_share_uid(admit->tally, item->instance.sop_instance) < 0)
		return err_nomem(err);
	item->uncertain_before = entry.state == JOURNAL_UNCERTAIN;
	if (!item->uncertain_before || job->retry.resend_uncertain || job->resend)
		return 0;
	event = result_unsent(item);
	event.meaning = "an earlier run sent it and got no answer";
	record_result(admit, study, item, &event);
	return 1;
}

/* -1: its only possible result is "not sent". If there is no memory, even its name may be missing. */
static int
give_up(struct admit *admit, struct study *study, struct item *item)
{
	struct report_instance event = result_unsent(item);

	if (!event.path)
		event.path = "";
	record_result(admit, study, item, &event);
	return -1;
}

/* The header differs from the data set: report and count it; with --strict it fails, with why. */
static int
handle_mismatch(struct admit *admit, const struct instance *instance, struct err *why)
{
	char text[1024];

	text_format(text, sizeof text, "%s: %s", TEXT_SHOWN(instance->path, 512),
		instance->mismatch);
	if (!admit->job->strict) {
		tally_mismatched(admit->tally, text);
		return 0;
	}
	err_set(why, ERR_NO_INPUT, "%s", text);
	err_hint(why, "Have the system that made the object correct it, or omit --strict.");
	return 1;
}

/* --dry-run prepares what has to be rewritten, so that it can say what would fail. */
static int
examine(const struct send_job *job, const struct instance *instance, struct err *why)
{
	const char *syntax = plan_best(&job->rules, instance);

	if (!job->preview || !job->examine ||
		(instance->raw == RAW_FIT && strcmp(syntax, instance->syntax) == 0))
		return 0;
	return job->examine(instance, job->request.edits, syntax, job->request.max_object_memory, why);
}

int
admit_add(struct admit *admit, struct instance *instance, struct err *err)
{
	const struct edits *edits = admit->job->request.edits;
	struct item item = { .instance = *instance };
	struct err why = ERR_INIT;
	struct study *study;
	int finished = 0;

	/* Shards use the study as it is in the file, whatever edits make of it. */
	if (!shard_takes(admit->job->shard, instance->study)) {
		tally_elsewhere(admit->tally);
		instance_clear(instance);
		return 0;
	}
	if (edits && !instance->origin && admit->job->edit_head(edits, &item.instance, &why) < 0)
		finished = 1;
	else if (plan_proposes(&admit->job->rules, &item.instance, &why) < 0)
		finished = 1;
	if (!finished && item.instance.mismatch)
		finished = handle_mismatch(admit, &item.instance, &why);
	study = batch_meet(admit->batch, item.instance.study);
	tally_found(admit->tally, study, instance->size);
	if (!study) {
		err_nomem(err);
		return give_up(admit, NULL, &item);
	}
	if (finished) {
		record_failure(admit, study, &item, &why);
		return 0;
	}
	finished = record_duplicate(admit, study, &item, err);
	if (finished == 0)
		finished = skip_if_recorded(admit, study, &item, err);
	if (finished > 0)
		return 0;
	if (finished < 0)
		return give_up(admit, study, &item);
	if (examine(admit->job, &item.instance, &why) < 0) {
		record_failure(admit, study, &item, &why);
		return 0;
	}
	if (batch_add(admit->batch, &item, clock_us()) == 0)
		return 0;
	err_nomem(err);
	memset(&item.instance, 0, sizeof item.instance);
	return give_up(admit, study, &item);
}

int
admit_take(struct admit *admit, bool last, struct unit **out, struct err *err)
{
	*out = NULL;
	if (!last && !batch_is_due(admit->batch, clock_us()))
		return 0;
	return batch_take(admit->batch, last, out, err);
}

void
admit_free(struct admit *admit)
{
	if (!admit)
		return;
	batch_free(admit->batch);
	duplicates_free(admit->duplicates);
	free(admit);
}
