/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A running check: what the steps share, and how they add findings. A step is begun, findings are added,
 * and it is ended, which calls the reporter.
 */
#ifndef MTLS_CHECK_CHECKER_H
#define MTLS_CHECK_CHECKER_H

#include <stdarg.h>
#include <stdbool.h>

#include "check/check.h"
#include "check/finding.h"
#include "dicom/plan.h"
#include "tls/observation.h"

struct checker {
	const struct check_job *job;
	struct check_report *report;

	bool stopped;	/* a step failed, but by a certificate that is about to expire, or a signal came:
			 * nothing more is begun */

	enum step step; /* under way */
	struct finding *findings; /* of it */
	size_t count;
	struct finding *last, lost; /* the one added last; lost: where memory ran out, read by nobody */
	char summary[512]; /* of it if all is well; empty: the first finding */

	/* The main connection. */
	struct plan plan;	/* Verification first */
	bool plan_full;		/* there was no room in it for some files */
	struct association_facts facts;
	struct tls_observation observed;
	int64_t open_us;	/* from the name to the answer, or the failure */
	bool opened;		/* the handshake is complete, or TCP is connected when plain */
};

/* Does the receiver get to see TLS? */
bool checker_has_tls(const struct checker *checker);

void checker_begin(struct checker *checker, enum step step);

/* Add a finding with the id's severity and side; kind: for failed ones, what determines the exit status.
 * The text has no full stop. */
PRINTF_LIKE(4, 5) void checker_add(struct checker *checker, enum finding_id id, enum err_kind kind,
	const char *fmt, ...);

/* What to do about the last finding, a sentence. */
PRINTF_LIKE(2, 3) void checker_hint(struct checker *checker, const char *fmt, ...);

/* The last finding's cause only, without names, for the line of monitoring. */
PRINTF_LIKE(2, 3) void checker_brief(struct checker *checker, const char *fmt, ...);

/* The last finding is critical; where a limit was given (crit_fails), it fails the step with this kind. */
void checker_critical(struct checker *checker, enum err_kind kind);

/* The step's summary in one line if all is well. */
PRINTF_LIKE(2, 3) void checker_summarize(struct checker *checker, const char *fmt, ...);

/* Add the warnings about the server's certificate and its stapled response. */
void checker_add_tls_warnings(struct checker *checker);

/* Add a finding with the text of err. An interrupt or an internal fault in err is reported as such,
 * whatever the id. */
void checker_add_err(struct checker *checker, enum finding_id id, const struct err *err);

/* The step is done: its severity and summary are those of its worst finding, or of the first of several. */
void checker_end(struct checker *checker, int64_t us);

/* The step cannot be reached, or does not apply. */
void checker_skip(struct checker *checker, enum step step, const char *why);

/* The step was not requested: it counts as not reached, and is not reported. */
void checker_omit(struct checker *checker, enum step step, const char *why);

/* Report what is about to happen. */
void checker_announce(struct checker *checker, const char *text);

#endif
