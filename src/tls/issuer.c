/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/issuer.h"

bool
issuer_is_valid(const X509 *cert)
{
	return X509_cmp_current_time(X509_get0_notBefore(cert)) < 0 &&
	    X509_cmp_current_time(X509_get0_notAfter(cert)) > 0;
}

bool
issuer_is_better(const X509 *a, const X509 *b)
{
	if (issuer_is_valid(a) != issuer_is_valid(b))
		return issuer_is_valid(b);
	return ASN1_TIME_compare(X509_get0_notAfter(a), X509_get0_notAfter(b)) < 0;
}

bool
issuer_is_named(const X509 *issuer, const X509 *cert)
{
	return X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(cert)) == 0;
}

static bool
has_signed(X509 *issuer, X509 *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);

	return key && issuer_is_named(issuer, cert) && X509_verify(cert, key) == 1;
}

X509 *
issuer_find(const STACK_OF(X509) *certs, X509 *cert)
{
	X509 *best = NULL;

	for (int i = 0; i < sk_X509_num(certs); i++) {
		X509 *issuer = sk_X509_value(certs, i);

		if (has_signed(issuer, cert) && (!best || issuer_is_better(best, issuer)))
			best = issuer;
	}
	return best;
}
