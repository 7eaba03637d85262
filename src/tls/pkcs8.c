/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/pkcs8.h"

#include "base/text.h"
#include "tls/der.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pkcs12.h>

#define HEADER_MAX 8 /* tag and length of a SEQUENCE of less than 4 GiB, and more */

/* SEQUENCE { version 0, algorithm, privateKey }: what the first version needs. */
static PKCS8_PRIV_KEY_INFO *
rebuild(struct cursor algorithm, struct cursor key)
{
	static const unsigned char version[] = { 0x02, 0x01, 0x00 };
	size_t len = sizeof version + algorithm.left + key.left;
	unsigned char *der = OPENSSL_malloc(HEADER_MAX + len), *p = der;
	const unsigned char *in = der;
	PKCS8_PRIV_KEY_INFO *info;

	if (!der)
		return NULL;
	ASN1_put_object(&p, 1, (int)len, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
	memcpy(p, version, sizeof version);
	memcpy(p + sizeof version, algorithm.at, algorithm.left);
	memcpy(p + sizeof version + algorithm.left, key.at, key.left);
	info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &in, (long)(p - der) + (long)len);
	OPENSSL_clear_free(der, HEADER_MAX + len);
	return info;
}

/* OneAsymmetricKey (RFC 5958 2). Some give its version as 0 all the same. */
static PKCS8_PRIV_KEY_INFO *
parse_second(const unsigned char *der, size_t len)
{
	struct cursor in = { der, len, false };
	struct cursor body = der_enter(&in, 0x30);
	struct cursor version = der_enter(&body, 0x02);
	struct der algorithm = der_next(&body), key = der_next(&body);

	if (in.bad || body.bad || algorithm.tag != 0x30 || key.tag != 0x04 || version.left != 1 ||
		version.at[0] > 1)
		return NULL;
	return rebuild(algorithm.whole, key.whole);
}

PKCS8_PRIV_KEY_INFO *
pkcs8_parse(const unsigned char *der, size_t len)
{
	const unsigned char *p = der;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)len);

	if (!info)
		info = parse_second(der, len);
	if (info)
		ERR_clear_error();
	return info;
}

PKCS8_PRIV_KEY_INFO *
pkcs8_decrypt(const X509_SIG *encrypted, const char *pass, int len, OSSL_LIB_CTX *libctx)
{
	const X509_ALGOR *algor;
	const ASN1_OCTET_STRING *octets;
	unsigned char *der = NULL;
	int der_len = 0;
	PKCS8_PRIV_KEY_INFO *info = NULL;

	X509_SIG_get0(encrypted, &algor, &octets);
	if (PKCS12_pbe_crypt_ex(algor, pass, len, ASN1_STRING_get0_data(octets), ASN1_STRING_length(octets),
		    &der, &der_len, 0, libctx, NULL))
		info = pkcs8_parse(der, (size_t)der_len);
	OPENSSL_clear_free(der, (size_t)der_len);
	return info;
}

void
pkcs8_key(struct store_file *store_file, const PKCS8_PRIV_KEY_INFO *info, const char *alias, EVP_PKEY **out)
{
	const ASN1_OBJECT *oid = NULL;
	char kind[80], why[128];

	*out = EVP_PKCS82PKEY(info);
	if (*out)
		return;
	ERR_clear_error();
	PKCS8_pkey_get0(&oid, NULL, NULL, NULL, info);
	OBJ_obj2txt(kind, sizeof kind, oid, 0);
	text_format(why, sizeof why, "a kind of key that OpenSSL does not support: %s", kind);
	items_leave_out(&store_file->items, alias, why);
}
