/* SPDX-License-Identifier: BSD-3-Clause */
/* Through an HTTP proxy: CONNECT (RFC 9110 section 9.3.6) with Basic credentials (RFC 7617). */
#ifndef MTLS_NET_PROXY_H
#define MTLS_NET_PROXY_H

#include <stddef.h>

#include "base/err.h"
#include "net/endpoint.h"

#define PROXY_HEAD_MAX 16384 /* bytes of status line and header fields */

enum proxy_head {
	PROXY_HEAD_MORE,     /* not complete yet */
	PROXY_HEAD_WHOLE,    /* complete, up to its blank line */
	PROXY_HEAD_NOT_HTTP, /* does not begin like an HTTP/1 answer */
};

/* Look for the end of the proxy's answer in its first len bytes: *end is the number of bytes up to and
 * including the blank line (lines may end in LF alone, RFC 9112 section 2.2). */
enum proxy_head proxy_scan(const char *buf, size_t len, size_t *end);

/*
 * Evaluate a whole answer: 0 for 2xx, else -1 with ERR_CONNECT (detail: the HTTP
 * status) that carries the status line, made harmless.
 */
int proxy_evaluate(const struct endpoint *endpoint, const char *head, size_t len, struct err *err)
	__attribute__((warn_unused_result));

/* The request, for OPENSSL_clear_free(request, *len): it may hold the password.
 * NULL with ERR_USAGE if the host cannot be put into a request line. */
char *proxy_request(const struct endpoint *endpoint, size_t *len, struct err *err);

/*
 * Let the proxy at the other end of fd (connected, non-blocking) connect us to the endpoint. No byte after
 * the answer's blank line is read. Errors: ERR_CONNECT, ERR_TIMEOUT, ERR_USAGE, ERR_SIGINT/ERR_SIGTERM.
 */
int proxy_tunnel(const struct endpoint *endpoint, int fd, struct deadline deadline, struct err *err)
	__attribute__((warn_unused_result));

#endif
