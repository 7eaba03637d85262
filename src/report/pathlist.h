/* SPDX-License-Identifier: BSD-3-Clause */
/* A file of paths for --files-from. It replaces the old one when it is closed. */
#ifndef MTLS_REPORT_PATHLIST_H
#define MTLS_REPORT_PATHLIST_H

#include <stdbool.h>

#include "base/err.h"
#include "report/atomic_file.h"

struct pathlist {
	struct atomic_file file;
	bool nul;	   /* paths end with a NUL (-0), else with a newline */
	size_t left_out;   /* paths that cannot be written as a line */
	char example[256]; /* the first of them, safe to print */
};

/* 0, or -1 with ERR_OUTPUT and nothing to be freed. */
MUST_CHECK int pathlist_open(struct pathlist *list, const char *path, bool nul, struct err *err);

void pathlist_add(struct pathlist *list, const char *path);

/* Abandon it: the old list is kept. */
void pathlist_drop(struct pathlist *list);

/*
 * Replace the old list. -1 with ERR_OUTPUT: it could not be written; or some paths, which are `what` ("were
 * not acknowledged"), are missing in that list of `option`, because they contain a newline or end with a
 * carriage return, which --files-from can read only with -0. The others are written then.
 */
MUST_CHECK int pathlist_close(struct pathlist *list, const char *option, const char *what, struct err *err);

#endif
