/* SPDX-License-Identifier: BSD-3-Clause */
/* PBMAC1 as the MAC of PKCS#12 (RFC 9579): an HMAC with a key derived by PBKDF2. OpenSSL supports it from
 * 3.4 on. */
#ifndef MTLS_TLS_PBMAC1_H
#define MTLS_TLS_PBMAC1_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

#include "base/err.h"

/* Can a MAC of this algorithm be verified, and in reasonable time? 0, or -1 with
 * ERR_CREDENTIALS. what: "key store scu1.p12". */
int pbmac1_check(const X509_ALGOR *algor, const char *what, struct err *err)
	__attribute__((warn_unused_result));

/* Is mac that of content under this password (UTF-8)? pbmac1_check has returned 0. */
bool pbmac1_fits(const X509_ALGOR *algor, const ASN1_OCTET_STRING *mac, const ASN1_OCTET_STRING *content,
	const char *pass, int len);

#endif
