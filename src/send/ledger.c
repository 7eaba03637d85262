/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/ledger.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/text.h"
#include "base/wait.h"

/* A study under way and its neighbours in the ledger's list. */
struct entry {
	struct study study; /* first: a study is its entry */
	struct entry *next, *previous;
};

struct ledger {
	pthread_mutex_t lock;
	const struct reporter *reporter;
	struct journal *journal;
	struct report_totals totals;
	uint64_t bytes_found;
	struct entry *studies;
	size_t studies_met;
	int64_t start_us;
};

struct ledger *
ledger_new(const struct reporter *reporter, struct journal *journal, struct err *err)
{
	struct ledger *ledger = calloc(1, sizeof *ledger);

	if (!ledger || pthread_mutex_init(&ledger->lock, NULL)) {
		free(ledger);
		err_nomem(err);
		return NULL;
	}
	ledger->reporter = reporter;
	ledger->journal = journal;
	ledger->start_us = clock_us();
	return ledger;
}

struct study *
ledger_study(struct ledger *ledger, const char *uid)
{
	struct entry *entry = calloc(1, sizeof *entry);

	if (!entry)
		return NULL;
	text_format(entry->study.uid, sizeof entry->study.uid, "%s", uid);
	entry->study.counts.uid = entry->study.uid;
	entry->study.open = true;
	entry->study.worker = -1;
	pthread_mutex_lock(&ledger->lock);
	entry->next = ledger->studies;
	if (entry->next)
		entry->next->previous = entry;
	ledger->studies = entry;
	ledger->studies_met++;
	pthread_mutex_unlock(&ledger->lock);
	return &entry->study;
}

size_t
ledger_studies(struct ledger *ledger)
{
	size_t met;

	pthread_mutex_lock(&ledger->lock);
	met = ledger->studies_met;
	pthread_mutex_unlock(&ledger->lock);
	return met;
}

/* Tell of the study and forget it. */
static void
finish_study(struct ledger *ledger, struct entry *entry)
{
	struct report_study *counts = &entry->study.counts;

	if (entry->study.start_us)
		counts->us = clock_us() - entry->study.start_us;
	if (counts->found > 0)
		ledger->reporter->study(ledger->reporter->self, counts);
	if (entry->next)
		entry->next->previous = entry->previous;
	if (entry->previous)
		entry->previous->next = entry->next;
	else
		ledger->studies = entry->next;
	free(entry);
}

static void
finish_if_settled(struct ledger *ledger, struct study *study)
{
	const struct report_study *counts = &study->counts;
	size_t settled = counts->acknowledged + counts->failed + counts->uncertain + counts->not_sent +
		counts->duplicates;

	if (!study->open && settled == counts->found)
		finish_study(ledger, (struct entry *)(void *)study);
}

void
ledger_found(struct ledger *ledger, struct study *study, uint64_t size)
{
	pthread_mutex_lock(&ledger->lock);
	ledger->totals.found++;
	ledger->bytes_found += size;
	if (study)
		study->counts.found++;
	pthread_mutex_unlock(&ledger->lock);
}

void
ledger_close_study(struct ledger *ledger, struct study *study)
{
	pthread_mutex_lock(&ledger->lock);
	study->open = false;
	finish_if_settled(ledger, study);
	pthread_mutex_unlock(&ledger->lock);
}

bool
ledger_study_is_open(struct ledger *ledger, const struct study *study)
{
	bool open;

	pthread_mutex_lock(&ledger->lock);
	open = study->open;
	pthread_mutex_unlock(&ledger->lock);
	return open;
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
ledger_settle(struct ledger *ledger, struct study *study, const struct report_instance *event)
{
	struct report_study nobody = { .uid = "" };

	pthread_mutex_lock(&ledger->lock);
	count(&ledger->totals, study ? &study->counts : &nobody, event);
	ledger->reporter->instance(ledger->reporter->self, event);
	if (study)
		finish_if_settled(ledger, study);
	pthread_mutex_unlock(&ledger->lock);
}

void
ledger_begun(struct ledger *ledger, struct study *study)
{
	pthread_mutex_lock(&ledger->lock);
	if (study->start_us == 0)
		study->start_us = clock_us();
	pthread_mutex_unlock(&ledger->lock);
}

const struct reporter *
ledger_hold(struct ledger *ledger)
{
	pthread_mutex_lock(&ledger->lock);
	return ledger->reporter;
}

void
ledger_let_go(struct ledger *ledger)
{
	pthread_mutex_unlock(&ledger->lock);
}

int
ledger_record(struct ledger *ledger, const struct journal_result *results, size_t count, struct err *err)
{
	const struct reporter *reporter;
	char text[4300];

	if (!ledger->journal || count == 0 ||
	    journal_record(ledger->journal, results, count, err) == 0)
		return 0;
	for (size_t i = 0; i < count; i++) {
		if (results[i].sent || results[i].state != JOURNAL_ACKNOWLEDGED)
			continue;
		text_format(text, sizeof text, "acknowledged, but not recorded in the journal: %s",
			instance_name(results[i].instance));
		reporter = ledger_hold(ledger);
		reporter->alarm(reporter->self, text);
		ledger_let_go(ledger);
	}
	return -1;
}

void
ledger_retry(struct ledger *ledger, const struct report_retry *event)
{
	const struct reporter *reporter = ledger_hold(ledger);

	reporter->retry(reporter->self, event);
	ledger_let_go(ledger);
}

void
ledger_note(struct ledger *ledger, const char *text)
{
	const struct reporter *reporter = ledger_hold(ledger);

	reporter->note(reporter->self, text);
	ledger_let_go(ledger);
}

void
ledger_skipped(struct ledger *ledger, const char *path, const char *why)
{
	pthread_mutex_lock(&ledger->lock);
	ledger->totals.skipped++;
	ledger->reporter->skipped(ledger->reporter->self, path, why);
	pthread_mutex_unlock(&ledger->lock);
}

void
ledger_left(struct ledger *ledger, const char *path)
{
	const struct reporter *reporter = ledger_hold(ledger);

	ledger->totals.left++;
	reporter->skipped(reporter->self, path, "was changed within --min-age, and is left for the next run");
	ledger_let_go(ledger);
}

void
ledger_mismatched(struct ledger *ledger, const char *text)
{
	const struct reporter *reporter = ledger_hold(ledger);

	ledger->totals.mismatched++;
	reporter->warning(reporter->self, text);
	ledger_let_go(ledger);
}

void
ledger_elsewhere(struct ledger *ledger)
{
	pthread_mutex_lock(&ledger->lock);
	ledger->totals.elsewhere++;
	pthread_mutex_unlock(&ledger->lock);
}

static size_t
settled(const struct report_totals *totals)
{
	return totals->acknowledged + totals->failed + totals->uncertain + totals->not_sent +
		totals->duplicates;
}

void
ledger_progress(struct ledger *ledger, bool walking, uint64_t wire_bytes)
{
	struct report_progress event;

	pthread_mutex_lock(&ledger->lock);
	event = (struct report_progress){
		.found = ledger->totals.found,
		.settled = settled(&ledger->totals),
		.bytes = wire_bytes,
		.bytes_found = ledger->bytes_found,
		.walking = walking,
		.us = clock_us() - ledger->start_us,
	};
	ledger->reporter->progress(ledger->reporter->self, &event);
	pthread_mutex_unlock(&ledger->lock);
}

struct report_totals
ledger_totals(struct ledger *ledger)
{
	struct report_totals totals;

	pthread_mutex_lock(&ledger->lock);
	totals = ledger->totals;
	totals.us = clock_us() - ledger->start_us;
	pthread_mutex_unlock(&ledger->lock);
	return totals;
}

bool
ledger_is_settled(struct ledger *ledger)
{
	bool all;

	pthread_mutex_lock(&ledger->lock);
	all = settled(&ledger->totals) == ledger->totals.found;
	pthread_mutex_unlock(&ledger->lock);
	return all;
}

void
ledger_free(struct ledger *ledger)
{
	if (!ledger)
		return;
	while (ledger->studies)
		finish_study(ledger, ledger->studies);
	pthread_mutex_destroy(&ledger->lock);
	free(ledger);
}
