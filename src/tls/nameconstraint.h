/* SPDX-License-Identifier: BSD-3-Clause */
/* Name constraints: what a CA may vouch for (RFC 5280 4.2.1.10). */
#ifndef MTLS_TLS_NAMECONSTRAINT_H
#define MTLS_TLS_NAMECONSTRAINT_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

/*
 * May every CA of chain (the leaf first) vouch for this host name or address?
 * For a host that stands in the leaf's CN, at which OpenSSL does not look. False
 * if a constraint cannot be read.
 */
bool nameconstraint_allows(const STACK_OF(X509) *chain, const char *host);

/*
 * Which CA forbids which name of chain[depth], in words that follow a colon:
 * "\"CN=Ward CA\" may vouch for DNS:example.com only, which DNS:iris is not".
 * Empty if none does. Returns out.
 */
char *nameconstraint_describe(const STACK_OF(X509) *chain, int depth, char *out, size_t size);

#endif
