/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What waits to be sent: items (an instance and its history), in units (what a worker takes at a time),
 * which belong to a current study. A unit is all of a study in one batch, or a slice of it; it shares its
 * batch's plan.
 */
#ifndef MTLS_SEND_STUDY_H
#define MTLS_SEND_STUDY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "dicom/part10.h"
#include "dicom/plan.h"
#include "report/report.h"

#define STUDY_SLICE 32 /* instances per unit with --split-studies */

/* One instance and what happened to it in this run. */
struct item {
	struct instance instance;
	unsigned attempts; /* how many times sending it began */
	unsigned aborts;   /* A-ABORTs while it was in flight */
	unsigned losses;   /* other losses of the connection while it was in flight */
	bool unanswered;   /* an attempt was sent completely but not answered */
	bool repeated;	   /* its one repetition for a status (A700, 0110) was used */
	uint16_t status;   /* this is that repetition */
	bool in_flight;	   /* its answer is due on an open association */
	bool finished;	   /* it has its result */
	bool uncertain_before; /* an earlier run sent it without an answer (journal) */
};

/* A current study. Guarded by the tally's lock once it is in the pool, except the last three, which the
 * pool's lock guards. What study_has_more reads is atomic. */
struct study {
	LIST_ENTRY(study) others; /* under way; the tally's */
	char uid[UID_MAX + 1];
	struct report_study counts; /* its uid is the above */
	int64_t start_us;	    /* 0: nothing was sent yet */
	bool open;		    /* the walk may find more of it */
	int worker;		    /* the worker that has it; -1: none yet */
	size_t waiting;		    /* units that wait */
	size_t queued;		    /* of them, those that must go to that worker */
};

/* Is there more of it to come, from the walk or in the pool? */
static inline bool
study_has_more(const struct study *study)
{
	return __atomic_load_n(&study->open, __ATOMIC_RELAXED) ||
		__atomic_load_n(&study->waiting, __ATOMIC_RELAXED) > 0;
}

/* Contexts of a batch's studies; shared by its units, freed with the last one. */
struct shared_plan {
	struct plan plan;
	unsigned refs; /* atomic */
};

struct unit {
	struct unit *next;	   /* in a list */
	struct study *study;	   /* owned by the tally */
	struct shared_plan *plan;  /* a share of it; may be NULL */
	struct item *items;	   /* owned */
	size_t count;
	bool free_to_any;	   /* --split-studies: any worker may take it */
};

/* Also frees its items, and its plan with the last unit that shares it; not the study. */
void unit_free(struct unit *unit);

#endif
