/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which protocols and cipher suites may be used: names from the command line
 * to plain values. Pure; nothing is sent, no file is read.
 */
#ifndef MTLS_TLS_POLICY_H
#define MTLS_TLS_POLICY_H

#include <stdbool.h>

#include "base/err.h"

/* What the user said. Lists are NULL-terminated or NULL. */
struct policy_request {
	const char *const *protocols; /* --tls-protocol, --tls12, --tls13: "TLSv1.2", "TLSv1.3" */
	const char *const *ciphers;   /* --tls-cipher: IANA or OpenSSL names */
};

/* What is enforced. */
struct policy {
	int min_version;	/* TLS1_2_VERSION or TLS1_3_VERSION */
	int max_version;
	char cipher_list[2048];	/* for SSL_CTX_set_cipher_list; empty: no TLS 1.2 */
	char ciphersuites[256];	/* for SSL_CTX_set_ciphersuites; empty: no TLS 1.3 */
};

/*
 * Work out the policy. Protocols not named narrow to those that have a cipher;
 * a named protocol left without a cipher, a cipher that fits no allowed
 * protocol, an unknown name (nearest one suggested) and a weak one (NULL, anon,
 * EXPORT, RC4, DES, MD5 as a token of the name, SSL_ prefix too) are ERR_USAGE
 * with reason and remedy. Names are mapped by SSL_CIPHER_standard_name.
 */
int policy_parse(const struct policy_request *request, struct policy *out,
	struct err *err) __attribute__((warn_unused_result));

#endif
