/* SPDX-License-Identifier: BSD-3-Clause */
/* PEM blocks (RFC 7468; RFC 1421 encryption) and single DER objects. */
#ifndef MTLS_TLS_PEM_H
#define MTLS_TLS_PEM_H

#include <stddef.h>

#include <openssl/bio.h>

#include "base/err.h"
#include "tls/store_file.h"

/* One block: its label, its RFC 1421 header (empty if none), its bytes. */
struct pem_block {
	char *label;
	char *header;
	unsigned char *data;
	long len;
};

/* A BIO over text, past a byte order mark. NULL without memory. */
BIO *pem_open(const unsigned char *text, size_t len);

/* The next block of bio, text around it skipped: 1, 0 at the end, -1 if it is
 * damaged or cut (the reason is in OpenSSL's queue). Clear it in any case. */
int pem_next(BIO *bio, struct pem_block *block);

/* Wipe and free. */
void pem_block_clear(struct pem_block *block);

/* "NAME is cut short" or "damaged", whichever text shows. Returns -1. */
int pem_damaged(const char *name, const unsigned char *text, size_t len, struct err *err);

/* Collect the keys and certificates of PEM text, in any order, in opening->items. */
int pem_collect(struct store_file *store_file, const unsigned char *text, size_t len, struct err *err)
	__attribute__((warn_unused_result));

/* The same for one DER object: a certificate, a key (PKCS#8 encrypted or not,
 * PKCS#1, SEC 1) or the certificates of a PKCS#7 message (P7B, RFC 2315). */
int der_collect(struct store_file *store_file, const unsigned char *data, size_t len, struct err *err)
	__attribute__((warn_unused_result));

#endif
