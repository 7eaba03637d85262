/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/store_file.h"

#include "base/text.h"
#include "tls/err_ssl.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

void
store_item_clear(struct store_item *item)
{
	EVP_PKEY_free(item->key);
	X509_free(item->cert);
	OPENSSL_free(item->alias);
	ASN1_OCTET_STRING_free(item->id);
}

int
store_file_add(struct store_file *store_file, struct store_item item, struct err *err)
{
	struct items *items = &store_file->items;
	size_t room = items->room ? items->room * 2 : 8;
	struct store_item *list;

	if (!item.key && !item.cert) {
		store_item_clear(&item);
		return store_file_damaged(store_file, err);
	}
	if (items->count == items->room) {
		list = reallocarray(items->list, room, sizeof *list);
		if (!list) {
			store_item_clear(&item);
			return err_nomem(err);
		}
		items->list = list;
		items->room = room;
	}
	items->list[items->count++] = item;
	return 0;
}

void
items_leave_out(struct items *items, const char *alias, const char *why)
{
	char name[64];

	text_harmless_str(name, sizeof name, alias ? alias : "a key without alias");
	text_join(items->left_out, sizeof items->left_out, ", ", "%s (%s)", name, why);
}

void
store_file_init(struct store_file *store_file, const struct store_role *role,
	const struct store_source *source,
	const struct secret *key_pass)
{
	char path[400];

	memset(store_file, 0, sizeof *store_file);
	store_file->role = role;
	store_file->source = source;
	store_file->key_pass = key_pass;
	text_format(store_file->name, sizeof store_file->name, "%s %s", role->noun,
		text_harmless_str(path, sizeof path, source->path));
}

void
store_file_clear(struct store_file *store_file)
{
	secret_clear(&store_file->asked);
	legacy_clear(&store_file->legacy);
	for (size_t i = 0; i < store_file->items.count; i++)
		store_item_clear(&store_file->items.list[i]);
	free(store_file->items.list);
	/* Attempts with wrong passwords leave errors in the queue. */
	ERR_clear_error();
}

/* Each byte as one character (ISO 8859-1), in UTF-8. NULL if it is all ASCII. */
static char *
latin1_to_utf8(const struct secret *pass, size_t *len)
{
	bool ascii = true;
	char *out, *q;

	for (size_t i = 0; i < pass->len; i++)
		ascii = ascii && (unsigned char)pass->bytes[i] < 0x80;
	if (ascii || !(out = OPENSSL_malloc(pass->len * 2 + 1)))
		return NULL;
	q = out;
	for (size_t i = 0; i < pass->len; i++) {
		unsigned char c = (unsigned char)pass->bytes[i];

		if (c >= 0x80)
			*q++ = (char)(0xc0 | c >> 6);
		*q++ = (char)(c < 0x80 ? c : 0x80 | (c & 0x3f));
	}
	*q = '\0';
	*len = (size_t)(q - out);
	return out;
}

static bool
try_forms(const struct secret *pass, bool (*attempt)(void *, const char *, int), void *ctx)
{
	size_t len = 0;
	char *wide;
	bool opened;

	if (!pass || pass->len == 0)
		return attempt(ctx, NULL, 0) || attempt(ctx, "", 0);
	if (pass->len > SECRET_MAX)
		return false;
	if (attempt(ctx, pass->bytes, (int)pass->len))
		return true;
	wide = latin1_to_utf8(pass, &len);
	if (!wide)
		return false;
	opened = attempt(ctx, wide, (int)len);
	OPENSSL_clear_free(wide, len);
	return opened;
}

/* Ask for the password that was not given, once. */
static int
ask_password(struct store_file *store_file, struct err *err)
{
	const struct store_source *source = store_file->source;

	if (source->ask)
		return source->ask(source->ask_ctx, source->path, &store_file->asked, err) < 0 ? -1 : 0;
	err_set(err, ERR_CREDENTIALS, "%s needs a password, and none was given", store_file->name);
	return err_hint(err, "Give it with %s-pass, for example as file:PATH or env:NAME.",
		store_file->role->option);
}

int
store_file_unlock(struct store_file *store_file, const struct secret *pass,
	bool (*attempt)(void *ctx, const char *bytes, int len), void *ctx, struct err *err)
{
	const struct secret *given = store_file->source->pass;

	if (!pass && given && given->given)
		pass = given;
	if (!pass && store_file->asked.given)
		pass = &store_file->asked;
	if (try_forms(pass, attempt, ctx))
		return 1;
	if (pass)
		return 0;
	if (ask_password(store_file, err) < 0)
		return -1;
	store_file->asked.given = true;
	return try_forms(&store_file->asked, attempt, ctx);
}

int
store_file_unlock_key(struct store_file *store_file, const char *alias,
	bool (*attempt)(void *ctx, const char *bytes, int len), void *ctx, struct err *err)
{
	const struct secret *own = store_file->key_pass;
	struct items *items = &store_file->items;
	int rv = store_file_unlock(store_file, own && own->given ? own : NULL, attempt, ctx, err);

	if (rv != 0)
		return rv;
	if (items->keys_locked++ == 0 && alias)
		text_harmless_str(items->first_locked, sizeof items->first_locked, alias);
	items_leave_out(items, alias, "it has another password");
	return 0;
}

int
store_file_damaged(struct store_file *store_file, struct err *err)
{
	err_ssl(err, ERR_CREDENTIALS, "%s is damaged", store_file->name);
	return err_hint(err, "Copy it again from its source, as a binary file.");
}

int
store_file_wrong_password(struct store_file *store_file, struct err *err)
{
	err_set(err, ERR_CREDENTIALS, "the password given does not open %s", store_file->name);
	return err_hint(err,
		"Check %s-pass; \"openssl pkcs12 -noout -in FILE\" tests a password.",
		store_file->role->option);
}
