/* SPDX-License-Identifier: BSD-3-Clause */
/* An SSL_CTX made from policy and credentials, read-only once made (except its sessions, which have a lock)
 * and shared by every channel. */
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
	const struct key_store *keys;	 /* NULL: no certificate to send. Borrowed, like key_alias */
	const char *key_alias;		 /* NULL: the only key, or the one whose issuer the server names */
	STACK_OF(X509) *anchors;	 /* may be NULL with trust_system */
	STACK_OF(X509_CRL) *crls;	 /* NULL: no revocation check. Else every certificate below the
					  * anchor is checked if a CRL of its issuer is given; a missing CRL
					  * of the leaf's issuer is an error, and so is an overdue one */
	bool trust_system;		 /* the system's anchors too */
	bool allow_cn;			 /* the CN may be used if there is no alternative name of the kind
					  * requested */
	bool require_revocation;	 /* the server's own certificate is not trusted unless a CRL or a
					  * stapled response says that it is good; if CRLs are given, each
					  * certificate above it needs one */
	const unsigned char (*pins)[32]; /* SHA-256 of acceptable leaf public key infos (tls/pin.h);
					  * NULL: any. Borrowed */
	size_t pin_count;
	bool resume;			 /* connections may resume the sessions of earlier ones */
	const char *keylog_path;	 /* NULL: none. NSS key log, appended, created 0600 */
};

struct tlsctx;

/*
 * Create the context. Any certificate among the anchors ends a chain, as in Java; OpenSSL's security level
 * is never below 2 (112 bits), whatever its configuration file says. An unknown alias, or a chosen key
 * whose certificate is not valid now, is ERR_CREDENTIALS; no anchors at all ERR_USAGE; a key log that
 * cannot be opened ERR_OUTPUT. Connections must have a struct handshake_log attached (tls/handshake_log.h).
 * A stapled OCSP response is requested; one that says "revoked" ends the handshake.
 */
struct tlsctx *tlsctx_new(const struct tlsctx_config *config, struct err *err);
void tlsctx_free(struct tlsctx *ctx);

/* NULL: each connection makes a full handshake. */
struct sessions *tlsctx_sessions(const struct tlsctx *ctx);

/* Is a suite without forward secrecy (RSA key exchange) among those offered? */
bool tlsctx_offers_static_rsa(const struct tlsctx *ctx);

SSL_CTX *tlsctx_ssl_ctx(const struct tlsctx *ctx);

/* The key and certificate that are sent whatever the server requests; NULL if its request decides, or there
 * is none. */
const struct key_entry *tlsctx_entry(const struct tlsctx *ctx);

#endif
