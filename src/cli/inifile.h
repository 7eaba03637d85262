/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A configuration file: its owner, who can read it, and its lines.
 */
#ifndef MTLS_CLI_INIFILE_H
#define MTLS_CLI_INIFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define INIFILE_MAX	    1048576 /* bytes */
#define INIFILE_SECTION_MAX 49	    /* bytes of a section's name */

struct inifile {
	const char *path;
	char *bytes; /* owned, wiped when freed; NULL: the file could not be opened */
	size_t size;
	int error;	     /* errno then: ENOENT or EACCES */
	bool others_read;    /* group or others may read it */
};

/*
 * Read the whole file. 0, also if it does not exist or may not be opened (see error). -1 with ERR_USAGE: it
 * cannot be read, is too long, belongs neither to this user nor to root, or can be changed by others, who
 * could then run a command by cmd:.
 */
MUST_CHECK int inifile_open(struct inifile *out, const char *path, struct err *err);

void inifile_close(struct inifile *file);

/* Called in the order of the file; line counts from 1. 0 to go on, -1 with err to stop. */
struct inifile_sink {
	int (*section)(void *ctx, const char *name, unsigned line, struct err *err);
	int (*entry)(void *ctx, const char *section, const char *key, const char *value, unsigned line,
		struct err *err);
	void *ctx;
};

/*
 * Parse it, in place: [section] lines, "key = value" lines, comments (lines that begin with ';' or '#', and
 * what follows a blank and ';'). Blanks around keys, values and lines are ignored, and so are a BOM and CRs
 * at line ends. 0, or -1 with ERR_USAGE naming file and line: any other line, a section name that is too
 * long, a NUL byte, a key before any section; or the error of a function of the sink.
 */
MUST_CHECK int inifile_parse(struct inifile *file, const struct inifile_sink *sink, struct err *err);

#endif
