/* SPDX-License-Identifier: BSD-3-Clause */
/* A credential file's bytes, and its kind. */
#ifndef MTLS_TLS_CONTENT_H
#define MTLS_TLS_CONTENT_H

#include <stddef.h>

#include "base/err.h"

#define CONTENT_MAX (16u << 20) /* bytes; a store with every public CA has a few hundred kB */

enum content_kind {
	CONTENT_EMPTY,
	CONTENT_PKCS12,
	CONTENT_PEM,
	CONTENT_DER,	 /* a single certificate, key, CRL or PKCS#7 */
	CONTENT_CUT,	 /* DER that is shorter than its length says */
	CONTENT_JKS,	 /* Java's own format, or its JCEKS sister (see tls/store_file.h) */
	CONTENT_UTF16,	 /* text as redirected by Windows PowerShell */
	CONTENT_UNKNOWN,
};

/* Bytes of a file; treated as secret. */
struct content {
	unsigned char *data;
	size_t len;
};

/*
 * Read a whole file, or a pipe. what: "key store", for messages. ERR_CREDENTIALS with the errno's text, or
 * that it is too large.
 */
int content_read(struct content *out, const char *path, const char *what, struct err *err)
	__attribute__((warn_unused_result));

/* Wipe and free. */
void content_clear(struct content *content);

/* The kind of file according to its first bytes and, for DER, the outermost length. With CONTENT_CUT,
 * *announced is the length in bytes that the file should have. */
enum content_kind content_kind(const unsigned char *data, size_t len, size_t *announced);

#endif
