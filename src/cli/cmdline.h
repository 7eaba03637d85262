/* SPDX-License-Identifier: BSD-3-Clause */
/* Parses the command line, with the table of options (optrow) from which --help is also made. */
#ifndef MTLS_CLI_CMDLINE_H
#define MTLS_CLI_CMDLINE_H

#include <stdio.h>

#include "base/err.h"
#include "cli/options.h"

/* Parse and check argv, wiping secrets in it, and apply the section that --to names. 0, or -1 with
 * ERR_USAGE. *out has what was set in either case: free it with options_clear. If --to names several,
 * out->destinations has them, and their sections are not applied to *out. */
MUST_CHECK int cmdline_parse(struct options *out, int argc, char **argv, struct err *err);

/* If several destinations are named: the options of one of them, from the command line and its section. 0,
 * or -1 with ERR_USAGE; in either case free with options_clear, before *all. */
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
