/* SPDX-License-Identifier: BSD-3-Clause */
/* PEM blocks (RFC 7468; RFC 1421 encryption), one by one. */
#ifndef MTLS_TLS_PEM_H
#define MTLS_TLS_PEM_H

#include <stddef.h>

#include <openssl/bio.h>

#include "base/err.h"

/* One block: its label, its RFC 1421 header (empty if none), its bytes. */
struct pem_block {
	char *label;
	char *header;
	unsigned char *data;
	long len;
};

/* A BIO over text, without a byte order mark. NULL if there is no memory. */
BIO *pem_open(const unsigned char *text, size_t len);

/* The next block of bio, text around it skipped: 1, 0 at the end, -1 if it is
 * damaged or cut (the reason is in OpenSSL's queue). Clear it in any case. */
int pem_next(BIO *bio, struct pem_block *block);

/* Wipe and free. */
void pem_block_clear(struct pem_block *block);

/* "NAME is cut short" or "damaged", whichever applies. Returns -1. */
int pem_damaged(const char *name, const unsigned char *text, size_t len, struct err *err);

#endif
