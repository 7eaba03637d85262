/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The CN as the name of a server. It is not used (RFC 9525 2), unless --tls-allow-cn allows it in place of
 * a subject alternative name.
 */
#ifndef MTLS_TLS_COMMONNAME_H
#define MTLS_TLS_COMMONNAME_H

#include <stdbool.h>

#include <openssl/x509.h>

/* Has cert a subject alternative name of that type: GEN_DNS, GEN_IPADD? True if they cannot be read. */
bool commonname_has_san(const X509 *cert, int type);

/* Is host, a name or an address, in the CN of cert? */
bool commonname_holds(X509 *cert, const char *host);

enum commonname {
	COMMONNAME_OTHER,     /* host is not in it, or there are SANs of its kind, which are used instead */
	COMMONNAME_MATCHES,
	COMMONNAME_FORBIDDEN, /* it is, but the name constraints of a CA above do not allow it */
};

/* May the CN of the leaf of chain be used for host? */
enum commonname commonname_evaluate(const STACK_OF(X509) *chain, const char *host);

#endif
