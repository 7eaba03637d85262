/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/credentials.h"

#include <string.h>
#include <time.h>

#include "tls/certfacts.h"
#include "tls/certtext.h"

/* The chosen key, or of several at least one, is valid now. */
static int
check_keys(const struct key_store *keys, const char *alias, struct err *err)
{
	time_t now = time(NULL);

	if (alias) {
		const struct key_entry *entry = key_store_find(keys, alias, err);

		return entry ? key_entry_check(entry, keys->path, now, err) : -1;
	}
	for (size_t i = 0; i < keys->count; i++)
		if (key_entry_check(&keys->entries[i], keys->path, now, err) == 0)
			return 0;
	return -1;
}

static int
load_anchors(const struct credentials_request *request, struct credentials *out, struct err *err)
{
	out->anchors = sk_X509_new_null();
	if (!out->anchors)
		return err_nomem(err);
	for (size_t i = 0; i < request->trust_store_count; i++)
		if (trust_store_load(&request->trust_stores[i], out->anchors, err) < 0)
			return -1;
	return 0;
}

static int
load_crls(const char *const *files, struct credentials *out, struct err *err)
{
	if (!files)
		return 0;
	out->crls = sk_X509_CRL_new_null();
	if (!out->crls)
		return err_nomem(err);
	for (; *files; files++)
		if (crl_load(*files, out->crls, err) < 0)
			return -1;
	return 0;
}

int
credentials_load(const struct credentials_request *request, struct credentials *out, struct err *err)
{
	memset(out, 0, sizeof *out);
	if (request->key_store) {
		out->keys = key_store_load(request->key_store, request->key_pass, err);
		if (!out->keys || check_keys(out->keys, request->key_alias, err) < 0)
			return err_phase(err, "stores");
	}
	if (load_anchors(request, out, err) < 0 || load_crls(request->crl_files, out, err) < 0)
		return err_phase(err, "stores");
	return 0;
}

void
credentials_clear(struct credentials *credentials)
{
	key_store_free(credentials->keys);
	sk_X509_pop_free(credentials->anchors, X509_free);
	sk_X509_CRL_pop_free(credentials->crls, X509_CRL_free);
	memset(credentials, 0, sizeof *credentials);
}

bool
credentials_days_left(const struct credentials *credentials, const char *alias, int *days, char *subject,
	size_t size)
{
	const struct key_store *keys = credentials->keys;
	bool found = false;

	for (size_t i = 0; keys && i < keys->count; i++) {
		const struct key_entry *entry = &keys->entries[i];
		int left;

		if (alias && (!entry->alias || strcasecmp(entry->alias, alias) != 0))
			continue;
		if (!certfacts_days_left(entry->cert, &left) || (found && left >= *days))
			continue;
		found = true;
		*days = left;
		certtext_name(X509_get_subject_name(entry->cert), subject, size);
	}
	return found;
}
