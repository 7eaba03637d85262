/* SPDX-License-Identifier: BSD-3-Clause */
/* --status: the contents of a journal, for people. */
#ifndef MTLS_REPORT_STATUS_HUMAN_H
#define MTLS_REPORT_STATUS_HUMAN_H

#include <stdio.h>

#include "report/report.h"

struct status_human {
	FILE *out;
	const char *path; /* of the journal */
	bool verbose;	  /* name what is not acknowledged */
	bool quiet;
	bool any;	     /* something was reported, */
	int64_t destination; /* for this one last */
};

/*
 * Begin. Of the reporter, instance, study and summary are used: a study comes before its instances, all
 * those of a destination together, each with `kept`. *kept must outlive it.
 */
struct reporter status_reporter(struct status_human *kept, FILE *out, const char *path, int verbosity);

#endif
