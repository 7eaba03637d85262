/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * --done-to: the files that the receiver acknowledged, now or according to the journal, and that have not
 * changed since they were read (size and time), for --files-from. A duplicate has the result of the object
 * that it is equal to. A path with any other result is not listed.
 */
#ifndef MTLS_REPORT_DONE_H
#define MTLS_REPORT_DONE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "report/pathlist.h"
#include "report/report.h"

/*
 * Results are kept in a temporary file until the end, because only then is it known what happened to the
 * object that a duplicate is equal to, and whether the files are still the same. A million results take
 * eight megabytes of memory.
 */
struct done {
	struct pathlist list;
	FILE *results;
	size_t count;
	bool failed; /* some could not be kept */
};

/* nul: paths end with a NUL (-0), else with a newline. 0, or -1 with ERR_OUTPUT where nothing can be
 * written. */
MUST_CHECK int done_open(struct done *done, const char *path, bool nul, struct err *err);

/* Refers to *done, which must outlive it. */
struct reporter done_reporter(struct done *done);

/* Look at the files, and put the list, empty or not, in place of the old one. 0, or -1 with ERR_OUTPUT as
 * pathlist_close. */
MUST_CHECK int done_close(struct done *done, struct err *err);

#endif
