/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A peer ended the connection without a TLS alert: what kind of error that is, and its possible causes, the
 * most likely first, as a function of what was observed. Pure.
 */
#ifndef MTLS_TLS_CAUSES_H
#define MTLS_TLS_CAUSES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* What was observed of the connection that ended, and before it in this run. */
struct close_evidence {
	bool named;	    /* a name was sent (SNI), not an address */
	bool tls_port;	    /* 2762, the port for DICOM over TLS (PS3.8 9.1.1) */
	bool hello_large;   /* our ClientHello did not fit in one packet */
	bool server_hello;  /* it answered in TLS (a HelloRetryRequest counts) */
	bool tls13;
	bool asked;	    /* a CertificateRequest came */
	bool answered;	    /* our Certificate message was sent */
	bool shown;	    /* with our certificate in it */
	bool done;	    /* the handshake is complete on our side; in TLS 1.2 its Finished came */
	bool ticket;	    /* a NewSessionTicket came */
	bool requested;	    /* we had sent data: an association request */
	bool slow;	    /* it ended a second or more after we last sent data */
	bool data;	    /* data came */
	bool renegotiation; /* TLS 1.2: it asked for another handshake, which is refused; no data since */
	bool associated;    /* an association with it was open earlier in this run */
	bool failed;	    /* the previous attempt failed in a way that is retried */
};

enum cause {
	CAUSE_RENEGOTIATION, /* it insists on a handshake that we refuse */
	CAUSE_PLAIN,	     /* the port speaks DICOM without TLS */
	CAUSE_ADDRESS,	     /* it routes by name, but got none */
	CAUSE_NAME,	     /* it routes by name, but does not know this one */
	CAUSE_LARGE_HELLO,   /* it, or a firewall in front of it, does not accept a ClientHello of two
			      * packets */
	CAUSE_BUSY,	     /* it accepts no more connections at the moment */
	CAUSE_FAULT,	     /* a fault of its own in the handshake */
	CAUSE_NOT_RUNNING,   /* the receiver behind a load balancer or TLS front end is not running */
	CAUSE_RESTART,	     /* the receiver was running, but no longer is */
	CAUSE_AE_TITLE,	     /* it drops requests with AE titles that it does not know */
	CAUSE_WANTED,	     /* it requires a certificate, but we sent none */
	CAUSE_REFUSED,	     /* it does not accept the certificate that we sent */
	CAUSE_COUNT,
};

struct close_verdict {
	enum err_kind kind;		/* the exit status */
	enum cause causes[CAUSE_COUNT]; /* the most likely first */
	size_t count;			/* at least 1 */
};

void causes_of_close(const struct close_evidence *evidence, struct close_verdict *verdict);

#endif
