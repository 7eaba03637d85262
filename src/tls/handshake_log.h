/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What one connection saw: messages, alerts, certificates, the verdict on
 * them, and how it ended. It evaluates nothing (explain does) and outlives the
 * failure that it describes. It hangs on the SSL's app data.
 */
#ifndef MTLS_TLS_HANDSHAKE_LOG_H
#define MTLS_TLS_HANDSHAKE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "base/err.h"
#include "tls/causes.h"
#include "tls/observation.h"
#include "tls/trace.h"

struct key_entry;

struct handshake_log {
	struct trace trace;
	char peer[288]; /* "iris:2010": whom we talk to */
	char host[256]; /* the name or address that is verified; empty: none */

	/* What both sides did, by which an end is explained; of these hello_large, shown, requested and slow
	 * are worked out there. */
	struct close_evidence seen;

	STACK_OF(X509_NAME) *wanted; /* the CAs that the server named in its request, NULL if none */
	size_t hello;		     /* bytes that we had sent it when it had not answered in the end */
	int alert;		     /* the fatal alert that it sent, -1: none */
	unsigned idle_records;	     /* that came since data did last: see handshake_log_limit */
	uint8_t first[160];	     /* what it sent first where that was no TLS */
	size_t first_len;

	/* What we did. */
	X509 *ours;	    /* the certificate that we chose, NULL: none to show */
	STACK_OF(X509) *ours_chain; /* its issuers that go with it */
	bool ours_fits;	    /* an issuer in its chain is among `wanted`, or any will do */
	size_t shown;	    /* certificates that went out, 0: none */
	bool told;	    /* the narration has said so */
	struct err refusal; /* why we broke it off ourselves; kind ERR_NONE: we did not */
	char offer[320];    /* versions and suites; filled when it ends */

	/* Our verdict on the server's certificate: the first error, X509_V_OK if none. */
	int verdict;
	int depth;		  /* of failed_cert: 0 the server's own */
	X509 *failed_cert;
	STACK_OF(X509) *chain;	  /* that the server sent, its own first */
	STACK_OF(X509) *anchors;  /* that we trust; known once the verdict is bad */
	STACK_OF(X509) *path;	  /* from its own up to the anchor, as far as it was found */
	int path_sent;		  /* of these, not from a store: if all, no anchor was found */
	bool trusted;		  /* verification is over and nothing spoke against it */
	bool unpinned;		  /* but its public key is none of those pinned */
	bool by_cn;		  /* the host stands in the CN alone, which was allowed */
	bool cn_forbidden;	  /* it was allowed, and name constraints forbid it */
	bool without_crl;	  /* no CRL answers for the server's own, which was not the end of it */
	bool crl_checked;	  /* a CRL has answered for the server's own */
	char crl[128];		  /* what the CRL says: " since 2026-...", empty if nothing */
	enum ocsp_state ocsp;	  /* what a stapled response says */
	char ocsp_text[160];

	/* Where an earlier session was offered. */
	bool offered;	     /* one was */
	bool resumed;	     /* and the server took it: all that was decided then holds, nothing is shown */
	int64_t verified_ms; /* when the server's certificate was verified, then or now (clock_ms) */

	/* How it ended. */
	int64_t sent_ms;    /* when data went out last (clock_ms), 0: none did */
	int64_t ended_ms;   /* when that was noticed */
	bool eof;	    /* the peer closed */
	int sys_errno;	    /* of the failed read or write, 0 if none */
	int reason;	    /* OpenSSL's (SSL_R_...), 0 if none */
	char detail[128];   /* the same in words, harmless */
	int64_t waited_ms;  /* before we gave up waiting */
};

/* peer and host are copied; host NULL: nothing is verified. trace NULL: silent. */
void handshake_log_init(struct handshake_log *w, const char *peer, const char *host, FILE *trace);
void handshake_log_clear(struct handshake_log *w);

/* Let it see all that happens on ssl, which must be freed before it. */
void handshake_log_attach(struct handshake_log *w, SSL *ssl);

/*
 * OpenSSL handles records that carry no data (handshake messages, tickets, key
 * updates) within one call, for as long as the peer sends them. After
 * HANDSHAKE_LOG_IDLE_MAX of them in a row the connection's reads through bio fail.
 */
#define HANDSHAKE_LOG_IDLE_MAX 1000
void handshake_log_limit(struct handshake_log *w, BIO *bio);
bool handshake_log_is_over_limit(const struct handshake_log *w);

/* Application data was read. */
void handshake_log_note_data(struct handshake_log *w);

/* The handshake log of a connection, or of the one whose certificate is being verified. */
struct handshake_log *handshake_log_of(const SSL *ssl);
struct handshake_log *handshake_log_of_verification(X509_STORE_CTX *verification);

/* Verification begins on the chain that the server sent; it stumbled; it is over. */
void handshake_log_note_chain(struct handshake_log *w, X509_STORE_CTX *verification);
void handshake_log_note_untrusted(struct handshake_log *w, X509_STORE_CTX *verification);
void handshake_log_note_verdict(struct handshake_log *w, X509_STORE_CTX *verification);

/* What it stumbled over is not the only path to an anchor: another one is valid. */
void handshake_log_note_other_path(struct handshake_log *w);

/* The server's key is none of those pinned: to be told before the verdict. */
void handshake_log_note_unpinned(struct handshake_log *w, X509_STORE_CTX *verification);

/* A stapled OCSP response was checked; one that says "revoked" replaces the verdict on leaf. */
void handshake_log_note_ocsp(struct handshake_log *w, X509 *leaf, enum ocsp_state state, const char *text);

/* Is leaf known not to be revoked: by a CRL or by what is stapled; by the latter if it demands that? */
bool handshake_log_has_answer(const struct handshake_log *w, const X509 *leaf);

/* It is not, and was to be: the verdict on leaf is overturned. */
void handshake_log_note_no_answer(struct handshake_log *w, X509 *leaf);

/* A session is offered whose first handshake verified the server then. */
void handshake_log_note_offered(struct handshake_log *w, int64_t verified_ms);

/* The handshake is through. */
void handshake_log_note_done(struct handshake_log *w, SSL *ssl);

/* The server asked for a certificate; we answer with that of this entry (NULL: none) and its chain. */
void handshake_log_note_request(struct handshake_log *w, const STACK_OF(X509_NAME) *wanted);
void handshake_log_note_ours(struct handshake_log *w, const struct key_entry *entry);

/* An SSL call failed with SSL_get_error's answer and errno. Empties OpenSSL's
 * queue, of which the first failure's reason is kept. */
void handshake_log_note_failure(struct handshake_log *w, SSL *ssl, int ssl_error, int sys_errno);

/* The handshake was given up after that wait. */
void handshake_log_note_silence(struct handshake_log *w, const SSL *ssl, int64_t waited_ms);

/* Had the server not answered a ClientHello of more than one packet, which is to say one with a
 * post-quantum key share? A session that was offered may be as large. */
bool handshake_log_hello_is_large(const struct handshake_log *w);

/* Bytes that lay in the socket when the handshake had failed: the rest of what
 * was no TLS, or an alert in clear that a reset kept from being read. */
void handshake_log_note_leftovers(struct handshake_log *w, const uint8_t *bytes, size_t len);

#endif
