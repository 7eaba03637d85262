/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Destinations by name: a section of a configuration file contains options; its keys are their long names.
 * Two files are read, the user's own and the system's, or only the one given by --config. The command line
 * takes precedence over both, and the user's file over the system's.
 */
#ifndef MTLS_CLI_CONFIG_H
#define MTLS_CLI_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "cli/options.h"

#define CONFIG_NAME   "mtls-storescu.conf"
#define CONFIG_SYSTEM "/etc/" CONFIG_NAME

struct config_files {
	const char *paths[2]; /* the one that wins first */
	size_t count;
	bool named;	    /* by --config: it must exist */
	char own[PATH_MAX]; /* the user's, to which one of the paths points then */
};

/* named: --config, or NULL for $XDG_CONFIG_HOME (~/.config) and /etc. *out is not to move in memory. */
void config_files_find(struct config_files *out, const char *named);

/*
 * Apply the section options->to to options, except what `given` (a mark per row of optrow_table) marks and
 * what that overrides; marks are added. 0, or -1 with ERR_USAGE: there is no such section (the error lists
 * the existing ones), an unknown key or value (with file and line), or a file that contains a secret and
 * that others can read.
 */
MUST_CHECK int config_apply(struct options *options, bool given[], const struct config_files *files,
	struct err *err);

/*
 * The sections that options->tos names, in that order and each once, into
 * options->destinations: by their name, or by a shell pattern (fnmatch). 0, or -1
 * with ERR_USAGE: a name that does not exist, or a pattern that matches none.
 */
MUST_CHECK int config_names(struct options *options, const struct config_files *files, struct err *err);

/* Is it a pattern for section names? */
bool config_is_pattern(const char *name);

/* Print a line per section, by name: its name and its receiver. 0, or -1 with ERR_USAGE. */
MUST_CHECK int config_list(const struct config_files *files, FILE *out, struct err *err);

#endif
