/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/store.h"

#include "base/text.h"
#include "tls/content.h"
#include "tls/err_ssl.h"
#include "tls/keymatch.h"
#include "tls/opening.h"
#include "tls/pem.h"
#include "tls/pkcs12.h"

#include <string.h>
#include <strings.h>

#include <openssl/x509v3.h>

static const struct store_role key_role = { "key store", "--key-store", true };
static const struct store_role trust_role = { "trust store", "--trust-store", false };

static const char convert[] = "Convert it: keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12 "
			      "-deststoretype PKCS12.";

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
	};
	char harmless[64];

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcasecmp(name, types[i].name) == 0) {
			*out = types[i].type;
			return 0;
		}
	if (strcasecmp(name, "JKS") == 0 || strcasecmp(name, "JCEKS") == 0) {
		err_set(err, ERR_USAGE, "stores of type %s are not read by this program", name);
		return err_hint(err, "%s", convert);
	}
	text_harmless_str(harmless, sizeof harmless, name);
	err_set(err, ERR_USAGE, "\"%s\" is no store type", harmless);
	return err_hint(err, "Say PKCS12 or PEM, or leave it out: the type is told from the file.");
}

/* A kind of file that no store of ours is. */
static int
refuse(const struct opening *opening, enum content_kind kind, size_t len, size_t announced, struct err *err)
{
	const char *name = opening->name;

	switch (kind) {
	case CONTENT_EMPTY:
		err_set(err, ERR_CREDENTIALS, "%s is empty (0 bytes)", name);
		return err_hint(err, "Copy it again from where it was made.");
	case CONTENT_CUT:
		err_set(err, ERR_CREDENTIALS, "%s is cut short: it should be %zu bytes long and has %zu",
			name, announced, len);
		return err_hint(err, "Copy it again from where it was made, as a binary file.");
	case CONTENT_JKS:
		err_set(err, ERR_CREDENTIALS,
			"%s is a Java store of the old kind (JKS, JCEKS), which is not read", name);
		return err_hint(err, "%s", convert);
	case CONTENT_UTF16:
		err_set(err, ERR_CREDENTIALS, "%s is UTF-16 text", name);
		return err_hint(err, "Save it as plain ASCII or UTF-8 text.");
	default:
		err_set(err, ERR_CREDENTIALS, "%s is neither PKCS#12 nor PEM nor DER", name);
		return err_hint(err, "Check that %s names the right file.", opening->role->option);
	}
}

/* Is the content of the type that the user named? */
static int
check_type(const struct opening *opening, enum content_kind kind, struct err *err)
{
	enum store_type type = opening->source->type;
	const char *is = "a single DER object";

	if (kind == CONTENT_PKCS12)
		is = "PKCS#12";
	else if (kind == CONTENT_PEM)
		is = "PEM";
	if (type == STORE_AUTO || (type == STORE_PKCS12 && kind == CONTENT_PKCS12) ||
		(type == STORE_PEM && kind == CONTENT_PEM))
		return 0;
	err_set(err, ERR_CREDENTIALS, "%s is %s, not %s", opening->name, is,
		type == STORE_PKCS12 ? "PKCS#12" : "PEM");
	return err_hint(err, "Leave %s-type out: the type is told from the file.", opening->role->option);
}

/* Collect what is in a store. */
static int
collect(struct opening *opening, const unsigned char *data, size_t len, struct err *err)
{
	size_t announced;
	enum content_kind kind = content_kind(data, len, &announced);

	if (kind != CONTENT_PKCS12 && kind != CONTENT_PEM && kind != CONTENT_DER)
		return refuse(opening, kind, len, announced, err);
	if (check_type(opening, kind, err) < 0)
		return -1;
	if (kind == CONTENT_PKCS12)
		return pkcs12_collect(opening, data, len, err);
	if (kind == CONTENT_PEM)
		return pem_collect(opening, data, len, err);
	return der_collect(opening, data, len, err);
}

/* Read the file that source names. */
static int
read_source(const struct store_role *role, const struct store_source *source, struct content *content,
	struct err *err)
{
	char path[400], what[512];

	text_harmless_str(path, sizeof path, source->path);
	text_format(what, sizeof what, "%s %s", role->noun, path);
	if (content_read(content, source->path, what, err) == 0)
		return 0;
	if (err->kind == ERR_CREDENTIALS)
		err_hint(err, "Check the path given with %s, and that it may be read.", role->option);
	return -1;
}

struct key_store *
key_store_parse(const unsigned char *data, size_t len, const struct store_source *source,
	const struct secret *key_pass, struct err *err)
{
	struct opening opening;
	struct key_store *store = NULL;

	opening_init(&opening, &key_role, source, key_pass);
	if (collect(&opening, data, len, err) == 0)
		store = keymatch_entries(&opening, err);
	opening_clear(&opening);
	return store;
}

struct key_store *
key_store_load(const struct store_source *source, const struct secret *key_pass, struct err *err)
{
	struct content content;
	struct key_store *store;

	if (read_source(&key_role, source, &content, err) < 0)
		return NULL;
	store = key_store_parse(content.data, content.len, source, key_pass, err);
	content_clear(&content);
	return store;
}

/* Beside private keys, their own certificates are no anchors. */
static bool
is_anchor(const struct items *items, const struct item *item)
{
	if (!item->cert)
		return false;
	return items->keys_seen == 0 || item->trusted || (!item->id && X509_check_ca(item->cert) != 0);
}

static int
add_anchors(const struct opening *opening, STACK_OF(X509) *anchors, struct err *err)
{
	const struct items *items = &opening->items;
	int added = 0;

	for (size_t i = 0; i < items->count; i++) {
		if (!is_anchor(items, &items->list[i]))
			continue;
		if (!X509_add_cert(anchors, items->list[i].cert, X509_ADD_FLAG_UP_REF))
			return err_nomem(err);
		added++;
	}
	if (added > 0)
		return added;
	if (items->keys_seen > 0)
		err_set(err, ERR_CREDENTIALS, "%s holds a private key, but no trusted certificate",
			opening->name);
	else
		err_set(err, ERR_CREDENTIALS, "%s holds no certificate", opening->name);
	return err_hint(err, "Give the certificate of the CA that issued the server's%s.",
		items->keys_seen > 0 ? "; a file with the client's key belongs to --key-store" : "");
}

int
trust_store_parse(const unsigned char *data, size_t len, const struct store_source *source,
	STACK_OF(X509) *anchors, struct err *err)
{
	struct opening opening;
	int rv = -1;

	opening_init(&opening, &trust_role, source, NULL);
	if (collect(&opening, data, len, err) == 0)
		rv = add_anchors(&opening, anchors, err);
	opening_clear(&opening);
	return rv;
}

int
trust_store_load(const struct store_source *source, STACK_OF(X509) *anchors, struct err *err)
{
	struct content content;
	int rv;

	if (read_source(&trust_role, source, &content, err) < 0)
		return -1;
	rv = trust_store_parse(content.data, content.len, source, anchors, err);
	content_clear(&content);
	return rv;
}
