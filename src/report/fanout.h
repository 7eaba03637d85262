/* SPDX-License-Identifier: BSD-3-Clause */
/* One reporter that passes events on to several: for people, for programs, the list of what failed,
 * monitoring. */
#ifndef MTLS_REPORT_FANOUT_H
#define MTLS_REPORT_FANOUT_H

#include "report/report.h"

#define FANOUT_MAX 8

struct fanout {
	struct reporter to[FANOUT_MAX];
	size_t count;
};

/* An empty one. The reporter, which has every function, refers to *fanout, which must outlive it. */
struct reporter fanout_init(struct fanout *fanout);

/* Add a reporter, called after those before it; at most FANOUT_MAX. It does not get events for which it has
 * no function. */
void fanout_add(struct fanout *fanout, struct reporter reporter);

#endif
