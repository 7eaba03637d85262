/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Another path to an anchor, where the first that OpenSSL builds is not valid.
 *
 * Where certificates share a name and a key (one expired and the other its
 * renewal, or an intermediate that two roots have signed) OpenSSL takes the
 * trust store's, else the first valid one, and never comes back to its choice.
 * RFC 5280 6 wants a valid path if there is one. So what stands in the way is
 * left out, and all is verified anew; any path that is taken has passed whole.
 */
#ifndef MTLS_TLS_OTHERPATH_H
#define MTLS_TLS_OTHERPATH_H

#include <openssl/x509_vfy.h>

/* What a verification's app data begins with, so that store's lookup uses it. */
struct otherpath {
	STACK_OF(X509) *left_out; /* not to be built upon; NULL: nothing */
};

/* Make lookups in store leave out what the app data of the verification says. */
void otherpath_prepare(X509_STORE *store);

/*
 * failed has not verified. Try without the certificates that failed it, one
 * more each time, with app_data, which begins with a struct otherpath, in the
 * place of that of failed. The verification that succeeded, to be freed; its
 * chain and verdict are those of failed from now on. NULL: none did, and failed
 * is as it was. A revoked certificate is never got round.
 */
X509_STORE_CTX *otherpath_find(X509_STORE_CTX *failed, void *app_data);

#endif
