/* SPDX-License-Identifier: BSD-3-Clause */
/* The entries of a key store once it is loaded. */
#include "tls/store.h"

#include "base/text.h"
#include "tls/certtext.h"
#include "tls/issuer.h"

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

/* The names that a user may use for an entry. The first kind that matches any entry is used. */
enum name_kind { NAME_ALIAS, NAME_ALIAS_ANY_CASE, NAME_SUBJECT, NAME_NUMBER, NAME_KINDS };

static bool
has_alias(const struct key_entry *entry, const char *alias)
{
	return entry->alias && strcasecmp(entry->alias, alias) == 0;
}

/* Does no other entry have its alias? */
static bool
alias_of_trust(const struct key_store *store, const struct key_entry *entry)
{
	for (size_t i = 0; entry->alias && i < store->count; i++)
		if (&store->entries[i] != entry && has_alias(&store->entries[i], entry->alias))
			return false;
	return entry->alias != NULL;
}

/* The position, from 1, among those without a unique alias: Java's alias for a key without one. */
static size_t
number_without_alias(const struct key_store *store, const struct key_entry *entry)
{
	size_t number = 1;

	for (const struct key_entry *before = store->entries; before < entry; before++)
		number += !alias_of_trust(store, before);
	return number;
}

/* The subject as shown in messages, "CN=Scanner A", or "Scanner A". */
static bool
has_subject(const struct key_entry *entry, const char *name)
{
	X509_NAME *subject = X509_get_subject_name(entry->cert);
	char whole[512], cn[300];

	certtext_name(subject, whole, sizeof whole);
	certtext_short_name(subject, cn, sizeof cn);
	return strcasecmp(whole, name) == 0 || strcasecmp(cn, name) == 0 ||
	    (strncmp(cn, "CN=", 3) == 0 && strcasecmp(cn + 3, name) == 0);
}

static bool
is_called(const struct key_store *store, const struct key_entry *entry, const char *name, enum name_kind kind)
{
	char number[24];

	switch (kind) {
	case NAME_ALIAS:
		return entry->alias && strcmp(entry->alias, name) == 0;
	case NAME_ALIAS_ANY_CASE:
		return has_alias(entry, name);
	case NAME_SUBJECT:
		return has_subject(entry, name);
	default:
		text_format(number, sizeof number, "%zu", number_without_alias(store, entry));
		return !alias_of_trust(store, entry) && strcmp(number, name) == 0;
	}
}

/* The entry with this name, or the only valid one of several. *count: how many have this name. */
static const struct key_entry *
find_called(const struct key_store *store, const char *name, enum name_kind kind, size_t *count)
{
	const struct key_entry *first = NULL, *valid = NULL;
	size_t valid_count = 0;

	*count = 0;
	for (size_t i = 0; i < store->count; i++) {
		const struct key_entry *entry = &store->entries[i];

		if (!is_called(store, entry, name, kind))
			continue;
		if ((*count)++ == 0)
			first = entry;
		if (issuer_is_valid(entry->cert) && valid_count++ == 0)
			valid = entry;
	}
	if (*count <= 1)
		return first;
	return valid_count == 1 ? valid : NULL;
}

const struct key_entry *
key_store_find(const struct key_store *store, const char *name, struct err *err)
{
	char wanted[128], path[256], aliases[512];
	size_t count = 0;

	for (int kind = 0; kind < NAME_KINDS && count == 0; kind++) {
		const struct key_entry *entry = find_called(store, name, (enum name_kind)kind, &count);

		if (entry)
			return entry;
	}
	text_harmless_str(path, sizeof path, store->path);
	text_harmless_str(wanted, sizeof wanted, name);
	key_store_aliases(store, aliases, sizeof aliases);
	err_set(err, ERR_CREDENTIALS, "key store %s has %s \"%s\"; it has: %s%s%s", path,
		count > 1 ? "more than one key named" : "no key named", wanted, aliases,
		store->left_out[0] ? "; left out: " : "", store->left_out);
	err_hint(err, "Give one of these names with --key-alias; the subject, or its CN, also works if "
		"only one key has it.");
	return NULL;
}

static bool
has_issuer_in_chain(const struct key_entry *entry, const X509_NAME *issuer)
{
	if (X509_NAME_cmp(X509_get_issuer_name(entry->cert), issuer) == 0)
		return true;
	for (int i = 0; i < sk_X509_num(entry->chain); i++)
		if (X509_NAME_cmp(X509_get_issuer_name(sk_X509_value(entry->chain, i)), issuer) == 0)
			return true;
	return false;
}

bool
key_entry_fits(const struct key_entry *entry, const STACK_OF(X509_NAME) *issuers)
{
	int count = sk_X509_NAME_num(issuers);

	for (int i = 0; i < count; i++)
		if (has_issuer_in_chain(entry, sk_X509_NAME_value(issuers, i)))
			return true;
	return count <= 0;
}

const struct key_entry *
key_store_match(const struct key_store *store, const STACK_OF(X509_NAME) *issuers)
{
	const struct key_entry *match = NULL;

	for (size_t i = 0; i < store->count; i++) {
		const struct key_entry *entry = &store->entries[i];

		if (!key_entry_fits(entry, issuers))
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
		return err_hint(err, "Get a new one from its CA, and put it into the store with its key.");
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
	out[0] = '\0';
	for (size_t i = 0; i < store->count; i++) {
		const struct key_entry *entry = &store->entries[i];
		char alias[128], subject[128];

		if (alias_of_trust(store, entry))
			text_harmless_str(alias, sizeof alias, entry->alias);
		else
			text_format(alias, sizeof alias, "%zu", number_without_alias(store, entry));
		certtext_short_name(X509_get_subject_name(entry->cert), subject, sizeof subject);
		text_join(out, size, ", ", "%s (%s)", alias, subject);
	}
	return out;
}
