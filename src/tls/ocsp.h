/* SPDX-License-Identifier: BSD-3-Clause */
/* OCSP responses (RFC 6960) that a server staples to its certificate (RFC 6066 8, RFC 8446 4.4.2.1). */
#ifndef MTLS_TLS_OCSP_H
#define MTLS_TLS_OCSP_H

#include <stddef.h>

#include <openssl/x509.h>

#include "tls/observation.h"

/*
 * What a response says about the first certificate of path, which is the verified path from the leaf up. It
 * must be signed by the issuer or by a responder authorized by it, and be within its dates (with a
 * tolerance of five minutes; without a nextUpdate it is valid for a day, since otherwise an old one would
 * be valid for ever). "Revoked" is valid beyond its dates, too. text: the same as text, "good, as of
 * 2026-...", or what is wrong with it.
 */
enum ocsp_state ocsp_evaluate(const unsigned char *der, long len, STACK_OF(X509) *path, char *text,
	size_t size);

#endif
