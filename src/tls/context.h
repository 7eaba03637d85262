/* SPDX-License-Identifier: BSD-3-Clause */
/* Policy and credentials made into an SSL_CTX, read-only once made (but for its sessions, which lock
 * themselves) and shared by every channel. */
#ifndef MTLS_TLS_CONTEXT_H
#define MTLS_TLS_CONTEXT_H

#include <stdbool.h>

#include <openssl/ssl.h>

#include "base/err.h"
#include "tls/policy.h"
#include "tls/sessions.h"
#include "tls/store.h"

struct tlsctx_config {
	const struct policy *policy;
	const struct key_store *keys;	 /* NULL: no certificate to show. Borrowed, as key_alias is */
	const char *key_alias;		 /* NULL: the only key, or that whose issuer the server names */
	STACK_OF(X509) *anchors;	 /* may be NULL with trust_system */
	STACK_OF(X509_CRL) *crls;	 /* NULL: no revocation check. Else every certificate below the
					  * anchor is checked as far as a CRL of its issuer is given;
					  * none of the leaf's issuer is an error, an overdue one too */
	bool trust_system;		 /* the system's anchors too */
	bool allow_cn;			 /* the CN may stand in for a missing alternative name of the kind
					  * asked for */
	bool require_revocation;	 /* the server's own certificate is not trusted unless a CRL or a
					  * stapled response says that it is good; where CRLs are given,
					  * those above it need one each */
	const unsigned char (*pins)[32]; /* SHA-256 of acceptable leaf public key infos (tls/pin.h);
					  * NULL: any. Borrowed */
	size_t pin_count;
	bool resume;			 /* let connections resume the sessions of earlier ones */
	const char *keylog_path;	 /* NULL: none. NSS key log, appended, created 0600 */
};

struct tlsctx;

/*
 * Make the context. Any certificate among the anchors ends a chain, as in
 * Java; OpenSSL's security level is never below 2 (112 bits), whatever its
 * configuration file says. An unknown alias, or one sure key whose certificate
 * is not valid now, is ERR_CREDENTIALS; no anchors at all ERR_USAGE; a key log
 * that cannot be opened ERR_OUTPUT. Connections must have a struct handshake_log
 * attached (tls/handshake_log.h). A stapled OCSP
 * response is asked for; one that says "revoked" ends the handshake.
 */
struct tlsctx *tlsctx_new(const struct tlsctx_config *config, struct err *err);
void tlsctx_free(struct tlsctx *ctx);

/* NULL: each connection proves all anew. */
struct sessions *tlsctx_sessions(const struct tlsctx *ctx);

/* Is a suite without forward secrecy (RSA key exchange) among those offered? */
bool tlsctx_offers_static_rsa(const struct tlsctx *ctx);

SSL_CTX *tlsctx_ssl_ctx(const struct tlsctx *ctx);

/* The key and certificate that are shown whatever the server asks for; NULL if
 * it decides, or there is none. */
const struct key_entry *tlsctx_entry(const struct tlsctx *ctx);

#endif
