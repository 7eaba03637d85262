/* SPDX-License-Identifier: BSD-3-Clause */
/* What a connection that was verified is to be warned of, from what it showed. */
#ifndef MTLS_TLS_REMARK_H
#define MTLS_TLS_REMARK_H

#include "tls/observation.h"

#define REMARKS_MAX 6

enum remark_kind {
	REMARK_STATIC_RSA,	/* no forward secrecy */
	REMARK_BY_CN,		/* the host stands in the CN alone */
	REMARK_KEY_USE,		/* the keyUsage does not allow what the key was used for */
	REMARK_STAPLE_MISSING,	/* the certificate demands a stapled OCSP response */
	REMARK_STAPLE_UNKNOWN,	/* the responder does not know the certificate */
	REMARK_STAPLE_INVALID,	/* foreign, old, damaged, badly signed */
	REMARK_NOT_ASKED,	/* we have a certificate, and the server did not ask for it */
};

struct remark {
	enum remark_kind kind;
	char text[400]; /* no full stop */
	char hint[200]; /* a sentence */
};

/* How many of out are filled. host: what was verified. Of a resumed session there
 * are none: the handshake that made it had them. */
unsigned remarks_of(const struct tls_observation *seen, const char *host, struct remark out[REMARKS_MAX]);

#endif
