/* SPDX-License-Identifier: BSD-3-Clause */
/* The modes. Each wires rooms together and decides nothing else. */
#ifndef MTLS_CLI_COMMANDS_H
#define MTLS_CLI_COMMANDS_H

#include "base/err.h"
#include "cli/options.h"
#include "cli/setup.h"

/* Each returns the kind that becomes the exit status, and has told about it. */
enum err_kind cmd_send(struct setup *setup, struct options *options);
enum err_kind cmd_echo(struct setup *setup, struct options *options);

/* Parse the command line, run the command, tell the outcome. The exit status. */
int cli_main(int argc, char **argv);

#endif
