/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/intake.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/wait.h"
#include "send/batch.h"
#include "send/duplicates.h"
#include "send/result.h"

/* Studies that the walk met since the last batch, in batches or not. */
struct met {
	struct study **studies;
	size_t count, room;
};

struct intake {
	const struct send_job *job;
	struct ledger *ledger;
	struct duplicates *duplicates;
	struct batch *batch;
	struct met met;
	const struct study *last; /* that the walk was in; may be gone */
};

struct intake *
intake_new(const struct send_job *job, struct ledger *ledger, struct err *err)
{
	struct intake *intake = calloc(1, sizeof *intake);

	if (!intake) {
		err_nomem(err);
		return NULL;
	}
	intake->job = job;
	intake->ledger = ledger;
	intake->duplicates = duplicates_new(job->uid_conflict == UID_CONFLICT_SEND, err);
	if (intake->duplicates)
		intake->batch = batch_new(&job->rules, job->split_studies, err);
	if (intake->batch)
		return intake;
	intake_free(intake);
	return NULL;
}

/* The study of that UID that is under way: mostly the one met last. */
static struct study *
find_study(const struct intake *intake, const char *uid)
{
	struct study *study;

	if (intake->met.count > 0) {
		study = intake->met.studies[intake->met.count - 1];
		if (strcmp(study->uid, uid) == 0)
			return study;
	}
	study = batch_study(intake->batch, uid);
	for (size_t i = intake->met.count; !study && i > 0; i--) {
		if (strcmp(intake->met.studies[i - 1]->uid, uid) == 0)
			study = intake->met.studies[i - 1];
	}
	return study;
}

static struct study *
meet_study(struct intake *intake, const char *uid)
{
	struct met *met = &intake->met;
	struct study *study = find_study(intake, uid);

	if (study)
		return study;
	if (met->count == met->room) {
		size_t room = met->room ? 2 * met->room : 64;
		struct study **grown = reallocarray(met->studies, room, sizeof(struct study *));

		if (!grown)
			return NULL;
		met->studies = grown;
		met->room = room;
	}
	study = ledger_study(intake->ledger, uid);
	if (study)
		met->studies[met->count++] = study;
	return study;
}

/* Settled before it was ever sent. */
static void
settle(struct intake *intake, struct study *study, struct item *item, struct report_instance *event)
{
	ledger_settle(intake->ledger, study, event);
	instance_clear(&item->instance);
}

static void
settle_failure(struct intake *intake, struct study *study, struct item *item, const struct err *why)
{
	static const struct send_facts nothing;
	struct report_instance event = result_failure(item, &nothing, why);

	settle(intake, study, item, &event);
}

/* Another object of its UID goes. Returns 0: this one does, too. */
static int
send_too(struct intake *intake, struct item *item, const struct err *why)
{
	char text[1200];

	text_format(text, sizeof text, "%s; both are sent (--uid-conflict send)", why->text);
	ledger_note(intake->ledger, text);
	item->instance.uid_shared = true;
	return 0;
}

/* Has another path the same UID? True: then it has its result. -1 with err. */
static int
settle_duplicate(struct intake *intake, struct study *study, struct item *item, struct err *err)
{
	struct report_instance event;
	struct err why = ERR_INIT;
	const char *first;
	char text[4200];

	switch (duplicates_add(intake->duplicates, &item->instance, &first, &why)) {
	case DUPLICATE_NONE:
		return 0;
	case DUPLICATE_EQUAL:
		event = result_event(item, RESULT_DUPLICATE);
		text_format(text, sizeof text, "the same object as %s", first);
		event.meaning = text;
		settle(intake, study, item, &event);
		return 1;
	case DUPLICATE_OTHER:
		if (intake->job->uid_conflict == UID_CONFLICT_SEND)
			return send_too(intake, item, &why);
		settle_failure(intake, study, item, &why);
		return 1;
	case DUPLICATE_FAILED:
		break;
	}
	*err = why;
	return -1;
}

/* Does the journal settle it? True: it has. -1 with err. */
static int
settle_by_journal(struct intake *intake, struct study *study, struct item *item, struct err *err)
{
	const struct send_job *job = intake->job;
	struct journal_entry entry;
	struct report_instance event;

	if (!job->journal || journal_is_blank(job->journal))
		return 0;
	if (journal_look(job->journal, &item->instance, &entry, err) < 0)
		return -1;
	if (entry.state == JOURNAL_ACKNOWLEDGED && !job->resend) {
		event = result_recorded(item, &entry);
		settle(intake, study, item, &event);
		return 1;
	}
	if (entry.state == JOURNAL_UNKNOWN && job->uid_conflict == UID_CONFLICT_SEND &&
	    !item->instance.uid_shared)
		return journal_shares_uid(job->journal, &item->instance, &item->instance.uid_shared, err);
	item->uncertain_before = entry.state == JOURNAL_UNCERTAIN;
	if (!item->uncertain_before || job->retry.resend_uncertain || job->resend)
		return 0;
	event = result_unsent(item);
	event.meaning = "an earlier run sent it and never had an answer";
	settle(intake, study, item, &event);
	return 1;
}

/* -1: it can get no result but "not sent". For want of memory even its name may be gone. */
static int
give_up(struct intake *intake, struct study *study, struct item *item)
{
	struct report_instance event = result_unsent(item);

	if (!event.path)
		event.path = "";
	settle(intake, study, item, &event);
	return -1;
}

/* A header unlike its data set: told and counted; with --strict it is a failure, by why. */
static int
heed_mismatch(struct intake *intake, const struct instance *instance, struct err *why)
{
	char text[1024], shown[512];

	text_format(text, sizeof text, "%s: %s", text_harmless_str(shown, sizeof shown, instance->path),
		instance->mismatch);
	if (!intake->job->strict) {
		ledger_mismatched(intake->ledger, text);
		return 0;
	}
	err_set(why, ERR_NO_INPUT, "%s", text);
	err_hint(why, "Have the system that made the object correct it, or leave --strict out.");
	return 1;
}

int
intake_add(struct intake *intake, struct instance *instance, struct err *err)
{
	const struct edits *edits = intake->job->request.edits;
	struct item item = { .instance = *instance };
	struct err why = ERR_INIT;
	struct study *study;
	int settled = 0;

	/* Shards are of the studies as they are, whatever is made of them. */
	if (!shard_takes(intake->job->shard, instance->study)) {
		ledger_elsewhere(intake->ledger);
		instance_clear(instance);
		return 0;
	}
	if (edits && !instance->origin && intake->job->edit_head(edits, &item.instance, &why) < 0)
		settled = 1;
	else if (plan_proposes(&intake->job->rules, &item.instance, &why) < 0)
		settled = 1;
	if (!settled && item.instance.mismatch)
		settled = heed_mismatch(intake, &item.instance, &why);
	study = meet_study(intake, item.instance.study);
	ledger_found(intake->ledger, study, instance->size);
	if (!study) {
		err_nomem(err);
		return give_up(intake, NULL, &item);
	}
	if (study != intake->last)
		batch_leave(intake->batch);
	intake->last = study;
	if (settled) {
		settle_failure(intake, study, &item, &why);
		return 0;
	}
	settled = settle_duplicate(intake, study, &item, err);
	if (settled == 0)
		settled = settle_by_journal(intake, study, &item, err);
	if (settled > 0)
		return 0;
	if (settled < 0)
		return give_up(intake, study, &item);
	if (batch_add(intake->batch, &item, study, clock_us()) == 0)
		return 0;
	err_nomem(err);
	memset(&item.instance, 0, sizeof item.instance);
	return give_up(intake, study, &item);
}

/* The walk has left all studies but the open one. */
static void
close_studies(struct intake *intake, struct study *open)
{
	struct met *met = &intake->met;

	for (size_t i = 0; i < met->count; i++) {
		if (met->studies[i] != open)
			ledger_close_study(intake->ledger, met->studies[i]);
	}
	met->count = 0;
	if (open)
		met->studies[met->count++] = open;
}

int
intake_take(struct intake *intake, bool last, struct unit **out, struct err *err)
{
	struct study *open = NULL;

	*out = NULL;
	if (!last && !batch_is_due(intake->batch, clock_us()) && intake->met.count < BATCH_FILES)
		return 0;
	if (batch_take(intake->batch, last, out, &open, err) < 0)
		return -1;
	/* Nothing of it is to be sent so far, but the walk may be in it still. */
	for (size_t i = 0; i < intake->met.count && !open && !last; i++) {
		if (intake->met.studies[i] == intake->last)
			open = intake->met.studies[i];
	}
	close_studies(intake, open);
	return 0;
}

static void
tell_unsent(void *ctx, struct item *item, struct study *study)
{
	struct intake *intake = ctx;
	struct report_instance event = result_unsent(item);

	ledger_settle(intake->ledger, study, &event);
}

void
intake_free(struct intake *intake)
{
	if (!intake)
		return;
	batch_free(intake->batch, tell_unsent, intake);
	duplicates_free(intake->duplicates);
	free(intake->met.studies);
	free(intake);
}
