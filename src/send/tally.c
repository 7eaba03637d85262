/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/tally.h"

#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/wait.h"

struct tally {
	pthread_mutex_t lock;
	const struct reporter *reporter;
	struct journal *journal;
	struct report_totals totals;
	uint64_t bytes_found;
	LIST_HEAD(, study) studies; /* under way */
	void *shared_uids; /* a tree of strings, tsearch(3) */
	int64_t start_us;
	uint64_t wire_bytes; /* atomic */
	unsigned in_flight; /* objects; atomic */
	bool over;	    /* there is a cause; atomic */
	struct err cause, refusal;
};

struct tally *
tally_new(const struct reporter *reporter, struct journal *journal, struct err *err)
{
	struct tally *tally = calloc(1, sizeof *tally);

	if (!tally || pthread_mutex_init(&tally->lock, NULL)) {
		free(tally);
		err_nomem(err);
		return NULL;
	}
	tally->reporter = reporter;
	tally->journal = journal;
	tally->start_us = clock_us();
	return tally;
}

struct study *
tally_study(struct tally *tally, const char *uid)
{
	struct study *study = calloc(1, sizeof *study);

	if (!study)
		return NULL;
	text_format(study->uid, sizeof study->uid, "%s", uid);
	study->counts.uid = study->uid;
	study->open = true;
	study->worker = -1;
	pthread_mutex_lock(&tally->lock);
	LIST_INSERT_HEAD(&tally->studies, study, others);
	tally->totals.studies++;
	pthread_mutex_unlock(&tally->lock);
	return study;
}

/* Report the study and free it. */
static void
finish_study(struct tally *tally, struct study *study)
{
	struct report_study *counts = &study->counts;

	if (study->start_us)
		counts->us = clock_us() - study->start_us;
	if (counts->found > 0)
		tally->reporter->study(tally->reporter->self, counts);
	LIST_REMOVE(study, others);
	free(study);
}

static void
finish_if_complete(struct tally *tally, struct study *study)
{
	const struct report_study *counts = &study->counts;
	size_t finished = counts->acknowledged + counts->failed + counts->uncertain + counts->not_sent +
		counts->duplicates;

	if (!study->open && finished == counts->found)
		finish_study(tally, study);
}

void
tally_found(struct tally *tally, struct study *study, uint64_t size)
{
	pthread_mutex_lock(&tally->lock);
	tally->totals.found++;
	tally->bytes_found += size;
	if (study)
		study->counts.found++;
	pthread_mutex_unlock(&tally->lock);
}

void
tally_close_study(struct tally *tally, struct study *study)
{
	pthread_mutex_lock(&tally->lock);
	__atomic_store_n(&study->open, false, __ATOMIC_RELAXED);
	finish_if_complete(tally, study);
	pthread_mutex_unlock(&tally->lock);
}

static void
count_acknowledged(struct report_totals *totals, struct report_study *study,
	const struct report_instance *event)
{
	totals->acknowledged++;
	totals->warned += event->result == RESULT_WARNING;
	totals->recorded += event->recorded;
	totals->bytes += event->bytes;
	study->acknowledged++;
	study->warned += event->result == RESULT_WARNING;
	study->recorded += event->recorded;
	study->bytes += event->bytes;
}

static void
count(struct report_totals *totals, struct report_study *study, const struct report_instance *event)
{
	switch (event->result) {
	case RESULT_SUCCESS:
	case RESULT_WARNING:
		count_acknowledged(totals, study, event);
		break;
	case RESULT_FAILURE:
		totals->failed++;
		study->failed++;
		break;
	case RESULT_UNCERTAIN:
		totals->uncertain++;
		study->uncertain++;
		break;
	case RESULT_NOT_SENT:
		totals->not_sent++;
		totals->planned += event->planned;
		study->not_sent++;
		study->bytes += event->planned ? event->bytes : 0;
		study->planned |= event->planned;
		break;
	case RESULT_DUPLICATE:
		totals->duplicates++;
		study->duplicates++;
		break;
	}
	totals->again += event->attempt > 1;
}

void
tally_finish(struct tally *tally, struct study *study, const struct report_instance *event)
{
	struct report_study nobody = { .uid = "" };

	pthread_mutex_lock(&tally->lock);
	count(&tally->totals, study ? &study->counts : &nobody, event);
	tally->reporter->instance(tally->reporter->self, event);
	if (study)
		finish_if_complete(tally, study);
	pthread_mutex_unlock(&tally->lock);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

int
tally_share_uid(struct tally *tally, const char *uid)
{
	char *copy = strdup(uid), **node = NULL;

	pthread_mutex_lock(&tally->lock);
	if (copy)
		node = tsearch(copy, &tally->shared_uids, by_text);
	pthread_mutex_unlock(&tally->lock);
	if (!node || *node != copy)
		free(copy);
	return node ? 0 : -1;
}

bool
tally_is_shared(struct tally *tally, const char *uid)
{
	bool shared;

	pthread_mutex_lock(&tally->lock);
	shared = tfind(uid, &tally->shared_uids, by_text) != NULL;
	pthread_mutex_unlock(&tally->lock);
	return shared;
}

void
tally_begun(struct tally *tally, struct study *study)
{
	pthread_mutex_lock(&tally->lock);
	if (study->start_us == 0)
		study->start_us = clock_us();
	pthread_mutex_unlock(&tally->lock);
	__atomic_fetch_add(&tally->in_flight, 1, __ATOMIC_RELAXED);
}

void
tally_answered(struct tally *tally)
{
	__atomic_fetch_sub(&tally->in_flight, 1, __ATOMIC_RELAXED);
}

unsigned
tally_in_flight(const struct tally *tally)
{
	return __atomic_load_n(&tally->in_flight, __ATOMIC_RELAXED);
}

const struct reporter *
tally_lock(struct tally *tally)
{
	pthread_mutex_lock(&tally->lock);
	return tally->reporter;
}

void
tally_unlock(struct tally *tally)
{
	pthread_mutex_unlock(&tally->lock);
}

/* A failed journal loses results, which takes precedence over other causes. */
void
tally_end(struct tally *tally, const struct err *why)
{
	pthread_mutex_lock(&tally->lock);
	if (tally->cause.kind == ERR_NONE ||
	    (why->kind == ERR_JOURNAL && tally->cause.kind != ERR_JOURNAL))
		tally->cause = *why;
	__atomic_store_n(&tally->over, tally->cause.kind != ERR_NONE, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&tally->lock);
}

void
tally_refused(struct tally *tally, const struct err *why)
{
	pthread_mutex_lock(&tally->lock);
	if (tally->refusal.kind == ERR_NONE)
		tally->refusal = *why;
	pthread_mutex_unlock(&tally->lock);
}

bool
tally_is_over(const struct tally *tally)
{
	return __atomic_load_n(&tally->over, __ATOMIC_RELAXED) || interrupt_signal();
}

const struct err *
tally_cause(const struct tally *tally)
{
	return tally->cause.kind == ERR_NONE ? &tally->refusal : &tally->cause;
}

void
tally_record(struct tally *tally, const struct journal_result *results, size_t count)
{
	struct err err = ERR_INIT;
	char text[4300];

	if (!tally->journal || count == 0 || journal_record(tally->journal, results, count, &err) == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		if (results[i].sent || results[i].state != JOURNAL_ACKNOWLEDGED)
			continue;
		text_format(text, sizeof text, "acknowledged, but not recorded in the journal: %s",
			instance_name(results[i].instance));
		tally_tell(tally, TELL_ALARM, text);
	}
	tally_end(tally, &err);
}

unsigned
tally_association(struct tally *tally, struct report_association *event)
{
	const struct reporter *reporter = tally_lock(tally);

	event->number = ++tally->totals.associations;
	reporter->association(reporter->self, event);
	tally_unlock(tally);
	return event->number;
}

void
tally_retry(struct tally *tally, const struct report_retry *event)
{
	const struct reporter *reporter = tally_lock(tally);

	reporter->retry(reporter->self, event);
	tally_unlock(tally);
}

void
tally_tell(struct tally *tally, enum tally_tell as, const char *text)
{
	const struct reporter *reporter = tally_lock(tally);
	void (*const tell[])(void *self, const char *text) = { reporter->note, reporter->notice,
		reporter->warning, reporter->alarm };

	tell[as](reporter->self, text);
	tally_unlock(tally);
}

void
tally_skipped(struct tally *tally, const char *path, const char *why)
{
	const struct reporter *reporter = tally_lock(tally);

	tally->totals.skipped += why != NULL;
	tally->totals.left += !why;
	reporter->skipped(reporter->self, path,
		why ? why : "changed within --min-age; left for the next run");
	tally_unlock(tally);
}

void
tally_mismatched(struct tally *tally, const char *text)
{
	pthread_mutex_lock(&tally->lock);
	tally->totals.mismatched++;
	pthread_mutex_unlock(&tally->lock);
	tally_tell(tally, TELL_WARNING, text);
}

void
tally_elsewhere(struct tally *tally)
{
	pthread_mutex_lock(&tally->lock);
	tally->totals.elsewhere++;
	pthread_mutex_unlock(&tally->lock);
}

static size_t
count_finished(const struct report_totals *totals)
{
	return totals->acknowledged + totals->failed + totals->uncertain + totals->not_sent +
		totals->duplicates;
}

uint64_t *
tally_wire_bytes(struct tally *tally)
{
	return &tally->wire_bytes;
}

void
tally_progress(struct tally *tally, bool walking)
{
	struct report_progress event;

	pthread_mutex_lock(&tally->lock);
	event = (struct report_progress){
		.found = tally->totals.found,
		.finished = count_finished(&tally->totals),
		.bytes = __atomic_load_n(&tally->wire_bytes, __ATOMIC_RELAXED),
		.bytes_found = tally->bytes_found,
		.walking = walking,
		.us = clock_us() - tally->start_us,
	};
	tally->reporter->progress(tally->reporter->self, &event);
	pthread_mutex_unlock(&tally->lock);
}

struct report_totals
tally_totals(struct tally *tally)
{
	struct report_totals totals;

	pthread_mutex_lock(&tally->lock);
	totals = tally->totals;
	totals.us = clock_us() - tally->start_us;
	pthread_mutex_unlock(&tally->lock);
	return totals;
}

bool
tally_is_finished(struct tally *tally)
{
	struct report_totals totals = tally_totals(tally);

	return count_finished(&totals) == totals.found;
}

void
tally_free(struct tally *tally)
{
	struct study *next;

	if (!tally)
		return;
	for (struct study *study = LIST_FIRST(&tally->studies); study; study = next) {
		next = LIST_NEXT(study, others);
		finish_study(tally, study);
	}
	tdestroy(tally->shared_uids, free);
	pthread_mutex_destroy(&tally->lock);
	free(tally);
}
