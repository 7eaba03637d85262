/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * --failed-to: the paths of what was not acknowledged (failed, uncertain, not
 * sent unless as planned by --dry-run; duplicates are), fit for --files-from.
 * The list takes its place when it is closed; if the process dies before, the
 * old one stands.
 */
#ifndef MTLS_REPORT_FAILED_H
#define MTLS_REPORT_FAILED_H

#include <stdbool.h>

#include "base/err.h"
#include "report/report.h"

struct failed;

/* nul: paths end in a NUL (-0), else in a newline. NULL with ERR_OUTPUT where
 * nothing can be written. */
struct failed *failed_open(const char *path, bool nul, struct err *err);

/* Refers to *failed, which must outlive it. */
struct reporter failed_reporter(struct failed *failed);

/*
 * Put the list, empty or not, in place. After a summary that says that the run
 * ended before it looked at anything the old list stands: what is in it is still
 * to be sent. 0, or -1 with ERR_OUTPUT: it could not
 * be written, or paths had to be left out of it (they hold a newline or end in
 * a carriage return, which --files-from reads as such with -0 only; the rest is
 * in place then). Takes NULL.
 */
int failed_close(struct failed *failed, struct err *err) __attribute__((warn_unused_result));

#endif
