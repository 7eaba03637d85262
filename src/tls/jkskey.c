/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/jkskey.h"

#include "tls/pkcs8.h"

#include <stdint.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/sha.h>

#define SUN_PROTECTOR "1.3.6.1.4.1.42.2.17.1.1" /* JKS */
#define MD5_3DES      "1.3.6.1.4.1.42.2.19.1"	/* JCEKS: PBEWithMD5AndTripleDES */

#ifndef ITERATIONS_MAX	       /* scripts/fuzz has a lower limit */
#define ITERATIONS_MAX 5000000 /* the JDK's own */
#endif
#define SALT_HALF      4
#define KEY_MAX	       65536 /* bytes of an encrypted key */
#define MD5_LEN	       16
#define DES3_KEY_LEN   24

bool
jks_password_init(struct jks_password *out, const char *utf8, size_t len)
{
	int size = 0;

	out->bytes = NULL;
	OPENSSL_utf82uni(utf8, (int)len, &out->bytes, &size);
	out->len = out->bytes ? (size_t)size - 2 : 0; /* without its NUL */
	return out->bytes != NULL;
}

void
jks_password_clear(struct jks_password *password)
{
	OPENSSL_clear_free(password->bytes, password->len);
	password->bytes = NULL;
	password->len = 0;
}

static EVP_PKEY *
parse_pkcs8(const unsigned char *der, size_t len)
{
	PKCS8_PRIV_KEY_INFO *info = pkcs8_parse(der, len);
	EVP_PKEY *key = info ? EVP_PKCS82PKEY(info) : NULL;

	PKCS8_PRIV_KEY_INFO_free(info);
	ERR_clear_error();
	return key;
}

/* SHA-1 of the password followed by something else. */
static bool
hash(const struct jks_password *password, const unsigned char *data, size_t len,
	unsigned char out[SHA_DIGEST_LENGTH])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool ok = md && EVP_DigestInit_ex(md, EVP_sha1(), NULL) &&
	    EVP_DigestUpdate(md, password->bytes, password->len) && EVP_DigestUpdate(md, data, len) &&
	    EVP_DigestFinal_ex(md, out, NULL);

	EVP_MD_CTX_free(md);
	return ok;
}

/*
 * Sun's protector: salt (20 bytes), the key XORed with a chain of SHA-1 over
 * password and the digest before (the salt, to begin with), and SHA-1 over
 * password and key.
 */
static EVP_PKEY *
open_sun(const unsigned char *data, size_t len, const struct jks_password *password)
{
	unsigned char chain[SHA_DIGEST_LENGTH], check[SHA_DIGEST_LENGTH];
	unsigned char *plain;
	size_t size;
	EVP_PKEY *key = NULL;
	bool ok = true;

	if (len <= 2 * SHA_DIGEST_LENGTH)
		return NULL;
	size = len - 2 * SHA_DIGEST_LENGTH;
	plain = OPENSSL_malloc(size);
	if (!plain)
		return NULL;
	memcpy(chain, data, sizeof chain);
	for (size_t i = 0; ok && i < size; i++) {
		if (i % sizeof chain == 0)
			ok = hash(password, chain, sizeof chain, chain);
		plain[i] = data[SHA_DIGEST_LENGTH + i] ^ chain[i % sizeof chain];
	}
	if (ok && hash(password, plain, size, check) &&
	    CRYPTO_memcmp(check, data + SHA_DIGEST_LENGTH + size, sizeof check) == 0)
		key = parse_pkcs8(plain, size);
	OPENSSL_cleanse(chain, sizeof chain);
	OPENSSL_clear_free(plain, size);
	return key;
}

/* One half of the derived bytes: MD5 over half the salt and the password, again and again. */
static bool
derive_half(unsigned char out[MD5_LEN], const unsigned char *salt, const unsigned char *pass, size_t len,
	int64_t iterations)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	size_t size = SALT_HALF;
	bool ok = md != NULL;

	memcpy(out, salt, size);
	for (int64_t i = 0; ok && i < iterations; i++) {
		ok = EVP_DigestInit_ex(md, EVP_md5(), NULL) && EVP_DigestUpdate(md, out, size) &&
		    EVP_DigestUpdate(md, pass, len) && EVP_DigestFinal_ex(md, out, NULL);
		size = MD5_LEN;
	}
	EVP_MD_CTX_free(md);
	return ok;
}

static EVP_PKEY *
decrypt_3des(const unsigned char *data, size_t len, const unsigned char derived[2 * MD5_LEN])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char *plain = OPENSSL_malloc(len + EVP_MAX_BLOCK_LENGTH);
	int head = 0, tail = 0;
	EVP_PKEY *key = NULL;

	if (ctx && plain &&
	    EVP_DecryptInit_ex(ctx, EVP_des_ede3_cbc(), NULL, derived, derived + DES3_KEY_LEN) &&
	    EVP_DecryptUpdate(ctx, plain, &head, data, (int)len) &&
	    EVP_DecryptFinal_ex(ctx, plain + head, &tail))
		key = parse_pkcs8(plain, (size_t)head + (size_t)tail);
	OPENSSL_clear_free(plain, len + EVP_MAX_BLOCK_LENGTH);
	EVP_CIPHER_CTX_free(ctx);
	ERR_clear_error();
	return key;
}

/* The JDK's own derivation: each half of the salt gives half of key and vector. The password must be ASCII.
 * Only JCEKS needs the 60 lines from derive_half to here; keytool called it the stronger type before
 * PKCS#12 became its default. */
static EVP_PKEY *
open_md5_3des(const unsigned char *data, size_t len, const PBEPARAM *param, const char *pass, size_t pass_len)
{
	const unsigned char *bytes = (const unsigned char *)pass;
	const unsigned char *salt = ASN1_STRING_get0_data(param->salt);
	unsigned char derived[2 * MD5_LEN];
	int64_t iterations = 0;
	EVP_PKEY *key = NULL;

	if (ASN1_STRING_length(param->salt) != 2 * SALT_HALF ||
	    !ASN1_INTEGER_get_int64(&iterations, param->iter) || iterations < 1 ||
	    iterations > ITERATIONS_MAX)
		return NULL;
	if (derive_half(derived, salt, bytes, pass_len, iterations) &&
	    derive_half(derived + MD5_LEN, salt + SALT_HALF, bytes, pass_len, iterations))
		key = decrypt_3des(data, len, derived);
	OPENSSL_cleanse(derived, sizeof derived);
	return key;
}

static bool
is_algorithm(const X509_ALGOR *algor, const char *oid)
{
	char text[80];

	OBJ_obj2txt(text, sizeof text, algor->algorithm, 1);
	return strcmp(text, oid) == 0;
}

bool
jks_key_known(const X509_SIG *encrypted)
{
	const X509_ALGOR *algor;

	X509_SIG_get0(encrypted, &algor, NULL);
	return is_algorithm(algor, SUN_PROTECTOR) || is_algorithm(algor, MD5_3DES);
}

EVP_PKEY *
jks_key_open(const X509_SIG *encrypted, const char *utf8, size_t len)
{
	const X509_ALGOR *algor;
	const ASN1_OCTET_STRING *octets;
	const unsigned char *data;
	size_t size;
	struct jks_password password;
	PBEPARAM *param;
	EVP_PKEY *key = NULL;

	X509_SIG_get0(encrypted, &algor, &octets);
	data = ASN1_STRING_get0_data(octets);
	size = (size_t)ASN1_STRING_length(octets);
	if (size > KEY_MAX)
		return NULL;
	if (is_algorithm(algor, SUN_PROTECTOR)) {
		if (!jks_password_init(&password, utf8, len))
			return NULL;
		key = open_sun(data, size, &password);
		jks_password_clear(&password);
		return key;
	}
	param = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algor->parameter);
	if (param)
		key = open_md5_3des(data, size, param, utf8, len);
	PBEPARAM_free(param);
	ERR_clear_error();
	return key;
}
