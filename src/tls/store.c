/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/store.h"

#include "base/text.h"
#include "tls/content.h"
#include "tls/err_ssl.h"
#include "tls/foreign.h"
#include "tls/store_file.h"

#include <string.h>
#include <strings.h>

#include <openssl/x509v3.h>

static const struct store_role key_role = { "key store", "--key-store", true };
static const struct store_role trust_role = { "trust store", "--trust-store", false };

int
store_type_parse(const char *name, enum store_type *out, struct err *err)
{
	static const struct {
		const char *name;
		enum store_type type;
	} types[] = {
		{ "PKCS12", STORE_PKCS12 },
		{ "P12", STORE_PKCS12 },
		{ "PFX", STORE_PKCS12 },
		{ "PEM", STORE_PEM },
		{ "JKS", STORE_JKS },
		{ "JCEKS", STORE_JKS },
	};
	char harmless[64];

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcasecmp(name, types[i].name) == 0) {
			*out = types[i].type;
			return 0;
		}
	text_harmless_str(harmless, sizeof harmless, name);
	err_set(err, ERR_USAGE, "\"%s\" is not a store type", harmless);
	return err_hint(err, "Use PKCS12, PEM or JKS, or omit it: the type is detected.");
}

/* A kind of file that is not a supported store. */
static int
refuse(const struct store_file *store_file, enum content_kind kind, const unsigned char *data, size_t len,
	size_t announced, struct err *err)
{
	const struct foreign *foreign = foreign_file(data, len);
	const char *name = store_file->name;

	switch (kind) {
	case CONTENT_EMPTY:
		err_set(err, ERR_CREDENTIALS, "%s is empty (0 bytes)", name);
		return err_hint(err, "Copy it again from its source.");
	case CONTENT_CUT:
		err_set(err, ERR_CREDENTIALS, "%s is cut short: it should be %zu bytes long and has %zu",
			name, announced, len);
		return err_hint(err, "Copy it again from its source, as a binary file.");
	case CONTENT_UTF16:
		err_set(err, ERR_CREDENTIALS, "%s is UTF-16 text", name);
		return err_hint(err, "Save it as plain ASCII or UTF-8 text.");
	default:
		if (foreign) {
			err_set(err, ERR_CREDENTIALS, "%s is %s", name, foreign->what);
			return err_hint(err, "%s", foreign->remedy);
		}
		err_set(err, ERR_CREDENTIALS, "%s is neither PKCS#12 nor PEM nor DER nor JKS", name);
		return err_hint(err, "Check that %s names the right file.", store_file->role->option);
	}
}

/* The kinds of file that are stores: what reads each, and what it is called. */
static const struct format {
	enum content_kind kind;
	enum store_type type; /* the name of the type; a DER object has none */
	const char *name;
	int (*collect)(struct store_file *store_file, const unsigned char *data, size_t len, struct err *err);
} formats[] = {
	{ CONTENT_PKCS12, STORE_PKCS12, "PKCS#12", pkcs12_collect },
	{ CONTENT_PEM, STORE_PEM, "PEM", pem_collect },
	{ CONTENT_JKS, STORE_JKS, "JKS", jks_collect },
	{ CONTENT_DER, STORE_AUTO, "a single DER object", der_collect },
};

#define FORMATS (sizeof formats / sizeof formats[0])

/* May a store given as the type `named` be of this kind? Java accepts PKCS#12 and JKS under either name,
 * and PKCS#12 in PEM, as GnuTLS writes it, has two. */
static bool
type_is_allowed(const struct format *is, enum store_type named, const unsigned char *data, size_t len)
{
	static const char armour[] = "-----BEGIN PKCS12-----";

	if (named == STORE_AUTO || named == is->type)
		return true;
	if (is->type == STORE_PEM)
		return named == STORE_PKCS12 && memmem(data, len, armour, sizeof armour - 1);
	return named != STORE_PEM && (is->type == STORE_PKCS12 || is->type == STORE_JKS);
}

/* Is the content of the type that the user gave, or of one that has that name, too? */
static int
check_type(const struct store_file *store_file, const struct format *is, const unsigned char *data,
	size_t len,
	struct err *err)
{
	enum store_type type = store_file->source->type;
	struct store_notes *warnings = store_file->source->warnings;
	const char *named = "";

	for (size_t i = 0; i < FORMATS; i++)
		if (formats[i].type == type)
			named = formats[i].name;
	if (!type_is_allowed(is, type, data, len)) {
		err_set(err, ERR_CREDENTIALS, "%s is %s, not %s", store_file->name, is->name, named);
		return err_hint(err, "Omit %s-type: the type is detected.",
			store_file->role->option);
	}
	if (warnings && type != STORE_AUTO && type != is->type)
		text_format(warnings->other_type, sizeof warnings->other_type,
			"%s is %s, although %s-type says %s; the option is ignored", store_file->name,
			is->name, store_file->role->option, named);
	return 0;
}

static int
collect_items(struct store_file *store_file, const unsigned char *data, size_t len, struct err *err)
{
	size_t announced;
	enum content_kind kind = content_kind(data, len, &announced);

	for (size_t i = 0; i < FORMATS; i++) {
		if (formats[i].kind != kind)
			continue;
		if (check_type(store_file, &formats[i], data, len, err) < 0)
			return -1;
		return formats[i].collect(store_file, data, len, err);
	}
	return refuse(store_file, kind, data, len, announced, err);
}

/* Collect what is in a store: in data, or where that is NULL in the file that its source names. */
static int
read_store(struct store_file *store_file, const unsigned char *data, size_t len, struct err *err)
{
	struct content content;
	int rv;

	if (data)
		return collect_items(store_file, data, len, err);
	if (content_read(&content, store_file->source->path, store_file->name, err) < 0)
		return err->kind != ERR_CREDENTIALS ? -1 : err_hint(err, "Check the path given with %s, and "
			"that it may be read.", store_file->role->option);
	rv = collect_items(store_file, content.data, content.len, err);
	content_clear(&content);
	return rv;
}

struct key_store *
key_store_parse(const unsigned char *data, size_t len, const struct store_source *source,
	const struct secret *key_pass, struct err *err)
{
	struct store_file store_file;
	struct key_store *store = NULL;

	store_file_init(&store_file, &key_role, source, key_pass);
	if (read_store(&store_file, data, len, err) == 0)
		store = keymatch_entries(&store_file, err);
	if (source->warnings)
		source->warnings->key_in_clear = store_file.items.keys_clear > 0;
	store_file_clear(&store_file);
	return store;
}

struct key_store *
key_store_load(const struct store_source *source, const struct secret *key_pass, struct err *err)
{
	return key_store_parse(NULL, 0, source, key_pass, err);
}

/* The certificates of private keys are not anchors. */
static bool
is_anchor(const struct items *items, const struct store_item *item)
{
	if (!item->cert)
		return false;
	return items->key_number == 0 || item->trusted || (!item->id && X509_check_ca(item->cert) != 0);
}

/* Write on the certificate where it came from: OpenSSL keeps an alias with it
 * (X509_AUX), which no verification uses. */
static bool
note_origin(const struct store_file *store_file, const struct store_item *item)
{
	char path[192], alias[96], text[sizeof path + sizeof alias + 8];

	text_harmless_str(path, sizeof path, store_file->source->path);
	text_harmless_str(alias, sizeof alias, item->alias ? item->alias : "");
	text_format(text, sizeof text, "%s%s%s%s", path, alias[0] ? " (" : "", alias, alias[0] ? ")" : "");
	return X509_alias_set1(item->cert, (const unsigned char *)text, -1) == 1;
}

char *
trust_store_origin(X509 *anchor, char *out, size_t size)
{
	int len = 0;
	const unsigned char *text = X509_alias_get0(anchor, &len);

	if (text)
		text_harmless(out, size, text, (size_t)len);
	else
		text_format(out, size, "the system's trust store");
	return out;
}

static int
add_anchors(const struct store_file *store_file, STACK_OF(X509) *anchors, struct err *err)
{
	const struct items *items = &store_file->items;
	int added = 0;

	for (size_t i = 0; i < items->count; i++) {
		const struct store_item *item = &items->list[i];

		if (!is_anchor(items, item))
			continue;
		if (!note_origin(store_file, item) || !X509_add_cert(anchors, item->cert,
			X509_ADD_FLAG_UP_REF))
			return err_nomem(err);
		added++;
	}
	if (added > 0)
		return added;
	if (items->foreign && items->count == 0) {
		err_set(err, ERR_CREDENTIALS, "%s contains %s, but no certificate", store_file->name,
			items->foreign->what);
		return err_hint(err, "Give the certificate of the CA that issued the server's.");
	}
	if (items->key_number > 0)
		err_set(err, ERR_CREDENTIALS, "%s holds a private key, but no trusted certificate",
			store_file->name);
	else
		err_set(err, ERR_CREDENTIALS, "%s holds no certificate", store_file->name);
	return err_hint(err, "Give the certificate of the CA that issued the server's%s.",
		items->key_number > 0 ? "; a file with the client's key belongs to --key-store" : "");
}

int
trust_store_parse(const unsigned char *data, size_t len, const struct store_source *source,
	STACK_OF(X509) *anchors, struct err *err)
{
	struct store_file store_file;
	int rv = -1;

	store_file_init(&store_file, &trust_role, source, NULL);
	if (read_store(&store_file, data, len, err) == 0)
		rv = add_anchors(&store_file, anchors, err);
	store_file_clear(&store_file);
	return rv;
}

int
trust_store_load(const struct store_source *source, STACK_OF(X509) *anchors, struct err *err)
{
	return trust_store_parse(NULL, 0, source, anchors, err);
}
