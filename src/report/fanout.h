/* SPDX-License-Identifier: BSD-3-Clause */
/* One reporter that tells several: people, programs, the list of what failed, monitoring. */
#ifndef MTLS_REPORT_FANOUT_H
#define MTLS_REPORT_FANOUT_H

#include "report/report.h"

#define FANOUT_MAX 8

struct fanout {
	struct reporter to[FANOUT_MAX];
	size_t count;
};

/* Nobody so far. The reporter, which has every function, refers to *fanout, which must outlive it. */
struct reporter fanout_init(struct fanout *fanout);

/* One more, told after those before it; at most FANOUT_MAX. What it has no function for it is not told. */
void fanout_add(struct fanout *fanout, struct reporter reporter);

#endif
