/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * --check for programs: one JSON object per line, as doc/events.schema.json
 * says. Each has "v", "type" and "ts"; the last one, on every way out, is the
 * summary. What sending has to tell is in ndjson_send.h.
 */
#ifndef MTLS_REPORT_NDJSON_H
#define MTLS_REPORT_NDJSON_H

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "report/jsonline.h"
#include "report/check_report.h"

#define SEVERITIES (FINDING_NOT_REACHED + 1)

struct ndjson {
	struct jsonlines lines;
	int64_t start_us;
	size_t counts[SEVERITIES]; /* of findings told */
	size_t critical, ignored;
	const char *destination; /* of what is told next; NULL: it has no name */
};

/* Begin; out's other writers are silent meanwhile. *ndjson must outlive the reporters that refer to it. */
void ndjson_init(struct ndjson *ndjson, FILE *out);

/* A finding for each that a step has (or one for a step without any); when done, tls, association, and the
 * error if the verdict is one. */
struct check_reporter ndjson_check_reporter(struct ndjson *ndjson);

/* What ended the run. */
void ndjson_error(struct ndjson *ndjson, const struct err *err);

/*
 * The summary, last, on every way out: exit_code is what the program is about
 * to exit with. 0 if all was written (or nobody read it any more), else -1 with
 * ERR_OUTPUT.
 */
MUST_CHECK int ndjson_end(struct ndjson *ndjson, int exit_code, struct err *err);

#endif
