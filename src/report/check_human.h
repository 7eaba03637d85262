/* SPDX-License-Identifier: BSD-3-Clause */
/* A check for people: one line for each step when it is done, with what is wrong below it, both chains as
 * trees, the verdict. Coloured, and wrapped to the terminal's width. */
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
	bool lines;    /* for several destinations: a line for each, and more with verbosity 1 */
	bool utf8;
};

/* color: 1 always, 0 never, -1 depending on the terminal, NO_COLOR and TERM=dumb. Announcements go to err.
 * The reporter refers to *human, which must outlive it; end human->out with output_end. */
struct check_reporter check_human_init(struct check_human *human, FILE *out, FILE *err, int verbosity,
	int color);

#endif
