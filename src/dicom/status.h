/* SPDX-License-Identifier: BSD-3-Clause */
/* What a receiver's answers mean, as text, and what to do about them. */
#ifndef MTLS_DICOM_STATUS_H
#define MTLS_DICOM_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum status_class { STATUS_SUCCESS, STATUS_WARNING, STATUS_FAILURE };

#define STATUS_DUPLICATE 0x0111 /* C-STORE: the receiver has an object with this UID (PS3.7 C.5.6) */

/* C-STORE: A7xx, the receiver is out of resources for any object (PS3.4 B.2.3). */
bool status_out_of_resources(uint16_t status);

struct status_meaning {
	enum status_class severity; /* C++ includes this header too: no field may be called "class" */
	const char *meaning; /* "refused: out of resources" */
	const char *remedy;  /* a sentence; "" for success */
};

/* C-STORE (PS3.4 B.2.3, PS3.7 C): any value, also undefined ones. Static strings. */
struct status_meaning status_store(uint16_t status);
/* C-ECHO (PS3.7 9.1.5). */
struct status_meaning status_echo(uint16_t status);

/*
 * A-ASSOCIATE-RJ (PS3.8 9.3.4): result 1 permanent, 2 transient; source;
 * reason. Into err: ERR_REJECTED, detail = result<<16|source<<8|reason, with
 * both AE titles, and for an unknown one both places where IRIS checks it (the service's
 * LocalAET/RemoteAET, and the row of the association table). Returns -1.
 */
int status_reject(int result, int source, int reason, const char *calling,
	const char *called, struct err *err);

/* In detail of ERR_ABORTED: there was an A-ABORT; the connection was not just lost. */
#define STATUS_ABORT_RECEIVED 0x10000

/* A-ABORT (PS3.8 9.3.8) into err: ERR_ABORTED, detail = STATUS_ABORT_RECEIVED |
 * source<<8 | reason (0 if unknown). source, reason -1 if unknown. Returns -1. */
int status_abort(int source, int reason, struct err *err);

#endif
