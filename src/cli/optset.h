/* SPDX-License-Identifier: BSD-3-Clause */
/* What options do with their values: the functions in the rows of the table. */
#ifndef MTLS_CLI_OPTSET_H
#define MTLS_CLI_OPTSET_H

#include <stdbool.h>

#include "cli/optrow.h"

/* Into the member at the row's offset: */
optrow_set optset_string;	/* const char *, not empty */
optrow_set optset_true;		/* bool */
optrow_set optset_yes_no;	/* bool, from the word */
optrow_set optset_int;		/* int or uint32_t, the row's number */
optrow_set optset_word;		/* int or enum: the index among the words of the row's text, "a|b|c" */
optrow_set optset_ms;		/* int64_t, milliseconds; so is a number without a unit */
optrow_set optset_seconds;	/* int64_t, milliseconds; a number without a unit is seconds */
optrow_set optset_prune;	/* int64_t, days, from 1 */
optrow_set optset_days;		/* int64_t, from 0 */
optrow_set optset_secret;	/* struct secret_option */
optrow_set optset_add_secret;	/* struct secret_list */
optrow_set optset_add;		/* struct list, not empty */
optrow_set optset_add_text;	/* struct list, the row's text */

/* The same for one option each. */
optrow_set optset_mode, optset_check, optset_to, optset_connect, optset_bind, optset_proxy;
optrow_set optset_crit_days, optset_ignore;
optrow_set optset_tls_host, optset_store_type, optset_add_pin;
optrow_set optset_associations, optset_window, optset_pdulen, optset_priority;
optrow_set optset_bytes, optset_rate;
optrow_set optset_retry, optset_retry_delay, optset_propose, optset_related, optset_set, optset_shard;

/* Without effect: reported with -v, or refused; the row's text says why. */
optrow_set optset_note, optset_refuse;

/* Is value a secret itself (and not empty), rather than the name of where it is? */
bool optset_holds_secret(const struct optrow *row, const char *value);

#endif
