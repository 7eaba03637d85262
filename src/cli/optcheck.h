/* SPDX-License-Identifier: BSD-3-Clause */
/* What options need and exclude: all that a single word cannot tell. */
#ifndef MTLS_CLI_OPTCHECK_H
#define MTLS_CLI_OPTCHECK_H

#include "base/err.h"
#include "cli/options.h"

/* 0, or -1 with ERR_USAGE. Not for MODE_HELP and MODE_VERSION, which nothing disturbs. */
MUST_CHECK int optcheck(const struct options *options, struct err *err);

#endif
