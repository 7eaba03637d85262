/* SPDX-License-Identifier: BSD-3-Clause */
/* Files with secrets or trusted certificates that other users of this machine can read or change. */
#ifndef MTLS_CLI_EXPOSURE_H
#define MTLS_CLI_EXPOSURE_H

#include <stdbool.h>
#include <stddef.h>

#include "check/check.h"
#include "cli/options.h"

/* Ends with one whose text is empty. */
struct exposures {
	struct exposed_file *files; /* NULL: none */
	size_t count;
};

/*
 * Check the modes of the stores, the revocation lists and the files that secrets are read from.
 * key_in_clear: a private key in the key store needs no password. A file with a secret should be readable
 * only by its owner and group, and writable only by its owner; the other files should not be writable by
 * all users. -1 if there is no memory.
 */
MUST_CHECK int exposures_find(struct exposures *out, const struct options *options, bool key_in_clear,
	struct err *err);

void exposures_clear(struct exposures *exposures);

#endif
