/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TLS sessions to be resumed (RFC 8446 2.2, RFC 5246 7.3) by later connections
 * of the same run, which saves both sides the certificates and a signature
 * each. In memory only; shared by threads.
 *
 * A session stands for the verification that its first handshake made, so that
 * it is bound by it: to its own SSL_CTX, to what that connection was to verify
 * (peer, name, and whether the name counts), and to SESSIONS_MAX_AGE_S since
 * the certificate was verified, however often it was renewed in between.
 */
#ifndef MTLS_TLS_SESSIONS_H
#define MTLS_TLS_SESSIONS_H

#include <stdbool.h>

#include <openssl/ssl.h>

#include "base/err.h"

/* What expires or is revoked meanwhile is seen after this at the latest: far
 * sooner than on an association, which stands as long as it has to send. */
#define SESSIONS_MAX_AGE_S 300

struct sessions;

/* NULL with ERR_INTERNAL. */
struct sessions *sessions_new(struct err *err);
void sessions_free(struct sessions *sessions);

/*
 * Keep a session of ssl, if its handshake log has seen the server verified, bound to
 * the host that ssl is set to. Of TLS 1.3: a ticket came (OpenSSL's new session
 * callback). Of TLS 1.2: the handshake is through; not one without extended
 * master secret (RFC 7627 5.3), which OpenSSL does not tell any earlier.
 */
void sessions_keep_ticket(struct sessions *sessions, SSL *ssl, SSL_SESSION *session);
void sessions_keep_tls12(struct sessions *sessions, SSL *ssl);

/*
 * Before the handshake of ssl, whose handshake log and host are set: offer the newest
 * session that fits, and tell the handshake log. A TLS 1.3 one is used once (RFC 8446
 * C.4). False if there is none.
 */
bool sessions_offer(struct sessions *sessions, SSL *ssl);

/* The server seems to dislike it: forget all, and keep none from now on. */
void sessions_give_up(struct sessions *sessions);

#endif
