/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/cmdline.h"

#include <argp.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/watchdog.h"
#include "cli/config.h"
#include "cli/optcheck.h"
#include "cli/optrow.h"
#include "cli/optset.h"
#include "cli/optword.h"

#define NAGIOS_TIMEOUT 8000 /* ms: a plugin is commonly killed after 10 s */

/* ms that a run ended by --max-time has to report the results of all objects, or of the check */
#define SEND_GRACE  30000
#define OTHER_GRACE 2000

/* argp's keys: printable ones are short options, 0 marks a title; ours count from here. */
#define KEY_BASE 0x1000

struct parse {
	struct options *options;
	bool given[OPTROW_MAX]; /* rows of optrow_table */
	struct err *err;
};

static const struct optrow *
row_by_key(int key)
{
	if (key >= KEY_BASE && (size_t)(key - KEY_BASE) < optrow_count)
		return &optrow_table[key - KEY_BASE];
	return optrow_letter(key);
}

/* The next word, if it can be the option's value and is not an option. */
static char *
next_word(struct argp_state *state)
{
	if (state->next >= state->argc || state->argv[state->next][0] == '-')
		return NULL;
	return state->argv[state->next++];
}

/* After -s PATH the value is often a separate word: show how to write the two as one. */
static void
explain_set(const struct argp_state *state, const char *path, struct err *err)
{
	const char *value = state->next < state->argc ? state->argv[state->next] : "-";
	const char *shown = TEXT_SHOWN(path, 128);

	if (*value == '-' || access(value, F_OK) == 0)
		return;
	err->hint[0] = '\0';
	err_hint(err, "Write it as one word, -s %s=%s; -s %s= empties the attribute.", shown,
		TEXT_SHOWN(value, 128), shown);
}

static error_t
parse_one(int key, char *arg, struct argp_state *state)
{
	struct parse *parse = state->input;
	const struct optrow *row;

	if (key == ARGP_KEY_ARG)
		return list_add(&parse->options->files, arg, parse->err) < 0 ? ENOMEM : 0;
	if (key == ARGP_KEY_ERROR && parse->err->kind == ERR_NONE) {
		optword_explain(state, parse->err);
		return 0;
	}
	row = row_by_key(key);
	if (!row)
		return ARGP_ERR_UNKNOWN;
	if (!arg && (row->flags & ROW_NEXT))
		arg = next_word(state);
	parse->given[row - optrow_table] = true;
	if (optrow_take(parse->options, row, arg, parse->err) == 0)
		return 0;
	if (row->set == optset_set && arg && *arg && !strchr(arg, '='))
		explain_set(state, arg, parse->err);
	return EINVAL;
}

/* The table in argp's format, with an empty entry at its end. */
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

#define USAGE "-c AET@HOST:PORT FILE|DIR...\n--to NAME FILE|DIR...\n--dry-run FILE|DIR...\n" \
	"--echo -c AET@HOST:PORT\n--status --journal FILE\n--check[=DEPTH] -c AET@HOST:PORT [FILE|DIR...]"
#define ABOUT "Send DICOM files over mutual TLS.\v" \
	"SECRET is env:NAME, file:PATH, fd:N, cmd:COMMAND, pass:TEXT or the text itself.\n" \
	"Exit status: 0 all acknowledged, 10 some were not, 11 none was, 12 warnings (--strict), " \
	"2 usage, 3 and 4 no input, 20 DNS, 21 connect, 30 credentials, 31-35, 37 TLS, " \
	"36 mutual TLS not enforced, 40-42 association, 43 echo, 50 timeout, 60 journal, 61 output. " \
	"The manual page mtls-storescu(1) explains each."

void
cmdline_help(FILE *out)
{
	struct argp_option table[OPTROW_MAX + 1];
	struct argp argp = { table, parse_one, USAGE, ABOUT, NULL, NULL, NULL };
	char name[] = "mtls-storescu";

	make_argp_options(table);
	argp_help(&argp, out, ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC, name);
}

void
cmdline_version(FILE *out)
{
	fprintf(out, "mtls-storescu %s\n", MTLS_VERSION);
}

/* Apply the configuration files; the command line takes precedence. */
static int
apply_config_files(struct options *options, bool given[], struct err *err)
{
	struct config_files files;

	if (!options->to)
		return 0;
	config_files_find(&files, options->config);
	return config_apply(options, given, &files, err);
}

/* Which sections are meant. A section given by its name is searched for when the file is read: the file may
 * be a pipe. */
static int
find_destinations(struct options *options, struct err *err)
{
	struct config_files files;

	if (options->tos.count == 0 || (options->tos.count == 1 && !config_is_pattern(options->to)))
		return 0;
	config_files_find(&files, options->config);
	if (config_names(options, &files, err) < 0)
		return -1;
	if (options->destinations.count == 1) {
		options->to = options->destinations.items[0];
		options->destinations.count = 0;
	}
	return 0;
}

/* A check or an echo takes several destinations one after the other. */
static int
check_several(const struct options *options, struct err *err)
{
	const char *one = options->nagios ? "--nagios" : options->html ? "--html" :
		options->dry_run ? "--dry-run" : options->mode == MODE_SEND ? "a send" :
		options->mode == MODE_STATUS ? "--status" : NULL;
	size_t count = options->destinations.count;

	if (!one)
		return 0;
	err_set(err, ERR_USAGE, "--to names %zu destinations ('%s', '%s'%s), but %s needs exactly one", count,
		TEXT_SHOWN(options->destinations.items[0], 128),
		TEXT_SHOWN(options->destinations.items[1], 128),
		count > 2 ? ", ..." : "", one);
	return err_hint(err, "Run it once for each; only --check and --echo take several.");
}

int
cmdline_list(const struct options *options, FILE *out, struct err *err)
{
	struct config_files files;

	config_files_find(&files, options->config);
	return config_list(&files, out, err);
}

void
cmdline_limit(struct options *options)
{
	if (options->nagios && options->max_time == WAIT_FOREVER)
		options->max_time = NAGIOS_TIMEOUT;
	watchdog_limit(options->max_time, options->mode == MODE_SEND ? SEND_GRACE : OTHER_GRACE);
}

/* Everything that cannot be checked word by word, for one destination. */
static int
complete_one(struct options *options, bool given[], struct err *err)
{
	cmdline_limit(options); /* of reading the configuration file, which may change it */
	if (apply_config_files(options, given, err) < 0)
		return -1;
	cmdline_limit(options);
	if (!options->port)
		options->port = options->plain ? 104 : 2762;
	if (options_name_shard(options, err) < 0 || optcheck(options, err) < 0)
		return -1;
	if (options->list)
		options->mode = MODE_LIST;
	return 0;
}

static int
complete(struct options *options, const bool given[], struct err *err)
{
	if (options->mode == MODE_HELP || options->mode == MODE_VERSION)
		return 0;
	memcpy(options->given, given, sizeof options->given);
	cmdline_limit(options);
	if (!options->list && find_destinations(options, err) < 0)
		return -1;
	if (options->destinations.count > 1)
		return check_several(options, err);
	return complete_one(options, options->given, err);
}

int
cmdline_destination(const struct options *all, const char *name, struct options *out, struct err *err)
{
	if (options_copy(out, all, err) < 0)
		return -1;
	out->to = name;
	out->one_of_several = true;
	return complete_one(out, out->given, err);
}

int
cmdline_parse(struct options *out, int argc, char **argv, struct err *err)
{
	struct argp_option table[OPTROW_MAX + 1];
	struct argp argp = { table, parse_one, USAGE, ABOUT, NULL, NULL, NULL };
	struct parse parse = { .options = out, .err = err };
	error_t failed;

	options_init(out);
	err->kind = ERR_NONE;
	make_argp_options(table);
	failed = argp_parse(&argp, argc, argv, ARGP_NO_ERRS | ARGP_NO_HELP | ARGP_NO_EXIT, NULL, &parse);
	if (failed && err->kind == ERR_NONE)
		err_set(err, ERR_USAGE, "cannot parse the options");
	if (err->kind == ERR_USAGE)
		return err_hint(err, "See --help.");
	if (err->kind != ERR_NONE)
		return -1;
	return complete(out, parse.given, err);
}
