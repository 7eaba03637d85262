/* SPDX-License-Identifier: BSD-3-Clause */
/* The asynchronous operations window (PS3.7 D.3.3.3), which DCMTK does not know of. */
#ifndef MTLS_DICOM_WINDOW_H
#define MTLS_DICOM_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define WINDOW_UNLIMITED 0x10000 /* as a proposal: as many as the receiver likes */
#define WINDOW_MAX	 1024	 /* of them we have under way where nobody sets a limit */

/*
 * Append to the A-ASSOCIATE-RQ in pdu (as for userinfo_grow) that we want to invoke
 * up to that many operations without an answer (1..65535, WINDOW_UNLIMITED) and
 * perform one. -1 with ERR_INTERNAL.
 */
int window_propose(uint32_t proposed, unsigned char *pdu, size_t *size, size_t room, struct err *err)
	__attribute__((warn_unused_result));

/* How many may be outstanding after that answer (an A-ASSOCIATE-AC's body): at
 * least 1, at most what was proposed. One that does not speak of it: 1. */
unsigned window_agreed(const uint8_t *body, size_t size, uint32_t proposed);

#endif
