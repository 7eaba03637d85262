/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line, understood by the one table of options (optrow), from which --help comes, too. */
#ifndef MTLS_CLI_CMDLINE_H
#define MTLS_CLI_CMDLINE_H

#include <stdio.h>

#include "base/err.h"
#include "cli/options.h"

/* Parse and check argv, wiping secrets in it, and take what the configuration
 * files say of --to. 0, or -1 with ERR_USAGE. What was set is in *out either way:
 * free with options_clear. Where --to names several, out->destinations has them, and
 * nothing of their sections is in *out. */
MUST_CHECK int cmdline_parse(struct options *out, int argc, char **argv, struct err *err);

/* Several destinations are named: what the command line and the section of that name say of one. 0, or -1
 * with ERR_USAGE; free with options_clear either way, before *all. */
MUST_CHECK int cmdline_destination(const struct options *all, const char *name, struct options *out,
	struct err *err);

/* MODE_LIST: print the destinations that the configuration files have. 0, or -1
 * with ERR_USAGE: there are none, or a file cannot be used. */
MUST_CHECK int cmdline_list(const struct options *options, FILE *out, struct err *err);

/* Have the watchdog keep --max-time, or what --nagios has in its place. */
void cmdline_limit(struct options *options);

/* What --help and --version print. */
void cmdline_help(FILE *out);
void cmdline_version(FILE *out);

#endif
