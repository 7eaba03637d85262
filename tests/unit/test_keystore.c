/* SPDX-License-Identifier: BSD-3-Clause */
/* Which key and which certificates of a store are shown, where there are several; and what a key may look like. */
#include "tls/context.h"
#include "tls/foreign.h"
#include "tls/jkskey.h"
#include "tls/legacy.h"
#include "tls/pbmac1.h"
#include "tls/store.h"

#include "check_main.h"
#include "testpki.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct testpki root, inter, leaf;

static void
setup(void)
{
	root = testpki_make(&(struct testpki_spec){ .cn = "Root", .ca = true });
	inter = testpki_make(&(struct testpki_spec){ .cn = "Inter", .ca = true, .issuer = &root });
	leaf = testpki_make(&(struct testpki_spec){ .cn = "Scanner", .issuer = &inter, .usage = "clientAuth" });
}

static void
teardown(void)
{
	testpki_free(&root);
	testpki_free(&inter);
	testpki_free(&leaf);
}

/* PEM text that is put together, to be parsed. */
static BIO *
text_new(void)
{
	BIO *text = BIO_new(BIO_s_mem());

	ck_assert_ptr_nonnull(text);
	return text;
}

static void
text_add(BIO *text, const EVP_PKEY *key, const X509 *cert)
{
	ck_assert(!key || PEM_write_bio_PKCS8PrivateKey(text, key, NULL, NULL, 0, NULL, NULL));
	ck_assert(!cert || PEM_write_bio_X509(text, cert));
}

static struct key_store *
parse(const void *data, size_t len, struct err *err)
{
	struct store_source source = { .path = "keys.pem" };
	struct key_store *store = key_store_parse(data, len, &source, NULL, err);

	ck_assert_msg(ERR_peek_error() == 0, "errors are left in OpenSSL's queue");
	return store;
}

/* Frees text. */
static struct key_store *
parse_text(BIO *text)
{
	struct err err = ERR_INIT;
	char *data;
	long len = BIO_get_mem_data(text, &data);
	struct key_store *store = parse(data, (size_t)len, &err);

	ck_assert_msg(store != NULL, "%s", err.text);
	BIO_free(text);
	return store;
}

/* The same key and name certified for other days. */
static X509 *
reissue(const struct testpki *pki, const struct testpki *issuer, int from_days, int to_days)
{
	X509 *cert = X509_dup(pki->cert);

	ck_assert_ptr_nonnull(cert);
	X509_gmtime_adj(X509_getm_notBefore(cert), from_days * 86400L);
	X509_gmtime_adj(X509_getm_notAfter(cert), to_days * 86400L);
	ck_assert(X509_sign(cert, issuer->key, EVP_sha256()));
	return cert;
}

/* Days of two certificates for one, in either order, and which is to be taken. */
static const struct {
	int from[2], to[2];
	int best;
} renewals[] = {
	{ { -20, -1 }, { -10, 10 }, 1 },
	{ { -1, -20 }, { 10, -10 }, 0 },
	{ { -1, -1 }, { 10, 20 }, 1 },
	{ { 5, -1 }, { 20, 10 }, 1 },   /* one is still to come */
	{ { -20, -20 }, { -10, -5 }, 1 }, /* both expired: the later */
};

START_TEST(test_renewed_issuer)
{
	X509 *certs[2];
	struct key_store *store;
	BIO *text = text_new();

	for (int i = 0; i < 2; i++)
		certs[i] = reissue(&inter, &root, renewals[_i].from[i], renewals[_i].to[i]);
	text_add(text, leaf.key, leaf.cert);
	text_add(text, NULL, certs[0]);
	text_add(text, NULL, certs[1]);
	text_add(text, NULL, root.cert);
	store = parse_text(text);
	ck_assert_int_eq(sk_X509_num(store->entries[0].chain), 1);
	ck_assert_int_eq(X509_cmp(sk_X509_value(store->entries[0].chain, 0), certs[renewals[_i].best]), 0);
	key_store_free(store);
	X509_free(certs[0]);
	X509_free(certs[1]);
}
END_TEST

START_TEST(test_renewed_leaf)
{
	X509 *certs[2];
	struct key_store *store;
	BIO *text = text_new();

	for (int i = 0; i < 2; i++) {
		certs[i] = reissue(&leaf, &inter, renewals[_i].from[i], renewals[_i].to[i]);
		text_add(text, NULL, certs[i]);
	}
	text_add(text, leaf.key, NULL);
	store = parse_text(text);
	ck_assert_uint_eq(store->count, 1);
	ck_assert_int_eq(X509_cmp(store->entries[0].cert, certs[renewals[_i].best]), 0);
	key_store_free(store);
	X509_free(certs[0]);
	X509_free(certs[1]);
}
END_TEST

/* The clients of a store: CN, days, bits of RSA. */
struct client {
	const char *cn;
	int from_days, to_days;
	unsigned rsa_bits;
};

static struct key_store *
store_of(const struct client clients[3])
{
	BIO *text = text_new();

	for (size_t i = 0; i < 3 && clients[i].cn; i++) {
		struct testpki made = testpki_make(&(struct testpki_spec){ .cn = clients[i].cn, .issuer = &root,
			.from_days = clients[i].from_days, .to_days = clients[i].to_days,
			.rsa_bits = clients[i].rsa_bits });

		text_add(text, made.key, made.cert);
		testpki_free(&made);
	}
	return parse_text(text);
}

static const struct {
	struct client clients[3];
	const char *name;
	int found;	  /* place; -1: none */
	const char *text; /* of the failure */
} names[] = {
	{ { { "Scanner A", 0, 0, 0 }, { "Scanner B", 0, 0, 0 } }, "Scanner A", 0, NULL },
	{ { { "Scanner A", 0, 0, 0 }, { "Scanner B", 0, 0, 0 } }, "CN=Scanner B", 1, NULL },
	{ { { "Scanner A", 0, 0, 0 }, { "Scanner B", 0, 0, 0 } }, "cn=scanner b", 1, NULL },
	{ { { "Scanner A", 0, 0, 0 }, { "Scanner B", 0, 0, 0 } }, "CN=Scanner B,O=Demo", 1, NULL },
	{ { { "Scanner A", 0, 0, 0 }, { "Scanner B", 0, 0, 0 } }, "1", 0, NULL },
	{ { { "Scanner A", 0, 0, 0 }, { "Scanner B", 0, 0, 0 } }, "2", 1, NULL },
	{ { { "Scanner A", 0, 0, 0 }, { "Scanner B", 0, 0, 0 } }, "3", -1,
		"no key named \"3\"; it has: 1 (CN=Scanner A), 2 (CN=Scanner B)" },
	{ { { "Scanner A", 0, 0, 0 }, { "Scanner B", 0, 0, 0 } }, "Scanner", -1, "no key named \"Scanner\"" },
	{ { { "Scanner A", 0, 0, 0 }, { "Scanner B", 0, 0, 0 } }, "", -1, "no key named \"\"" },
	{ { { "Scanner", 0, 0, 0 }, { "Scanner", 0, 0, 0 } }, "Scanner", -1,
		"more than one key named \"Scanner\"; it has: 1 (CN=Scanner), 2 (CN=Scanner)" },
	{ { { "Scanner", 0, 0, 0 }, { "Scanner", 0, 0, 0 } }, "2", 1, NULL },
	{ { { "Scanner", -20, -10, 0 }, { "Scanner", 0, 0, 0 } }, "Scanner", 1, NULL },
	{ { { "Scanner", 0, 0, 0 }, { "Scanner", 10, 20, 0 } }, "Scanner", 0, NULL },
	{ { { "2", 0, 0, 0 }, { "1", 0, 0, 0 } }, "1", 1, NULL }, /* a name goes before a number */
};

START_TEST(test_names)
{
	struct key_store *store = store_of(names[_i].clients);
	struct err err = ERR_INIT;
	const struct key_entry *entry = key_store_find(store, names[_i].name, &err);

	if (names[_i].found >= 0)
		ck_assert_ptr_eq(entry, &store->entries[names[_i].found]);
	else {
		ck_assert_ptr_null(entry);
		ck_assert_msg(strstr(err.text, names[_i].text) != NULL, "%s", err.text);
		ck_assert_ptr_nonnull(strstr(err.hint, "--key-alias"));
	}
	key_store_free(store);
}
END_TEST

/* What cannot be shown is no candidate. */
static const struct {
	struct client clients[3];
	const char *alias;
	int rv;
	const char *cn;	  /* settled on beforehand; NULL: the server decides */
	const char *text; /* of the failure */
} candidates[] = {
	{ { { "A", 0, 0, 0 } }, NULL, 0, "A", NULL },
	{ { { "A", 0, 0, 0 }, { "B", 0, 0, 0 } }, NULL, 0, NULL, NULL },
	{ { { "A", 0, 0, 0 }, { "B", 0, 0, 0 } }, "2", 0, "B", NULL },
	{ { { "A", -20, -10, 0 }, { "B", 0, 0, 0 } }, NULL, 0, "B", NULL },
	{ { { "A", 0, 0, 0 }, { "B", 10, 20, 0 } }, NULL, 0, "A", NULL },
	{ { { "A", 0, 0, 1024 }, { "B", 0, 0, 0 } }, NULL, 0, "B", NULL },
	{ { { "A", -20, -10, 0 }, { "B", 10, 20, 0 } }, NULL, -1, NULL, "\"CN=A,O=Demo\" in keys.pem expired on" },
	{ { { "A", -20, -10, 0 }, { "B", 0, 0, 0 } }, "A", -1, NULL, "expired on" },
	{ { { "A", 0, 0, 0 }, { "B", 10, 20, 0 } }, "B", -1, NULL, "is not valid before" },
	{ { { "A", 0, 0, 1024 } }, NULL, -1, NULL, "keys.pem (RSA 1024 bits, signed with" },
	{ { { "A", 0, 0, 1024 }, { "B", 0, 0, 0 } }, "A", -1, NULL, "cannot be used: " },
};

START_TEST(test_candidates)
{
	struct key_store *keys = store_of(candidates[_i].clients);
	STACK_OF(X509) *anchors = sk_X509_new_null();
	struct policy_request request = { NULL, NULL };
	struct policy policy;
	struct tlsctx_config config = { .policy = &policy, .keys = keys, .anchors = anchors,
		.key_alias = candidates[_i].alias };
	struct err err = ERR_INIT;
	struct tlsctx *ctx;
	char cn[64] = "";

	ck_assert(sk_X509_push(anchors, root.cert));
	ck_assert_int_eq(policy_parse(&request, &policy, &err), 0);
	ctx = tlsctx_new(&config, &err);
	ck_assert_msg((ctx != NULL) == (candidates[_i].rv == 0), "%s", err.text);
	if (!ctx) {
		ck_assert_int_eq(err.kind, ERR_CREDENTIALS);
		ck_assert_msg(strstr(err.text, candidates[_i].text) != NULL, "%s", err.text);
		ck_assert(err.hint[0]);
		ck_assert_str_eq(err.phase, "stores");
	} else if (candidates[_i].cn) {
		ck_assert_ptr_nonnull(tlsctx_entry(ctx));
		X509_NAME_get_text_by_NID(X509_get_subject_name(tlsctx_entry(ctx)->cert), NID_commonName, cn,
			sizeof cn);
		ck_assert_str_eq(cn, candidates[_i].cn);
	} else
		ck_assert_ptr_null(tlsctx_entry(ctx));
	tlsctx_free(ctx);
	key_store_free(keys);
	sk_X509_free(anchors);
}
END_TEST

/* A key of the second version of PKCS#8 (RFC 5958), with attributes and public key or without. */
static size_t
make_second(const EVP_PKEY *key, int version, bool attributes, unsigned char out[4096])
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	unsigned char public[512], first[2048], *p = first, *body = out + 4;
	const unsigned char *rest = first;
	size_t public_len = sizeof public;
	long left;
	int tag, class, len;

	ck_assert_ptr_nonnull(info);
	len = i2d_PKCS8_PRIV_KEY_INFO(info, &p);
	PKCS8_PRIV_KEY_INFO_free(info);
	ASN1_get_object(&rest, &left, &tag, &class, len);
	memcpy(body, rest, (size_t)left); /* the version's three bytes to begin with */
	body[2] = (unsigned char)version;
	body += left;
	if (attributes) {
		*body++ = 0xa0;
		*body++ = 0;
	}
	ck_assert(EVP_PKEY_get_raw_public_key(key, public, &public_len));
	*body++ = 0x81;
	*body++ = (unsigned char)(public_len + 1);
	*body++ = 0;
	memcpy(body, public, public_len);
	body += public_len;
	out[0] = 0x30;
	out[1] = 0x82;
	out[2] = (unsigned char)((body - out - 4) >> 8);
	out[3] = (unsigned char)(body - out - 4);
	return (size_t)(body - out);
}

static const struct {
	const char *type;
	int version;
	bool attributes;
} seconds[] = {
	{ "ED25519", 1, false },
	{ "ED25519", 1, true },
	{ "ED25519", 0, false }, /* some don't raise the version */
	{ "ED448", 1, false },
	{ "X25519", 1, false },
};

START_TEST(test_second_version)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, seconds[_i].type);
	X509 *cert = X509_dup(leaf.cert);
	unsigned char der[4096];
	size_t len = make_second(key, seconds[_i].version, seconds[_i].attributes, der);
	BIO *text = text_new();
	struct key_store *store;

	ck_assert(X509_set_pubkey(cert, key) && X509_sign(cert, inter.key, EVP_sha256()));
	ck_assert(PEM_write_bio(text, PEM_STRING_PKCS8INF, "", der, (long)len));
	text_add(text, NULL, cert);
	store = parse_text(text);
	ck_assert_uint_eq(store->count, 1);
	ck_assert_int_eq(EVP_PKEY_eq(store->entries[0].key, key), 1);
	key_store_free(store);
	X509_free(cert);
	EVP_PKEY_free(key);
}
END_TEST

/* Cut short, and any byte changed: an answer, and never a crash. */
START_TEST(test_second_version_damaged)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	unsigned char der[4096];
	size_t len = make_second(key, 1, true, der);

	for (size_t i = 0; i < len; i++) {
		struct err err = ERR_INIT;

		ck_assert_ptr_null(parse(der, i, &err));
		ck_assert(err.text[0]);
		err = (struct err)ERR_INIT;
		der[i] ^= 0x41;
		ck_assert_ptr_null(parse(der, len, &err));
		der[i] ^= 0x41;
		ck_assert(err.text[0]);
	}
	EVP_PKEY_free(key);
}
END_TEST

static const struct {
	int iterations, key_len; /* -1: not said */
	int prf, mac;
	int rv;
} macs[] = {
	{ 2048, 32, NID_hmacWithSHA256, NID_hmacWithSHA256, 0 },
	{ 1, 20, NID_hmacWithSHA1, NID_hmacWithSHA1, 0 },
	{ 10000000, 64, NID_hmacWithSHA512, NID_hmacWithSHA384, 0 },
	{ 10000001, 32, NID_hmacWithSHA256, NID_hmacWithSHA256, -1 },
	{ 2147483647, 32, NID_hmacWithSHA256, NID_hmacWithSHA256, -1 },
	{ 2048, -1, NID_hmacWithSHA256, NID_hmacWithSHA256, -1 }, /* RFC 9579 5 wants it */
	{ 2048, 19, NID_hmacWithSHA256, NID_hmacWithSHA256, -1 },
	{ 2048, 65, NID_hmacWithSHA256, NID_hmacWithSHA256, -1 },
	{ 2048, 1 << 30, NID_hmacWithSHA256, NID_hmacWithSHA256, -1 },
	{ 2048, 32, NID_hmacWithSHA256, NID_sha256, -1 },
	{ 2048, 32, NID_hmacWithSHA256, NID_aes_256_cbc, -1 },
};

START_TEST(test_pbmac1_bounds)
{
	X509_ALGOR *algor = X509_ALGOR_new();
	PBE2PARAM *schemes = PBE2PARAM_new();
	unsigned char salt[] = "12345678";
	struct err err = ERR_INIT;
	ASN1_STRING *packed;

	X509_ALGOR_free(schemes->keyfunc);
	schemes->keyfunc = PKCS5_pbkdf2_set(macs[_i].iterations, salt, 8, macs[_i].prf, macs[_i].key_len);
	ck_assert_ptr_nonnull(schemes->keyfunc);
	ck_assert(X509_ALGOR_set0(schemes->encryption, OBJ_nid2obj(macs[_i].mac), V_ASN1_NULL, NULL));
	packed = ASN1_item_pack(schemes, ASN1_ITEM_rptr(PBE2PARAM), NULL);
	ck_assert(X509_ALGOR_set0(algor, OBJ_nid2obj(NID_pbmac1), V_ASN1_SEQUENCE, packed));
	ck_assert_int_eq(pbmac1_check(algor, "key store x.p12", &err), macs[_i].rv);
	if (macs[_i].rv < 0) {
		ck_assert_int_eq(err.kind, ERR_CREDENTIALS);
		ck_assert_ptr_nonnull(strstr(err.text, "key store x.p12 has"));
		ck_assert(err.hint[0]);
	}
	PBE2PARAM_free(schemes);
	X509_ALGOR_free(algor);
}
END_TEST

/* Of PBES1, of PKCS#12's own schemes, and of PBES2 by PBKDF2. */
static const struct {
	const char *name;
	int scheme; /* NID_pbes2: with AES */
	int iterations;
	int rv;
} encryptions[] = {
	{ "PBES1", NID_pbeWithSHA1AndDES_CBC, 10000001, -1 },
	{ "PBES1", NID_pbeWithSHA1AndDES_CBC, 2147483647, -1 },
	{ "PKCS#12", NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 10000000, 0 },
	{ "PKCS#12", NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 10000001, -1 },
	{ "PBES2", NID_pbes2, 1, 0 },
	{ "PBES2", NID_pbes2, 10000000, 0 },
	{ "PBES2", NID_pbes2, 10000001, -1 },
	{ "PBES2", NID_pbes2, 2147483647, -1 },
};

START_TEST(test_encryption_bounds)
{
	unsigned char salt[] = "12345678";
	int iterations = encryptions[_i].iterations;
	X509_ALGOR *algor = encryptions[_i].scheme == NID_pbes2 ?
		PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), iterations, salt, 8, NULL, NID_hmacWithSHA256) :
		PKCS5_pbe_set(encryptions[_i].scheme, iterations, salt, 8);
	struct legacy legacy = { NULL, NULL, NULL };
	OSSL_LIB_CTX *libctx;
	struct err err = ERR_INIT;

	ck_assert_ptr_nonnull(algor);
	ck_assert_msg(legacy_pbe(&legacy, algor, "key store x.p12", &libctx, &err) == encryptions[_i].rv, "%s",
		err.text);
	if (encryptions[_i].rv < 0) {
		ck_assert_int_eq(err.kind, ERR_CREDENTIALS);
		ck_assert_str_eq(err.text, "key store x.p12 has an iteration count outside of 1 to 10000000");
		ck_assert(err.hint[0]);
	}
	X509_ALGOR_free(algor);
	legacy_clear(&legacy);
}
END_TEST

/* None, zero, less, and numbers that no machine word holds. */
static const struct {
	const char *decimal; /* NULL: not said */
	int rv;
} counts[] = {
	{ NULL, 0 },
	{ "1", 0 },
	{ "10000000", 0 },
	{ "0", -1 },
	{ "-1", -1 },
	{ "10000001", -1 },
	{ "4294967297", -1 },
	{ "18446744073709551617", -1 },
	{ "340282366920938463463374607431768211457", -1 },
};

START_TEST(test_iteration_counts)
{
	ASN1_INTEGER *count = counts[_i].decimal ? s2i_ASN1_INTEGER(NULL, counts[_i].decimal) : NULL;
	struct err err = ERR_INIT;

	ck_assert(count || !counts[_i].decimal);
	ck_assert_int_eq(legacy_iterations(count, "key store x.p12", &err), counts[_i].rv);
	ASN1_INTEGER_free(count);
}
END_TEST

/* Encrypted keys of Java's that nobody can open. */
#define SUN_PROTECTOR "1.3.6.1.4.1.42.2.17.1.1"
#define MD5_3DES      "1.3.6.1.4.1.42.2.19.1"
static const struct {
	const char *name, *oid;
	int iterations; /* 0: no parameters */
	int salt_len;
	int size; /* bytes of the encrypted key */
	const char *pass;
} unopened[] = {
	{ "JKS, nothing in it", SUN_PROTECTOR, 0, 0, 0, "changeit" },
	{ "JKS, without a key", SUN_PROTECTOR, 0, 0, 40, "changeit" },
	{ "JKS, of one byte", SUN_PROTECTOR, 0, 0, 41, "changeit" },
	{ "JKS, the longest", SUN_PROTECTOR, 0, 0, 65536, "changeit" },
	{ "JKS, too long", SUN_PROTECTOR, 0, 0, 65537, "changeit" },
	{ "JKS, a password that is not UTF-8", SUN_PROTECTOR, 0, 0, 100, "change\xff" },
	{ "JCEKS, nothing in it", MD5_3DES, 1000, 8, 0, "changeit" },
	{ "JCEKS, no parameters", MD5_3DES, 0, 0, 64, "changeit" },
	{ "JCEKS, random bytes", MD5_3DES, 1000, 8, 64, "changeit" },
	{ "JCEKS, short salt", MD5_3DES, 1000, 7, 64, "changeit" },
	{ "JCEKS, too long", MD5_3DES, 1000, 8, 65537, "changeit" },
	{ "JCEKS, negative", MD5_3DES, -1, 8, 64, "changeit" },
};

START_TEST(test_unopened)
{
	static unsigned char bytes[65537];
	X509_SIG *sig = X509_SIG_new();
	X509_ALGOR *algor;
	ASN1_OCTET_STRING *octets;
	PBEPARAM *param = PBEPARAM_new();

	memset(bytes, 0x5a, sizeof bytes);
	X509_SIG_getm(sig, &algor, &octets);
	ck_assert(ASN1_OCTET_STRING_set(octets, bytes, unopened[_i].size));
	if (unopened[_i].iterations) {
		ASN1_STRING *packed = NULL;

		ck_assert(ASN1_INTEGER_set(param->iter, unopened[_i].iterations));
		ck_assert(ASN1_OCTET_STRING_set(param->salt, bytes, unopened[_i].salt_len));
		packed = ASN1_item_pack(param, ASN1_ITEM_rptr(PBEPARAM), NULL);
		ck_assert(X509_ALGOR_set0(algor, OBJ_txt2obj(unopened[_i].oid, 1), V_ASN1_SEQUENCE, packed));
	} else {
		ck_assert(X509_ALGOR_set0(algor, OBJ_txt2obj(unopened[_i].oid, 1), V_ASN1_NULL, NULL));
	}
	ck_assert(jks_key_known(sig));
	ck_assert_ptr_null(jks_key_open(sig, unopened[_i].pass, strlen(unopened[_i].pass)));
	ERR_clear_error();
	PBEPARAM_free(param);
	X509_SIG_free(sig);
}
END_TEST

/* Parameters that are none at all. */
START_TEST(test_pbmac1_damaged)
{
	X509_ALGOR *algor = X509_ALGOR_new();
	struct err err = ERR_INIT;

	ck_assert(X509_ALGOR_set0(algor, OBJ_nid2obj(NID_pbmac1), V_ASN1_NULL, NULL));
	ck_assert_int_eq(pbmac1_check(algor, "x", &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "RFC 9579"));
	X509_ALGOR_free(algor);
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
	const char *text;
} strangers[] = {
#define ROW(bytes, text) { bytes, sizeof bytes - 1, text }
	ROW("{\"kty\":\"EC\",\"crv\":\"P-256\"}", "is a JSON Web Key"),
	ROW("{ \"keys\": [ { \"use\": \"sig\", \"kty\": \"RSA\" } ] }", "is a JSON Web Key"),
	ROW("{\"a\": 1}", "neither PKCS#12 nor PEM"),
	ROW("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ==\n=abcd\n", "is an OpenPGP key"),
	ROW("\x95\x01\x04\x04PGPPGP", "is an OpenPGP key"),
	ROW("\x95\x01\x04\x05PGPPGP", "neither PKCS#12 nor PEM"),
	ROW("AGE-SECRET-KEY-1QQ", "is a key or a file of age"),
	ROW("age-encryption.org/v1\n", "is a key or a file of age"),
	ROW("-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n", "of age"),
	ROW("-----BEGIN TSS2 PRIVATE KEY-----\nMAA=\n-----END TSS2 PRIVATE KEY-----\n", "a TPM 2.0 key (TSS2)"),
	ROW("-----BEGIN OPENSSH PRIVATE KEY-----\nMAA=\n-----END OPENSSH PRIVATE KEY-----\n", "an OpenSSH private key"),
	ROW("MIME-Version: 1.0\nContent-Type: application/x-pkcs7-mime\n", "is an S/MIME message"),
	ROW("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA user@host\n", "is an SSH public key"),
	ROW("<!DOCTYPE html>\n<html>", "is an HTML page"),
	ROW("SQLite format 3\0\0", "pk12util"),
	ROW("PK\x03\x04zip", "is a ZIP archive"),
	ROW("\x07\x02\0\0\0\xa4\0\0RSA2", "Microsoft key blob"),
	ROW("\0\0\0\0CERT\0", "of Windows (SST)"),
	ROW("\0\0\0\x02\0\0\0\x14", "(BKS or UBER)"),
	ROW("\0\0\0\x03\0\0\0\x14", "neither PKCS#12 nor PEM"),
	ROW("MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJRT\n", "without PEM BEGIN"),
	ROW("kychain", "keychain of macOS"),
#undef ROW
};

START_TEST(test_strangers)
{
	struct err err = ERR_INIT;
	char all[sizeof err.text + sizeof err.hint + 3];

	ck_assert_ptr_null(parse(strangers[_i].bytes, strangers[_i].len, &err));
	ck_assert_int_eq(err.kind, ERR_CREDENTIALS);
	snprintf(all, sizeof all, "%s. %s", err.text, err.hint);
	ck_assert_msg(strstr(all, strangers[_i].text) != NULL, "%s", all);
	ck_assert(err.hint[0]);
}
END_TEST

/* Another program's key beside one that serves: left out, and named. */
START_TEST(test_stranger_too)
{
	BIO *text = text_new();
	struct key_store *store;

	BIO_puts(text, "-----BEGIN OPENSSH PRIVATE KEY-----\nMAA=\n-----END OPENSSH PRIVATE KEY-----\n");
	text_add(text, leaf.key, leaf.cert);
	store = parse_text(text);
	ck_assert_uint_eq(store->count, 1);
	ck_assert_str_eq(store->left_out, "a key without alias (an OpenSSH private key)");
	key_store_free(store);
}
END_TEST

static Suite *
suite_keystore(void)
{
	Suite *suite = suite_create("keystore");
	TCase *tcase = tcase_create("keystore");

	tcase_add_unchecked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_renewed_issuer, 0, COUNT(renewals));
	tcase_add_loop_test(tcase, test_renewed_leaf, 0, COUNT(renewals));
	tcase_add_loop_test(tcase, test_names, 0, COUNT(names));
	tcase_add_loop_test(tcase, test_candidates, 0, COUNT(candidates));
	tcase_add_loop_test(tcase, test_second_version, 0, COUNT(seconds));
	tcase_add_test(tcase, test_second_version_damaged);
	tcase_add_loop_test(tcase, test_pbmac1_bounds, 0, COUNT(macs));
	tcase_add_test(tcase, test_pbmac1_damaged);
	tcase_add_rows(tcase, test_encryption_bounds, encryptions, name);
	tcase_add_rows(tcase, test_iteration_counts, counts, decimal);
	tcase_add_rows(tcase, test_unopened, unopened, name);
	tcase_add_loop_test(tcase, test_strangers, 0, COUNT(strangers));
	tcase_add_test(tcase, test_stranger_too);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return check_run(suite_keystore());
}
