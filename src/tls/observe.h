/* SPDX-License-Identifier: BSD-3-Clause */
/* From a connection's handshake log to the plain values that --check shows. */
#ifndef MTLS_TLS_OBSERVE_H
#define MTLS_TLS_OBSERVE_H

#include <openssl/ssl.h>

#include "tls/context.h"
#include "tls/observation.h"
#include "tls/handshake_log.h"

/*
 * Fill *out as far as the connection got; the caller sets handshake_us. ssl: NULL if TLS was never begun.
 * ctx: the one whose key we would use if the server did not ask.
 */
void observe(const struct handshake_log *w, SSL *ssl, const struct tlsctx *ctx, struct tls_observation *out);

#endif
