/* SPDX-License-Identifier: BSD-3-Clause */
/* From what a connection's handshake log saw to the plain values that --check shows. */
#ifndef MTLS_TLS_OBSERVE_H
#define MTLS_TLS_OBSERVE_H

#include <openssl/ssl.h>

#include "tls/context.h"
#include "tls/observation.h"
#include "tls/handshake_log.h"

/*
 * Fill *out as far as the connection has got; handshake_us is left to the
 * caller. ssl: NULL if TLS was never begun. ctx: whose key we would show if the
 * server did not ask.
 */
void observe(const struct handshake_log *w, SSL *ssl, const struct tlsctx *ctx, struct tls_observation *out);

#endif
