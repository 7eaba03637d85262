/* SPDX-License-Identifier: BSD-3-Clause */
/* --status: what a journal holds, told to people. */
#ifndef MTLS_REPORT_STATUS_HUMAN_H
#define MTLS_REPORT_STATUS_HUMAN_H

#include <stdio.h>

#include "report/report.h"

struct status_human {
	FILE *out;
	const char *path; /* of the journal */
	bool verbose;	  /* name what is not acknowledged */
	bool quiet;
	bool any;	     /* something was told, */
	int64_t destination; /* of this one last */
};

/*
 * Begin. Of the reporter, instance, study and summary are used: a study comes
 * before its instances, all of a destination in a row, each with what is `kept`.
 * *kept must outlive it.
 */
struct reporter status_reporter(struct status_human *kept, FILE *out, const char *path, int verbosity);

#endif
