/* SPDX-License-Identifier: BSD-3-Clause */
/* User information of association requests and answers (PS3.8 9.3.2.3, PS3.7
 * annex D), as far as DCMTK neither makes nor reads it. */
#ifndef MTLS_DICOM_USERINFO_H
#define MTLS_DICOM_USERINFO_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Make room for `more` bytes of sub-items behind those in the user information
 * (item 50H) that ends the A-ASSOCIATE-RQ of *size bytes in pdu, which has room
 * bytes; mend both lengths and *size. Returns where they begin, or NULL with
 * ERR_INTERNAL and nothing changed if the PDU is not made as expected or the room is
 * too small.
 */
unsigned char *userinfo_grow(unsigned char *pdu, size_t *size, size_t room, size_t more, struct err *err);

/* The value of the first sub-item of that type in an A-ASSOCIATE-AC, whose body of
 * size bytes pdu_body_check found well-formed; *len bytes. NULL: there is none. */
const uint8_t *userinfo_find(const uint8_t *body, size_t size, uint8_t type, size_t *len);

#endif
