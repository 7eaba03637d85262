/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmdline.h"
#include "report/output.h"
#include "report/timestamp.h"

/* A descriptor that we were started without would become that of a socket, and
 * what is printed would go to the peer. Printing still fails, and is told. */
static void
hold_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/*
 * The result's output must have arrived: a full disk is a failure of its own
 * (and outranks all but usage and an interrupt). A reader that went away, as
 * `| head` does, changes nothing.
 */
static enum err_kind
end_output(struct output *output, enum err_kind kind)
{
	struct err err = ERR_INIT;

	if (output_end(output, "standard output", &err) == 0 || kind == ERR_USAGE || err_is_interrupt(kind))
		return kind;
	fprintf(stderr, "mtls-storescu: error: %s\n", err.text);
	return err.kind;
}

/* The same for what was printed at once. */
static int
printed(void)
{
	struct output output = { .to = stdout };

	return err_status(end_output(&output, ERR_NONE));
}

static enum err_kind
send_and_the_like(struct setup *setup, struct options *options)
{
	enum err_kind kind;

	if (options->mode == MODE_STATUS)
		kind = cmd_status(setup, options);
	else
		kind = options->mode == MODE_ECHO ? cmd_echo(setup, options) : cmd_send(setup, options);

	setup->human.out.to = stdout; /* with --json the events' */
	return end_output(&setup->human.out, kind);
}

/* What the command line says of its mode, even where it could not be understood. */
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
	if (interrupt_install() < 0)
		err_set(&err, ERR_INTERNAL, "cannot catch signals: %s", strerror(errno));
	else if (options->mode == MODE_STATUS || setup_init(&setup, options, &err) == 0)
		err.kind = ERR_NONE;
	if (err.kind != ERR_NONE)
		status = cmd_check_refuse(&setup, options, &err);
	else if (options->mode == MODE_CHECK)
		status = cmd_check(&setup, options);
	else
		status = err_status(send_and_the_like(&setup, options));
	setup_clear(&setup);
	return status;
}

/* Several destinations. A check has seen to it that its result has arrived. */
static int
run_each(struct options *options)
{
	int status = cmd_each(options);
	int written = options->mode == MODE_ECHO ? printed() : 0;

	return written ? written : status;
}

static int
list_destinations(const struct options *options)
{
	struct setup setup;
	struct err err = ERR_INIT;

	if (cmdline_list(options, stdout, &err) == 0)
		return printed();
	setup_reporter(&setup, options);
	return cmd_check_refuse(&setup, options, &err);
}

/* The lines of a log say when. (In glibc the standard streams are variables to be
 * set; DCMTK's words go the same way.) Returns what stderr was. */
static FILE *
stamp_stderr(const struct options *options)
{
	FILE *plain = stderr, *stamped = NULL;

	if (options->verbosity >= 1 && timestamp_wanted(plain))
		stamped = timestamp_open(plain);
	if (stamped)
		stderr = stamped;
	return plain;
}

static void
restore_stderr(FILE *plain)
{
	if (stderr != plain)
		fclose(stderr);
	stderr = plain;
}

int
cli_main(int argc, char **argv)
{
	bool json = has_word(argc, argv, "--json"), nagios = has_word(argc, argv, "--nagios");
	struct options options;
	struct err err = ERR_INIT;
	FILE *plain;
	int parsed, status;

	hold_standard_descriptors();
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	parsed = cmdline_parse(&options, argc, argv, &err);
	plain = stamp_stderr(&options);
	if (parsed < 0) {
		struct setup setup;

		options.json |= json;
		options.nagios |= nagios;
		setup_reporter(&setup, &options);
		status = cmd_check_refuse(&setup, &options, &err);
	} else if (options.mode == MODE_HELP) {
		cmdline_help(stdout);
		status = printed();
	} else if (options.mode == MODE_LIST) {
		status = list_destinations(&options);
	} else if (options.mode == MODE_VERSION) {
		cmdline_version(stdout);
		status = printed();
	} else if (options.destinations.count > 1) {
		status = run_each(&options);
	} else {
		status = run(&options);
	}
	options_clear(&options);
	restore_stderr(plain);
	return status;
}
