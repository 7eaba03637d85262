/* SPDX-License-Identifier: BSD-3-Clause */
/* From FILE and DIR arguments to instances, in a stable order. */
#ifndef MTLS_DICOM_SCAN_H
#define MTLS_DICOM_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "dicom/part10.h"

/*
 * What a scan tells, in order. `named`: the path stood on the command line.
 * Each function returns 0 to go on, anything else to stop (scan returns it).
 */
struct scan_sink {
	int (*instance)(void *ctx, struct instance *instance); /* takes it over */
	/* A file that cannot be sent: a named one, or one found that is DICOM but bad. */
	int (*failure)(void *ctx, const char *path, const struct err *why);
	/* A file found by walking that is no DICOM file (nothing wrong). */
	int (*skipped)(void *ctx, const char *path, const struct err *why);
	void *ctx;
	int (*directory)(void *ctx); /* one more is entered; may be NULL */
};

/*
 * Walk one argument: a file, or a directory recursively in byte order of the
 * names (files of a directory before its subdirectories), following symlinks,
 * loops safe, any byte in a name. Sockets, FIFOs and devices found are skipped,
 * named ones are failures. An empty file found is skipped. A DICOMDIR stands
 * for the files that it refers to, each as if it were named; one found by
 * walking is skipped, as the walk meets them anyway. Of a directory no more is
 * held than its names, while its files are gone through.
 */
int scan(const char *path, const struct scan_sink *sink);

#endif
