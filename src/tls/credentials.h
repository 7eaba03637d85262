/* SPDX-License-Identifier: BSD-3-Clause */
/* Everything that proves who we are and tells whom we trust, loaded from its files. */
#ifndef MTLS_TLS_CREDENTIALS_H
#define MTLS_TLS_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"
#include "tls/store.h"

/* Where it all is. */
struct credentials_request {
	const struct store_source *key_store; /* NULL: none */
	const struct secret *key_pass;	      /* not given: the store's */
	const char *key_alias;		      /* NULL: the only key, or the server's choice */
	const struct store_source *trust_stores;
	size_t trust_store_count;
	const char *const *crl_files; /* NULL-terminated or NULL */
};

struct credentials {
	struct key_store *keys;	     /* NULL without a key store */
	STACK_OF(X509) *anchors;
	STACK_OF(X509_CRL) *crls;    /* NULL without a CRL file */
};

/*
 * Load and check all of it: the key chosen by alias (or the only one; of
 * several at least one) must be valid now. 0, or -1 with ERR_CREDENTIALS. What
 * was loaded is in *out either way: free with credentials_clear.
 */
int credentials_load(const struct credentials_request *request, struct credentials *out,
	struct err *err) __attribute__((warn_unused_result));

void credentials_clear(struct credentials *credentials);

/*
 * Whole days until the first certificate that we may show expires (negative if
 * past), its subject into `subject`. False without a key store.
 */
bool credentials_days_left(const struct credentials *credentials, const char *alias, int *days,
	char *subject, size_t size);

#endif
