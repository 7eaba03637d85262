/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A peer ended the connection without a TLS alert: what that comes to, and what
 * may be behind it. Evidence goes in, the likeliest cause comes out first. Pure.
 */
#ifndef MTLS_TLS_CAUSES_H
#define MTLS_TLS_CAUSES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* What was seen of the connection that ended, and before it in this run. */
struct close_evidence {
	bool named;	    /* it was asked for by a name (SNI), not by an address */
	bool tls_port;	    /* 2762, which is DICOM's for TLS (PS3.8 9.1.1) */
	bool hello_large;   /* our ClientHello did not fit in one packet */
	bool server_hello;  /* it answered in TLS (a HelloRetryRequest counts) */
	bool tls13;
	bool asked;	    /* a CertificateRequest came */
	bool answered;	    /* our Certificate message is out */
	bool shown;	    /* with our certificate in it */
	bool done;	    /* the handshake is through for us; in TLS 1.2 its Finished came */
	bool ticket;	    /* a NewSessionTicket came */
	bool requested;	    /* we had sent data: an association request */
	bool slow;	    /* it ended a second or more after the last that we sent */
	bool data;	    /* data came */
	bool renegotiation; /* TLS 1.2: it asked for another handshake, which is refused; no data since */
	bool associated;    /* an association with it stood earlier in this run */
	bool failed;	    /* the attempt before failed in a way that is tried again */
};

enum cause {
	CAUSE_RENEGOTIATION, /* it insists on a handshake that we refuse */
	CAUSE_PLAIN,	     /* the port speaks DICOM without TLS */
	CAUSE_ADDRESS,	     /* it routes by name, and got none */
	CAUSE_NAME,	     /* it routes by name, and does not know this one */
	CAUSE_LARGE_HELLO,   /* it, or a firewall before it, takes no ClientHello of two packets */
	CAUSE_BUSY,	     /* it accepts no more connections at the moment */
	CAUSE_FAULT,	     /* a fault of its own in the handshake */
	CAUSE_NOT_RUNNING,   /* the receiver behind a load balancer or TLS front end is not there */
	CAUSE_RESTART,	     /* the receiver that was there went away */
	CAUSE_AE_TITLE,	     /* it drops requests with AE titles that it does not know */
	CAUSE_WANTED,	     /* it wants a certificate, and we showed none */
	CAUSE_REFUSED,	     /* it does not accept the certificate that we showed */
	CAUSE_COUNT,
};

struct close_verdict {
	enum err_kind kind;		/* the exit status */
	enum cause causes[CAUSE_COUNT]; /* the likeliest first */
	size_t count;			/* at least 1 */
};

void causes_of_close(const struct close_evidence *evidence, struct close_verdict *verdict);

#endif
