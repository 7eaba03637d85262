/* SPDX-License-Identifier: BSD-3-Clause */
/* DIMSE command sets (PS3.7 9.3, annex E), implicit VR little endian: what a storage SCU sends and reads. */
#ifndef MTLS_DICOM_COMMAND_H
#define MTLS_DICOM_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dicom/uid.h"

#define COMMAND_MAX 512 /* bytes that are enough for any request encoded here */

enum command_priority { PRIORITY_MEDIUM = 0, PRIORITY_HIGH = 1, PRIORITY_LOW = 2 };

#define COMMAND_C_STORE_RSP 0x8001
#define COMMAND_C_ECHO_RSP  0x8030

/* Encode a request into buf. Returns its length in bytes (even). */
size_t command_store_rq(unsigned char buf[COMMAND_MAX], uint16_t message_id,
	const char *sop_class, const char *sop_instance, enum command_priority priority);
size_t command_echo_rq(unsigned char buf[COMMAND_MAX], uint16_t message_id);

/* A response. Texts are as the peer sent them, trimmed, in the peer's character set. */
struct command_rsp {
	uint16_t field;		  /* COMMAND_C_STORE_RSP, ... */
	uint16_t message_id;	  /* being responded to (0000,0120) */
	uint16_t status;	  /* (0000,0900) */
	bool has_data_set;	  /* (0000,0800) other than 0101H */
	char sop_class[UID_MAX + 1];
	char sop_instance[UID_MAX + 1];
	char comment[65];	  /* Error Comment (0000,0902), LO */
	uint32_t offending[16];	  /* Offending Element (0000,0901), AT: ggggeeee */
	size_t offending_count;
};

/* Decode size bytes. Safe with hostile input: it never reads beyond them, and skips unknown elements. -1
 * with ERR_ABORTED "is not a command set" when malformed or when field, message id or status is missing. */
int command_rsp_decode(const unsigned char *buf, size_t size, struct command_rsp *out,
	struct err *err) MUST_CHECK;

#endif
