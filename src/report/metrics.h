/* SPDX-License-Identifier: BSD-3-Clause */
/* A run of sending for Prometheus: its text format, in a file for node_exporter's textfile collector. */
#ifndef MTLS_REPORT_METRICS_H
#define MTLS_REPORT_METRICS_H

#include "base/err.h"
#include "report/promtext.h"
#include "report/report.h"

struct metrics;

/* labels: whose metrics they are. NULL with ERR_OUTPUT where the file could not be replaced. */
struct metrics *metrics_open(const char *path, const struct promtext_labels *labels, struct err *err);

/* Refers to *metrics, which must outlive it. */
struct reporter metrics_reporter(struct metrics *metrics);

/*
 * Replace the file, whole (mode 0644); without a summary, and after a plan
 * (--dry-run), the old one stands. A run that was no success keeps the time of
 * the last one from the file that is there. 0, or -1 with ERR_OUTPUT. Takes NULL.
 */
int metrics_close(struct metrics *metrics, struct err *err) __attribute__((warn_unused_result));

#endif
