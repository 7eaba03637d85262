/* SPDX-License-Identifier: BSD-3-Clause */
/* What options require and exclude: conditions between several words of the command line. */
#ifndef MTLS_CLI_OPTCHECK_H
#define MTLS_CLI_OPTCHECK_H

#include "base/err.h"
#include "cli/options.h"

/* 0, or -1 with ERR_USAGE. Not called for MODE_HELP and MODE_VERSION, which always work. */
MUST_CHECK int optcheck(const struct options *options, struct err *err);

#endif
