/* SPDX-License-Identifier: BSD-3-Clause */
/* Paths from a file or from standard input (--files-from, -0). */
#ifndef MTLS_DICOM_LIST_H
#define MTLS_DICOM_LIST_H

#include <stdbool.h>

#include "base/err.h"

/* Both return 0 to continue, anything else to stop. */
struct list_reader {
	int (*each)(void *ctx, const char *path);
	int (*idle)(void *ctx); /* there was nothing to read for LIST_IDLE_MS */
	void *ctx;
};

#define LIST_IDLE_MS 200

/*
 * Call each(ctx, path) for every path in the file at `path` ("-": standard
 * input), as soon as it was read: one per line (a CR before the line's end is
 * dropped), or with nul ended by NUL, any other byte being part of the name.
 * Empty ones are passed over; the last need not be ended. What stopped it is
 * returned. -1 with ERR_USAGE if it
 * cannot be opened, with ERR_NO_INPUT if it breaks off (a path longer than
 * PATH_MAX or a NUL in a line too). Interrupts end waits: -1 with ERR_SIGINT,
 * ERR_SIGTERM.
 */
int list_read(const char *path, bool nul, const struct list_reader *to, struct err *err) MUST_CHECK;

#endif
