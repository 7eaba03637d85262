/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Results must arrive: a full disk is a failure of its own. A reader that went
 * away, as `| head` does, changes nothing.
 */
#ifndef MTLS_REPORT_OUTPUT_H
#define MTLS_REPORT_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

/* A stream that results go to, not owned. */
struct output {
	FILE *to;
	bool gone;   /* nobody reads any more */
	bool failed; /* something could not be written, */
	int error;   /* for this errno (0: not known) */
};

/* Hand on what was printed so far, and remember if it did not arrive. False once nothing more will. */
bool output_flush(struct output *output);

/* Write bytes and hand them on at once. False once nothing more will arrive. */
bool output_write(struct output *output, const char *bytes, size_t len);

/* Flush. 0, or -1 with ERR_OUTPUT naming `what` ("standard output"). */
MUST_CHECK int output_end(struct output *output, const char *what, struct err *err);

/* Is this name of a file "-", which is standard output? */
bool output_is_stdout(const char *path);

/*
 * Put what print writes in place of the file at path: written beside it and
 * renamed (mode 0644), so that a reader sees the old one or the new one, whole.
 * A symbolic link is followed; a device, a pipe and "-" are written to as they are. 0, or
 * -1 with ERR_OUTPUT and the old file untouched.
 */
MUST_CHECK int output_replace(const char *path, void (*print)(FILE *to, const void *what), const void *what,
	struct err *err);

#endif
