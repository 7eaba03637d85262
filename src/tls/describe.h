/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates and chains as plain values: fills base/certificate.h from OpenSSL's objects. No connection
 * is needed. */
#ifndef MTLS_TLS_DESCRIBE_H
#define MTLS_TLS_DESCRIBE_H

#include <stdbool.h>

#include <openssl/x509.h>

#include "base/certificate.h"

/* Everything but `store`, which is left empty. (Not const: OpenSSL caches a
 * certificate's extensions in it.) */
void certificate_describe(X509 *cert, struct certificate *out);

/* Add cert at the end, if there is room and it is not there yet. NULL if there is no room. */
struct certificate *certificate_chain_add(struct certificate_chain *chain, X509 *cert);

/*
 * Certificates in the order they were sent (or would be): items, sent,
 * root_sent, and out_of_order, which is set if the issuer of one is not directly after it; a missing issuer
 * does not count.
 */
void certificate_chain_describe(const STACK_OF(X509) *sent, struct certificate_chain *out);

/*
 * The same for a certificate that we show with its issuers (NULL: none), and on
 * along their issuers among anchors, with the store that each came from. complete
 * is set if an anchor was met, or the last one of the chain is self-signed. False
 * without memory.
 */
bool certificate_chain_ours(X509 *cert, const STACK_OF(X509) *issuers, const STACK_OF(X509) *anchors,
	struct certificate_chain *out);

#endif
