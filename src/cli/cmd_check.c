/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "base/watchdog.h"
#include "check/check.h"
#include "dicom/scan.h"
#include "report/html.h"
#include "report/check_human.h"
#include "report/nagios.h"
#include "report/ndjson.h"
#include "report/ndjson_send.h"
#include "report/prometheus.h"

/* The exit status of a plugin or of any other program for this kind. */
static int
exit_status(const struct options *options, enum err_kind kind)
{
	enum nagios state = nagios_kind(kind);

	return options->nagios ? (int)state : err_status(kind);
}

/* The checks of one run: the reporters, the format, and what is kept to the end. */
struct check_run {
	const struct options *options;
	bool several; /* destinations */
	const struct reporter *problems; /* who is told of those */
	struct check_human human;
	struct ndjson ndjson;
	struct check_reporter reporter; /* empty with --nagios, which reports everything at once */
	struct check_report *reports; /* one for each destination, owned */
	size_t count;		      /* of them, those that are filled or being filled */
};

/* The files given, and those among them that cannot be read. */
struct files {
	const struct reporter *reporter;
	struct instance *found; /* owned */
	size_t count;
	size_t refused; /* DICOM files that cannot be sent */
	size_t others;	/* files that could not be read or are not DICOM */
};

struct check_run *
check_run_new(const struct options *options, bool several, struct err *err)
{
	size_t most = several ? options->destinations.count : 1;
	struct check_report *reports = calloc(most, sizeof *reports);
	struct check_run *run = reports ? calloc(1, sizeof *run) : NULL;

	if (!run) {
		free(reports);
		err_nomem(err);
		return NULL;
	}
	run->reports = reports;
	run->options = options;
	run->several = several;
	if (options->json) {
		ndjson_init(&run->ndjson, stdout);
		run->reporter = ndjson_check_reporter(&run->ndjson);
	} else if (!options->nagios) {
		run->reporter = check_human_init(&run->human, options_result(options), stderr,
			options->verbosity, options_color(options));
		run->human.lines = several;
	}
	return run;
}

static void
report_problem(const struct reporter *reporter, const struct err *err)
{
	reporter->error(reporter->self, err);
}

/* A signal may have ended the wait for a reader. */
static enum err_kind
unwritten_kind(const struct err *err)
{
	return interrupt_signal() ? interrupt_kind() : err->kind;
}

/* A file cannot be written: that is the verdict if everything else is well, so that the report and the exit
 * status agree. */
static void
note_unwritten(const struct check_run *run, struct check_report *report, const struct err *err)
{
	if (report->verdict.kind != ERR_NONE) {
		report_problem(run->problems, err);
		return;
	}
	report->verdict = *err;
	report->verdict.kind = unwritten_kind(err);
}

static void
write_files(void *ctx, struct check_report *report)
{
	const struct check_run *run = ctx;
	const struct options *options = run->options;
	struct err err = ERR_INIT;

	if (options->prometheus && prometheus_write(options->prometheus, report, 1, &err) < 0)
		note_unwritten(run, report, &err);
	if (options->html && html_write(options->html, report, &err) < 0)
		note_unwritten(run, report, &err);
}

/* The metrics of all destinations, in one file. */
static enum err_kind
write_all(const struct check_run *run, const struct reporter *reporter, enum err_kind kind)
{
	struct err err = ERR_INIT;

	if (!run->several || !run->options->prometheus ||
	    prometheus_write(run->options->prometheus, run->reports, run->count, &err) == 0)
		return kind;
	report_problem(reporter, &err);
	return kind == ERR_NONE ? unwritten_kind(&err) : kind;
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
		state = nagios_state(run->reports);
		status = (int)state;
		rv = nagios_print(stdout, run->reports, &err);
	} else {
		rv = output_end(&run->human.out, "standard output", &err);
	}
	if (rv < 0) {
		report_problem(reporter, &err);
		status = exit_status(run->options, unwritten_kind(&err));
	}
	for (size_t i = 0; i < run->count; i++)
		check_clear(&run->reports[i]);
	free(run->reports);
	free(run);
	return status;
}

static int
file_found(void *ctx, struct instance *instance)
{
	struct files *files = ctx;
	struct err err;
	struct instance *added = array_add(&files->found, &files->count, sizeof *added, &err);

	if (!added) {
		instance_clear(instance);
		return -1;
	}
	/* It is looked at, not sent. */
	free(instance->kept);
	instance->kept = NULL;
	*added = *instance;
	return 0;
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

/* The files to propose contexts for, if any are given. */
static int
scan_files(const struct options *options, struct files *files, struct err *err)
{
	const struct scan_sink sink = { file_found, file_failed, file_skipped, files, NULL };

	for (size_t i = 0; i < options->files.count; i++)
		if (scan(options->files.items[i], &sink))
			return err_nomem(err);
	if (options->files.count == 0 || files->count > 0)
		return 0;
	if (files->refused > 0)
		err_set(err, ERR_NOTHING, "all DICOM files given are refused");
	else if (files->others > 0)
		err_set(err, ERR_NO_INPUT, "no DICOM files found");
	else
		err_set(err, ERR_EMPTY, "no files found");
	return err_hint(err, "Omit FILE to test the common storage classes.");
}

static void
files_clear(struct files *files)
{
	for (size_t i = 0; i < files->count; i++)
		instance_clear(&files->found[i]);
	free(files->found);
}

static enum err_kind
checker(struct check_run *run, struct setup *setup, const struct options *options,
	const struct files *files, struct check_report *report)
{
	const struct check_job job = {
		.depth = options->check_depth,
		.probes = !options->nagios,
		.driver = &association_dcmtk,
		.request = setup_request(setup, options),
		.instances = files->found,
		.instance_count = files->count,
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
		.ctx = run,
		.reporter = &run->reporter,
	};

	return check_perform(&job, report);
}

/* A check report of which no step was reached, kept to the end. */
static struct check_report *
add_report(struct check_run *run, const struct options *options, const struct reporter *problems)
{
	struct check_report *report = &run->reports[run->count++];

	run->problems = problems;
	run->ndjson.destination = options->to;
	report->destination = options->to;
	report->called = options->called;
	report->calling = options->calling;
	report->host = options->host ? options->host : "";
	report->port = options->port;
	report->depth = "";
	for (enum step step = 0; step < STEP_COUNT; step++)
		report->steps[step] = (struct step_result){ .step = step, .severity = FINDING_NOT_REACHED };
	return report;
}

/* The check could not be made: report why, in the format of a check. */
static enum err_kind
run_none(struct check_run *run, struct check_report *report, const struct err *why)
{
	report->verdict = *why;
	if (run->reporter.done)
		run->reporter.done(run->reporter.self, report);
	return why->kind;
}

enum err_kind
check_run_one(struct check_run *run, struct setup *setup, const struct options *options,
	const struct err *before)
{
	struct files files = { .reporter = &setup->reporter };
	struct check_report *report = add_report(run, options, &setup->reporter);
	struct err err = *before;
	enum err_kind kind;

	if (err.kind != ERR_NONE || scan_files(options, &files, &err) < 0)
		kind = run_none(run, report, &err);
	else
		kind = checker(run, setup, options, &files, report);
	files_clear(&files);
	return kind;
}

int
cmd_check(struct setup *setup, struct options *options)
{
	struct files files = { .reporter = &setup->reporter };
	struct check_run *run = NULL;
	struct err err = ERR_INIT;
	enum err_kind kind;
	int status;

	if (scan_files(options, &files, &err) == 0)
		run = check_run_new(options, false, &err);
	if (run) {
		kind = checker(run, setup, options, &files, add_report(run, options, &setup->reporter));
		status = check_run_end(run, &setup->reporter, kind);
	} else {
		status = cmd_check_refuse(setup, options, &err);
	}
	files_clear(&files);
	return status;
}

int
cmd_check_report_refusal(const struct setup *setup, const struct options *options, const struct err *err)
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
		report_problem(&setup->reporter, err);
	}
	if (rv < 0)
		report_problem(&setup->reporter, &failed);
	return status;
}

int
cmd_check_refuse(const struct setup *setup, const struct options *options, const struct err *err)
{
	watchdog_disarm();
	return cmd_check_report_refusal(setup, options, err);
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
