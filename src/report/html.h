/* SPDX-License-Identifier: BSD-3-Clause */
/* The check report as one self-contained page, to attach to a ticket: no scripts, no external resources,
 * readable in print, in dark mode and on a narrow screen. */
#ifndef MTLS_REPORT_HTML_H
#define MTLS_REPORT_HTML_H

#include <stdio.h>

#include "base/err.h"
#include "report/check_report.h"

/* Replace the file at path as a whole. 0, or -1 with ERR_OUTPUT. */
MUST_CHECK int html_write(const char *path, const struct check_report *report, struct err *err);

/* The same to a stream. what: struct check_report *, as output_replace has it. */
void html_print(FILE *to, const void *what);

#endif
