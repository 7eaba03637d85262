/* SPDX-License-Identifier: BSD-3-Clause */
/* What one TLS connection showed, in plain values, kept also when it failed: for
 * --check; and what one that was verified is to be warned of. */
#ifndef MTLS_TLS_OBSERVATION_H
#define MTLS_TLS_OBSERVATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/certificate.h"

#define WANTED_MAX 16

enum ocsp_state { OCSP_NONE, OCSP_GOOD, OCSP_REVOKED, OCSP_UNKNOWN, OCSP_INVALID };

struct tls_observation {
	int64_t handshake_us;
	bool server_hello;	   /* it answered in TLS */
	bool hello_large;	   /* it did not, and our ClientHello needs more than one packet */
	bool resumed;		   /* a session of an earlier connection, which verified the server: no
				    * chain, no certificates requested or sent. Never in --check */
	char protocol[16];	   /* "TLSv1.3", empty if it did not get that far */
	char cipher[64];	   /* IANA name */
	char group[32];
	struct certificate_chain server; /* as sent, then up to the anchor that was found */
	struct certificate_chain ours;	 /* what we send (or would) */
	bool asked;		   /* a CertificateRequest came */
	char wanted[WANTED_MAX][256]; /* the CAs it named there */
	unsigned wanted_count;	   /* 0: any */
	bool ours_fits;		   /* one of them issued our chain */
	bool shown;		   /* our certificate was sent */
	bool verified;		   /* the server's chain, dates, purpose and host name are correct */
	bool host_checked;
	bool host_by_cn;	   /* matched only by the CN, which --tls-allow-cn allows */
	bool static_rsa;	   /* a suite without forward secrecy: RSA key exchange */
	bool key_use_unsaid;	   /* the leaf's keyUsage does not allow what its key was used for */
	bool must_staple;	   /* the leaf requires a stapled response (RFC 7633) */
	enum ocsp_state ocsp;	   /* of a stapled response */
	char ocsp_text[160];
	bool revocation_checked;   /* a CRL or a stapled response said that the leaf is good */
	int64_t clock_skew_s;	   /* suspected: the server's leaf begins this far in our future; 0: none */
	bool ticket;		   /* TLS 1.3: a NewSessionTicket came: the server's library has finished
				    * the handshake, which does not show that the server accepts us */
	bool alerted;		   /* it ended the connection with an alert, */
	bool closed;		   /* or closed it cleanly without one; a reset is neither */
};

#define TLS_WARNINGS_MAX 6

enum tls_warning_kind {
	TLS_WARNING_STATIC_RSA,	/* no forward secrecy */
	TLS_WARNING_BY_CN,		/* the host is only in the CN */
	TLS_WARNING_KEY_USE,		/* the keyUsage does not allow what the key was used for */
	TLS_WARNING_STAPLE_MISSING,	/* the certificate requires a stapled OCSP response */
	TLS_WARNING_STAPLE_UNKNOWN,	/* the responder does not know the certificate */
	TLS_WARNING_STAPLE_INVALID,	/* foreign, old, damaged, badly signed */
	TLS_WARNING_NOT_ASKED,	/* we have a certificate, and the server did not ask for it */
};

struct tls_warning {
	enum tls_warning_kind kind;
	char text[400]; /* no full stop */
	char hint[200]; /* a sentence */
};

/* Returns how many of out are filled. host: what was verified. A resumed session has none: they were given
 * for the handshake that made it. */
unsigned tls_warnings_of(const struct tls_observation *seen, const char *host,
	struct tls_warning out[TLS_WARNINGS_MAX]);

#endif
