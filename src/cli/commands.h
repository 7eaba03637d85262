/* SPDX-License-Identifier: BSD-3-Clause */
/* The modes. Each one connects directories with each other, and has no other logic. */
#ifndef MTLS_CLI_COMMANDS_H
#define MTLS_CLI_COMMANDS_H

#include "base/err.h"
#include "cli/options.h"
#include "cli/setup.h"

/* Each returns the kind that becomes the exit status, and has reported it. */
enum err_kind cmd_send(struct setup *setup, struct options *options);
enum err_kind cmd_status(struct setup *setup, struct options *options);
enum err_kind cmd_echo(struct setup *setup, struct options *options);

/* The same, but returns the exit status, which with --nagios is one of four, and has made sure that the
 * result is written. */
int cmd_check(struct setup *setup, struct options *options);

/* Checks of several destinations, one after the other, reported as one run. */
struct check_run;
struct check_run *check_run_new(const struct options *options, bool several, struct err *err);

/* Check the destination of the options; or report why it cannot be checked, if `before` is set. The options
 * are needed until the end of the run. Returns the kind that determines its exit status. */
enum err_kind check_run_one(struct check_run *run, struct setup *setup, const struct options *options,
	const struct err *before);

/* Write the metrics, end the output, free. kind determines the exit status, which is returned. */
int check_run_end(struct check_run *run, const struct reporter *reporter, enum err_kind kind);

/* --check and --echo of several destinations. The exit status. */
int cmd_each(struct options *options);

/* Report why a check could not begin, in the format of --json or --nagios, or on stderr. Returns the exit
 * status. */
int cmd_check_refuse(const struct setup *setup, const struct options *options, const struct err *err);

/* The same from any thread, whatever else is running. */
int cmd_check_report_refusal(const struct setup *setup, const struct options *options, const struct err *err);

/* Add to an error on the way to the receiver that --check explains it, unless -q. */
void suggest_check(const struct options *options, struct err *err);

/* Parse the command line, run the command, report the result. Returns the exit status. */
int cli_main(int argc, char **argv);

#endif
