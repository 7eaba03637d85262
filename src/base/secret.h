/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Secrets: reading them from their sources, and wiping them.
 *
 * A SECRET on the command line is env:NAME, file:PATH, fd:N, cmd:COMMAND,
 * pass:TEXT or bare TEXT. Known prefixes always win.
 */
#ifndef MTLS_BASE_SECRET_H
#define MTLS_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* A secret's bytes. `bytes` is followed by a NUL, and may contain NULs only for SECRET_WHOLE. given
 * distinguishes an empty secret from none. */
struct secret {
	char *bytes;
	size_t len;
	bool given;
};

enum secret_shape {
	SECRET_LINE,  /* passwords: the first line of a named source, without its line end */
	SECRET_WHOLE, /* tokens (SAML, JWT): all of it, trimmed of white space */
};

#define SECRET_MAX 65536 /* most bytes that a source may give */

/* Secrets on a command line are wiped there once they have been read. */
bool secret_is_literal(const char *spec); /* bare TEXT or pass:TEXT */

/*
 * Fetch what spec names into *out (owned, free with secret_clear). Literals are taken as they are. fd: is
 * read only to the end of the line, so that the next use of it gives the next line. cmd: runs under /bin/sh
 * with stdin from /dev/null; a failing command is an error. So is a file, descriptor or command that gives
 * nothing at all, or more than SECRET_MAX bytes. Errors: ERR_CREDENTIALS naming the source (never its
 * content or the command line). It waits without limit: the watchdog ends the wait, and the command.
 */
MUST_CHECK int secret_load(struct secret *out, const char *spec, enum secret_shape shape, struct err *err);

/*
 * Ask on /dev/tty, without echo; the terminal is restored even if the watchdog ends the process. what: "key
 * store /path/scu1.p12", made safe to print here. Without a terminal: ERR_CREDENTIALS that names `option`
 * as the way to give it.
 */
MUST_CHECK int secret_ask(struct secret *out, const char *what, const char *option, struct err *err);

/* Copy bytes into *out (which must be clear). 0, or -1 if there is no memory. */
MUST_CHECK int secret_set(struct secret *out, const char *bytes, size_t len);

/* Wipe and free. Accepts a cleared or zeroed secret. */
void secret_clear(struct secret *secret);

/* Overwrite an argument in argv in place, so that ps shows nothing of it. */
void secret_wipe_arg(char *arg);

#endif
