/* SPDX-License-Identifier: BSD-3-Clause */
/* A check for people: one line per step as it is done, what is amiss below it, both chains as trees, the
 * verdict. Coloured, and wrapped to the terminal's width. */
#ifndef MTLS_REPORT_CHECK_HUMAN_H
#define MTLS_REPORT_CHECK_HUMAN_H

#include <stdbool.h>
#include <stdio.h>

#include "report/flow.h"
#include "report/check_report.h"
#include "report/output.h"

struct check_human {
	struct output out;
	FILE *err;
	struct flow flow;
	int verbosity; /* -1 what failed or is critical, 0, 1 all findings */
	bool lines;    /* of several destinations: a line for each, and more of it under verbosity 1 */
	bool utf8;
};

/* color: 1 always, 0 never, -1 as the terminal, NO_COLOR and TERM=dumb say. Announcements go to err.
 * The reporter refers to *human, which must outlive it; end human->out with output_end. */
struct check_reporter check_human_init(struct check_human *human, FILE *out, FILE *err, int verbosity,
	int color);

#endif
