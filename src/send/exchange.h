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

/* After this many objects in a row refused with A7xx (out of resources, PS3.4 B.2.3), the receiver is
 * considered to accept nothing for now. */
#define EXCHANGE_REFUSALS 10

struct flight;

/* The outcome of a unit on one association. */
struct exchange_outcome {
	bool answered;	   /* some item was answered, with any status */
	bool served;	   /* with another status than "out of resources" */
	bool exhausted;	   /* "out of resources" EXCHANGE_REFUSALS times in a row; the association is still
			    * open */
	bool given_up;	   /* some item that was in flight will not be sent again */
	bool in_flight;	   /* something was in flight at the association's end */
	size_t unanswered; /* some of that can be sent again */
};

struct exchange {
	const struct send_job *job;
	struct tally *tally;
	struct association *assoc; /* opened and ended by the worker; NULL: none */
	unsigned number;	   /* of the association in the run */

	struct unit *unit; /* being sent */
	struct flight *flights;
	unsigned window, outstanding;
	unsigned suspects; /* items of the unit that were in flight at an abort */
	unsigned refusals; /* A7xx in a row, also over several associations */
	uint16_t next_id;
	bool hold_back; /* items to be repeated because of their status wait for the rest of their study */
	bool broken;	/* the association stopped in the middle of an item */

	struct journal_result *unrecorded;
	size_t unrecorded_count;

	struct exchange_outcome outcome; /* of the last exchange_carry */
};

/* All zero before. -1 if there is no memory; call exchange_clear in either case. */
int exchange_init(struct exchange *ex, const struct send_job *job, struct tally *tally, struct err *err)
	MUST_CHECK;
void exchange_clear(struct exchange *ex);

/* For a new association with this window, >= 1, which ex has from now on, also if this fails. -1 if there
 * is no memory. */
int exchange_begin(struct exchange *ex, struct association *assoc, unsigned number, unsigned window,
	struct err *err) MUST_CHECK;

/*
 * Send what is not finished of the unit, until nothing is left but repetitions
 * that wait, or, after the run's end, until all is answered. 0; or -1: the
 * association is lost, or to be ended for the fault of a file (ERR_NO_INPUT,
 * ERR_INTERNAL), or stands while the receiver is out of resources (outcome.exhausted).
 * Whatever was in flight then is finished, or may go again.
 */
int exchange_carry(struct exchange *ex, struct unit *unit, struct err *err) MUST_CHECK;

/* None of the plan's contexts was accepted: each item of the unit fails for its own reason. */
void exchange_refuse(struct exchange *ex, struct unit *unit, const struct plan *plan);

#endif
