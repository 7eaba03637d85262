/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Private keys as PKCS#8 (RFC 5208), and in its second version (RFC 5958), which
 * carries the public key too: BouncyCastle and ring write Ed25519 keys so, and
 * OpenSSL reads them from 3.6 on at the earliest.
 */
#ifndef MTLS_TLS_PKCS8_H
#define MTLS_TLS_PKCS8_H

#include <stddef.h>

#include <openssl/x509.h>

#include "base/err.h"
#include "tls/store_file.h"

/* Parse a key; of the second version the public key is left out. NULL if it is
 * damaged; free with PKCS8_PRIV_KEY_INFO_free. */
PKCS8_PRIV_KEY_INFO *pkcs8_parse(const unsigned char *der, size_t len);

/* Decrypt and parse a key. NULL if the password is another, or it is damaged. */
PKCS8_PRIV_KEY_INFO *pkcs8_decrypt(const X509_SIG *encrypted, const char *pass, int len,
	OSSL_LIB_CTX *libctx);

/* Put the key into *out. One of a kind that OpenSSL does not know is noted as left
 * out by its alias (which may be NULL), and *out is NULL. */
void pkcs8_key(struct store_file *store_file, const PKCS8_PRIV_KEY_INFO *info, const char *alias,
	EVP_PKEY **out);

#endif
