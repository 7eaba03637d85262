/* SPDX-License-Identifier: BSD-3-Clause */
/* The entries of a key store once it is loaded. */
#include "tls/store.h"

#include "base/text.h"
#include "tls/certtext.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void
key_store_free(struct key_store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->count; i++) {
		struct key_entry *entry = &store->entries[i];

		free(entry->alias);
		EVP_PKEY_free(entry->key);
		X509_free(entry->cert);
		sk_X509_pop_free(entry->chain, X509_free);
	}
	free(store->entries);
	free(store->path);
	free(store);
}

static const struct key_entry *
find_alias(const struct key_store *store, const char *alias, int (*compare)(const char *, const char *))
{
	for (size_t i = 0; i < store->count; i++)
		if (store->entries[i].alias && compare(store->entries[i].alias, alias) == 0)
			return &store->entries[i];
	return NULL;
}

const struct key_entry *
key_store_find(const struct key_store *store, const char *alias, struct err *err)
{
	const struct key_entry *entry = find_alias(store, alias, strcmp);
	char wanted[128], path[256], aliases[320];

	if (!entry)
		entry = find_alias(store, alias, strcasecmp);
	if (entry)
		return entry;
	text_harmless_str(path, sizeof path, store->path);
	text_harmless_str(wanted, sizeof wanted, alias);
	key_store_aliases(store, aliases, sizeof aliases);
	err_set(err, ERR_CREDENTIALS, "key store %s has no key named \"%s\"; it has: %s%s%s", path, wanted,
		aliases, store->left_out[0] ? "; left out: " : "", store->left_out);
	err_hint(err, "Give one of these names with --key-alias.");
	return NULL;
}

static bool
leads_to(const struct key_entry *entry, const X509_NAME *issuer)
{
	if (X509_NAME_cmp(X509_get_issuer_name(entry->cert), issuer) == 0)
		return true;
	for (int i = 0; i < sk_X509_num(entry->chain); i++)
		if (X509_NAME_cmp(X509_get_issuer_name(sk_X509_value(entry->chain, i)), issuer) == 0)
			return true;
	return false;
}

static bool
leads_to_one(const struct key_entry *entry, const STACK_OF(X509_NAME) *issuers)
{
	int count = sk_X509_NAME_num(issuers);

	for (int i = 0; i < count; i++)
		if (leads_to(entry, sk_X509_NAME_value(issuers, i)))
			return true;
	return count <= 0;
}

const struct key_entry *
key_store_match(const struct key_store *store, const STACK_OF(X509_NAME) *issuers)
{
	const struct key_entry *match = NULL;

	for (size_t i = 0; i < store->count; i++) {
		const struct key_entry *entry = &store->entries[i];

		if (!leads_to_one(entry, issuers))
			continue;
		if (match && X509_cmp(match->cert, entry->cert) != 0)
			return NULL;
		if (!match)
			match = entry;
	}
	return match;
}

int
key_entry_check(const struct key_entry *entry, const char *path, time_t now, struct err *err)
{
	const ASN1_TIME *from = X509_get0_notBefore(entry->cert), *to = X509_get0_notAfter(entry->cert);
	char subject[256], file[256], date[32];

	certtext_name(X509_get_subject_name(entry->cert), subject, sizeof subject);
	text_harmless_str(file, sizeof file, path);
	if (X509_cmp_time(to, &now) <= 0) {
		err_set(err, ERR_CREDENTIALS, "our certificate \"%s\" in %s expired on %s", subject, file,
			certtext_time(to, date, sizeof date));
		return err_hint(err, "Have its CA issue a new one, and put it with its key into the store.");
	}
	if (X509_cmp_time(from, &now) > 0) {
		err_set(err, ERR_CREDENTIALS, "our certificate \"%s\" in %s is not valid before %s", subject,
			file, certtext_time(from, date, sizeof date));
		return err_hint(err, "Check this machine's clock, or wait until then.");
	}
	return 0;
}

char *
key_store_aliases(const struct key_store *store, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < store->count && used + 1 < size; i++) {
		const struct key_entry *entry = &store->entries[i];
		char alias[128], subject[128];

		text_harmless_str(alias, sizeof alias, entry->alias ? entry->alias : "no alias");
		certtext_short_name(X509_get_subject_name(entry->cert), subject, sizeof subject);
		text_format(out + used, size - used, "%s%s (%s)", i ? ", " : "", alias, subject);
		used += strlen(out + used);
	}
	return out;
}
