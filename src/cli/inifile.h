/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A configuration file: whose it is, who can read it, and its lines.
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
	bool others_read;    /* the group or others may read it */
};

/*
 * Read the whole file. 0, also if it is not there or closed to us (see error).
 * -1 with ERR_USAGE: it cannot be read, is too long, belongs to another user than
 * us and root, or can be changed by others: a secret's cmd: in it would be theirs.
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
 * Take it apart, in its own bytes: [section] lines, "key = value" lines, comments (lines that begin
 * with ';' or '#', and what follows a blank and ';'). Blanks around keys, values
 * and lines do not count; a BOM and CRs at line ends neither. 0, or -1 with
 * ERR_USAGE naming file and line: what is neither of these, too long a name of a
 * section, a NUL byte, a key before any section; or what a function of the sink said.
 */
MUST_CHECK int inifile_parse(struct inifile *file, const struct inifile_sink *sink, struct err *err);

#endif
