/* SPDX-License-Identifier: BSD-3-Clause */
/* Which of several certificates issued another, if a CA was renewed and both its certificates are there. */
#ifndef MTLS_TLS_ISSUER_H
#define MTLS_TLS_ISSUER_H

#include <stdbool.h>

#include <openssl/x509.h>

/* Is it valid now? */
bool issuer_is_valid(const X509 *cert);

/* Of two certificates for the same CA, is b the better one: valid now if a is not (RFC 5280 6.1.3 (a)(2)),
 * else valid for longer? */
bool issuer_is_better(const X509 *a, const X509 *b);

/* Does cert name this one as its issuer? */
bool issuer_is_named(const X509 *issuer, const X509 *cert);

/* The certificate among certs that signed cert, by name and by signature; the best one if there are
 * several. NULL if there is none. */
X509 *issuer_find(const STACK_OF(X509) *certs, X509 *cert);

#endif
