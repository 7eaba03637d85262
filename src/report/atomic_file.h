/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file that is written under a temporary name and renamed once it is complete, so that readers see the
 * old file or the new one. A symbolic link is followed; a device or a pipe is written to directly.
 */
#ifndef MTLS_REPORT_ATOMIC_FILE_H
#define MTLS_REPORT_ATOMIC_FILE_H

#include <stdio.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/watchdog.h"

struct atomic_file {
	FILE *to;   /* to write to */
	char *path; /* the path to replace, links followed; NULL: a device or pipe */
	char *name; /* of the file itself, in the same directory, beginning with a dot */
	char *shown; /* the path as given */
	struct watched watched; /* removes the file itself if the process ends */
};

/* Begin, with the permissions `mode`; *file must stay where it is. 0, or -1 with
 * ERR_OUTPUT and nothing to be freed. */
MUST_CHECK int atomic_file_open(struct atomic_file *file, const char *path, mode_t mode, struct err *err);

/* Finish: write to the disk, and rename. 0 (also if nobody reads the pipe any more), or -1 with ERR_OUTPUT
 * and the old file unchanged. Everything is freed. */
MUST_CHECK int atomic_file_close(struct atomic_file *file, struct err *err);

/* Abandon it and remove the temporary file. */
void atomic_file_discard(struct atomic_file *file);

#endif
