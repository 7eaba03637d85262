/* SPDX-License-Identifier: BSD-3-Clause */
/* The results of items as events, for the tally. */
#ifndef MTLS_SEND_RESULT_H
#define MTLS_SEND_RESULT_H

#include "dcmtk/association.h"
#include "report/report.h"
#include "send/journal.h"
#include "send/study.h"

/* An event with the item's own data. Its strings belong to the item. */
struct report_instance result_event(const struct item *item, enum result_class result);

/* The receiver's answer. taken: a status 0111 (duplicate) counts as success. */
struct report_instance result_answer(const struct item *item, const struct send_facts *facts,
	const struct store_answer *answer, bool taken);

/* It cannot be sent, or was given up, because of why. uncertain: all of it was sent, but it was not
 * answered. */
struct report_instance result_failure(const struct item *item, const struct send_facts *facts,
	const struct err *why, bool uncertain);

/* The entry for the journal. begun: of an attempt that was recorded when it was sent. */
struct journal_result result_to_record(const struct item *item, const struct report_instance *event,
	bool begun);

/* The result from an earlier run, or from another one that shares the journal. */
struct report_instance result_recorded(const struct item *item, const struct journal_entry *entry);

/* The run ended before its turn, or before its turn came again. */
struct report_instance result_unsent(const struct item *item);

#endif
