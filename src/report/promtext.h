/* SPDX-License-Identifier: BSD-3-Clause */
/* Pieces of Prometheus' text format (exposition format 0.0.4); all our metrics are gauges. */
#ifndef MTLS_REPORT_PROMTEXT_H
#define MTLS_REPORT_PROMTEXT_H

#include <stdio.h>

#define PROMTEXT_PREFIX "mtls_storescu_" /* of every metric's name */

/* HELP and TYPE of the metric. */
void promtext_head(FILE *to, const char *metric, const char *help);

/* NAME="VALUE": what is no UTF-8 or moves a terminal is replaced; quotes and backslashes are escaped. */
void promtext_label(FILE *to, const char *name, const char *value);

#endif
