/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/pkcs8.h"

#include "base/text.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>

/* The part of OneAsymmetricKey (RFC 5958 2) that the first version has: version 0, algorithm, privateKey.
 * Some files have version 0 nevertheless. */
static PKCS8_PRIV_KEY_INFO *
parse_version_1(const unsigned char *der, size_t len)
{
	ASN1_SEQUENCE_ANY *fields = d2i_ASN1_SEQUENCE_ANY(NULL, &der, (long)len);
	const ASN1_TYPE *version = sk_ASN1_TYPE_value(fields, 0), *key = sk_ASN1_TYPE_value(fields, 2);
	PKCS8_PRIV_KEY_INFO *info = NULL;
	unsigned char *first = NULL;
	const unsigned char *in;
	int size = 0;

	if (version && version->type == V_ASN1_INTEGER && ASN1_INTEGER_get(version->value.integer) <= 1 &&
	    key && key->type == V_ASN1_OCTET_STRING && ASN1_INTEGER_set(version->value.integer, 0)) {
		while (sk_ASN1_TYPE_num(fields) > 3)
			ASN1_TYPE_free(sk_ASN1_TYPE_pop(fields));
		size = i2d_ASN1_SEQUENCE_ANY(fields, &first);
		in = first;
		info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &in, size);
		OPENSSL_cleanse(key->value.octet_string->data, (size_t)key->value.octet_string->length);
	}
	OPENSSL_clear_free(first, size > 0 ? (size_t)size : 0);
	sk_ASN1_TYPE_pop_free(fields, ASN1_TYPE_free);
	return info;
}

PKCS8_PRIV_KEY_INFO *
pkcs8_parse(const unsigned char *der, size_t len)
{
	const unsigned char *p = der;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)len);

	if (!info)
		info = parse_version_1(der, len);
	if (info)
		ERR_clear_error();
	return info;
}

/* An encrypted key and what the attempts make of it. */
struct locked {
	const X509_SIG *encrypted;
	OSSL_LIB_CTX *libctx;
	PKCS8_PRIV_KEY_INFO *info;
};

static bool
decrypt(void *ctx, const char *pass, int len)
{
	struct locked *locked = ctx;
	const X509_ALGOR *algor;
	const ASN1_OCTET_STRING *octets;
	unsigned char *der = NULL;
	int der_len = 0;

	X509_SIG_get0(locked->encrypted, &algor, &octets);
	if (PKCS12_pbe_crypt_ex(algor, pass, len, ASN1_STRING_get0_data(octets), ASN1_STRING_length(octets),
		    &der, &der_len, 0, locked->libctx, NULL))
		locked->info = pkcs8_parse(der, (size_t)der_len);
	OPENSSL_clear_free(der, (size_t)der_len);
	return locked->info != NULL;
}

int
pkcs8_unlock(struct store_file *store_file, const X509_SIG *encrypted, const char *alias,
	PKCS8_PRIV_KEY_INFO **out, struct err *err)
{
	struct locked locked = { .encrypted = encrypted };
	const X509_ALGOR *algor;
	int rv;

	X509_SIG_get0(encrypted, &algor, NULL);
	if (legacy_pbe(&store_file->legacy, algor, store_file->name, &locked.libctx, err) < 0)
		return -1;
	rv = store_file_unlock_key(store_file, alias, decrypt, &locked, err);
	*out = locked.info;
	return rv;
}

EVP_PKEY *
pkcs8_key(struct store_file *store_file, const PKCS8_PRIV_KEY_INFO *info, const char *alias)
{
	EVP_PKEY *key = EVP_PKCS82PKEY(info);
	const ASN1_OBJECT *oid = NULL;
	char kind[80], why[128];

	if (key)
		return key;
	ERR_clear_error();
	PKCS8_pkey_get0(&oid, NULL, NULL, NULL, info);
	OBJ_obj2txt(kind, sizeof kind, oid, 0);
	text_format(why, sizeof why, "a kind of key that OpenSSL does not support: %s", kind);
	items_leave_out(&store_file->items, alias, why);
	return NULL;
}
