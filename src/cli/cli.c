/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/stream.h"
#include "base/watchdog.h"
#include "cli/cmdline.h"
#include "report/output.h"
#include "report/timestamp.h"

/* If a standard descriptor is closed, a socket could get its number, and what is printed would go to the
 * peer. Printing still fails, and that is reported. */
static void
open_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/*
 * The result must have been written: a full disk is a separate failure (and takes precedence over all but
 * usage and an interrupt). A reader that closed the pipe, as `| head` does, changes nothing.
 */
static enum err_kind
end_output(struct output *output, enum err_kind kind)
{
	struct err err = ERR_INIT;

	if (output_end(output, "standard output", &err) == 0)
		return kind;
	fprintf(stderr, "mtls-storescu: error: %s\n", err.text);
	if (kind == ERR_USAGE || err_is_interrupt(kind))
		return kind;
	return interrupt_signal() ? interrupt_kind() : err.kind;
}

/* The same for what was printed at once. */
static int
finish_stdout(void)
{
	struct output output = { .to = stdout };

	return err_status(end_output(&output, ERR_NONE));
}

static enum err_kind
run_sending_mode(struct setup *setup, struct options *options)
{
	enum err_kind kind;

	if (options->mode == MODE_STATUS)
		kind = cmd_status(setup, options);
	else
		kind = options->mode == MODE_ECHO ? cmd_echo(setup, options) : cmd_send(setup, options);

	setup->human.out.to = stdout; /* with --json the events' */
	return end_output(&setup->human.out, kind);
}

/* The mode on the command line, even if the command line is wrong. */
static bool
has_word(int argc, char **argv, const char *word)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], word) == 0)
			return true;
	return false;
}

/* The exit status of a run. */
static int
run(struct options *options)
{
	struct setup setup;
	struct err err = ERR_INIT;
	int status;

	setup_reporter(&setup, options);
	if (options->mode != MODE_STATUS && setup_init(&setup, options, &err) < 0)
		status = cmd_check_refuse(&setup, options, &err);
	else if (options->mode == MODE_CHECK)
		status = cmd_check(&setup, options);
	else
		status = err_status(run_sending_mode(&setup, options));
	setup_clear(&setup);
	return status;
}

/* There is nothing to run. The exit status. */
static int
refuse(const struct options *options, const struct err *err)
{
	struct setup setup;

	setup_reporter(&setup, options);
	return cmd_check_refuse(&setup, options, err);
}

static int
list_destinations(const struct options *options)
{
	struct err err = ERR_INIT;

	return cmdline_list(options, stdout, &err) == 0 ? finish_stdout() : refuse(options, &err);
}

/* Lines of a log begin with the time. (In glibc the standard streams are variables that can be set; DCMTK's
 * messages go the same way.) Returns the previous stderr. */
static FILE *
stamp_stderr(const struct options *options, bool wanted)
{
	FILE *plain = stderr, *stamped = NULL;

	if (options->verbosity >= 1 && wanted)
		stamped = timestamp_open(plain);
	if (stamped)
		stderr = stamped;
	return plain;
}

/* What the watchdog has to know about the run for its message about the end. */
struct last {
	struct options *options;
	bool json, nagios; /* on the command line, which may not be understood yet */
};

static int
emit_last(void *ctx, const struct err *why, bool late)
{
	const struct last *last = ctx;
	struct options observed = { .mode = last->options->mode,
		.json = last->json || last->options->json,
		.nagios = last->nagios || last->options->nagios,
		.color = last->options->color,
		.no_progress = true };
	struct err err = *why;
	struct setup setup;

	/* The summary is printed by those who know the results of the objects, or of other destinations. */
	observed.json = observed.json && !late;
	if (late && observed.mode == MODE_SEND)
		err_hint(&err, "Its result was not shown; only the --journal has what was acknowledged.");
	setup_reporter(&setup, &observed);
	return cmd_check_report_refusal(&setup, &observed, &err);
}

/* Signals, --max-time and readers that read nothing are handled from here on. */
static int
start_watching(struct last *last, struct err *err)
{
	stdout = stream_guard(stdout);
	stderr = stream_guard(stderr);
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	if (interrupt_install() < 0)
		return err_set(err, ERR_INTERNAL, "cannot catch signals: %s", strerror(errno));
	return watchdog_start(emit_last, last, err);
}

/* Both streams were flushed by those who report it if that fails. */
static void
end_watching(FILE *const standard[2])
{
	if (stdout != standard[0])
		fclose(stdout);
	if (stderr != standard[1])
		fclose(stderr);
	stdout = standard[0];
	stderr = standard[1];
}

int
cli_main(int argc, char **argv)
{
	struct options options;
	struct last last = { &options, has_word(argc, argv, "--json"), has_word(argc, argv, "--nagios") };
	struct err err = ERR_INIT;
	FILE *standard[] = { stdout, stderr }, *plain;
	bool stamped;
	int parsed, status, written = 0;

	open_standard_descriptors();
	stamped = timestamp_wanted(stderr);
	options_init(&options);
	parsed = start_watching(&last, &err);
	if (parsed == 0)
		parsed = cmdline_parse(&options, argc, argv, &err);
	plain = stamp_stderr(&options, stamped);
	if (parsed < 0) {
		options.json |= last.json;
		options.nagios |= last.nagios;
		status = refuse(&options, &err);
	} else if (options.mode == MODE_HELP) {
		cmdline_help(stdout);
		status = finish_stdout();
	} else if (options.mode == MODE_LIST) {
		status = list_destinations(&options);
	} else if (options.mode == MODE_VERSION) {
		cmdline_version(stdout);
		status = finish_stdout();
	} else if (options.destinations.count > 1) {
		status = cmd_each(&options);
		/* A check has seen to it that its result has arrived. */
		if (options.mode == MODE_ECHO)
			written = finish_stdout();
		status = written ? written : status;
	} else {
		status = run(&options);
	}
	watchdog_stop();
	options_clear(&options);
	if (stderr != plain)
		fclose(stderr);
	stderr = plain;
	end_watching(standard);
	return status;
}
