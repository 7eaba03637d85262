/* SPDX-License-Identifier: BSD-3-Clause */
/* A send for Prometheus: its text format, in a file for node_exporter's textfile collector. */
#ifndef MTLS_REPORT_METRICS_H
#define MTLS_REPORT_METRICS_H

#include <time.h>

#include "base/err.h"
#include "report/promtext.h"
#include "report/report.h"

struct metrics {
	const char *path; /* NULL: it could not be opened */
	char labels[PROMTEXT_LABELS_MAX];
	size_t associations, retries;
	const struct report_totals *totals;
	enum err_kind verdict;
	time_t now, last_success; /* 0: never */
};

/* labels: whose metrics they are. The path is the caller's. 0, or -1 with ERR_OUTPUT where the file could not
 * be replaced. */
MUST_CHECK int metrics_open(struct metrics *metrics, const char *path, const struct promtext_labels *labels,
	struct err *err);

/* Refers to *metrics, which must outlive it. */
struct reporter metrics_reporter(struct metrics *metrics);

/* Replace the file, whole (mode 0644). A run that was no success keeps the time of the last one from the file
 * that is there. 0, or -1 with ERR_OUTPUT. */
MUST_CHECK int metrics_close(struct metrics *metrics, const struct report_totals *totals,
	enum err_kind verdict, struct err *err);

#endif
