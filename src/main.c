/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mtls-storescu: send DICOM files over mutual TLS.
 *
 * The rooms, from the top down. Data goes down once, results come back up once;
 * a room includes only those on lower floors.
 *
 *     cli/      command line -> struct options -> endpoint, reporter; one file per mode
 *     check/    the path to the receiver, step by step
 *     send/     instances -> associations -> results
 *     dcmtk/    the C++ wing: association (open, send, drain, release), data sets
 *     decode/   compressed frames made plain, in a helper program that has no key
 *     report/   what happened, told to people, programs and monitoring
 *     net/      endpoint -> connected descriptor (dial) -> TLS or plain stream (channel)
 *     tls/      stores, policy, context, and why a handshake failed
 *     dicom/    files' heads, command sets, presentation contexts, statuses
 *     base/     errors, text, secrets, deadlines
 */
#include "cli/commands.h"

int
main(int argc, char **argv)
{
	return cli_main(argc, argv);
}
