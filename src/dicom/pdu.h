/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PDUs as a peer sends them (PS3.8 9.3), checked completely before DCMTK parses them: its parsers leak
 * memory if a length is wrong, spend seconds on thousands of contexts, read beyond a short A-ASSOCIATE-RJ,
 * and beyond a P-DATA-TF of three or more PDVs.
 */
#ifndef MTLS_DICOM_PDU_H
#define MTLS_DICOM_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PDU_HEAD_SIZE 6		/* bytes: type, reserved, length of the body */
/* Version, reserved, both AE titles, reserved: before the first item (PS3.8 tables 9-11, 9-17). */
#define PDU_ASSOCIATE_FIXED 68
#define PDU_ITEM_HEAD 4
#define PDU_BODY_MAX (1u << 20) /* bytes; no valid A-ASSOCIATE-AC or response has more */

enum pdu_type {
	PDU_ASSOCIATE_RQ = 1,
	PDU_ASSOCIATE_AC,
	PDU_ASSOCIATE_RJ,
	PDU_P_DATA,
	PDU_RELEASE_RQ,
	PDU_RELEASE_RP,
	PDU_ABORT,
};

/* Items and sub-items (PS3.8 9.3.2, 9.3.3, annex D, PS3.7 D.3.3). */
enum pdu_item_type {
	ITEM_APPLICATION = 0x10,
	ITEM_CONTEXT_RQ	 = 0x20,
	ITEM_CONTEXT_AC	 = 0x21,
	ITEM_SYNTAX	 = 0x40,
	ITEM_USER	 = 0x50,
	ITEM_MAX_LENGTH	 = 0x51,
	ITEM_CLASS_UID	 = 0x52,
	ITEM_WINDOW	 = 0x53,
	ITEM_ROLE	 = 0x54,
	ITEM_VERSION	 = 0x55,
	ITEM_EXTENDED	 = 0x56,
	ITEM_COMMON	 = 0x57,
	ITEM_IDENTITY_RQ = 0x58,
	ITEM_IDENTITY_AC = 0x59,
};

struct pdu_head {
	uint8_t type;
	uint32_t length; /* of the body, bytes */
};

/* "an A-ASSOCIATE-AC"; "a PDU of type 09H". Returns out. */
const char *pdu_name(uint8_t type, char *out, size_t size);

/* Read a header. -1 with ERR_ABORTED: no such type, or longer than PDU_BODY_MAX. */
int pdu_head_parse(const uint8_t bytes[PDU_HEAD_SIZE], struct pdu_head *out, struct err *err) MUST_CHECK;

/*
 * Is the body, head->length bytes, well-formed? Every length must fit into what contains it, an accepted
 * context must have one transfer syntax, and PDVs must fill their PDU. -1 with ERR_ABORTED that says where
 * it is not. The contents of an A-ABORT or a release are not checked.
 */
int pdu_body_check(const struct pdu_head *head, const uint8_t *body, struct err *err) MUST_CHECK;

/* One fragment of a message (PS3.8 9.3.5.1, E.2). */
struct pdv {
	uint8_t context;
	bool command; /* else of a data set */
	bool last;
	const uint8_t *data;
	size_t size;
};

/* Parse the PDV that begins at p, of which size bytes may be read. Returns its length in bytes, 0 if it is
 * not complete. */
size_t pdv_parse(const uint8_t *p, size_t size, struct pdv *out);

#endif
