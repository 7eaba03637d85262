/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The CN as the name of a server. It never counts (RFC 9525 2), unless
 * --tls-allow-cn lets it stand in for a subject alternative name.
 */
#ifndef MTLS_TLS_COMMONNAME_H
#define MTLS_TLS_COMMONNAME_H

#include <stdbool.h>

#include <openssl/x509.h>

/* Has cert a subject alternative name of that type: GEN_DNS, GEN_IPADD? True if they cannot be read. */
bool commonname_has_san(const X509 *cert, int type);

/* Does host, a name or an address, stand in the CN of cert? */
bool commonname_holds(X509 *cert, const char *host);

enum commonname {
	COMMONNAME_OTHER,     /* host does not stand in it, or there are SANs of its kind: those count */
	COMMONNAME_MATCHES,
	COMMONNAME_FORBIDDEN, /* it does, and a CA above may not vouch for it: name constraints */
};

/* May the CN of the leaf of chain stand in for host? */
enum commonname commonname_evaluate(const STACK_OF(X509) *chain, const char *host);

#endif
