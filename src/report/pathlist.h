/* SPDX-License-Identifier: BSD-3-Clause */
/* A file of paths, fit for --files-from. It takes its place when it is closed. */
#ifndef MTLS_REPORT_PATHLIST_H
#define MTLS_REPORT_PATHLIST_H

#include <stdbool.h>

#include "base/err.h"
#include "report/atomic_file.h"

struct pathlist {
	struct atomic_file file;
	bool nul;	   /* paths end in a NUL (-0), else in a newline */
	size_t left_out;   /* paths that no line can hold */
	char example[256]; /* the first of them, harmless */
};

/* 0, or -1 with ERR_OUTPUT and nothing to be freed. */
MUST_CHECK int pathlist_open(struct pathlist *list, const char *path, bool nul, struct err *err);

void pathlist_add(struct pathlist *list, const char *path);

/* End without a trace: the old list stands. */
void pathlist_drop(struct pathlist *list);

/*
 * Put the list in place. -1 with ERR_OUTPUT: it could not be written; or paths, which are `what` ("were not
 * acknowledged"), are not in that list of `option`, because they hold a newline or end in a carriage
 * return, which --files-from reads as such with -0 only. The rest is in place then.
 */
MUST_CHECK int pathlist_close(struct pathlist *list, const char *option, const char *what, struct err *err);

#endif
