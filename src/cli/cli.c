/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

static enum err_kind
run(struct options *options)
{
	struct setup setup;
	struct err err = ERR_INIT;
	enum err_kind kind;

	setup_reporter(&setup, options);
	if (interrupt_install() < 0)
		err_set(&err, ERR_INTERNAL, "cannot catch signals: %s", strerror(errno));
	else if (setup_init(&setup, options, &err) == 0)
		err.kind = ERR_NONE;
	if (err.kind != ERR_NONE) {
		setup.reporter.error(setup.reporter.self, &err);
		kind = err.kind;
	} else {
		kind = options->mode == MODE_ECHO ? cmd_echo(&setup, options) : cmd_send(&setup, options);
	}
	setup_clear(&setup);
	return kind;
}

int
cli_main(int argc, char **argv)
{
	struct options options;
	struct err err = ERR_INIT;
	enum err_kind kind = ERR_NONE;

	hold_standard_descriptors();
	if (options_parse(&options, argc, argv, &err) < 0) {
		struct setup setup;

		setup_reporter(&setup, &options);
		setup.reporter.error(setup.reporter.self, &err);
		kind = err.kind;
	} else if (options.mode == MODE_HELP) {
		options_help(stdout);
	} else if (options.mode == MODE_VERSION) {
		options_version(stdout);
	} else {
		kind = run(&options);
	}
	options_clear(&options);
	return err_status(flush_output(kind));
}
