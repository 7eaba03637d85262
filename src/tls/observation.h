/* SPDX-License-Identifier: BSD-3-Clause */
/* What one TLS connection showed, in plain values, kept also when it failed: for --check. */
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
	bool hello_large;	   /* it did not, and what we asked with needs more than one packet */
	bool resumed;		   /* a session of an earlier connection, which verified it: no chain, nothing
				    * asked or shown. Never in --check */
	char protocol[16];	   /* "TLSv1.3", empty if it did not get that far */
	char cipher[64];	   /* IANA name */
	char group[32];
	struct certificate_chain server; /* as sent, then up to the anchor that was found */
	struct certificate_chain ours;	 /* what we show (or would) */
	bool asked;		   /* a CertificateRequest came */
	char wanted[WANTED_MAX][256]; /* the CAs it named there */
	unsigned wanted_count;	   /* 0: any */
	bool ours_fits;		   /* one of them issued our chain */
	bool shown;		   /* our certificate went out */
	bool verified;		   /* the server's chain, dates, purpose and host name are correct */
	bool host_checked;
	bool host_by_cn;	   /* matched by the CN alone, which --tls-allow-cn allows */
	bool static_rsa;	   /* a suite without forward secrecy: RSA key exchange */
	bool key_use_unsaid;	   /* the leaf's keyUsage leaves out what its key was used for */
	bool must_staple;	   /* the leaf demands a stapled response (RFC 7633) */
	enum ocsp_state ocsp;	   /* of a stapled response */
	char ocsp_text[160];
	bool revocation_checked;   /* a CRL or a stapled response said that the leaf is good */
	int64_t clock_skew_s;	   /* suspected: the server's leaf begins this much in our future; 0 none */
	bool ticket;		   /* TLS 1.3: a NewSessionTicket came: the server's library has finished the
				    * handshake, which says nothing of what the server thinks of us */
	bool alerted;		   /* it ended the connection by an alert, */
	bool closed;		   /* or closed it in order without one; a reset is neither */
};

#endif
