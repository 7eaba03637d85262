/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Destinations by name: a section of a configuration file holds options, whose
 * long names are its keys. Two files are looked at, the user's own and the
 * system's; or one, named by --config. The command line wins over both, and
 * the user's file over the system's.
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
	bool named;	    /* by --config: it must be there */
	char own[PATH_MAX]; /* the user's, to which one of the paths points then */
};

/* named: --config, or NULL for $XDG_CONFIG_HOME (~/.config) and /etc. *out is not to move in memory. */
void config_files_find(struct config_files *out, const char *named);

/*
 * Take into options what the section options->to has, but for what `given` (a
 * mark per row of optrow_table) marks and what that takes the place of; the marks
 * grow. 0, or -1 with ERR_USAGE: no such section (names those there are), an
 * unknown key or value, naming file and line, or a file that others can read
 * though a secret stands in it.
 */
MUST_CHECK int config_apply(struct options *options, bool given[], const struct config_files *files,
	struct err *err);

/*
 * The sections that options->tos names, in that order and each once, into
 * options->destinations: by their name, or by a shell pattern (fnmatch). 0, or -1
 * with ERR_USAGE: a name that there is not, or a pattern that matches none.
 */
MUST_CHECK int config_names(struct options *options, const struct config_files *files, struct err *err);

/* Does it name sections by their look? */
bool config_is_pattern(const char *name);

/* Print a line per section, by name: its name and its receiver. 0, or -1 with ERR_USAGE. */
MUST_CHECK int config_list(const struct config_files *files, FILE *out, struct err *err);

#endif
