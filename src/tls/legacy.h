/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Old ciphers (RC2-40, RC4, DES) for reading stores only. What OpenSSL's
 * default provider lacks is decrypted in a private OSSL_LIB_CTX that has the
 * legacy provider too; it is created when first needed, and TLS never uses it.
 */
#ifndef MTLS_TLS_LEGACY_H
#define MTLS_TLS_LEGACY_H

#include <openssl/provider.h>
#include <openssl/x509.h>

#include "base/err.h"

/* Initially all NULL. */
struct legacy {
	OSSL_LIB_CTX *libctx;
	OSSL_PROVIDER *base;
	OSSL_PROVIDER *old;
};

void legacy_clear(struct legacy *legacy);

/*
 * The library context that has a cipher: *out becomes NULL (the default one) or ours. ERR_CREDENTIALS if
 * the legacy provider is missing or no provider has the cipher. what: "key store scu1.p12", for messages.
 */
int legacy_cipher(struct legacy *legacy, const char *cipher, const char *what,
	OSSL_LIB_CTX **out, struct err *err) __attribute__((warn_unused_result));

/* The same for the cipher of a password-based encryption (RFC 8018, RFC 7292
 * appendix C). Iteration counts that would take too long are an error too. */
int legacy_pbe(struct legacy *legacy, const X509_ALGOR *algor, const char *what,
	OSSL_LIB_CTX **out, struct err *err) __attribute__((warn_unused_result));

/* Is the number of iterations of a key derivation reasonable? NULL means one. */
int legacy_iterations(const ASN1_INTEGER *count, const char *what, struct err *err)
	__attribute__((warn_unused_result));

#endif
