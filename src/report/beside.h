/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file that is written beside the one whose place it takes once it is whole:
 * readers see the old one or the new one. A symbolic link is followed; a device
 * or a pipe is written to as it is.
 */
#ifndef MTLS_REPORT_BESIDE_H
#define MTLS_REPORT_BESIDE_H

#include <stdio.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/watchdog.h"

struct beside {
	FILE *to;   /* to write to */
	char *path; /* whose place it is to take, links followed; NULL: of a device or pipe */
	char *name; /* of the file itself, in the same directory, begun by a dot */
	char *shown; /* the path as given */
	struct watched watched; /* the file itself: it goes with the process */
};

/* Begin, with the permissions `mode`; *beside must stay where it is. 0, or -1 with
 * ERR_OUTPUT and nothing to be freed. */
int beside_open(struct beside *beside, const char *path, mode_t mode, struct err *err)
	__attribute__((warn_unused_result));

/* End: on the disk, and in place. 0 (also if nobody read the pipe any more), or
 * -1 with ERR_OUTPUT and the old file untouched. All is freed. */
int beside_close(struct beside *beside, struct err *err) __attribute__((warn_unused_result));

/* End without a trace. */
void beside_drop(struct beside *beside);

#endif
