/* SPDX-License-Identifier: BSD-3-Clause */
/* DER elements taken from the front (X.690), where OpenSSL has no type for what they make up. */
#ifndef MTLS_TLS_DER_H
#define MTLS_TLS_DER_H

#include <stdint.h>

#include "tls/cursor.h"

struct der {
	uint8_t tag;	       /* the identifier octet; 0: there was no element */
	struct cursor whole;   /* header and content */
	struct cursor content;
};

/* The next element of definite length with a tag of one octet. One that is none,
 * or is longer than what is left, has tag 0 and marks the cursor bad. */
struct der der_next(struct cursor *in);

/* The content of the next element, if that has this tag; else `in` is bad. */
struct cursor der_enter(struct cursor *in, uint8_t tag);

#endif
