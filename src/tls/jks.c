/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/store_file.h"

#include "tls/cursor.h"
#include "tls/jkskey.h"

#include <stdint.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

/* Makes the digest over password and entries differ from a plain one. */
static const char sun_salt[] = "Mighty Aphrodite";

#define CONVERT \
	"Convert it: keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12 -deststoretype PKCS12."

enum { TAG_KEY = 1, TAG_TRUSTED = 2, TAG_SECRET = 3 };

/* A store and how far it was read. */
struct jks {
	struct store_file *store_file;
	const unsigned char *start;
	struct cursor in;
	bool taking; /* the second time round: keep what is found */
	uint32_t version;
};

static int
cut_short(const struct jks *jks, struct err *err)
{
	err_set(err, ERR_CREDENTIALS, "%s is cut short or damaged", jks->store_file->name);
	return err_hint(err, "Copy it again from its source, as a binary file.");
}

/* Keep a certificate; alias NULL: one of a key's chain. */
static int
keep_certificate(struct jks *jks, struct cursor der, const struct cursor *alias, struct err *err)
{
	const unsigned char *p = der.at;
	struct store_item item = { .cert = d2i_X509(NULL, &p, (long)der.left), .trusted = alias != NULL };

	if (alias)
		item.alias = OPENSSL_strndup((const char *)alias->at, alias->left);
	return store_file_add(jks->store_file, item, err);
}

/* One certificate, kept if `keep`. */
static int
read_certificate(struct jks *jks, const struct cursor *alias, bool keep, struct err *err)
{
	struct cursor type = { (const unsigned char *)"X.509", 5, false }, der;

	if (jks->version == 2)
		type = cursor_vector(&jks->in, 2);
	der = cursor_vector(&jks->in, 4);
	if (jks->in.bad)
		return cut_short(jks, err);
	if (!keep || type.left != 5 || memcmp(type.at, "X.509", 5) != 0)
		return 0;
	return keep_certificate(jks, der, alias, err);
}

struct attempt {
	const X509_SIG *encrypted;
	EVP_PKEY *key;
};

static bool
open_key(void *ctx, const char *pass, int len)
{
	struct attempt *attempt = ctx;

	attempt->key = jks_key_open(attempt->encrypted, pass ? pass : "", (size_t)len);
	return attempt->key != NULL;
}

/* Decrypt a key and keep it. */
static int
keep_key(struct jks *jks, const X509_SIG *encrypted, struct store_item *item, struct err *err)
{
	struct attempt attempt = { encrypted, NULL };
	int rv;

	if (!jks_key_known(encrypted)) {
		items_leave_out(&jks->store_file->items, item->alias, "encrypted with an unknown method");
		return 0;
	}
	rv = store_file_unlock_key(jks->store_file, item->alias, open_key, &attempt, err);
	if (rv <= 0)
		return rv;
	item->key = attempt.key;
	return store_file_add(jks->store_file, *item, err);
}

static int
take_key(struct jks *jks, struct cursor alias, struct cursor der, struct err *err)
{
	const unsigned char *p = der.at;
	X509_SIG *encrypted = d2i_X509_SIG(NULL, &p, (long)der.left);
	struct store_item item = { .alias = OPENSSL_strndup((const char *)alias.at, alias.left) };
	int rv;

	if (encrypted)
		rv = keep_key(jks, encrypted, &item, err);
	else
		rv = store_file_damaged(jks->store_file, err);
	if (!item.key)
		OPENSSL_free(item.alias);
	X509_SIG_free(encrypted);
	return rv;
}

/* A private key and its certificates, which a trust store does not use. */
static int
read_key(struct jks *jks, struct cursor alias, struct err *err)
{
	bool keep = jks->taking && jks->store_file->role->keys;
	struct cursor der = cursor_vector(&jks->in, 4);
	uint32_t count = cursor_number(&jks->in, 4);

	if (jks->in.bad)
		return cut_short(jks, err);
	if (jks->taking)
		jks->store_file->items.key_number++;
	if (keep && take_key(jks, alias, der, err) < 0)
		return -1;
	for (uint32_t i = 0; i < count; i++)
		if (read_certificate(jks, NULL, keep, err) < 0)
			return -1;
	return 0;
}

static int
read_entry(struct jks *jks, struct err *err)
{
	uint32_t tag = cursor_number(&jks->in, 4);
	struct cursor alias = cursor_vector(&jks->in, 2);

	cursor_cut(&jks->in, 8); /* when it was added */
	if (jks->in.bad)
		return cut_short(jks, err);
	if (tag == TAG_KEY)
		return read_key(jks, alias, err);
	if (tag == TAG_TRUSTED)
		return read_certificate(jks, &alias, jks->taking, err);
	if (tag != TAG_SECRET)
		return cut_short(jks, err);
	err_set(err, ERR_CREDENTIALS, "%s holds a secret key, a Java object that cannot be read",
		jks->store_file->name);
	return err_hint(err, CONVERT);
}

static int
read_entries(struct jks *jks, size_t len, bool taking, struct err *err)
{
	uint32_t count;

	jks->in.at = jks->start;
	jks->in.left = len;
	jks->taking = taking;
	cursor_cut(&jks->in, 4); /* magic */
	jks->version = cursor_number(&jks->in, 4);
	count = cursor_number(&jks->in, 4);
	if (jks->in.bad)
		return cut_short(jks, err);
	if (jks->version != 1 && jks->version != 2) {
		err_set(err, ERR_CREDENTIALS, "%s is a JKS store of unknown version %u",
			jks->store_file->name, jks->version);
		return err_hint(err, CONVERT);
	}
	for (uint32_t i = 0; i < count; i++)
		if (read_entry(jks, err) < 0)
			return -1;
	return 0;
}

/* SHA-1 over the password, Sun's constant and all that was read, against the digest that follows. */
static bool
digest_fits(void *ctx, const char *pass, int len)
{
	const struct jks *jks = ctx;
	struct jks_password password;
	unsigned char digest[SHA_DIGEST_LENGTH];
	EVP_MD_CTX *md;
	bool fits;

	if (!jks_password_init(&password, pass ? pass : "", (size_t)len))
		return false;
	md = EVP_MD_CTX_new();
	fits = md && EVP_DigestInit_ex(md, EVP_sha1(), NULL) &&
	    EVP_DigestUpdate(md, password.bytes, password.len) &&
	    EVP_DigestUpdate(md, sun_salt, sizeof sun_salt - 1) &&
	    EVP_DigestUpdate(md, jks->start, (size_t)(jks->in.at - jks->start)) &&
	    EVP_DigestFinal_ex(md, digest, NULL) && CRYPTO_memcmp(digest, jks->in.at, sizeof digest) == 0;
	EVP_MD_CTX_free(md);
	jks_password_clear(&password);
	return fits;
}

static int
wrong_password(const struct jks *jks, struct err *err)
{
	err_set(err, ERR_CREDENTIALS, "the password given does not open %s, or the file was altered",
		jks->store_file->name);
	return err_hint(err, "Check %s-pass; \"keytool -list -keystore FILE\" tests a password.",
		jks->store_file->role->option);
}

int
jks_collect(struct store_file *store_file, const unsigned char *data, size_t len, struct err *err)
{
	struct jks jks = { .store_file = store_file, .start = data };
	int rv;

	if (read_entries(&jks, len, false, err) < 0)
		return -1;
	if (jks.in.left < SHA_DIGEST_LENGTH)
		return cut_short(&jks, err);
	rv = store_file_unlock(store_file, NULL, digest_fits, &jks, err);
	if (rv <= 0)
		return rv == 0 ? wrong_password(&jks, err) : -1;
	return read_entries(&jks, len, true, err);
}
