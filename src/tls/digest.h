/* SPDX-License-Identifier: BSD-3-Clause */
/* SHA-256 (FIPS 180-4) of what is added piece by piece. */
#ifndef MTLS_TLS_DIGEST_H
#define MTLS_TLS_DIGEST_H

#include <stddef.h>

#include "base/err.h"

#define DIGEST_SIZE 32 /* bytes */

struct digest;

/* NULL without memory. */
struct digest *digest_new(struct err *err);

void digest_add(struct digest *digest, const void *bytes, size_t size);

/* All of the file's bytes. -1 with ERR_NO_INPUT naming it. */
int digest_add_file(struct digest *digest, const char *path, struct err *err)
	__attribute__((warn_unused_result));

/* The result, and free. -1 and all zero if OpenSSL failed, which is not expected for SHA-256. */
int digest_finish(struct digest *digest, unsigned char out[DIGEST_SIZE]);

/* 64 hex digits and a NUL. */
void digest_hex(const unsigned char digest[DIGEST_SIZE], char out[2 * DIGEST_SIZE + 1]);

#endif
