/* SPDX-License-Identifier: BSD-3-Clause */
/* Internationalized host names (IDNA2008, RFC 5890; UTS 46), as people write them and as DNS has them, and
 * the names that a certificate can be verified against (RFC 9525). */
#ifndef MTLS_BASE_HOSTNAME_H
#define MTLS_BASE_HOSTNAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The name as used by resolvers and in certificates: len bytes of text unchanged if all of them are ASCII,
 * otherwise A-labels ("xn--mller-kva.test"). The caller owns *out. 0, or -1 with ERR_USAGE if it is not
 * UTF-8 or cannot be a host name. */
MUST_CHECK int hostname_to_ascii(const char *text, size_t len, char **out, struct err *err);

/* For messages, safe to print: a name with A-labels is followed by the name that they encode,
 * "xn--mller-kva.test (müller.test)". Returns out. */
char *hostname_shown(char *out, size_t size, const char *host);

/* An IPv4 or IPv6 address, without brackets; a zone ("%eth0") may follow the latter. */
bool hostname_is_address(const char *text);

/*
 * What is wrong with text as the name or address of a server, to be put after "it": "has an empty label".
 * NULL if nothing is wrong. A name may end with one dot (the root's); single labels and underscores are
 * allowed, wildcards are not.
 */
const char *hostname_problem(const char *text);

/* "iris:2010", "[::1]:2010", harmless. Returns out. */
char *hostname_port(char *out, size_t size, const char *host, uint16_t port);

#endif
