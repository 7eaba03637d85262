/* SPDX-License-Identifier: BSD-3-Clause */
/* What lies in a store, before keys and certificates are put together. */
#ifndef MTLS_TLS_ITEMS_H
#define MTLS_TLS_ITEMS_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

#include "base/err.h"
#include "tls/foreign.h"

/* A private key or a certificate. */
struct store_item {
	EVP_PKEY *key;	       /* one of these two */
	X509 *cert;
	char *alias;	       /* friendly name, from OpenSSL's allocator; NULL if it has none */
	ASN1_OCTET_STRING *id; /* localKeyId (RFC 2985 5.5.2), which ties key and certificate; may be NULL */
	bool trusted;	       /* Java's mark of a trusted certificate */
};

struct items {
	struct store_item *list;
	size_t count;
	size_t room;
	size_t key_number;	/* private keys, those that were not opened too */
	size_t keys_clear;	/* those that no password protects, where keys are wanted */
	size_t keys_locked;	/* those whose password was another */
	const struct foreign *foreign; /* the first thing in it that serves another purpose; NULL: none */
	char left_out[256];	/* keys that cannot be used and why: "old (its password is another), ..." */
	char first_locked[128]; /* alias of the first locked key, harmless; empty if it has none */
};

/* Take over everything item owns, also on failure. */
int items_add(struct items *items, struct store_item item, struct err *err)
	__attribute__((warn_unused_result));

/* Note a key that cannot be used. alias may be NULL. */
void items_leave_out(struct items *items, const char *alias, const char *why);

void items_clear(struct items *items);

#endif
