/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reporter for programs: a run's events, one JSON object per line, as
 * doc/events.schema.json says; the last one is the summary. Warnings, notes,
 * skipped files and progress are no events of their own: they are people's.
 */
#ifndef MTLS_REPORT_NDJSON_SEND_H
#define MTLS_REPORT_NDJSON_SEND_H

#include <stdio.h>

#include "base/err.h"
#include "report/jsonline.h"
#include "report/report.h"

/* The reporter refers to *lines, which must outlive it and is ended with jsonline_end; out's other writers
 * are silent meanwhile. */
struct reporter ndjson_sender(struct jsonlines *lines, FILE *out);

/* The error and the summary of a run that ended before anything began; status is what the program is about to
 * exit with. 0, or -1 with *failed as jsonline_end. */
MUST_CHECK int ndjson_error_summary(FILE *out, const struct err *err, int status, struct err *failed);

#endif
