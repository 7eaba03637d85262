/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Results must be written: a full disk is a separate failure. A reader that closed the pipe, as `| head`
 * does, changes nothing.
 */
#ifndef MTLS_REPORT_OUTPUT_H
#define MTLS_REPORT_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

/* A stream for results, not owned. */
struct output {
	FILE *to;
	bool gone;   /* nobody reads any more */
	bool failed; /* something could not be written, */
	int error;   /* for this errno (0: not known) */
};

/* Flush what was printed so far, and remember if that failed. False if nothing more can be written. */
bool output_flush(struct output *output);

/* Write bytes and flush them at once. False if nothing more can be written. */
bool output_write(struct output *output, const char *bytes, size_t len);

/* Flush. 0, or -1 with ERR_OUTPUT naming `what` ("standard output"). */
MUST_CHECK int output_end(struct output *output, const char *what, struct err *err);

/* Is this name of a file "-", which is standard output? */
bool output_is_stdout(const char *path);

/*
 * Replace the file at path by what print writes: it is written under a temporary name and renamed (mode
 * 0644), so that a reader sees the complete old or new file. A symbolic link is followed; a device, a pipe
 * and "-" are written to directly. 0, or -1 with ERR_OUTPUT and the old file unchanged.
 */
MUST_CHECK int output_replace(const char *path, void (*print)(FILE *to, const void *what), const void *what,
	struct err *err);

#endif
