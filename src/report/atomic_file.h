/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file that is written beside the one whose place it takes once it is whole:
 * readers see the old one or the new one. A symbolic link is followed; a device
 * or a pipe is written to as it is.
 */
#ifndef MTLS_REPORT_ATOMIC_FILE_H
#define MTLS_REPORT_ATOMIC_FILE_H

#include <stdio.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/watchdog.h"

struct atomic_file {
	FILE *to;   /* to write to */
	char *path; /* whose place it is to take, links followed; NULL: of a device or pipe */
	char *name; /* of the file itself, in the same directory, begun by a dot */
	char *shown; /* the path as given */
	struct watched watched; /* the file itself: it goes with the process */
};

/* Begin, with the permissions `mode`; *file must stay where it is. 0, or -1 with
 * ERR_OUTPUT and nothing to be freed. */
MUST_CHECK int atomic_file_open(struct atomic_file *file, const char *path, mode_t mode, struct err *err);

/* End: on the disk, and in place. 0 (also if nobody read the pipe any more), or
 * -1 with ERR_OUTPUT and the old file untouched. All is freed. */
MUST_CHECK int atomic_file_close(struct atomic_file *file, struct err *err);

/* End without a trace. */
void atomic_file_discard(struct atomic_file *file);

#endif
