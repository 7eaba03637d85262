/* SPDX-License-Identifier: BSD-3-Clause */
/* How Java encrypts the private keys of JKS and JCEKS stores. */
#ifndef MTLS_TLS_JKSKEY_H
#define MTLS_TLS_JKSKEY_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

/* A password as Java's digests take it: UTF-16, big endian. */
struct jks_password {
	unsigned char *bytes;
	size_t len;
};

/* From UTF-8 (ISO 8859-1 if it is not UTF-8). False if there is no memory. Wipe with jks_password_clear. */
bool jks_password_init(struct jks_password *out, const char *utf8, size_t len);
void jks_password_clear(struct jks_password *password);

/* Can a key with this encryption be opened at all? */
bool jks_key_known(const X509_SIG *encrypted);

/* Decrypt a key; NULL if the password (UTF-8) is wrong or the key is damaged. */
EVP_PKEY *jks_key_open(const X509_SIG *encrypted, const char *utf8, size_t len);

#endif
