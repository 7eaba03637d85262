/* SPDX-License-Identifier: BSD-3-Clause */
/* Pins: the SHA-256 of a certificate's SubjectPublicKeyInfo (RFC 7469 2.4), as --tls-pin takes them. */
#ifndef MTLS_TLS_PIN_H
#define MTLS_TLS_PIN_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

#include "base/err.h"

#define PIN_SIZE      32 /* bytes of a SHA-256 */
#define PIN_TEXT_SIZE 48 /* of its base64, with the NUL */

/* Hex, with or without colons, or base64, to bytes. -1 with ERR_USAGE that says how to get a certificate's
 * pin. */
int pin_parse(const char *text, unsigned char out[PIN_SIZE], struct err *err)
	__attribute__((warn_unused_result));

/* The pin of a certificate. -1 if it has no key that can be encoded. */
int pin_of(const X509 *cert, unsigned char out[PIN_SIZE]) __attribute__((warn_unused_result));

/* base64. Returns out. */
char *pin_text(const unsigned char pin[PIN_SIZE], char *out, size_t size);

/* Is the certificate's pin one of count? */
bool pin_matches(const X509 *cert, const unsigned char (*pins)[PIN_SIZE], size_t count);

#endif
