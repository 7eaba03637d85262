/* SPDX-License-Identifier: BSD-3-Clause */
/* Checks, of one destination or several, for Prometheus: its text format, in a file for node_exporter's
 * textfile collector. */
#ifndef MTLS_REPORT_PROMETHEUS_H
#define MTLS_REPORT_PROMETHEUS_H

#include <stdio.h>

#include "base/err.h"
#include "report/check_report.h"

/* Replace the file at path as a whole (mode 0644); "-" is standard output. 0, or -1 with ERR_OUTPUT. */
MUST_CHECK int prometheus_write(const char *path, const struct check_report *reports, size_t count,
	struct err *err);

/* The same to a stream. what: the struct below, as output_replace has it. */
void prometheus_print(FILE *to, const void *what);

/* Check reports; the samples of one metric are told together, as the format wants them. */
struct prometheus_checks {
	const struct check_report *reports;
	size_t count;
};

#endif
