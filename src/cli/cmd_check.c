/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/watchdog.h"
#include "check/check.h"
#include "cli/found.h"
#include "dicom/scan.h"
#include "report/html.h"
#include "report/ladder_human.h"
#include "report/nagios.h"
#include "report/ndjson.h"
#include "report/ndjson_send.h"
#include "report/prometheus.h"

/* What a plugin or any other program ends with for this kind. */
static int
exit_status(const struct options *options, enum err_kind kind)
{
	enum nagios state = nagios_kind(kind);

	return options->nagios ? (int)state : err_status(kind);
}

/* The checks of one run: who is told, in which shape, and what of them is kept to the end. */
struct check_run {
	const struct options *options;
	bool several; /* destinations */
	struct ladder_human human;
	struct ndjson ndjson;
	struct ladder_reporter reporter; /* empty under --nagios, which tells all at once */
	const struct ladder_reporter *list[2];
	struct ladder **ladders; /* one for each destination, owned */
	size_t count;
};

/* The files given, and those among them that cannot be read. */
struct files {
	const struct reporter *reporter;
	struct found found;
	size_t refused; /* DICOM files that cannot be sent */
	size_t others;	/* what could not be read, and files that are something else */
};

struct check_run *
check_run_new(const struct options *options, bool several, struct err *err)
{
	struct check_run *run = calloc(1, sizeof *run);

	if (!run) {
		err_nomem(err);
		return NULL;
	}
	run->options = options;
	run->several = several;
	if (options->json) {
		ndjson_init(&run->ndjson, stdout);
		run->reporter = ndjson_ladder(&run->ndjson);
	} else if (!options->nagios) {
		run->reporter = ladder_human_init(&run->human, options_result(options), stderr,
			options->verbosity, options_color(options));
		run->human.lines = several;
	}
	run->list[0] = &run->reporter;
	return run;
}

static void
complain(const struct reporter *reporter, const struct err *err)
{
	reporter->error(reporter->self, err);
}

/* A signal may have ended the very wait for a reader. */
static enum err_kind
unwritten_kind(const struct err *err)
{
	return interrupt_signal() ? interrupt_kind() : err->kind;
}

/* A check whose files are to be written before its end is told. */
struct ending {
	const struct check_run *run;
	const struct reporter *reporter;
};

/* A file cannot be written: that is the verdict where all else is well, so that what is told and the exit
 * status agree. */
static void
note_unwritten(const struct ending *ending, struct ladder *ladder, const struct err *err)
{
	if (ladder->verdict.kind != ERR_NONE) {
		complain(ending->reporter, err);
		return;
	}
	ladder->verdict = *err;
	ladder->verdict.kind = unwritten_kind(err);
}

static void
write_files(void *ctx, struct ladder *ladder)
{
	const struct ending *ending = ctx;
	const struct options *options = ending->run->options;
	const struct ladder *const one = ladder;
	struct err err = ERR_INIT;

	if (options->prometheus && prometheus_write(options->prometheus, &one, 1, &err) < 0)
		note_unwritten(ending, ladder, &err);
	if (options->html && html_write(options->html, ladder, &err) < 0)
		note_unwritten(ending, ladder, &err);
}

/* The metrics of all destinations, in one file. */
static enum err_kind
write_all(const struct check_run *run, const struct reporter *reporter, enum err_kind kind)
{
	struct err err = ERR_INIT;

	if (!run->several || !run->options->prometheus ||
	    prometheus_write(run->options->prometheus, (const struct ladder *const *)run->ladders, run->count,
		&err) == 0)
		return kind;
	complain(reporter, &err);
	return kind == ERR_NONE ? unwritten_kind(&err) : kind;
}

static void
check_run_free(struct check_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		check_clear(run->ladders[i]);
		free(run->ladders[i]);
	}
	free(run->ladders);
	free(run);
}

int
check_run_end(struct check_run *run, const struct reporter *reporter, enum err_kind kind)
{
	struct err err = ERR_INIT;
	enum nagios state;
	int status, rv;

	kind = write_all(run, reporter, kind);
	status = err_status(kind);
	if (run->options->json) {
		run->ndjson.destination = NULL;
		rv = ndjson_end(&run->ndjson, status, &err);
	} else if (run->options->nagios) {
		state = nagios_state(run->ladders[0]);
		status = (int)state;
		rv = nagios_print(stdout, run->ladders[0], &err);
	} else {
		rv = ladder_human_end(&run->human, &err);
	}
	if (rv < 0) {
		complain(reporter, &err);
		status = exit_status(run->options, unwritten_kind(&err));
	}
	check_run_free(run);
	return status;
}

static int
file_found(void *ctx, struct instance *instance)
{
	struct files *files = ctx;

	return found_add(&files->found, instance);
}

static int
file_failed(void *ctx, const char *path, const struct err *why)
{
	struct files *files = ctx;

	(void)path;
	if (why->kind == ERR_NO_INPUT && why->detail == NO_INPUT_IS_DICOM)
		files->refused++;
	else
		files->others++;
	files->reporter->warning(files->reporter->self, why->text);
	return 0;
}

static int
file_skipped(void *ctx, const char *path, const struct err *why)
{
	struct files *files = ctx;

	files->others++;
	files->reporter->skipped(files->reporter->self, path, why->text);
	return 0;
}

/* What is to be proposed contexts for, if files are given. */
static int
scan_files(const struct options *options, struct files *files, struct err *err)
{
	const struct scan_sink sink = { file_found, file_failed, file_skipped, files, NULL };

	for (size_t i = 0; i < options->files.count; i++)
		if (scan(options->files.items[i], &sink))
			return err_nomem(err);
	if (options->files.count == 0 || files->found.count > 0)
		return 0;
	if (files->refused > 0)
		err_set(err, ERR_NOTHING, "all DICOM files given are refused");
	else if (files->others > 0)
		err_set(err, ERR_NO_INPUT, "no DICOM files found");
	else
		err_set(err, ERR_EMPTY, "no files found");
	return err_hint(err, "Omit FILE to test the common storage classes.");
}

static enum err_kind
climb(struct check_run *run, struct setup *setup, const struct options *options, const struct found *found,
	struct ladder *ladder)
{
	struct ending ending = { run, &setup->reporter };
	const struct check_job job = {
		.depth = options->check_depth,
		.probes = !options->nagios,
		.driver = &association_dcmtk,
		.request = setup_request(setup, options),
		.instances = found->items,
		.instance_count = found->count,
		.rules = options->rules,
		.credentials = options->plain ? NULL : &setup->credentials,
		.credentials_err = setup->credentials_err,
		.exposed = setup->exposures.files,
		.tls_config = options->plain ? NULL : &setup->tls_config,
		.destination = options->to,
		.warn_days = (int)options->warn_expiry,
		.crit_days = (int)options->crit_expiry,
		.crit_fails = options->crit_given,
		.ignore = options->ignore.items,
		.before_end = run->several ? NULL : write_files,
		.ctx = &ending,
		.reporters = run->list,
	};

	return check_climb(&job, ladder);
}

/* A ladder of which no step was reached, kept to the end. NULL without memory. */
static struct ladder *
add_ladder(struct check_run *run, const struct options *options)
{
	struct ladder *ladder = calloc(1, sizeof *ladder);
	void *grown = ladder ? realloc(run->ladders, (run->count + 1) * sizeof *run->ladders) : NULL;

	if (!grown) {
		free(ladder);
		return NULL;
	}
	run->ladders = grown;
	run->ladders[run->count++] = ladder;
	ladder->destination = options->to;
	ladder->called = options->called;
	ladder->calling = options->calling;
	ladder->host = options->host ? options->host : "";
	ladder->port = options->port;
	ladder->depth = "";
	for (enum rung rung = 0; rung < RUNG_COUNT; rung++)
		ladder->rungs[rung] = (struct rung_result){ .rung = rung, .severity = FINDING_NOT_REACHED };
	return ladder;
}

/* No check came of it: tell why, as that of a check. */
static enum err_kind
run_none(struct check_run *run, struct ladder *ladder, const struct err *why)
{
	ladder->verdict = *why;
	if (run->reporter.done)
		run->reporter.done(run->reporter.self, ladder);
	return why->kind;
}

enum err_kind
check_run_one(struct check_run *run, struct setup *setup, const struct options *options,
	const struct err *before)
{
	struct files files = { .reporter = &setup->reporter };
	struct ladder *ladder = add_ladder(run, options);
	struct err err = *before;
	enum err_kind kind;

	run->ndjson.destination = options->to;
	if (!ladder) {
		err_nomem(&err);
		complain(&setup->reporter, &err);
		return err.kind;
	}
	if (err.kind != ERR_NONE || scan_files(options, &files, &err) < 0)
		kind = run_none(run, ladder, &err);
	else
		kind = climb(run, setup, options, &files.found, ladder);
	found_clear(&files.found);
	return kind;
}

static int
check_found(struct setup *setup, const struct options *options, const struct found *found)
{
	struct err err = ERR_INIT;
	struct check_run *run = check_run_new(options, false, &err);
	struct ladder *ladder = run ? add_ladder(run, options) : NULL;

	if (ladder) {
		run->ndjson.destination = options->to;
		return check_run_end(run, &setup->reporter, climb(run, setup, options, found, ladder));
	}
	if (run)
		check_run_free(run);
	err_nomem(&err);
	return cmd_check_refuse(setup, options, &err);
}

int
cmd_check(struct setup *setup, struct options *options)
{
	struct files files = { .reporter = &setup->reporter };
	struct err err = ERR_INIT;
	int status;

	if (scan_files(options, &files, &err) < 0)
		status = cmd_check_refuse(setup, options, &err);
	else
		status = check_found(setup, options, &files.found);
	found_clear(&files.found);
	return status;
}

int
cmd_check_tell_refusal(const struct setup *setup, const struct options *options, const struct err *err)
{
	struct ndjson ndjson;
	struct err failed = ERR_INIT;
	int status = exit_status(options, err->kind), rv = 0;

	if (options->nagios) {
		rv = nagios_error(stdout, err, &failed);
	} else if (options->json && options->mode != MODE_CHECK) {
		rv = ndjson_error_summary(stdout, err, status, &failed);
	} else if (options->json) {
		ndjson_init(&ndjson, stdout);
		ndjson.destination = options->to;
		ndjson_error(&ndjson, err);
		rv = ndjson_end(&ndjson, status, &failed);
	} else {
		complain(&setup->reporter, err);
	}
	if (rv < 0)
		complain(&setup->reporter, &failed);
	return status;
}

int
cmd_check_refuse(const struct setup *setup, const struct options *options, const struct err *err)
{
	watchdog_stand_down();
	return cmd_check_tell_refusal(setup, options, err);
}

void
suggest_check(const struct options *options, struct err *err)
{
	int status = err_status(err->kind);

	if (options->verbosity < 0 || status < err_status(ERR_DNS) || status > err_status(ERR_TIMEOUT))
		return;
	text_join(err->hint, sizeof err->hint, " ", "For details, run the same command with --check%s.",
		options->mode == MODE_ECHO ? " instead of --echo" : "");
}
