/* SPDX-License-Identifier: BSD-3-Clause */
/* Key exchange groups (RFC 8446 4.2.7): their names, which of them OpenSSL has, which one was agreed on. */
#ifndef MTLS_TLS_GROUPS_H
#define MTLS_TLS_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

/* Every group of IANA's registry "TLS Supported Groups" that a receiver of today may want, for
 * whoever asks for any: the classical ones, then the post-quantum ones. */
extern const uint16_t groups_all[];
extern const size_t groups_all_count;

/* Is a group of this name one of finite fields or elliptic curves? One that is not known is none. */
bool groups_is_classical(const char *name);

/* A name as it stands among them, whatever its case; NULL if it does not. */
const char *groups_spelling(const char *name);

/* The nearest of those names, NULL if none is near. */
const char *groups_nearest(const char *name);

/* What OpenSSL would do with a group of this name: known, but offered in neither version: it is too weak. */
struct groups_use {
	bool known;	   /* it has it */
	bool tls12, tls13; /* a ClientHello of that version would name it */
};
struct groups_use groups_use(SSL_CTX *ctx, const char *name);

/* The name of the group that ssl agreed on, "" if it has none. Returns out. */
char *groups_agreed(SSL *ssl, char *out, size_t size);

/* The name of one that ssl knows of; NULL for any other. */
const char *groups_name_in(SSL *ssl, uint16_t code);

#endif
