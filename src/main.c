/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mtls-storescu: send DICOM files over mutual TLS.
 *
 * The directories, from the top down. Data goes down once, results come back up once;
 * a directory includes only those below it that doc/ARCHITECTURE.md lists for it.
 *
 *     cli/      command line -> struct options -> endpoint, reporter; one file per mode
 *     check/    the path to the receiver, step by step
 *     send/     instances -> associations -> results
 *     dcmtk/    C++, over DCMTK: association (open, send, drain, release), data sets
 *     decode/   decompression of frames, in a helper program that has no key
 *     report/   output for people, programs and monitoring
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
