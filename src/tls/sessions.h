/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TLS sessions that later connections of the same run resume (RFC 8446 2.2, RFC 5246 7.3), which saves each
 * side a certificate and a signature. In memory only; shared by threads.
 *
 * A session replaces the verification that its first handshake made. It is therefore bound to its SSL_CTX,
 * to what that connection had to verify (peer, name, and whether the name is checked), and to
 * SESSIONS_MAX_AGE_S since the certificate was verified, however often it was renewed in between.
 */
#ifndef MTLS_TLS_SESSIONS_H
#define MTLS_TLS_SESSIONS_H

#include <stdbool.h>

#include <openssl/ssl.h>

#include "base/err.h"

/* A certificate that expires or is revoked meanwhile is noticed after this time at the latest, much sooner
 * than on an association, which is kept as long as there is something to send. */
#define SESSIONS_MAX_AGE_S 300

struct sessions;

/* NULL with ERR_INTERNAL. */
struct sessions *sessions_new(struct err *err);
void sessions_free(struct sessions *sessions);

/*
 * Keep a session of ssl, if its handshake log shows that the server was verified, bound to the host that is
 * set in ssl. TLS 1.3: when a ticket came (OpenSSL's new session callback). TLS 1.2: when the handshake is
 * complete, and only with extended master secret (RFC 7627 5.3), which OpenSSL does not report earlier.
 */
void sessions_keep_ticket(struct sessions *sessions, SSL *ssl, SSL_SESSION *session);
void sessions_keep_tls12(struct sessions *sessions, SSL *ssl);

/*
 * Before the handshake of ssl, whose handshake log and host are set: offer the newest session that matches,
 * and record it in the handshake log. A TLS 1.3 session is used once (RFC 8446 C.4). False if there is
 * none.
 */
bool sessions_offer(struct sessions *sessions, SSL *ssl);

/* The server seems not to accept sessions: remove all, and keep none from now on. */
void sessions_give_up(struct sessions *sessions);

#endif
