/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What waits to be sent: items (an instance and its history), in units (what a
 * worker draws at a time), which belong to a study under way. A unit is all of
 * a study that one batch holds, or a slice of it; its plan is its batch's.
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
	unsigned attempts; /* times that its sending began */
	unsigned aborts;   /* A-ABORTs while it was in flight */
	unsigned losses;   /* connections lost otherwise while it was in flight */
	bool unanswered;   /* an attempt was sent whole and never answered */
	bool repeated;	   /* its one repetition for a status (A700, 0110) was used */
	uint16_t status;   /* that one, if so */
	bool in_flight;	   /* its answer is due on an association that stands */
	bool finished;	   /* it has its result: nothing more is to be done */
	bool uncertain_before; /* an earlier run sent it and saw no answer (journal) */
};

/* A study under way. Guarded by the tally's lock once it is in the pool, but for the last three: by the
 * pool's. What study_has_more reads is atomic. */
struct study {
	LIST_ENTRY(study) others; /* under way; the tally's */
	char uid[UID_MAX + 1];
	struct report_study counts; /* its uid is the above */
	int64_t start_us;	    /* 0: nothing went out yet */
	bool open;		    /* the walk may find more of it */
	int worker;		    /* who has it on its association; -1: nobody yet */
	size_t waiting;		    /* units that wait */
	size_t queued;		    /* of them, those that must follow that worker */
};

/* Is there more to come of it: from the walk, or in the pool? */
static inline bool
study_has_more(const struct study *study)
{
	return __atomic_load_n(&study->open, __ATOMIC_RELAXED) ||
		__atomic_load_n(&study->waiting, __ATOMIC_RELAXED) > 0;
}

/* Contexts of a batch's studies; shared by its units, freed with the last. */
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
	bool free_to_any;	   /* --split-studies: need not follow the rest of its study */
};

/* Frees its items too, and its plan with the last unit that shares it; not the study. */
void unit_free(struct unit *unit);

#endif
