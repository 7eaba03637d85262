/* SPDX-License-Identifier: BSD-3-Clause */
/* OCSP responses (RFC 6960) that a server staples to its certificate (RFC 6066 8, RFC 8446 4.4.2.1). */
#ifndef MTLS_TLS_OCSP_H
#define MTLS_TLS_OCSP_H

#include <stddef.h>

#include <openssl/x509.h>

#include "tls/observation.h"

/*
 * What a response says of the first certificate of path, the verified one from
 * the leaf up: signed by its issuer or a responder of that one's, and within
 * its dates (five minutes are forgiven; without a nextUpdate it holds for a day,
 * for else a good one of the past would hold for ever). "Revoked" holds beyond its
 * dates too.
 * text: the same in words, "good, as of 2026-...", or what is wrong with it.
 */
enum ocsp_state ocsp_evaluate(const unsigned char *der, long len, STACK_OF(X509) *path, char *text,
	size_t size);

#endif
