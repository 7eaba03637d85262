/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which protocols and cipher suites may be used: from names on the command line to plain values. Pure;
 * nothing is sent, no file is read.
 */
#ifndef MTLS_TLS_POLICY_H
#define MTLS_TLS_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* What the user said. Lists are NULL-terminated or NULL. */
struct policy_request {
	const char *const *protocols; /* --tls-protocol, --tls12, --tls13: "TLSv1.2", "TLSv1.3" */
	const char *const *ciphers;   /* --tls-cipher: IANA or OpenSSL names */
};

/* The resulting policy. */
struct policy {
	int min_version;	/* TLS1_2_VERSION or TLS1_3_VERSION */
	int max_version;
	char cipher_list[2048];	/* for SSL_CTX_set_cipher_list; empty: no TLS 1.2 */
	char ciphersuites[256];	/* for SSL_CTX_set_ciphersuites; empty: no TLS 1.3 */
	char groups[512];	/* for SSL_CTX_set1_groups_list; empty: OpenSSL's own choice */
};

/*
 * Determine the policy. If no protocols are named, those that have a cipher are allowed; a named protocol
 * left without a cipher, a cipher that fits no allowed protocol, an unknown name (nearest one suggested)
 * and a weak one (NULL, anon, EXPORT, RC4, DES, MD5 as a token of the name, SSL_ prefix too) are ERR_USAGE
 * with reason and remedy. Names are mapped by SSL_CIPHER_standard_name.
 */
int policy_parse(const struct policy_request *request, struct policy *out,
	struct err *err) __attribute__((warn_unused_result));

/*
 * A whole policy by its name (--tls-profile), TLS 1.2 and 1.3 each:
 * "bcp195": PS3.15 B.12, which is RFC 8996 and RFC 9325 4.2: ECDHE with AES-GCM;
 * "bcp195-modified": PS3.15 B.13: also ChaCha20-Poly1305 and AES-CCM (of what
 * B.13 allows, OpenSSL has no Camellia-GCM; DHE is omitted, because a client cannot set its length);
 * "iris": what the guide sets for IRIS, "ALL:!aNULL:!eNULL:!EXP:!SSLv2", as far as OpenSSL's security level
 * and the weak tokens above allow. ERR_USAGE for any other name.
 */
int policy_profile(const char *name, struct policy *out, struct err *err)
	__attribute__((warn_unused_result));

/*
 * Limit a policy to these key exchange groups (--tls-group; NULL-terminated or NULL: nothing changes), the
 * first of which gets the key share. A version that can use none of them is removed; if strict, which means
 * that versions or suites were also named, this is ERR_USAGE. So is a name that OpenSSL lacks, unless there
 * is a "?" before it, one that is too weak for it, and a list of which nothing is left.
 */
int policy_groups(const char *const *names, bool strict, struct policy *policy, struct err *err)
	__attribute__((warn_unused_result));

/* A single suite, by its IANA or OpenSSL name, with its protocol. */
int policy_single(const char *name, struct policy *out, struct err *err)
	__attribute__((warn_unused_result));

struct policy_suite {
	const char *name; /* IANA's, of static storage */
	int version;	  /* TLS1_2_VERSION or TLS1_3_VERSION */
	uint16_t code;	  /* IANA's code point */
};

#define POLICY_SUITES_MAX 128

/* The suites that a policy allows, TLS 1.3's first. Returns how many. */
size_t policy_suites(const struct policy *policy, struct policy_suite out[POLICY_SUITES_MAX]);

/* Is the suite (IANA name) among them? */
bool policy_allows(const struct policy *policy, const char *name);

#endif
