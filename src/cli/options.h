/* SPDX-License-Identifier: BSD-3-Clause */
/* What the user requests, on the command line and in configuration files. */
#ifndef MTLS_CLI_OPTIONS_H
#define MTLS_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/secret.h"
#include "check/check.h"
#include "cli/address.h"
#include "cli/origin.h"
#include "dicom/command.h"
#include "dicom/plan.h"
#include "dicom/shard.h"
#include "send/retry.h"
#include "tls/pin.h"
#include "tls/store.h"

enum mode { MODE_SEND, MODE_ECHO, MODE_CHECK, MODE_STATUS, MODE_LIST, MODE_HELP, MODE_VERSION };
enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* A SECRET as given. A literal is copied and wiped from argv at once; a named
 * source is only remembered, and read by options_load_secrets. */
struct secret_option {
	struct secret value;
	const char *source; /* env:, file:, fd:, cmd:; NULL for literals or none */
	bool loaded;	    /* read from there: a descriptor can be read only once */
};

/* Values of an option that may be given more than once. NULL-terminated once one was given. */
struct list {
	const char **items;
	size_t count;
};

struct secret_list {
	struct secret_option *items;
	size_t count;
};

struct pin_list {
	unsigned char (*items)[PIN_SIZE];
	size_t count;
};

#define OPTIONS_ROWS 160 /* of the table, at most */

/* Immutable once parsed. Strings point into argv or into texts, unless noted.
 * Times: milliseconds. */
struct options {
	enum mode mode;
	enum check_depth check_depth;

	bool connect_given;
	char called[AE_TITLE_MAX + 1];
	char *host; /* owned */
	uint16_t port;
	char calling[AE_TITLE_MAX + 1];
	char *local_address; /* owned */
	char *proxy_host; /* owned */
	uint16_t proxy_port;
	char *proxy_user; /* owned */
	struct secret proxy_password;
	const char *user;
	struct secret_option user_pass, user_jwt, user_saml;
	bool user_rsp;

	bool plain;
	const char *tls_option; /* the first TLS option given, for the conflict with --plain */
	struct list protocols;
	struct list ciphers;
	struct list groups;
	const char *tls_profile;
	const char *key_store;
	enum store_type key_store_type;
	struct secret_option key_store_pass, key_pass;
	const char *key_alias;
	struct list trust_stores;
	struct list trust_store_types;
	struct secret_list trust_store_passes;
	bool trust_system;
	struct list crl_files;
	const char *tls_host;
	bool tls_no_host_check, tls_allow_cn;
	bool require_mtls;
	int tls_revocation; /* 0 soft, 1 require */
	struct pin_list pins;
	int64_t warn_expiry, crit_expiry; /* days */
	bool crit_given;
	bool tls_debug;
	const char *tls_keylog;

	int64_t connect_timeout, tls_timeout, accept_timeout, response_timeout, send_timeout;
	int64_t release_timeout, idle_timeout;
	int64_t max_time; /* WAIT_FOREVER if not given */

	const char *files_from; /* "-": standard input */
	bool from0;
	int64_t min_age; /* 0: not given */
	unsigned associations; /* at a time, at most */
	bool split_studies;
	uint32_t window; /* to propose, as in struct association_request */
	uint32_t max_pdu_send, max_pdu_receive; /* bytes; 0: not given */
	enum command_priority priority;
	struct plan_rules rules;
	struct list proposed; /* of rules */
	struct list sets;	  /* PATH=VALUE */
	const char *uid_suffix;
	struct list encapsulate; /* PDFs */
	const char *like;
	struct retry_rules retry;
	bool strict;
	int uid_conflict; /* enum uid_conflict */
	const char *journal;
	int64_t journal_prune; /* days; 0: nothing is removed */
	bool resend;
	const char *failed_to, *done_to;
	uint64_t limit_rate;	    /* bytes per second, 0: none */
	uint64_t max_object_memory; /* bytes */
	bool rel_ext_neg;
	const char *rel_sop_classes; /* file; NULL: what we know */
	struct shard shard;
	bool dry_run;
	struct list tos;	 /* names and patterns of sections as given */
	struct list destinations; /* the sections that they match, if more than one */
	const char *to, *config; /* section and file; NULL: not given */
	bool one_of_several;	 /* to is one of those */
	bool given[OPTIONS_ROWS]; /* by the command line, a mark for each row of the table (optrow.h) */
	bool list;		 /* --to without a name */

	bool no_progress;
	int verbosity; /* -1 quiet, 0, 1 verbose, 2 debug */
	enum color color;
	bool json, nagios;
	const char *prometheus, *html; /* files to write */
	struct list ignore; /* ids of --check's findings */

	struct list notes;    /* what was accepted but has no effect, for -v */
	struct list warnings; /* about what was accepted but is probably a mistake */
	struct list files;
	struct origins origins; /* of what came from configuration files */
	char **texts; /* owned: what came from configuration files; wiped in the end */
	size_t text_count;
};

/* The defaults. */
void options_init(struct options *out);

/* Read the named sources of all secrets that the mode needs. */
MUST_CHECK int options_load_secrets(struct options *options, struct err *err);

void options_clear(struct options *options);

/* Copy from, with everything that it owns except texts: it must outlive the copy. 0, or -1 if there is no
 * memory; *out is then empty. */
MUST_CHECK int options_copy(struct options *out, const struct options *from, struct err *err);

/* Copy text to where options keep theirs. NULL with err: out of memory. */
char *options_keep(struct options *options, const char *text, struct err *err);

/* Append item, which is not copied. 0, or -1 with err: out of memory. */
MUST_CHECK int list_add(struct list *list, const char *item, struct err *err);

/* Append a copy of text, kept by options. Likewise. */
MUST_CHECK int options_add_text(struct options *options, struct list *list, const char *text,
	struct err *err);

/* Where the result is printed: standard output, unless that is the file of --prometheus or --html. */
FILE *options_result(const struct options *options);

/* Let %s become the shard, "3-8", in the names of all files that are written ("1-1" without --shard). */
MUST_CHECK int options_name_shard(struct options *options, struct err *err);

/* --color for the reporters: 1 always, 0 never, -1 depending on the terminal. */
int options_color(const struct options *options);

#endif
