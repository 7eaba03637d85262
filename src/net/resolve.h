/* SPDX-License-Identifier: BSD-3-Clause */
/* Names to addresses, within a deadline, and addresses to text for messages. */
#ifndef MTLS_NET_RESOLVE_H
#define MTLS_NET_RESOLVE_H

#include <netdb.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/wait.h"

/*
 * The stream addresses of host (a name or a literal) in the resolver's order
 * (RFC 6724), to be freed with freeaddrinfo; at least one. Literals and localhost (RFC 6761 section 6.3)
 * are answered without a resolver. If a resolver is too slow, its request is abandoned and never freed.
 * Errors: ERR_DNS (detail: the EAI_ code; EAI_AGAIN may pass), ERR_TIMEOUT, ERR_SIGINT/ERR_SIGTERM.
 */
int resolve(const char *host, uint16_t port, struct deadline deadline, struct addrinfo **out, struct err *err)
	__attribute__((warn_unused_result));

/* "127.0.0.1:2762", "[::1]:2762", or with_port false, "127.0.0.1", "::1". Returns out. */
char *resolve_address(char *out, size_t size, const struct addrinfo *address, bool with_port);

#endif
