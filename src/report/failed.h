/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * --failed-to: the paths of what was not acknowledged (failed, uncertain, or not sent, except as planned by
 * --dry-run; duplicates are not listed), for --files-from. The list replaces the old one when it is closed;
 * if the process dies before that, the old one is kept.
 */
#ifndef MTLS_REPORT_FAILED_H
#define MTLS_REPORT_FAILED_H

#include "base/err.h"
#include "report/pathlist.h"
#include "report/report.h"

/* Refers to *list, which is open and must outlive it. */
struct reporter failed_reporter(struct pathlist *list);

/*
 * Put the list, empty or not, in place. Where the run ended before it read any file the old list stands:
 * what is in it is still to be sent. 0, or -1 with ERR_OUTPUT as pathlist_close.
 */
MUST_CHECK int failed_close(struct pathlist *list, const struct report_totals *totals, enum err_kind verdict,
	struct err *err);

#endif
