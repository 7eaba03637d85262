/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Private keys as PKCS#8 (RFC 5208), and in its second version (RFC 5958), which also contains the public
 * key: BouncyCastle and ring write Ed25519 keys in this way, and OpenSSL reads them from 3.6 on at the
 * earliest.
 */
#ifndef MTLS_TLS_PKCS8_H
#define MTLS_TLS_PKCS8_H

#include <stddef.h>

#include <openssl/x509.h>

#include "base/err.h"
#include "tls/store_file.h"

/* Parse a key; the public key of the second version is dropped. NULL if it is damaged; free with
 * PKCS8_PRIV_KEY_INFO_free. */
PKCS8_PRIV_KEY_INFO *pkcs8_parse(const unsigned char *der, size_t len);

/* Decrypt and parse a key with the passwords that the store has. 1, 0 if they are others (which is noted by
 * its alias; that may be NULL), -1. */
int pkcs8_unlock(struct store_file *store_file, const X509_SIG *encrypted, const char *alias,
	PKCS8_PRIV_KEY_INFO **out, struct err *err) __attribute__((warn_unused_result));

/* The key, NULL for one of a kind that OpenSSL does not know, which is noted as left out by its alias. */
EVP_PKEY *pkcs8_key(struct store_file *store_file, const PKCS8_PRIV_KEY_INFO *info, const char *alias);

#endif
