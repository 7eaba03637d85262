/* SPDX-License-Identifier: BSD-3-Clause */
/* The line of a configuration file that a value came from, for errors that occur when it is used. */
#ifndef MTLS_CLI_ORIGIN_H
#define MTLS_CLI_ORIGIN_H

#include <stddef.h>

#include "base/err.h"

struct origin {
	const char *value; /* as an option has it */
	const char *path;  /* the file's name in it; NULL: it names none */
	const char *place; /* "FILE, line N, [SECTION]" */
};

struct origins {
	struct origin *items;
	size_t count;
};

/* Put the origin of this value in front of err, if it came from a file. Returns -1. */
int origins_name(const struct origins *origins, const char *value, struct err *err);

/* The same for an error about a file that one of the values names. Returns -1. */
int origins_name_file(const struct origins *origins, struct err *err);

#endif
