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
	char peer[288]; /* "iris:2010": the peer */
	char host[256]; /* the name or address that is verified; empty: none */

	/* What both sides did, by which an end is explained; of these hello_large, shown, requested and slow
	 * are worked out there. */
	struct close_evidence seen;

	STACK_OF(X509_NAME) *wanted; /* the CAs that the server named in its request, NULL if none */
	size_t hello;		     /* bytes that we had sent when it had not answered */
	int alert;		     /* the fatal alert that it sent, -1: none */
	unsigned idle_records;	     /* received since the last data: see handshake_log_limit */
	uint8_t first[160];	     /* what it sent first, if that was not TLS */
	size_t first_len;

	/* What we did. */
	X509 *ours;	    /* the certificate that we chose, NULL: none */
	STACK_OF(X509) *ours_chain; /* its issuers that are sent with it */
	bool ours_fits;	    /* an issuer in its chain is among `wanted`, or any will do */
	size_t shown;	    /* certificates that were sent, 0: none */
	bool told;	    /* the trace has said so */
	struct err refusal; /* why we aborted it ourselves; kind ERR_NONE: we did not */
	char offer[320];    /* versions and suites; filled when it ends */

	/* Our verdict on the server's certificate: the first error, X509_V_OK if none. */
	int verdict;
	int depth;		  /* of failed_cert: 0 the server's own */
	X509 *failed_cert;
	STACK_OF(X509) *chain;	  /* that the server sent, its own first */
	STACK_OF(X509) *anchors;  /* that we trust; known once the verdict is bad */
	STACK_OF(X509) *path;	  /* from its own up to the anchor, as far as that was found */
	int path_sent;		  /* of these, not from a store: if all, no anchor was found */
	bool trusted;		  /* verification is complete and found no error */
	bool unpinned;		  /* but its public key is not pinned */
	bool by_cn;		  /* the host is only in the CN, which was allowed */
	bool cn_forbidden;	  /* it was allowed, but name constraints forbid it */
	bool without_crl;	  /* no CRL covers the server's own, which was accepted */
	bool crl_checked;	  /* a CRL covers the server's own */
	char crl[128];		  /* what the CRL says: " since 2026-...", empty if nothing */
	enum ocsp_state ocsp;	  /* what a stapled response says */
	char ocsp_text[160];

	/* If an earlier session was offered. */
	bool offered;	     /* one was */
	bool resumed;	     /* and the server took it: all that was decided then holds, nothing is shown */
	int64_t verified_ms; /* when the server's certificate was verified, then or now (clock_ms) */

	/* How it ended. */
	int64_t sent_ms;    /* when data was last sent (clock_ms), 0: never */
	int64_t ended_ms;   /* when that was noticed */
	bool eof;	    /* the peer closed */
	int sys_errno;	    /* of the failed read or write, 0 if none */
	int reason;	    /* OpenSSL's (SSL_R_...), 0 if none */
	char detail[128];   /* the same as text, safe to print */
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

/* Verification of the server's chain begins; it found an error; it is complete. */
void handshake_log_note_chain(struct handshake_log *w, X509_STORE_CTX *verification);
void handshake_log_note_untrusted(struct handshake_log *w, X509_STORE_CTX *verification);
void handshake_log_note_verdict(struct handshake_log *w, X509_STORE_CTX *verification);

/* The path with the error is not the only one to an anchor: another one is valid. */
void handshake_log_note_other_path(struct handshake_log *w);

/* The server's key is not pinned: must be recorded before the verdict. */
void handshake_log_note_unpinned(struct handshake_log *w, X509_STORE_CTX *verification);

/* A stapled OCSP response was checked; one that says "revoked" replaces the verdict on leaf. */
void handshake_log_note_ocsp(struct handshake_log *w, X509 *leaf, enum ocsp_state state, const char *text);

/* Is leaf known not to be revoked, by a CRL or a stapled response, and by the latter if it requires one? */
bool handshake_log_has_answer(const struct handshake_log *w, const X509 *leaf);

/* It is not, but must be: this overrides the verdict on leaf. */
void handshake_log_note_no_answer(struct handshake_log *w, X509 *leaf);

/* A session is offered; its first handshake verified the server at that time. */
void handshake_log_note_offered(struct handshake_log *w, int64_t verified_ms);

/* The handshake is through. */
void handshake_log_note_done(struct handshake_log *w, SSL *ssl);

/* The server asked for a certificate; we answer with that of this entry (NULL: none) and its chain. */
void handshake_log_note_request(struct handshake_log *w, const STACK_OF(X509_NAME) *wanted);
void handshake_log_note_ours(struct handshake_log *w, const struct key_entry *entry);

/* An SSL call failed with this result of SSL_get_error and errno. Empties OpenSSL's queue; the reason of
 * the first failure is kept. */
void handshake_log_note_failure(struct handshake_log *w, SSL *ssl, int ssl_error, int sys_errno);

/* The handshake was given up after that wait. */
void handshake_log_note_silence(struct handshake_log *w, const SSL *ssl, int64_t waited_ms);

/* Did the server not answer a ClientHello of more than one packet, that is, one with a post-quantum key
 * share? A session that was offered may be as large. */
bool handshake_log_hello_is_large(const struct handshake_log *w);

/* Bytes left in the socket when the handshake had failed: the rest of an answer that was not TLS, or a
 * plaintext alert that was not read because of a reset. */
void handshake_log_note_leftovers(struct handshake_log *w, const uint8_t *bytes, size_t len);

#endif
