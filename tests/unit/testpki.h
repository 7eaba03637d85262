/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates and CRLs made at test time, through OpenSSL's API. Failures end the test. */
#ifndef MTLS_TESTS_TESTPKI_H
#define MTLS_TESTS_TESTPKI_H

#include <stdbool.h>

#include <openssl/x509.h>

struct testpki {
	X509 *cert;
	EVP_PKEY *key;
};

/* Days count from now; both 0: valid from yesterday for ten days. */
struct testpki_spec {
	const char *cn;
	const char *org;	      /* NULL: "Demo" */
	const struct testpki *issuer; /* NULL: self-signed */
	const char *san;	      /* "DNS:iris,IP:127.0.0.1"; NULL: none */
	const char *usage;	      /* "serverAuth"; NULL: none */
	bool ca;
	int from_days, to_days;
	unsigned rsa_bits;	      /* 0: an EC key on P-256 */
	const struct testpki *key;    /* whose key it is; NULL: a new one */
	const char *ext[3][2];	      /* further extensions, as in openssl.cnf; in place of those of a ca */
	bool sha1;		      /* signed with SHA-1 */
};

struct testpki testpki_make(const struct testpki_spec *spec);
void testpki_free(struct testpki *pki);

/* A CRL of the issuer's that lists revoked (NULL: nothing) and is due in so many days. */
X509_CRL *testpki_crl(const struct testpki *issuer, const struct testpki *revoked, int next_days);

/* Add an extension, as in openssl.cnf, and sign it again. The same read anew; crl is gone. */
X509_CRL *testpki_crl_extend(X509_CRL *crl, const struct testpki *issuer, const char *name, const char *value);

/* Give it a number and another's date, and sign it again. */
void testpki_crl_number(X509_CRL *crl, const struct testpki *issuer, long number, const X509_CRL *date_of);

#endif
