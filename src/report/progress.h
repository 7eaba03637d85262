/* SPDX-License-Identifier: BSD-3-Clause */
/* The progress of a run: one line that is redrawn on a terminal, a line from time to time elsewhere. */
#ifndef MTLS_REPORT_PROGRESS_H
#define MTLS_REPORT_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

#include "report/report.h"

enum progress_shape {
	PROGRESS_NONE,
	PROGRESS_LINES, /* every 10 s: files, pipes, terminals that cannot redraw a line */
	PROGRESS_BAR,	/* at most 10 times a second, from 1 s on */
};

/* The state of the run at some time. */
struct progress_mark {
	size_t finished;
	uint64_t bytes;
	int64_t us;
};

struct progress {
	FILE *to;
	enum progress_shape shape;
	int64_t due_us;	/* nothing is shown before this */
	bool drawn;	/* there is a bar on the terminal */
	struct progress_mark older, newer; /* what rates are measured from */
};

/* wanted false: nothing is ever shown. */
void progress_init(struct progress *progress, FILE *to, bool wanted);

/* Show it if it is due according to event->us; no clock is read. */
void progress_show(struct progress *progress, const struct report_progress *event);

/* Remove the bar: must be called before anything else is printed on the terminal. */
void progress_erase(struct progress *progress);

#endif
