/* SPDX-License-Identifier: BSD-3-Clause */
/* Prometheus' text format (exposition format 0.0.4); all our metrics are gauges. */
#ifndef MTLS_REPORT_PROMTEXT_H
#define MTLS_REPORT_PROMTEXT_H

#include <stdint.h>
#include <stdio.h>

#define PROMTEXT_PREFIX	    "mtls_storescu_" /* of every metric's name */
#define PROMTEXT_LABELS_MAX 4400

/* The labels of samples. destination: NULL if there is only one. */
struct promtext_labels {
	const char *called, *calling, *host;
	uint16_t port;
	const char *destination;
};

/* receiver="...",host="...",calling="...",destination="...". Invalid UTF-8 and control characters are
 * replaced; quotes and backslashes are escaped. Returns out. */
char *promtext_labels(char out[PROMTEXT_LABELS_MAX], const struct promtext_labels *labels);

/* HELP and TYPE of the metric. */
void promtext_head(FILE *to, const char *metric, const char *help);

/* One sample of it; more: a further label's name and value, in Prometheus' form, or NULL. */
void promtext_sample(FILE *to, const char *metric, const char *labels, const char *more, int digits,
	double value);

#endif
