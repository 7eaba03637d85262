/* SPDX-License-Identifier: BSD-3-Clause */
/* Why getopt refused a word of the command line, and what was probably meant. */
#ifndef MTLS_CLI_OPTWORD_H
#define MTLS_CLI_OPTWORD_H

#include <argp.h>

#include "base/err.h"

/*
 * For ARGP_KEY_ERROR: getopt only says that it failed. Finds the word and what is wrong with it: it is
 * unknown (names the nearest option) or ambiguous, a value is missing, or a value is given to an option
 * that takes none. ERR_USAGE; returns -1. Values, which may be secrets, are never shown.
 */
int optword_explain(const struct argp_state *state, struct err *err);

/* The option in --help whose name comes nearest, or NULL if none has half of it in common. */
const char *optword_nearest(const char *name);

#endif
