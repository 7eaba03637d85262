/* SPDX-License-Identifier: BSD-3-Clause */
/* Instances in, results out: over as many associations as their presentation contexts need. */
#ifndef MTLS_SEND_SEND_H
#define MTLS_SEND_SEND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "dcmtk/association.h"
#include "dicom/part10.h"
#include "report/report.h"
#include "send/event.h"

struct send_job {
	const struct association_driver *driver;
	struct association_request request; /* but for its plan */
	const struct reporter *reporter;
	struct expiry_limits expiry; /* of the receiver's certificate */
};

/* What a run came to, added to by send_instances. */
struct send_result {
	struct report_totals totals;
	bool context_accepted; /* on some association */
};

/*
 * Send `instances` in order. One association carries them all unless they need
 * more than 128 contexts; then the next begins where that happens. Every
 * instance is reported exactly once. A lost association ends the run: what was
 * under way and unanswered is uncertain, the rest not sent. 0 if every
 * instance got its turn, else -1 with the cause that ended the run (an
 * interrupt counts: ERR_SIGINT, ERR_SIGTERM).
 */
int send_instances(const struct send_job *job, const struct instance *instances, size_t count,
	struct send_result *result, struct err *err) __attribute__((warn_unused_result));

/* The kind that the exit status follows from: the first that applies, as the
 * manual lists them. cause: what ended the run, ERR_NONE if nothing did. */
enum err_kind send_verdict(const struct send_result *result, enum err_kind cause);

#endif
