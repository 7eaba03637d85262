/* SPDX-License-Identifier: BSD-3-Clause */
/* Key exchange groups (RFC 8446 4.2.7): their names, which of them OpenSSL has, which one was agreed on. */
#ifndef MTLS_TLS_GROUPS_H
#define MTLS_TLS_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

/* Every group of IANA's registry "TLS Supported Groups" that a receiver may require today, to offer all of
 * them: the classical ones, then the post-quantum ones. */
extern const uint16_t groups_all[];
extern const size_t groups_all_count;

/* Is the group with this name one of finite fields or elliptic curves? An unknown one is not. */
bool groups_is_classical(const char *name);

/* The name as it is spelled there, ignoring case; NULL if it is not there. */
const char *groups_spelling(const char *name);

/* The most similar of those names, NULL if none is similar. */
const char *groups_nearest(const char *name);

/* What OpenSSL does with a group of this name. Known but offered in neither version: it is too weak. */
struct groups_use {
	bool known;	   /* it has it */
	bool tls12, tls13; /* a ClientHello of that version would name it */
};
struct groups_use groups_use(SSL_CTX *ctx, const char *name);

/* The name of the group that ssl agreed on, "" if it has none. Returns out. */
char *groups_agreed(SSL *ssl, char *out, size_t size);

/* The name of a group that ssl knows; NULL for any other. */
const char *groups_name_in(SSL *ssl, uint16_t code);

#endif
