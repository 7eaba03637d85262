/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One climb under way: what the rungs share, and how they note what they find.
 * A rung is begun, findings are added, and it is ended: that tells the reporters.
 */
#ifndef MTLS_CHECK_CLIMB_H
#define MTLS_CHECK_CLIMB_H

#include <stdarg.h>
#include <stdbool.h>

#include "check/check.h"
#include "check/finding.h"
#include "dicom/plan.h"
#include "tls/observation.h"

struct climb {
	const struct check_job *job;
	struct ladder *ladder;

	bool stopped;	/* a step failed, or a signal came: nothing more is begun */

	enum rung rung; /* under way */
	struct finding *findings; /* of it */
	size_t count;
	char summary[512]; /* of it if all is well; empty: the first finding */

	/* The main connection. */
	struct plan plan;	/* Verification first */
	bool plan_full;		/* some files found no room in it */
	struct association_facts facts;
	struct tls_observation seen;
	int64_t opening_us;	/* from the name to the answer, or the failure */
	bool opened;		/* the handshake is through, or TCP when plain */
};

/* Does the receiver get to see TLS? */
bool climb_has_tls(const struct climb *climb);

/* Has a step failed, or a signal come? Then nothing more is begun. A certificate
 * that is about to expire fails its step and stops nothing. */
bool climb_is_over(const struct climb *climb);

void climb_begin(struct climb *climb, enum rung rung);

/* A finding of the id's severity and side; kind: for failed ones, what the
 * exit status follows from. The text has no full stop. */
void climb_find(struct climb *climb, enum finding_id id, enum err_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* What to do about the last finding, a sentence. */
void climb_hint(struct climb *climb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The last finding's cause alone, without names, for one line of monitoring. */
void climb_brief(struct climb *climb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The last finding is critical; where a limit was given (crit_fails), it fails the step with this kind. */
void climb_critical(struct climb *climb, enum err_kind kind);

/* What to say of the rung in one line if all is well. */
void climb_summarize(struct climb *climb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What the server's certificate, and what is stapled to it, are to be warned of. */
void climb_find_remarks(struct climb *climb);

/* Another side than the id's, of the last finding. */
void climb_side(struct climb *climb, enum side side);

/* A finding that says what err says. An interrupt or an internal fault in err
 * is found as such, whatever the id. */
void climb_find_err(struct climb *climb, enum finding_id id, const struct err *err);

/* The rung is done: its severity and summary are those of its worst finding, the first of these. */
void climb_end(struct climb *climb, int64_t us);

/* The rung cannot be reached, or does not apply. */
void climb_skip(struct climb *climb, enum rung rung, const char *why);

/* The rung was not asked for: not reached either, and nobody is told of it. */
void climb_leave_out(struct climb *climb, enum rung rung, const char *why);

/* Tell beforehand what is about to happen. */
void climb_announce(struct climb *climb, const char *text);

#endif
