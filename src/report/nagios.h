/* SPDX-License-Identifier: BSD-3-Clause */
/* A check for monitoring: one line, the explanation below it, and one of four states, as in the Monitoring
 * Plugins' development guidelines. */
#ifndef MTLS_REPORT_NAGIOS_H
#define MTLS_REPORT_NAGIOS_H

#include <stdio.h>

#include "base/err.h"
#include "report/check_report.h"

enum nagios { NAGIOS_OK, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN };

/* The state and exit status for a failure or a check report. Errors that are not about the path (usage, a
 * fault of our own, an interrupt) are unknown; a step that stays undecided is a warning; a certificate that
 * is about to expire is critical. */
enum nagios nagios_kind(enum err_kind kind);
enum nagios nagios_state(const struct check_report *report);

/* Print "MTLS OK - TEXT | PERFDATA", the cause and the days first, and below it the long output: a line for
 * each finding and each certificate in use. 0, or -1 with ERR_OUTPUT. */
MUST_CHECK int nagios_print(FILE *out, const struct check_report *report, struct err *err);

/* Print what went wrong before there was a check report. Likewise. */
MUST_CHECK int nagios_error(FILE *out, const struct err *what, struct err *err);

#endif
