/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * --done-to: the files that the receiver acknowledged, now or as the journal
 * says, and that are as they were when they were read (size and time); fit for
 * --files-from. A duplicate counts with the object that it is equal to. What has
 * any other result, by that path, is not in it.
 */
#ifndef MTLS_REPORT_DONE_H
#define MTLS_REPORT_DONE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "report/pathlist.h"
#include "report/report.h"

/*
 * Results stand in a temporary file until the end, since only then is known
 * what became of the object that a duplicate is equal to, and whether the files
 * are still the same. A million of them take eight megabytes of memory.
 */
struct done {
	struct pathlist list;
	FILE *results;
	size_t count;
	bool failed; /* not all of them could be kept */
};

/* nul: paths end in a NUL (-0), else in a newline. 0, or -1 with ERR_OUTPUT where
 * nothing can be written. */
MUST_CHECK int done_open(struct done *done, const char *path, bool nul, struct err *err);

/* Refers to *done, which must outlive it. */
struct reporter done_reporter(struct done *done);

/* Look at the files, and put the list, empty or not, in place of the old one. 0, or -1 with ERR_OUTPUT as
 * pathlist_close. */
MUST_CHECK int done_close(struct done *done, struct err *err);

#endif
