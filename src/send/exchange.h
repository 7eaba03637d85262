/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The C-STOREs of one worker, on the association that it has: fill the window
 * with a unit's items, match responses by message ID, finish every item and
 * record what became of it.
 */
#ifndef MTLS_SEND_EXCHANGE_H
#define MTLS_SEND_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dcmtk/association.h"
#include "send/job.h"
#include "send/journal.h"
#include "send/study.h"
#include "send/tally.h"

/* So many objects in a row refused with A7xx (out of resources, PS3.4 B.2.3): the
 * receiver takes none for now, whatever is sent. */
#define EXCHANGE_REFUSALS 10

struct flight;

/* What came of a unit on one association. */
struct exchange_outcome {
	bool answered;	   /* some item was, whatever the status */
	bool served;	   /* and that was not "out of resources" */
	bool exhausted;	   /* that was the answer EXCHANGE_REFUSALS times in a row; the association stands */
	bool given_up;	   /* some item that was in flight will not go again */
	bool in_flight;	   /* something was, at the association's end */
	size_t unanswered; /* of that, can go again */
};

struct exchange {
	const struct send_job *job;
	struct tally *tally;
	struct association *assoc; /* the worker's to open and end; NULL: none */
	unsigned number;	   /* of the association in the run */

	struct unit *unit; /* being sent */
	struct flight *flights;
	unsigned window, outstanding;
	unsigned suspects; /* items of the unit that were in flight at an abort */
	unsigned refusals; /* A7xx in a row, also over several associations */
	uint16_t next_id;
	bool hold_back; /* items to be repeated for their status wait for the rest of their study */
	bool broken;	/* the association is off in the middle of an item */

	struct journal_result *unrecorded;
	size_t unrecorded_count;

	struct exchange_outcome outcome; /* of the last exchange_carry */
};

/* All zero before. -1 without memory; exchange_clear either way. */
int exchange_init(struct exchange *ex, const struct send_job *job, struct tally *tally, struct err *err)
	__attribute__((warn_unused_result));
void exchange_clear(struct exchange *ex);

/* For a new association with this window, >= 1, which ex has from now on, also if it fails: -1
 * without memory. */
int exchange_begin(struct exchange *ex, struct association *assoc, unsigned number, unsigned window,
	struct err *err) __attribute__((warn_unused_result));

/*
 * Send what is not finished of the unit, until nothing is left but repetitions
 * that wait, or, after the run's end, until all is answered. 0; or -1: the
 * association is lost, or to be ended for the fault of a file (ERR_NO_INPUT,
 * ERR_INTERNAL), or stands while the receiver is out of resources (outcome.exhausted).
 * Whatever was in flight then is finished, or may go again.
 */
int exchange_carry(struct exchange *ex, struct unit *unit, struct err *err)
	__attribute__((warn_unused_result));

/* None of the plan's contexts was accepted: each item of the unit fails for its own reason. */
void exchange_refuse(struct exchange *ex, struct unit *unit, const struct plan *plan);

#endif
