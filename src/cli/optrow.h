/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of options: what each is called and what it does. */
#ifndef MTLS_CLI_OPTROW_H
#define MTLS_CLI_OPTROW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cli/options.h"

struct optrow;

/* Take arg (NULL where none is taken) into options. 0, or -1 with ERR_USAGE. */
typedef int optrow_set(struct options *options, const struct optrow *row, char *arg, struct err *err);

/* One option, or a title between options (doc alone). What `set` does with the
 * argument is told by offset, number and text. */
struct optrow {
	const char *name;
	char letter; /* 0: none */
	bool tls;    /* goes with TLS only, not with --plain */
	const char *arg; /* its name in --help, beginning with '=' if it can be left out; NULL: takes none */
	const char *doc; /* NULL: not shown */
	optrow_set *set;
	size_t offset;	  /* of the member set */
	int number;	  /* value set */
	const char *text; /* value added, or the reason to refuse it */
};

#define OPTROW_MAX 128 /* rows at most */

extern const struct optrow optrow_table[];
extern const size_t optrow_count;

/* Append item, which is not copied. False without memory. */
bool list_add(struct list *list, const char *item);

#endif
