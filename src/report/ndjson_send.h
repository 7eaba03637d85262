/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reporter for programs: the events of a run, one JSON object per line, as in doc/events.schema.json;
 * the last one is the summary. Warnings, notes, skipped files and progress are only for people, and are not
 * events.
 */
#ifndef MTLS_REPORT_NDJSON_SEND_H
#define MTLS_REPORT_NDJSON_SEND_H

#include <stdio.h>

#include "base/err.h"
#include "report/jsonline.h"
#include "report/report.h"

/* The reporter refers to *lines, which must outlive it and is ended with jsonline_end; nothing else may
 * write to out meanwhile. */
struct reporter ndjson_sender(struct jsonlines *lines, FILE *out);

/* The error and the summary of a run that ended before anything began; status is the program's exit status.
 * 0, or -1 with *failed as jsonline_end. */
MUST_CHECK int ndjson_error_summary(FILE *out, const struct err *err, int status, struct err *failed);

#endif
