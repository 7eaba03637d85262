/* SPDX-License-Identifier: BSD-3-Clause */
/* What a run is to do, and how; it does not change during the run. */
#ifndef MTLS_SEND_JOB_H
#define MTLS_SEND_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "dcmtk/association.h"
#include "dcmtk/edits.h"
#include "dicom/part10.h"
#include "dicom/plan.h"
#include "dicom/shard.h"
#include "report/report.h"
#include "send/event.h"
#include "send/journal.h"
#include "send/retry.h"

/* What to do with another data set that has the UID of one already sent. */
enum uid_conflict { UID_CONFLICT_FAIL, UID_CONFLICT_SEND };

/* Everything pointed to must outlive the run. Times: milliseconds. */
struct send_job {
	const struct association_driver *driver;
	struct association_request request; /* except its plan and wire_bytes */
	/* edits_head, where request.edits are given; a pointer, because it is C++ */
	int (*edit_head)(const struct edits *edits, struct instance *instance, struct err *err);
	/* examine_instance, likewise, for --dry-run; NULL: objects are not examined */
	int (*examine)(const struct instance *instance, const struct edits *edits, const char *syntax,
		uint64_t memory_max, struct err *err);
	const struct reporter *reporter;
	struct expiry_limits expiry; /* of the receiver's certificate */
	struct plan_rules rules;
	struct retry_rules retry;
	struct shard shard;
	struct journal *journal; /* NULL: none */
	bool resend;		 /* also what the journal has as acknowledged */
	enum uid_conflict uid_conflict;
	bool strict;		 /* --strict */
	bool preview;		 /* --dry-run: tell the plan, without connecting */
	bool split_studies;
	unsigned associations; /* at a time, at most; >= 1 */
	int64_t idle_timeout;  /* an association with nothing to send is released then */
};

#endif
