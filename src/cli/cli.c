/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmdline.h"

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
flush_output(enum err_kind kind)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return kind;
	if (errno == EPIPE || kind == ERR_USAGE || kind == ERR_SIGINT || kind == ERR_SIGTERM)
		return kind;
	fprintf(stderr, "mtls-storescu: the result cannot be written to standard output: %s\n",
		errno ? strerror(errno) : "an earlier write failed");
	return ERR_OUTPUT;
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
	else if (setup_init(&setup, options, &err) == 0)
		err.kind = ERR_NONE;
	if (err.kind != ERR_NONE)
		status = cmd_check_refuse(&setup, options, &err);
	else if (options->mode == MODE_CHECK)
		status = cmd_check(&setup, options);
	else
		status = err_status(flush_output(options->mode == MODE_ECHO ? cmd_echo(&setup, options) :
			cmd_send(&setup, options)));
	setup_clear(&setup);
	return status;
}

static int
list_destinations(const struct options *options)
{
	struct setup setup;
	struct err err = ERR_INIT;

	if (cmdline_list(options, stdout, &err) == 0)
		return err_status(flush_output(ERR_NONE));
	setup_reporter(&setup, options);
	return cmd_check_refuse(&setup, options, &err);
}

int
cli_main(int argc, char **argv)
{
	bool json = has_word(argc, argv, "--json"), nagios = has_word(argc, argv, "--nagios");
	struct options options;
	struct err err = ERR_INIT;
	int status;

	hold_standard_descriptors();
	if (cmdline_parse(&options, argc, argv, &err) < 0) {
		struct setup setup;

		options.json |= json;
		options.nagios |= nagios;
		setup_reporter(&setup, &options);
		status = cmd_check_refuse(&setup, &options, &err);
	} else if (options.mode == MODE_HELP) {
		cmdline_help(stdout);
		status = err_status(flush_output(ERR_NONE));
	} else if (options.mode == MODE_LIST) {
		status = list_destinations(&options);
	} else if (options.mode == MODE_VERSION) {
		cmdline_version(stdout);
		status = err_status(flush_output(ERR_NONE));
	} else {
		status = run(&options);
	}
	options_clear(&options);
	return status;
}
