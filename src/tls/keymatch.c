/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/store_file.h"

#include "tls/certtext.h"
#include "tls/issuer.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

/* Does localKeyId tie these two? */
static bool
same_id(const struct store_item *a, const struct store_item *b)
{
	return a->id && b->id && ASN1_OCTET_STRING_cmp(a->id, b->id) == 0;
}

/* Of two certificates for one key, is b the better one: valid now if a is not, tied to the key, else valid
 * for longer? */
static bool
is_better(const struct store_item *key, const struct store_item *a, const struct store_item *b)
{
	if (issuer_is_valid(a->cert) != issuer_is_valid(b->cert))
		return issuer_is_valid(b->cert);
	if (same_id(key, a) != same_id(key, b))
		return same_id(key, b);
	return issuer_is_better(a->cert, b->cert);
}

/* The certificate with the public key of key, NULL if there is none. */
static const struct store_item *
find_leaf(const struct items *items, const struct store_item *key)
{
	const struct store_item *best = NULL;

	for (size_t i = 0; i < items->count; i++) {
		const struct store_item *item = &items->list[i];

		if (!item->cert || EVP_PKEY_eq(X509_get0_pubkey(item->cert), key->key) != 1)
			continue;
		if (!best || is_better(key, best, item))
			best = item;
	}
	return best;
}

static bool
is_self_issued(X509 *cert)
{
	return X509_get_extension_flags(cert) & EXFLAG_SI;
}

/* The issuers above leaf that the store has, without the root. CAs that signed each other end the chain
 * when all certificates are used. */
static STACK_OF(X509) *
build_chain(const STACK_OF(X509) *certs, X509 *leaf)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509 *cert = leaf;

	for (int i = 0; chain && i < sk_X509_num(certs); i++) {
		X509 *issuer = is_self_issued(cert) ? NULL : issuer_find(certs, cert);

		if (!issuer || is_self_issued(issuer))
			break;
		if (!X509_add_cert(chain, issuer, X509_ADD_FLAG_UP_REF | X509_ADD_FLAG_NO_DUP)) {
			sk_X509_pop_free(chain, X509_free);
			return NULL;
		}
		cert = issuer;
	}
	return chain;
}

static int
make_entry(struct key_entry *entry, const STACK_OF(X509) *certs, const struct store_item *key,
	const struct store_item *leaf)
{
	const char *alias = key->alias ? key->alias : leaf->alias;

	entry->chain = build_chain(certs, leaf->cert);
	if (!entry->chain || (alias && !(entry->alias = strdup(alias))))
		return -1;
	EVP_PKEY_up_ref(key->key);
	entry->key = key->key;
	X509_up_ref(leaf->cert);
	entry->cert = leaf->cert;
	return 0;
}

static size_t
count_certificates(const struct items *items, const struct store_item **first)
{
	size_t count = 0;

	for (size_t i = 0; i < items->count; i++)
		if (items->list[i].cert && count++ == 0)
			*first = &items->list[i];
	return count;
}

static int
explain_locked(const struct store_file *store_file, struct err *err)
{
	const char *alias = store_file->items.first_locked;
	bool own = store_file->key_pass && store_file->key_pass->given;

	err_set(err, ERR_CREDENTIALS, "the password given%s does not open the private key%s%s%s in %s",
		own ? " with --key-pass" : "", alias[0] ? " \"" : "", alias, alias[0] ? "\"" : "",
		store_file->name);
	if (own)
		return err_hint(err, "Check --key-pass; without it the store's own password is tried.");
	return err_hint(err, "Check --key-store-pass, or give the key's own password with --key-pass.");
}

/* Why no key of the store can be used. */
static int
explain_none(const struct store_file *store_file, struct err *err)
{
	const struct items *items = &store_file->items;
	const struct store_item *cert = NULL;
	size_t certs = count_certificates(items, &cert);
	char subject[256];

	if (items->keys_locked)
		return explain_locked(store_file, err);
	if (items->foreign && (items->foreign->key || certs + items->key_number == 0)) {
		err_set(err, ERR_CREDENTIALS, "%s contains %s, which cannot be used", store_file->name,
			items->foreign->what);
		return err_hint(err, "%s", items->foreign->remedy);
	}
	if (items->key_number == 0 && certs == 0) {
		err_set(err, ERR_CREDENTIALS, "%s holds neither a private key nor a certificate",
			store_file->name);
		return err_hint(err, "Give the file with the client's key and certificate.");
	}
	if (items->key_number == 0) {
		err_set(err, ERR_CREDENTIALS, "%s holds certificates only (%zu), no private key",
			store_file->name, certs);
		return err_hint(err,
			"Give the file with the client's key; trusted certificates belong in --trust-store.");
	}
	if (items->count == certs)
		return err_set(err, ERR_CREDENTIALS, "no private key in %s can be used: %s", store_file->name,
			items->left_out);
	if (certs == 0) {
		err_set(err, ERR_CREDENTIALS, "%s holds a private key without its certificate",
			store_file->name);
		return err_hint(err, "Join them: openssl pkcs12 -export -inkey KEY -in CERT -out FILE.p12.");
	}
	err_set(err, ERR_CREDENTIALS, "key and certificate in %s do not match: \"%s\" is for another key",
		store_file->name, certtext_name(X509_get_subject_name(cert->cert), subject, sizeof subject));
	return err_hint(err, "Combine the key with the certificate that was issued for it.");
}

/* All certificates of a store. Free only the stack. NULL if there is no memory. */
static STACK_OF(X509) *
list_certificates(const struct items *items)
{
	STACK_OF(X509) *certs = sk_X509_new_null();

	for (size_t i = 0; certs && i < items->count; i++)
		if (items->list[i].cert && !sk_X509_push(certs, items->list[i].cert)) {
			sk_X509_free(certs);
			return NULL;
		}
	return certs;
}

/* Fill store with the keys that have a certificate. -1 if there is no memory. */
static int
pair_keys(struct key_store *store, struct items *items, const STACK_OF(X509) *certs)
{
	for (size_t i = 0; i < items->count; i++) {
		const struct store_item *key = &items->list[i];
		const struct store_item *leaf = key->key ? find_leaf(items, key) : NULL;

		if (leaf && make_entry(&store->entries[store->count++], certs, key, leaf) < 0)
			return -1;
		if (key->key && !leaf)
			items_leave_out(items, key->alias, "no certificate matches it");
	}
	memcpy(store->left_out, items->left_out, sizeof store->left_out);
	return 0;
}

struct key_store *
keymatch_entries(struct store_file *store_file, struct err *err)
{
	struct items *items = &store_file->items;
	STACK_OF(X509) *certs = list_certificates(items);
	struct key_store *store = calloc(1, sizeof *store);
	int rv = -1;

	if (store && certs && (store->path = strdup(store_file->source->path)) &&
	    (store->entries = calloc(items->count + 1, sizeof *store->entries)))
		rv = pair_keys(store, items, certs);
	sk_X509_free(certs);
	if (rv == 0 && store->count > 0)
		return store;
	if (rv == 0)
		explain_none(store_file, err);
	else
		err_nomem(err);
	key_store_free(store);
	return NULL;
}
