/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/options.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/wait.h"
#include "cli/optrow.h"
#include "cli/optword.h"

#define NAGIOS_PATIENCE 8000 /* ms: a plugin is killed after 10 s, commonly */

/* argp's keys: printable ones are short options, 0 marks a title; ours count from here. */
#define KEY_BASE 0x1000

struct parse {
	struct options *options;
	const struct argp_option *table;
	struct err *err;
};

static const struct optrow *
row_by_key(int key)
{
	if (key >= KEY_BASE && (size_t)(key - KEY_BASE) < optrow_count)
		return &optrow_table[key - KEY_BASE];
	for (size_t i = 0; i < optrow_count; i++)
		if (optrow_table[i].letter && optrow_table[i].letter == key)
			return &optrow_table[i];
	return NULL;
}

static error_t
parse_one(int key, char *arg, struct argp_state *state)
{
	struct parse *parse = state->input;
	const struct optrow *row;

	if (key == ARGP_KEY_ARG) {
		if (list_add(&parse->options->files, arg))
			return 0;
		err_nomem(parse->err);
		return ENOMEM;
	}
	if (key == ARGP_KEY_ERROR && parse->err->kind == ERR_NONE) {
		optword_explain(parse->table, state, parse->err);
		return 0;
	}
	row = row_by_key(key);
	if (!row)
		return ARGP_ERR_UNKNOWN;
	if (row->tls && !parse->options->tls_option)
		parse->options->tls_option = row->name;
	return row->set(parse->options, row, arg, parse->err) < 0 ? EINVAL : 0;
}

/* The table in argp's shape, with an empty entry at its end. */
static void
make_argp_options(struct argp_option out[OPTROW_MAX + 1])
{
	int group = 0;

	memset(out, 0, (OPTROW_MAX + 1) * sizeof *out);
	for (size_t i = 0; i < optrow_count; i++) {
		const struct optrow *row = &optrow_table[i];

		out[i].doc = row->doc;
		if (!row->name) {
			out[i].group = ++group;
			continue;
		}
		out[i].name = row->name;
		out[i].key = row->letter ? row->letter : KEY_BASE + (int)i;
		out[i].arg = row->arg;
		out[i].flags = row->doc ? 0 : OPTION_HIDDEN;
		if (row->arg && row->arg[0] == '=') {
			out[i].arg = row->arg + 1;
			out[i].flags |= OPTION_ARG_OPTIONAL;
		}
		out[i].group = group;
	}
}

#define USAGE "-c AET@HOST:PORT FILE|DIR...\n--echo -c AET@HOST:PORT\n" \
	"--check[=DEPTH] -c AET@HOST:PORT [FILE|DIR...]" /* argp puts [OPTION...] in front */
#define ABOUT "Send DICOM files over mutual TLS, and tell the truth about each.\v" \
	"SECRET is env:NAME, file:PATH, fd:N, cmd:COMMAND, pass:TEXT or the text itself.\n" \
	"Exit status: 0 all acknowledged, 10 some were not, 11 none was, 2 usage, 3 no input, " \
	"20 DNS, 21 connect, 30 credentials, 31-35, 37 TLS, 36 mutual TLS not enforced, 40-42 association, " \
	"43 echo, 50 timeout, 61 output. " \
	"The manual page mtls-storescu(1) explains each."

void
options_help(FILE *out)
{
	struct argp_option table[OPTROW_MAX + 1];
	struct argp argp = { table, parse_one, USAGE, ABOUT, NULL, NULL, NULL };
	char name[] = "mtls-storescu";

	make_argp_options(table);
	argp_help(&argp, out, ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC, name);
}

void
options_version(FILE *out)
{
	fprintf(out, "mtls-storescu %s\n", PACKAGE_VERSION);
}

static bool
is_given(const struct secret_option *secret)
{
	return secret->source || secret->value.given;
}

static int
check_identity(const struct options *options, struct err *err)
{
	int kinds = (options->user != NULL) + is_given(&options->user_jwt) + is_given(&options->user_saml);

	if (kinds > 1)
		return err_set(err, ERR_USAGE, "only one of --user, --user-jwt and --user-saml can be "
			"negotiated");
	if (is_given(&options->user_pass) && !options->user)
		return err_set(err, ERR_USAGE, "--user-pass needs --user NAME");
	if (options->user_rsp && kinds == 0)
		return err_set(err, ERR_USAGE, "--user-rsp needs --user, --user-jwt or --user-saml");
	return 0;
}

/* The first option that says something about a key store, NULL if there is none. */
static const char *
key_option(const struct options *options)
{
	if (options->key_store_type != STORE_AUTO)
		return "key-store-type";
	if (is_given(&options->key_store_pass))
		return "key-store-pass";
	if (is_given(&options->key_pass))
		return "key-pass";
	return options->key_alias ? "key-alias" : NULL;
}

static int
check_trust(const struct options *options, struct err *err)
{
	size_t stores = options->trust_stores.count;
	size_t types = options->trust_store_types.count;
	size_t passes = options->trust_store_passes.count;

	if (stores == 0 && !options->trust_system) {
		err_set(err, ERR_USAGE, "nothing says which certificate authority vouches for the receiver");
		return err_hint(err, "Give --trust-store FILE (or --trust-system for the system's "
			"authorities); --plain sends without TLS.");
	}
	if (types > stores)
		return err_set(err, ERR_USAGE, "--trust-store-type stands %zu times beside %zu of "
			"--trust-store", types, stores);
	if (passes > stores || (passes > 1 && passes != stores))
		return err_set(err, ERR_USAGE, "--trust-store-pass stands %zu times beside %zu of "
			"--trust-store; give one for all or one for each", passes, stores);
	return 0;
}

static int
check_tls(const struct options *options, struct err *err)
{
	if (options->plain && options->tls_option)
		return err_set(err, ERR_USAGE, "--%s and --plain exclude each other: with --plain there is "
			"no TLS", options->tls_option);
	if (options->plain)
		return 0;
	if (check_trust(options, err) < 0)
		return -1;
	if (!options->key_store && key_option(options))
		return err_set(err, ERR_USAGE, "--%s needs --key-store FILE", key_option(options));
	if (options->tls_profile && (options->protocols.count > 0 || options->ciphers.count > 0))
		return err_set(err, ERR_USAGE, "--tls-profile and %s exclude each other: the profile names "
			"protocols and cipher suites", options->protocols.count > 0 ?
			"--tls-protocol (--tls12, --tls13)" : "--tls-cipher");
	if (options->tls_host && options->tls_no_host_check)
		return err_set(err, ERR_USAGE, "--tls-host and --tls-no-host-check exclude each other");
	return 0;
}

/* What goes with --check only, and what excludes what there. */
static int
check_check(const struct options *options, struct err *err)
{
	const char *only = options->json ? "json" : options->nagios ? "nagios" :
		options->prometheus ? "prometheus" : options->html ? "html" : NULL;

	if (options->mode != MODE_CHECK && only) {
		err_set(err, ERR_USAGE, "--%s goes with --check only", only);
		return err_hint(err, "Add --check, or leave --%s out.", only);
	}
	if (options->json && options->nagios)
		return err_set(err, ERR_USAGE, "--json and --nagios exclude each other");
	if (options->nagios && options->check_depth == CHECK_FULL) {
		err_set(err, ERR_USAGE, "--nagios and --check=full exclude each other");
		return err_hint(err, "What a server takes is found out by many connections, which no "
			"monitoring should make: use --check=quick.");
	}
	if (options->mode == MODE_CHECK && options->check_depth == CHECK_STORES && options->plain)
		return err_set(err, ERR_USAGE, "--check=stores looks at the stores, and --plain uses none");
	return 0;
}

static int
check(const struct options *options, struct err *err)
{
	bool offline = options->mode == MODE_CHECK && options->check_depth == CHECK_STORES;
	char shown[256];

	if (options->mode == MODE_HELP || options->mode == MODE_VERSION)
		return 0;
	if (check_check(options, err) < 0)
		return -1;
	if (!options->connect_given && !offline) {
		err_set(err, ERR_USAGE, "no receiver given");
		return err_hint(err, "Say which with -c AET@HOST:PORT, or see --help.");
	}
	if (check_identity(options, err) < 0 || check_tls(options, err) < 0)
		return -1;
	if (options->mode == MODE_ECHO && options->files.count > 0)
		return err_set(err, ERR_USAGE, "--echo sends no file, but '%s' was given",
			text_harmless_str(shown, sizeof shown, options->files.items[0]));
	if (options->mode == MODE_SEND && options->files.count == 0) {
		err_set(err, ERR_USAGE, "no FILE given");
		return err_hint(err, "Name the DICOM files or directories to send; to try the connection "
			"alone, use --echo.");
	}
	return 0;
}

int
options_parse(struct options *out, int argc, char **argv, struct err *err)
{
	struct argp_option table[OPTROW_MAX + 1];
	struct argp argp = { table, parse_one, USAGE, ABOUT, NULL, NULL, NULL };
	struct parse parse = { out, table, err };
	error_t failed;

	*out = (struct options){
		.calling = "STORESCU", .warn_expiry = 30, .crit_expiry = 7, .connect_timeout = 10000,
		.tls_timeout = 10000, .accept_timeout = 30000, .response_timeout = 300000,
		.send_timeout = 60000, .release_timeout = 5000, .idle_timeout = 15000,
		.max_time = WAIT_FOREVER,
	};
	err->kind = ERR_NONE;
	make_argp_options(table);
	failed = argp_parse(&argp, argc, argv, ARGP_NO_ERRS | ARGP_NO_HELP | ARGP_NO_EXIT, NULL, &parse);
	if (failed && err->kind == ERR_NONE)
		err_set(err, ERR_USAGE, "the options cannot be understood");
	if (err->kind == ERR_USAGE)
		return err_hint(err, "See --help.");
	if (err->kind != ERR_NONE)
		return -1;
	if (!out->port)
		out->port = out->plain ? 104 : 2762;
	if (out->nagios && out->max_time == WAIT_FOREVER)
		out->max_time = NAGIOS_PATIENCE;
	return check(out, err);
}

static int
load(struct secret_option *option, const char *name, enum secret_shape shape, struct err *err)
{
	if (!option->source)
		return 0;
	if (secret_load(&option->value, option->source, shape, err) < 0)
		return err_wrap(err, "--%s", name);
	return 0;
}

int
options_load_secrets(struct options *options, struct err *err)
{
	if (load(&options->user_pass, "user-pass", SECRET_LINE, err) < 0 ||
	    load(&options->user_jwt, "user-jwt", SECRET_WHOLE, err) < 0 ||
	    load(&options->user_saml, "user-saml", SECRET_WHOLE, err) < 0 ||
	    load(&options->key_store_pass, "key-store-pass", SECRET_LINE, err) < 0 ||
	    load(&options->key_pass, "key-pass", SECRET_LINE, err) < 0)
		return -1;
	for (size_t i = 0; i < options->trust_store_passes.count; i++)
		if (load(&options->trust_store_passes.items[i], "trust-store-pass", SECRET_LINE, err) < 0)
			return -1;
	return 0;
}

void
options_clear(struct options *options)
{
	free(options->host);
	free(options->local_address);
	free(options->proxy_host);
	free(options->proxy_user);
	secret_clear(&options->proxy_password);
	secret_clear(&options->user_pass.value);
	secret_clear(&options->user_jwt.value);
	secret_clear(&options->user_saml.value);
	secret_clear(&options->key_store_pass.value);
	secret_clear(&options->key_pass.value);
	for (size_t i = 0; i < options->trust_store_passes.count; i++)
		secret_clear(&options->trust_store_passes.items[i].value);
	free(options->trust_store_passes.items);
	free(options->protocols.items);
	free(options->ciphers.items);
	free(options->pins.items);
	free(options->trust_stores.items);
	free(options->trust_store_types.items);
	free(options->crl_files.items);
	free(options->notes.items);
	free(options->files.items);
	memset(options, 0, sizeof *options);
}

int
options_color(const struct options *options)
{
	if (options->color == COLOR_AUTO)
		return -1;
	return options->color == COLOR_ALWAYS;
}
