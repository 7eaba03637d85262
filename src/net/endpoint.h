/* SPDX-License-Identifier: BSD-3-Clause */
/* Everything that is needed to open another channel to the receiver. Immutable once set up. */
#ifndef MTLS_NET_ENDPOINT_H
#define MTLS_NET_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/secret.h"
#include "base/wait.h"

struct history;
struct ratelimit;
struct tlsctx;

struct proxy {
	const char *host; /* NULL: no proxy */
	uint16_t port;
	const char *user; /* NULL: no Proxy-Authorization */
	struct secret password;
};

/* Times are milliseconds, WAIT_FOREVER for none. */
struct endpoint {
	const char *host; /* name or address literal, without brackets */
	uint16_t port;
	const char *local_address; /* source address (name or literal), NULL: any */
	struct proxy proxy;

	const struct tlsctx *tls; /* NULL: plain TCP */
	const char *tls_host;	  /* asked for (SNI) and verified; normally host */
	bool check_host;	  /* false: --tls-no-host-check */
	bool require_mtls;	  /* a server that does not ask for our certificate is refused */

	int64_t connect_timeout; /* name resolution and proxy included */
	int64_t tls_timeout;	 /* the handshake */
	int64_t send_timeout;	 /* no progress while sending */
	struct deadline limit;	 /* --max-time: nothing goes on after it */

	struct history *history; /* of this run with the receiver; NULL: none is kept */
	struct ratelimit *rate_limit; /* --limit-rate, shared by all channels; NULL: no limit */
	FILE *trace; /* --tls-debug: the trace of the handshake; NULL: none */
};

#endif
