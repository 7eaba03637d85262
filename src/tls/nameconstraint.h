/* SPDX-License-Identifier: BSD-3-Clause */
/* Name constraints: what a CA may vouch for (RFC 5280 4.2.1.10). */
#ifndef MTLS_TLS_NAMECONSTRAINT_H
#define MTLS_TLS_NAMECONSTRAINT_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

/*
 * Do the name constraints of every CA of chain (the leaf first) allow this host name or address? For a host
 * in the leaf's CN, which OpenSSL does not check. False if a constraint cannot be read.
 */
bool nameconstraint_allows(const STACK_OF(X509) *chain, const char *host);

/*
 * Which CA forbids which name of chain[depth], as text to put after a colon: "\"CN=Ward CA\" may vouch for
 * DNS:example.com only, which DNS:iris is not". Empty if none does. Returns out.
 */
char *nameconstraint_describe(const STACK_OF(X509) *chain, int depth, char *out, size_t size);

#endif
