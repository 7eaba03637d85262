/* SPDX-License-Identifier: BSD-3-Clause */
/* What a connection that was verified is to be warned of, from what it showed. */
#ifndef MTLS_TLS_TLS_WARNING_H
#define MTLS_TLS_TLS_WARNING_H

#include "tls/observation.h"

#define TLS_WARNINGS_MAX 6

enum tls_warning_kind {
	TLS_WARNING_STATIC_RSA,	/* no forward secrecy */
	TLS_WARNING_BY_CN,		/* the host stands in the CN alone */
	TLS_WARNING_KEY_USE,		/* the keyUsage does not allow what the key was used for */
	TLS_WARNING_STAPLE_MISSING,	/* the certificate demands a stapled OCSP response */
	TLS_WARNING_STAPLE_UNKNOWN,	/* the responder does not know the certificate */
	TLS_WARNING_STAPLE_INVALID,	/* foreign, old, damaged, badly signed */
	TLS_WARNING_NOT_ASKED,	/* we have a certificate, and the server did not ask for it */
};

struct tls_warning {
	enum tls_warning_kind kind;
	char text[400]; /* no full stop */
	char hint[200]; /* a sentence */
};

/* How many of out are filled. host: what was verified. Of a resumed session there
 * are none: the handshake that made it had them. */
unsigned tls_warnings_of(const struct tls_observation *seen, const char *host,
	struct tls_warning out[TLS_WARNINGS_MAX]);

#endif
