/* SPDX-License-Identifier: BSD-3-Clause */
/* From a host name to a connected descriptor: resolve, connect, and go through the proxy, within one
 * deadline. */
#ifndef MTLS_NET_DIAL_H
#define MTLS_NET_DIAL_H

#include "base/err.h"
#include "net/endpoint.h"

struct dial_facts {
	char address[64];    /* "127.0.0.1:2762", "[::1]:2762": where we are connected (the proxy, if any) */
	int64_t resolve_us;
	int64_t connect_us;  /* TCP, all attempts, and the proxy's CONNECT */
};

/*
 * A connected, non-blocking, close-on-exec descriptor with TCP_NODELAY and
 * SO_KEEPALIVE, or -1. Addresses are tried as in Happy Eyeballs (RFC 8305): in the resolver's order (RFC
 * 6724: usable IPv6 first), alternating between families; the next one starts when one fails, or after 250
 * ms while the first goes on. With a proxy only the proxy's name is resolved here. connect_timeout covers
 * it all. An interrupt (see base/wait.h) ends it. Errors, with phase "resolve", "tcp" or "proxy": ERR_DNS
 * (name, resolver's reason; detail: EAI_ code), ERR_CONNECT (each address with its errno, detail: the
 * errno; a proxy's refusal with its status line, detail: HTTP status), ERR_TIMEOUT, ERR_SIGINT/ERR_SIGTERM,
 * ERR_USAGE for a local address that does not belong to this machine.
 */
int dial(const struct endpoint *endpoint, struct dial_facts *facts, struct err *err)
	__attribute__((warn_unused_result));

#endif
