/* SPDX-License-Identifier: BSD-3-Clause */
/* Everything that was given to be sent: FILEs, lists, PDFs. */
#ifndef MTLS_CLI_SOURCE_H
#define MTLS_CLI_SOURCE_H

#include <stddef.h>

#include "cli/options.h"
#include "cli/sending.h"
#include "send/send.h"

/* What the walk found. */
struct source_counts {
	size_t instances; /* DICOM objects, given to send */
	size_t refused;	  /* DICOM files that cannot be sent */
	size_t others;	  /* files that could not be read or are not DICOM */
};

/* Walk through all of it, in the order PDFs, FILEs, the list, and pass it to send. 0, or -1 with what ended
 * the walk (ERR_NONE: send asked it to end). */
MUST_CHECK int source_walk(struct sending *sending, const struct options *options, struct send *send,
	struct source_counts *counts, struct err *err);

#endif
