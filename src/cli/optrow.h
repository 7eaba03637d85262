/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of options: the name of each and what it does. */
#ifndef MTLS_CLI_OPTROW_H
#define MTLS_CLI_OPTROW_H

#include <stddef.h>

#include "base/err.h"
#include "cli/options.h"

struct optrow;

/* Set arg (NULL if the option takes none) in options. 0, or -1 with ERR_USAGE. */
typedef int optrow_set(struct options *options, const struct optrow *row, char *arg, struct err *err);

enum optrow_flag {
	ROW_TLS = 1,  /* only with TLS, not with --plain */
	ROW_CALL = 2, /* of one call, not of a destination: not in a configuration file */
	ROW_NEXT = 4, /* its optional value may also be the next word */
};

/* One option, or a title between options (doc alone). offset, number and text determine what `set` does
 * with the argument. Rows with the same offset (except 0) set the same thing. */
struct optrow {
	const char *name;
	char letter;	 /* 0: none */
	unsigned flags;	 /* enum optrow_flag */
	const char *arg; /* its name in --help, beginning with '=' if it can be left out; NULL: takes none */
	const char *doc; /* NULL: not shown */
	optrow_set *set;
	size_t offset;	  /* of the member set */
	int number;	  /* value set */
	const char *text; /* value added, the words to choose from, or the reason why it has no effect */
};

#define OPTROW_MAX OPTIONS_ROWS /* rows at most */

extern const struct optrow optrow_table[];
extern const size_t optrow_count;

/* The row of the option with that name, in full, or NULL. */
const struct optrow *optrow_find(const char *name);

/* The row of the option with that letter, or NULL. */
const struct optrow *optrow_letter(int letter);

/* Apply the row to arg. 0, or -1 with ERR_USAGE. */
MUST_CHECK int optrow_take(struct options *options, const struct optrow *row, char *arg, struct err *err);

#endif
