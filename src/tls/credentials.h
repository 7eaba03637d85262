/* SPDX-License-Identifier: BSD-3-Clause */
/* Our keys and certificates and those that we trust, loaded from their files. */
#ifndef MTLS_TLS_CREDENTIALS_H
#define MTLS_TLS_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/certificate.h"
#include "base/err.h"
#include "base/secret.h"
#include "tls/store.h"

/* Where they are. */
struct credentials_request {
	const struct store_source *key_store; /* NULL: none */
	const struct secret *key_pass;	      /* not given: the store's */
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
 * Load all of it; tlsctx_new decides whether a key can be used. 0, or -1 with ERR_CREDENTIALS. *out has
 * what was loaded in either case: free with credentials_clear.
 */
int credentials_load(const struct credentials_request *request, struct credentials *out,
	struct err *err) __attribute__((warn_unused_result));

void credentials_clear(struct credentials *credentials);

/*
 * Whole days until the first certificate that we may send expires, ours or one
 * above it (negative if past), its subject into `subject`. False without a key store.
 */
bool credentials_days_left(const struct credentials *credentials, const char *alias, int *days,
	char *subject, size_t size);

/* What is in the stores, one by one, to be checked without a connection. */

/* One key that we may use. Key and certificate match; those that do not are in left_out. */
struct credentials_key {
	char alias[128];		/* harmless, empty if it has none */
	struct certificate_chain chain;	/* as it would be sent, continued to one of our anchors */
};

/* One revocation list. */
struct credentials_crl {
	char issuer[256];
	char this_update[32], next_update[32]; /* "2026-11-23 12:21 UTC"; empty if it names none */
	int days_left;			       /* until next_update, negative if past; 0 without one */
	bool overdue;			       /* next_update is past: a connection would fail */
	bool early;			       /* this_update is still to come */
	bool revokes_ours;		       /* it lists a certificate that we may send */
	unsigned revoked;		       /* entries */
};

/*
 * The n-th (from 0) of the keys that alias matches (NULL: all), of the anchors with the store that each
 * came from, of the lists. False if there is no n-th.
 */
bool credentials_describe_key(const struct credentials *credentials, const char *alias, size_t n,
	struct credentials_key *out);
bool credentials_describe_anchor(const struct credentials *credentials, size_t n, struct certificate *out);
bool credentials_describe_crl(const struct credentials *credentials, size_t n, struct credentials_crl *out);

/* "old (its password is another), ...": keys of the store that cannot be used; empty if all can. */
const char *credentials_left_out(const struct credentials *credentials);

#endif
