/* SPDX-License-Identifier: BSD-3-Clause */
/* One data element header (PS3.5 7.1) in any of the encodings in use. */
#ifndef MTLS_DICOM_ELEMENT_H
#define MTLS_DICOM_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a data set is written. Implicit VR is little endian always. */
struct encoding {
	bool explicit_vr;
	bool big_endian;
};

#define ENCODING_IMPLICIT_LE ((struct encoding){ .explicit_vr = false })
#define ENCODING_EXPLICIT_LE ((struct encoding){ .explicit_vr = true })
#define ENCODING_EXPLICIT_BE ((struct encoding){ .explicit_vr = true, .big_endian = true })

#define ELEMENT_UNDEFINED  UINT32_MAX /* as a length: up to a delimiter */
#define ELEMENT_HEADER_MAX 12	      /* bytes */

/* Items and their delimiters: they have no VR in any encoding (PS3.5 7.5). */
#define TAG_ITEM	   0xfffee000u
#define TAG_ITEM_END	   0xfffee00du
#define TAG_SEQUENCE_END   0xfffee0ddu

struct element {
	uint32_t tag;	 /* ggggeeee */
	char vr[3];	 /* "" if there is none */
	uint32_t length; /* of the value, bytes, or ELEMENT_UNDEFINED */
	size_t header;	 /* bytes of the header itself */
};

enum element_result {
	ELEMENT_OK,
	ELEMENT_SHORT,	 /* more than size bytes are needed */
	ELEMENT_UNKNOWN, /* there is no VR where one is required */
};

/* Parse the header at p, of which size bytes may be read. An unknown VR of two capital letters has a 32-bit
 * length (PS3.5 7.1.2). */
enum element_result element_parse(const unsigned char *p, size_t size, struct encoding encoding,
	struct element *out);

/* Is it a VR of PS3.5 6.2? vr: two characters. */
bool element_vr_known(const char *vr);

/* Unsigned numbers as in a file or PDU. */
uint16_t element_u16(const unsigned char *p, bool big_endian);
uint32_t element_u32(const unsigned char *p, bool big_endian);

#endif
