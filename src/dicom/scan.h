/* SPDX-License-Identifier: BSD-3-Clause */
/* From FILE and DIR arguments to instances, in a stable order. */
#ifndef MTLS_DICOM_SCAN_H
#define MTLS_DICOM_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "dicom/part10.h"

/*
 * What a scan reports, in order. `named`: the path was given on the command line. Each function returns 0
 * to continue, anything else to stop (scan returns it).
 */
struct scan_sink {
	int (*instance)(void *ctx, struct instance *instance); /* takes ownership */
	/* A file that cannot be sent: a named one, or one found that is DICOM but invalid. */
	int (*failure)(void *ctx, const char *path, const struct err *why);
	/* A file found by walking that is not a DICOM file (not an error). */
	int (*skipped)(void *ctx, const char *path, const struct err *why);
	void *ctx;
	int (*directory)(void *ctx); /* a directory is entered; may be NULL */
};

/*
 * Walk one argument: a file, or a directory recursively in byte order of the
 * names (files of a directory before its subdirectories), following symbolic links but not loops, with any
 * byte in a name. Sockets, FIFOs and devices that are found are skipped, named ones are failures. An empty
 * file that is found is skipped. A DICOMDIR stands for the files that it refers to, each as if it were
 * named; one found by walking is skipped, because the walk finds these files anyway. Only the names of a
 * directory are kept in memory while its files are visited.
 */
int scan(const char *path, const struct scan_sink *sink);

#endif
