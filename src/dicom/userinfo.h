/* SPDX-License-Identifier: BSD-3-Clause */
/* User information of association requests and answers (PS3.8 9.3.2.3, PS3.7
 * annex D), as far as DCMTK neither makes nor reads it: the asynchronous operations
 * window (PS3.7 D.3.3.3), for one. */
#ifndef MTLS_DICOM_USERINFO_H
#define MTLS_DICOM_USERINFO_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Make room for `more` bytes of sub-items behind those in the user information
 * (item 50H) that ends the A-ASSOCIATE-RQ of *size bytes in pdu, which has room
 * bytes; correct both lengths and *size. Returns where they begin, or NULL with
 * ERR_INTERNAL and nothing changed if the PDU is not made as expected or the room is
 * too small.
 */
unsigned char *userinfo_grow(unsigned char *pdu, size_t *size, size_t room, size_t more, struct err *err);

#define WINDOW_UNLIMITED 0x10000 /* as a proposal: as many as the receiver allows */
#define WINDOW_MAX	 1024	 /* the number that we use if there is no limit */

/*
 * Append to the A-ASSOCIATE-RQ in pdu (as for userinfo_grow) that we want to invoke up to this many
 * operations without an answer (1..65535, WINDOW_UNLIMITED) and perform one. -1 with ERR_INTERNAL.
 */
int window_propose(uint32_t proposed, unsigned char *pdu, size_t *size, size_t room, struct err *err)
	MUST_CHECK;

/* How many may be outstanding after that answer (an A-ASSOCIATE-AC's body, which pdu_body_check found
 * well-formed): at least 1, at most what was proposed. One that does not speak of it: 1. */
unsigned window_agreed(const uint8_t *body, size_t size, uint32_t proposed);

#endif
