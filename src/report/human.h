/* SPDX-License-Identifier: BSD-3-Clause */
/* The reporter for people: failures, warnings and progress on stderr, the summary on stdout. */
#ifndef MTLS_REPORT_HUMAN_H
#define MTLS_REPORT_HUMAN_H

#include <stdbool.h>
#include <stdio.h>

#include "report/output.h"
#include "report/progress.h"
#include "report/report.h"

struct human {
	struct output out; /* .to NULL: events for it are not reported */
	FILE *err;
	int verbosity; /* -1 quiet, 0, 1 verbose, 2 debug */
	bool color_out, color_err;
	bool out_terminal; /* which the progress bar may stand on */
	struct progress progress;
	size_t not_sent;
	const char *list; /* --failed-to: where those are listed; NULL: nowhere */
	bool journal;	  /* one is kept: what was not sent can go another time */
};

/*
 * out NULL: what belongs there is not told (under --json it is the events'). Each
 * event is flushed, so that it stands before what the other stream tells next.
 * color: 1 always, 0 never, -1 depending on the terminal, NO_COLOR and TERM=dumb. progress: may it be
 * shown? The reporter refers to *human, which must outlive it.
 */
struct reporter human_init(struct human *human, FILE *out, FILE *err, int verbosity, int color,
	bool progress);

#endif
