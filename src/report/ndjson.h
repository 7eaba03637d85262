/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * --check for programs: one JSON object per line, as doc/events.schema.json
 * says. Each has "v", "type" and "ts"; the last one is always the summary. The events of a send are in
 * ndjson_send.h.
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
	size_t counts[SEVERITIES]; /* of findings reported */
	size_t critical, ignored;
	const char *destination; /* of the next events; NULL: it has no name */
};

/* Begin; nothing else may write to out meanwhile. *ndjson must outlive the reporters that refer to it. */
void ndjson_init(struct ndjson *ndjson, FILE *out);

/* An event "finding" for each finding of a step (or one for a step without any); at the end "tls",
 * "association", and "error" if the check failed. */
struct check_reporter ndjson_check_reporter(struct ndjson *ndjson);

/* What ended the run. */
void ndjson_error(struct ndjson *ndjson, const struct err *err);

/*
 * The summary, always the last event: exit_code is the program's exit status. 0 if everything was written
 * (or nobody reads it any more), else -1 with ERR_OUTPUT.
 */
MUST_CHECK int ndjson_end(struct ndjson *ndjson, int exit_code, struct err *err);

#endif
