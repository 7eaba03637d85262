/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/credentials.h"

#include <string.h>

#include "base/text.h"
#include "tls/certtext.h"
#include "tls/describe.h"
#include "tls/issuer.h"

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
	if (request->key_store)
		out->keys = key_store_load(request->key_store, request->key_pass, err);
	if ((request->key_store && !out->keys) || load_anchors(request, out, err) < 0 ||
	    load_crls(request->crl_files, out, err) < 0)
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

/* Does alias, as for key_store_find, match this one? */
static bool
is_named(const struct key_store *keys, const struct key_entry *entry, const char *alias)
{
	struct err ignored = ERR_INIT;

	return !alias || key_store_find(keys, alias, &ignored) == entry;
}

/* The certificate of those we send for this key that expires first. */
static X509 *
first_to_expire(const struct key_entry *entry)
{
	X509 *first = entry->cert;

	for (int i = 0; i < sk_X509_num(entry->chain); i++) {
		X509 *cert = sk_X509_value(entry->chain, i);

		if (ASN1_TIME_compare(X509_get0_notAfter(cert), X509_get0_notAfter(first)) < 0)
			first = cert;
	}
	return first;
}

bool
credentials_days_left(const struct credentials *credentials, const char *alias, int *days, char *subject,
	size_t size)
{
	const struct key_store *keys = credentials->keys;
	bool found = false, found_valid = false;

	for (size_t i = 0; keys && i < keys->count; i++) {
		const struct key_entry *entry = &keys->entries[i];
		X509 *cert = first_to_expire(entry);
		bool valid = issuer_is_valid(entry->cert); /* else not shown while there is such */
		int left;

		if (!is_named(keys, entry, alias) || (found_valid && !valid))
			continue;
		if (!certtext_days_left(X509_get0_notAfter(cert), &left) ||
		    (found && found_valid == valid && left >= *days))
			continue;
		found = true;
		found_valid = valid;
		*days = left;
		certtext_name(X509_get_subject_name(cert), subject, size);
	}
	return found;
}

bool
credentials_describe_key(const struct credentials *credentials, const char *alias, size_t n,
	struct credentials_key *out)
{
	const struct key_store *keys = credentials->keys;

	for (size_t i = 0; keys && i < keys->count; i++) {
		const struct key_entry *entry = &keys->entries[i];

		if (!is_named(keys, entry, alias) || n-- > 0)
			continue;
		text_harmless_str(out->alias, sizeof out->alias, entry->alias ? entry->alias : "");
		return certificate_chain_ours(entry->cert, entry->chain, credentials->anchors, &out->chain);
	}
	return false;
}

bool
credentials_describe_anchor(const struct credentials *credentials, size_t n, struct certificate *out)
{
	int count = sk_X509_num(credentials->anchors);
	X509 *anchor;

	if (count <= 0 || n >= (size_t)count)
		return false;
	anchor = sk_X509_value(credentials->anchors, (int)n);
	certificate_describe(anchor, out);
	trust_store_origin(anchor, out->store, sizeof out->store);
	return true;
}

/* Does the list name one of our certificates? */
static bool
revokes_ours(X509_CRL *crl, const struct key_store *keys)
{
	for (size_t i = 0; keys && i < keys->count; i++) {
		X509 *cert = keys->entries[i].cert;
		X509_REVOKED *entry;

		if (X509_NAME_cmp(X509_get_issuer_name(cert), X509_CRL_get_issuer(crl)) == 0 &&
		    X509_CRL_get0_by_cert(crl, &entry, cert) == 1)
			return true;
	}
	return false;
}

bool
credentials_describe_crl(const struct credentials *credentials, size_t n, struct credentials_crl *out)
{
	int count = sk_X509_CRL_num(credentials->crls), entries;
	const ASN1_TIME *next;
	X509_CRL *crl;

	if (count <= 0 || n >= (size_t)count)
		return false;
	memset(out, 0, sizeof *out);
	crl = sk_X509_CRL_value(credentials->crls, (int)n);
	next = X509_CRL_get0_nextUpdate(crl);
	certtext_name(X509_CRL_get_issuer(crl), out->issuer, sizeof out->issuer);
	certtext_time(X509_CRL_get0_lastUpdate(crl), out->this_update, sizeof out->this_update);
	out->early = X509_cmp_current_time(X509_CRL_get0_lastUpdate(crl)) > 0;
	if (next) {
		certtext_time(next, out->next_update, sizeof out->next_update);
		out->overdue = X509_cmp_current_time(next) < 0;
		certtext_days_left(next, &out->days_left);
	}
	entries = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl));
	out->revoked = entries > 0 ? (unsigned)entries : 0;
	out->revokes_ours = revokes_ours(crl, credentials->keys);
	return true;
}

const char *
credentials_left_out(const struct credentials *credentials)
{
	return credentials->keys ? credentials->keys->left_out : "";
}
