/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Another path to an anchor, if the first one that OpenSSL builds is not valid.
 *
 * Where certificates share a name and a key (one expired and the other its
 * renewal, or an intermediate that two roots have signed) OpenSSL takes the one in the trust store, else
 * the first valid one, and never tries another. RFC 5280 6 requires a valid path if there is one. Therefore
 * the certificate that failed is excluded, and everything is verified again; a path is only used if it was
 * verified completely.
 */
#ifndef MTLS_TLS_OTHERPATH_H
#define MTLS_TLS_OTHERPATH_H

#include <openssl/x509_vfy.h>

/* What a verification's app data begins with, so that store's lookup uses it. */
struct otherpath {
	STACK_OF(X509) *left_out; /* excluded certificates; NULL: none */
};

/* Make lookups in store exclude what the app data of the verification says. */
void otherpath_prepare(X509_STORE *store);

/*
 * The verification failed. Try without the certificates that caused this, excluding one more each time,
 * with app_data, which begins with a struct otherpath, in place of that of failed. Returns the verification
 * that succeeded, which must be freed; its chain and verdict are those of failed from now on. NULL: none
 * did, and failed is unchanged. A revoked certificate is never excluded.
 */
X509_STORE_CTX *otherpath_find(X509_STORE_CTX *failed, void *app_data);

#endif
