/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The trace of the handshake (--tls-debug): what each side sends, as text, each line with the milliseconds
 * since the connection was made. It contains no secrets.
 */
#ifndef MTLS_TLS_TRACE_H
#define MTLS_TLS_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <openssl/ssl.h>

/* out NULL: silent. A value; nothing to free. */
struct trace {
	FILE *out;
	int64_t start_us; /* clock_us when it began */
};

/* One line in a single write, so that several connections may share a stream. */
void trace_line(const struct trace *trace, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A hello, a session ticket or an alert; other messages are ignored. */
void trace_message(const struct trace *trace, SSL *ssl, bool sent, int type, const uint8_t *msg, size_t len);

/* The certificates that the server sent, leaf first. */
void trace_chain(const struct trace *trace, const STACK_OF(X509) *chain);

/* The result of the verification that just ran. */
void trace_verdict(const struct trace *trace, const X509_STORE_CTX *verification);

/* The server asks for a certificate from one of these CAs (NULL or empty: any). */
void trace_request(const struct trace *trace, const STACK_OF(X509_NAME) *wanted);

/* What was agreed once the handshake is complete. */
void trace_finished(const struct trace *trace, SSL *ssl);

#endif
