/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Secrets: where they come from, and that nothing of them stays behind.
 *
 * A SECRET on the command line is env:NAME, file:PATH, fd:N, cmd:COMMAND,
 * pass:TEXT or bare TEXT. Known prefixes always win.
 */
#ifndef MTLS_BASE_SECRET_H
#define MTLS_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* A secret's bytes. `bytes` is NUL-terminated beyond len and may hold NULs
 * before it only for SECRET_WHOLE. given tells an empty secret from none. */
struct secret {
	char *bytes;
	size_t len;
	bool given;
};

enum secret_shape {
	SECRET_LINE,  /* passwords: the first line of a named source, without its line end */
	SECRET_WHOLE, /* tokens (SAML, JWT): all of it, trimmed of white space */
};

#define SECRET_MAX 65536 /* bytes a named source may give */

/* What the words of a command line were for: wiped once they are taken. */
bool secret_is_literal(const char *spec); /* bare TEXT or pass:TEXT */

/*
 * Fetch what spec names into *out (owned, free with secret_clear). Literals
 * are taken as they stand. fd: is read no further than the line, so that the
 * next use of it gives the next line. cmd: runs under /bin/sh with stdin from
 * /dev/null; a failing command is an error. So is a file, descriptor or
 * command that gives nothing at all, and more than SECRET_MAX bytes.
 * Errors: ERR_CREDENTIALS naming the source (never its content, nor the
 * command's words). It waits without limit: the watchdog ends that, and the command.
 */
int secret_load(struct secret *out, const char *spec, enum secret_shape shape,
	struct err *err) __attribute__((warn_unused_result));

/*
 * Ask on /dev/tty, without echo; where the watchdog ends the process the
 * terminal is restored, too.
 * what: "key store /path/scu1.p12", made harmless here. Without a terminal:
 * ERR_CREDENTIALS that names `option` as the way to give it.
 */
int secret_ask(struct secret *out, const char *what, const char *option,
	struct err *err) __attribute__((warn_unused_result));

/* Copy bytes into *out (which must be clear). 0 or -1 without memory. */
int secret_set(struct secret *out, const char *bytes, size_t len)
	__attribute__((warn_unused_result));

/* Wipe and free. Takes a cleared or zeroed secret too. */
void secret_clear(struct secret *secret);

/* Overwrite an argument in argv in place, so that ps shows nothing of it. */
void secret_wipe_arg(char *arg);

#endif
