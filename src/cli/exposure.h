/* SPDX-License-Identifier: BSD-3-Clause */
/* Files with a secret in them, or with what is trusted, that other users of this machine
 * can read or change. */
#ifndef MTLS_CLI_EXPOSURE_H
#define MTLS_CLI_EXPOSURE_H

#include <stdbool.h>
#include <stddef.h>

#include "check/check.h"
#include "cli/options.h"

/* Terminated by one whose text is empty. */
struct exposures {
	struct exposed_file *files; /* NULL: none */
	size_t count;
};

/*
 * Look at the modes of the stores, the revocation lists and the files that the secrets
 * come from. key_in_clear: a private key in the key store needs no password. A file with
 * a secret is to be read by its owner and group, and changed by its owner alone; the
 * others are not to be changed by everybody. -1 without memory.
 */
MUST_CHECK int exposures_find(struct exposures *out, const struct options *options, bool key_in_clear,
	struct err *err);

void exposures_clear(struct exposures *exposures);

#endif
