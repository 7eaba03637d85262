/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
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

/* Who is told, in which shape. */
struct audience {
	const struct options *options;
	struct ladder_human human;
	struct ndjson ndjson;
	struct ladder_reporter reporter; /* empty under --nagios, which tells all at once */
	const struct ladder_reporter *list[2];
};

/* The files given, and those among them that cannot be read. */
struct files {
	const struct reporter *reporter;
	struct found found;
	size_t refused; /* DICOM files that cannot be sent */
	size_t others;	/* what could not be read, and files that are something else */
};

static void
audience_init(struct audience *audience, const struct options *options)
{
	memset(audience, 0, sizeof *audience);
	audience->options = options;
	if (options->json) {
		ndjson_init(&audience->ndjson, stdout);
		audience->reporter = ndjson_ladder(&audience->ndjson);
	} else if (!options->nagios) {
		audience->reporter = ladder_human_init(&audience->human, stdout, stderr, options->verbosity,
			options_color(options));
	}
	audience->list[0] = &audience->reporter;
}

static void
complain(const struct reporter *reporter, const struct err *err)
{
	reporter->error(reporter->self, err);
}

/* The files besides. One that cannot be written is told, and outranks what was found. */
static enum err_kind
write_files(const struct reporter *reporter, const struct options *options, const struct ladder *ladder,
	enum err_kind kind)
{
	struct err err = ERR_INIT;

	if (options->prometheus && prometheus_write(options->prometheus, &ladder, 1, &err) < 0) {
		complain(reporter, &err);
		kind = err.kind;
	}
	if (options->html && html_write(options->html, ladder, &err) < 0) {
		complain(reporter, &err);
		kind = err.kind;
	}
	return kind;
}

/* The last words on standard output. The exit status. */
static int
audience_end(struct audience *audience, const struct reporter *reporter, const struct ladder *ladder,
	enum err_kind kind)
{
	struct err err = ERR_INIT;
	int status = err_status(kind), rv;

	if (audience->options->json) {
		rv = ndjson_end(&audience->ndjson, status, &err);
	} else if (audience->options->nagios) {
		status = (int)(kind == ERR_OUTPUT ? nagios_kind(kind) : nagios_state(ladder));
		rv = nagios_print(stdout, ladder, &err);
	} else {
		rv = ladder_human_end(&audience->human, &err);
	}
	if (rv == 0)
		return status;
	complain(reporter, &err);
	return exit_status(audience->options, err.kind);
}

static int
file_found(void *ctx, struct instance *instance)
{
	struct files *files = ctx;

	return found_add(&files->found, instance) < 0 ? -1 : interrupt_signal();
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
	return interrupt_signal();
}

static int
file_skipped(void *ctx, const char *path, const struct err *why)
{
	struct files *files = ctx;

	files->others++;
	files->reporter->skipped(files->reporter->self, path, why->text);
	return interrupt_signal();
}

/* What is to be proposed contexts for, if files are given. */
static int
scan_files(const struct options *options, struct files *files, struct err *err)
{
	const struct scan_sink sink = { file_found, file_failed, file_skipped, files, NULL };
	int stopped = 0;

	for (size_t i = 0; i < options->files.count && !stopped; i++)
		stopped = scan(options->files.items[i], &sink);
	if (stopped < 0)
		return err_nomem(err);
	if (stopped)
		return interrupt_err(err);
	if (options->files.count == 0 || files->found.count > 0)
		return 0;
	if (files->refused > 0)
		err_set(err, ERR_NOTHING, "every DICOM file that was given is refused");
	else if (files->others > 0)
		err_set(err, ERR_NO_INPUT, "there is no DICOM file among what was given");
	else
		err_set(err, ERR_EMPTY, "there is no file in what was given");
	return err_hint(err, "Name none to have the common storage classes tried.");
}

/* Climb, and tell. The exit status. */
static int
climb(struct setup *setup, const struct options *options, const struct found *found, struct ladder *ladder)
{
	struct audience audience;
	struct check_job job = {
		.depth = options->check_depth,
		.probes = !options->nagios,
		.driver = &association_dcmtk,
		.request = setup_request(setup, options),
		.instances = found->items,
		.instance_count = found->count,
		.credentials = options->plain ? NULL : &setup->credentials,
		.credentials_err = setup->credentials_err,
		.exposed = setup->exposures.files,
		.tls_config = options->plain ? NULL : &setup->tls_config,
		.warn_days = (int)options->warn_expiry,
		.crit_days = (int)options->crit_expiry,
		.reporters = audience.list,
	};
	enum err_kind kind;
	int status;

	audience_init(&audience, options);
	kind = check_climb(&job, ladder);
	kind = write_files(&setup->reporter, options, ladder, kind);
	status = audience_end(&audience, &setup->reporter, ladder, kind);
	check_clear(ladder);
	return status;
}

int
cmd_check(struct setup *setup, struct options *options)
{
	struct files files = { .reporter = &setup->reporter };
	struct ladder *ladder = calloc(1, sizeof *ladder);
	struct err err = ERR_INIT;
	int status;

	if (!ladder)
		err_nomem(&err);
	if (!ladder || scan_files(options, &files, &err) < 0)
		status = cmd_check_refuse(setup, options, &err);
	else
		status = climb(setup, options, &files.found, ladder);
	found_clear(&files.found);
	free(ladder);
	return status;
}

int
cmd_check_refuse(const struct setup *setup, const struct options *options, const struct err *err)
{
	struct ndjson ndjson;
	struct err failed = ERR_INIT;
	int status = exit_status(options, err->kind), rv = 0;

	if (options->nagios) {
		rv = nagios_error(stdout, err, &failed);
	} else if (options->json && options->mode != MODE_CHECK) {
		ndjson_error_summary(stdout, err, status);
	} else if (options->json) {
		ndjson_init(&ndjson, stdout);
		ndjson_error(&ndjson, err);
		rv = ndjson_end(&ndjson, status, &failed);
	} else {
		complain(&setup->reporter, err);
	}
	if (rv < 0)
		complain(&setup->reporter, &failed);
	return status;
}

void
suggest_check(const struct options *options, struct err *err)
{
	int status = err_status(err->kind);
	size_t used = strlen(err->hint);

	if (options->verbosity < 0 || status < err_status(ERR_DNS) || status > err_status(ERR_TIMEOUT))
		return;
	text_format(err->hint + used, sizeof err->hint - used, "%sTo find out more, run the same command "
		"with --check%s.", used ? " " : "", options->mode == MODE_ECHO ? " instead of --echo" : "");
}
