/* SPDX-License-Identifier: BSD-3-Clause */
/* Results of items as events, ready for the tally. */
#ifndef MTLS_SEND_RESULT_H
#define MTLS_SEND_RESULT_H

#include "dcmtk/association.h"
#include "report/report.h"
#include "send/journal.h"
#include "send/study.h"

/* All that the item itself says. Its strings are the item's. */
struct report_instance result_event(const struct item *item, enum result_class result);

/* A receiver's answer. taken: a status 0111 (duplicate) counts as success. */
struct report_instance result_answer(const struct item *item, const struct send_facts *facts,
	const struct store_answer *answer, bool taken);

/* It cannot be sent, or was given up: why. uncertain: all of it was sent, the answer never came. */
struct report_instance result_failure(const struct item *item, const struct send_facts *facts,
	const struct err *why, bool uncertain);

/* What the journal is to have of it. begun: of an attempt that was recorded when it went out. */
struct journal_result result_to_record(const struct item *item, const struct report_instance *event,
	bool begun);

/* What an earlier run, or another that shares the journal, made of it. */
struct report_instance result_recorded(const struct item *item, const struct journal_entry *entry);

/* The run ended before its turn, or before its turn came again. */
struct report_instance result_unsent(const struct item *item);

#endif
