/* SPDX-License-Identifier: BSD-3-Clause */
/* Stores of every kind in testdata/stores, stores put together here that no tool makes, and broken ones. */
#include "tls/store.h"

#include "check_main.h"
#include "wipes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/sha.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static char dir[32];

/* The path of a fixture; one that begins with '/' stays. */
static const char *
fixture(const char *name, char *path, size_t size)
{
	const char *srcdir = getenv("srcdir");

	if (name[0] == '/')
		snprintf(path, size, "%s", name);
	else
		snprintf(path, size, "%s/testdata/stores/%s", srcdir ? srcdir : ".", name);
	return path;
}

static struct secret
secret_of(const char *text)
{
	struct secret secret = { 0 };

	if (text)
		ck_assert_int_eq(secret_set(&secret, text, strlen(text)), 0);
	return secret;
}

static struct key_store *
load(const char *name, enum store_type type, const char *pass, const char *key_pass, struct err *err)
{
	char path[512];
	struct secret store_secret = secret_of(pass), key_secret = secret_of(key_pass);
	struct store_source source = { fixture(name, path, sizeof path), type, &store_secret, NULL, NULL, NULL };
	struct key_store *store = key_store_load(&source, &key_secret, err);

	secret_clear(&store_secret);
	secret_clear(&key_secret);
	ck_assert_msg(ERR_peek_error() == 0, "%s leaves errors in OpenSSL's queue", name);
	return store;
}

static int
load_trust(const char *name, const char *pass, STACK_OF(X509) *anchors, struct err *err)
{
	char path[512];
	struct secret secret = secret_of(pass);
	struct store_source source = { fixture(name, path, sizeof path), STORE_AUTO, &secret, NULL, NULL, NULL };
	int rv = trust_store_load(&source, anchors, err);

	secret_clear(&secret);
	return rv;
}

/* The bytes of a fixture, to be changed. */
static struct {
	unsigned char data[65536];
	size_t len;
} file;

static void
slurp(const char *name)
{
	char path[512];
	FILE *f = fopen(fixture(name, path, sizeof path), "rb");

	ck_assert_msg(f != NULL, "%s: no such fixture", path);
	file.len = fread(file.data, 1, sizeof file.data, f);
	fclose(f);
}

/* Write a file that teardown_dir knows. Returns its path. */
static const char *
spill(const char *name, const void *data, size_t len)
{
	static char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "wb");
	ck_assert(f != NULL);
	ck_assert_uint_eq(fwrite(data, 1, len, f), len);
	fclose(f);
	return path;
}

static void
assert_cn(const X509 *cert, const char *cn)
{
	char text[128] = "";

	X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, text, sizeof text);
	ck_assert_str_eq(text, cn);
}

static const struct {
	const char *file;
	const char *pass;
	const char *key_pass;
	const char *alias;
	const char *cn;
	int chain;
} good[] = {
	{ "scu1.p12", "changeit", NULL, "scu1", "SCU_DCM1", 0 },
	{ "scu1.p12", "changeit", "changeit", "scu1", "SCU_DCM1", 0 },
	{ "chain.p12", "changeit", NULL, "scu1", "SCU_DCM1", 1 },
	{ "legacy.p12", "changeit", NULL, "scu1", "SCU_DCM1", 0 },
	{ "des3.p12", "changeit", NULL, "scu1", "SCU_DCM1", 0 },
	{ "no-mac.p12", "changeit", NULL, "scu1", "SCU_DCM1", 0 },
	{ "no-encryption.p12", "changeit", NULL, "scu1", "SCU_DCM1", 0 },
	{ "open.p12", "changeit", NULL, "scu1", "SCU_DCM1", 0 },
	{ "open.p12", NULL, NULL, "scu1", "SCU_DCM1", 0 },
	{ "empty-password.p12", "", NULL, "scu2", "SCU_DCM2", 0 },
	{ "empty-password.p12", NULL, NULL, "scu2", "SCU_DCM2", 0 },
	{ "utf8-password.p12", "p\xc3\xa4ssw\xc3\xb6rt", NULL, "scu2", "SCU_DCM2", 0 },
	{ "utf8-password.p12", "p\xe4ssw\xf6rt", NULL, "scu2", "SCU_DCM2", 0 },
	{ "bytes-password.p12", "p\xc3\xa4ssw\xc3\xb6rt", NULL, "scu2", "SCU_DCM2", 0 },
	{ "key-password.p12", "changeit", "keypass", "scu2", "SCU_DCM2", 0 },
	{ "java.p12", "changeit", NULL, "scu1", "SCU_DCM1", 1 },
	{ "java-legacy.p12", "changeit", NULL, "scu1", "SCU_DCM1", 1 },
	{ "trust-and-key.p12", "changeit", NULL, "scu1", "SCU_DCM1", 0 },
	{ "scu1.jks", "changeit", NULL, "scu1", "SCU_DCM1", 0 },
	{ "scu1.jks", "changeit", "changeit", "scu1", "SCU_DCM1", 0 },
	{ "scu1.jceks", "changeit", NULL, "scu1", "SCU_DCM1", 0 },
	{ "key-password.jks", "changeit", "keypass", "scu1", "SCU_DCM1", 0 },
	{ "scu1.pem", NULL, NULL, NULL, "SCU_DCM1", 1 },
	{ "scu1.pem", "unneeded", "unneeded", NULL, "SCU_DCM1", 1 },
	{ "crlf.pem", NULL, NULL, NULL, "SCU_DCM1", 1 },
	{ "encrypted.pem", "changeit", NULL, NULL, "SCU_DCM1", 0 },
	{ "encrypted.pem", NULL, "changeit", NULL, "SCU_DCM1", 0 },
	{ "traditional-aes.pem", "changeit", NULL, NULL, "SCU_DCM1", 0 },
	{ "traditional-des.pem", "changeit", NULL, NULL, "SCU_DCM1", 0 },
	{ "pkcs1.pem", NULL, NULL, NULL, "SCU_DCM1", 0 },
	{ "sec1.pem", NULL, NULL, NULL, "SCU_DCM2", 0 },
	{ "csp.p12", "changeit", NULL, "scu1", "SCU_DCM1", 1 },
	{ "lmk.p12", "changeit", NULL, "scu1", "SCU_DCM1", 1 },
	{ "legacy-csp.p12", "changeit", NULL, "scu1", "SCU_DCM1", 1 },
	{ "pbmac1.p12", "changeit", NULL, "scu1", "SCU_DCM1", 1 },
	{ "pbmac1-sha512.p12", "changeit", NULL, "scu1", "SCU_DCM1", 1 },
	{ "bc.p12", "changeit", NULL, "scu1", "SCU_DCM1", 1 },
	{ "bc-aes.p12", "changeit", NULL, "scu1", "SCU_DCM1", 1 },
	{ "bc-ec.p12", "changeit", NULL, "ec", "SCU_DCM2", 0 },
	{ "bc-ed25519.p12", "changeit", NULL, "ed", "SCU_DCM3", 0 },
	{ "bc-ed25519.pem", NULL, NULL, NULL, "SCU_DCM3", 0 },
	{ "nss.p12", "changeit", NULL, "scu1", "SCU_DCM1", 1 },
	{ "nss-old.p12", "changeit", NULL, "scu1", "SCU_DCM1", 1 },
	{ "certtool.p12", "changeit", NULL, "scu1", "SCU_DCM1", 0 },
	{ "certtool-der.p12", "changeit", NULL, "scu1", "SCU_DCM1", 0 },
	{ "certtool-3des.p12", "changeit", NULL, "scu1", "SCU_DCM1", 0 },
	{ "certtool-ed25519.pem", "changeit", NULL, NULL, "SCU_DCM3", 0 },
};

START_TEST(test_key_stores)
{
	struct err err = ERR_INIT;
	struct key_store *store = load(good[_i].file, STORE_AUTO, good[_i].pass, good[_i].key_pass, &err);
	const struct key_entry *entry;

	ck_assert_msg(store != NULL, "%s: %s", good[_i].file, err.text);
	ck_assert_uint_eq(store->count, 1);
	ck_assert_str_eq(store->left_out, "");
	entry = &store->entries[0];
	if (good[_i].alias)
		ck_assert_str_eq(entry->alias, good[_i].alias);
	else
		ck_assert_ptr_null(entry->alias);
	assert_cn(entry->cert, good[_i].cn);
	ck_assert_int_eq(X509_check_private_key(entry->cert, entry->key), 1);
	ck_assert_int_eq(sk_X509_num(entry->chain), good[_i].chain);
	if (good[_i].chain)
		assert_cn(sk_X509_value(entry->chain, 0), "Demo DICOM Client CA");
	key_store_free(store);
}
END_TEST

/* What a password is made into is wiped, whether it opens the store or not. */
static const struct {
	const char *file;
	const char *pass;
	const char *key_pass;
	size_t size;
} derived[] = {
	{ "scu1.jks", "changeit", NULL, SHA_DIGEST_LENGTH },
	{ "scu1.jks", "changeit", "wrong", SHA_DIGEST_LENGTH },
	{ "scu1.jceks", "changeit", NULL, 32 }, /* a key and a vector of triple DES */
	{ "scu1.jceks", "changeit", "wrong", 32 },
};

START_TEST(test_derived_is_wiped)
{
	struct err err = ERR_INIT;

	wipes_seek(NULL, derived[_i].size);
	key_store_free(load(derived[_i].file, STORE_AUTO, derived[_i].pass, derived[_i].key_pass, &err));
	ck_assert_uint_gt(wipes, 0);
}
END_TEST

static const struct {
	const char *file;
	enum store_type type;
	const char *pass;
	const char *key_pass;
	const char *text;
	const char *hint;
} bad[] = {
	{ "nowhere.p12", STORE_AUTO, NULL, NULL, "cannot open key store", "--key-store" },
	{ "/tmp", STORE_AUTO, NULL, NULL, "cannot read key store /tmp: Is a directory", "--key-store" },
	{ "/dev/null", STORE_AUTO, NULL, NULL, "/dev/null is empty", "Copy" },
	{ "/dev/zero", STORE_AUTO, NULL, NULL, "larger than 16 MiB", "--key-store" },
	{ "README.md", STORE_AUTO, NULL, NULL, "neither PKCS#12 nor PEM nor DER nor JKS", "right file" },
	{ "scu1.pem", STORE_PKCS12, NULL, NULL, "is PEM, not PKCS#12", "--key-store-type" },
	{ "scu1.p12", STORE_PEM, "changeit", NULL, "is PKCS#12, not PEM", "--key-store-type" },
	{ "root.der", STORE_PKCS12, NULL, NULL, "is a single DER object, not PKCS#12", "--key-store-type" },
	{ "scu1.jceks", STORE_PEM, "changeit", NULL, "is JKS, not PEM", "--key-store-type" },
	{ "scu1.pem", STORE_JKS, "changeit", NULL, "is PEM, not JKS", "--key-store-type" },
	{ "certtool.p12", STORE_JKS, "changeit", NULL, "is PEM, not JKS", "--key-store-type" },
	{ "scu1.jks", STORE_AUTO, "wrong", NULL, "given does not open key store", "--key-store-pass" },
	{ "scu1.jceks", STORE_AUTO, "wrong", NULL, "given does not open key store", "keytool -list" },
	{ "scu1.jks", STORE_AUTO, NULL, NULL, "needs a password", "--key-store-pass" },
	{ "scu1.jks", STORE_AUTO, "changeit", "wrong",
		"the password given with --key-pass does not open the private key \"scu1\"", "--key-pass" },
	{ "scu1.jceks", STORE_AUTO, "changeit", "wrong",
		"the password given with --key-pass does not open the private key \"scu1\"", "--key-pass" },
	{ "key-password.jks", STORE_AUTO, "changeit", NULL,
		"the password given does not open the private key \"scu1\"", "--key-pass" },
	{ "trust.jks", STORE_AUTO, "changeit", NULL, "holds certificates only (1)", "--trust-store" },
	{ "secret.jceks", STORE_AUTO, "changeit", NULL, "holds a secret key", "keytool -importkeystore" },
	{ "scu1.p12", STORE_AUTO, "wrong", NULL, "given does not open key store", "--key-store-pass" },
	{ "scu1.p12", STORE_AUTO, "", NULL, "given does not open key store", "--key-store-pass" },
	{ "scu1.p12", STORE_AUTO, NULL, NULL, "needs a password", "--key-store-pass" },
	{ "legacy.p12", STORE_AUTO, "wrong", NULL, "given does not open key store", "--key-store-pass" },
	{ "no-mac.p12", STORE_AUTO, "wrong", NULL, "open the private key \"scu1\"", "--key-store-pass" },
	{ "scu1.p12", STORE_AUTO, "changeit", "wrong",
		"the password given with --key-pass does not open the private key \"scu1\"", "--key-pass" },
	{ "key-password.p12", STORE_AUTO, "changeit", NULL,
		"the password given does not open the private key \"scu2\"", "--key-pass" },
	{ "encrypted.pem", STORE_AUTO, "wrong", NULL, "not open the private key in", "--key-store-pass" },
	{ "encrypted.pem", STORE_AUTO, NULL, NULL, "needs a password", "--key-store-pass" },
	{ "traditional-aes.pem", STORE_AUTO, "wrong", NULL, "not open the private key", "--key-store-pass" },
	{ "key-encrypted.der", STORE_AUTO, "wrong", NULL, "not open the private key", "--key-store-pass" },
	{ "trust.p12", STORE_AUTO, "changeit", NULL, "holds certificates only (1)", "--trust-store" },
	{ "trust-two.p12", STORE_AUTO, "changeit", NULL, "holds certificates only (2)", "--trust-store" },
	{ "root.pem", STORE_AUTO, NULL, NULL, "holds certificates only (1)", "--trust-store" },
	{ "root.der", STORE_AUTO, NULL, NULL, "holds certificates only (1)", "--trust-store" },
	{ "chain-der.p7b", STORE_AUTO, NULL, NULL, "holds certificates only (2)", "--trust-store" },
	{ "crl.pem", STORE_AUTO, NULL, NULL, "contains a revocation list, which cannot", "--crl-file" },
	{ "crl.der", STORE_AUTO, NULL, NULL, "is a revocation list", "--crl-file" },
	{ "pbmac1.p12", STORE_AUTO, "wrong", NULL, "given does not open key store", "--key-store-pass" },
	{ "pbmac1.p12", STORE_AUTO, NULL, NULL, "needs a password", "--key-store-pass" },
	{ "certtool.p12", STORE_AUTO, "wrong", NULL, "given does not open key store", "--key-store-pass" },
	{ "bc-trust.p12", STORE_AUTO, "changeit", NULL, "holds certificates only (1)", "--trust-store" },
	{ "bc-ed25519.der", STORE_AUTO, NULL, NULL, "key without its certificate", "openssl pkcs12" },
	{ "bc.bks", STORE_AUTO, "changeit", NULL, "(BKS or UBER)", "keytool -importkeystore" },
	{ "bc.uber", STORE_AUTO, "changeit", NULL, "(BKS or UBER)", "keytool -importkeystore" },
	{ "bc.bcfks", STORE_AUTO, "changeit", NULL, "(BCFKS)", "-srcstoretype BCFKS" },
	{ "openssh.pem", STORE_AUTO, NULL, NULL, "contains an OpenSSH private key", "ssh-keygen -p" },
	{ "putty.ppk", STORE_AUTO, NULL, NULL, "is a PuTTY private key", "puttygen" },
	{ "key.pvk", STORE_AUTO, NULL, NULL, "PVK format", "openssl rsa -inform PVK" },
	{ "request.pem", STORE_AUTO, NULL, NULL, "contains a certificate request", "CA" },
	{ "request.der", STORE_AUTO, NULL, NULL, "is a certificate request", "CA" },
	{ "public.pem", STORE_AUTO, NULL, NULL, "contains a public key only", "private key" },
	{ "public.der", STORE_AUTO, NULL, NULL, "is a public key only", "private key" },
	{ "key-only.p12", STORE_AUTO, "changeit", NULL, "key without its certificate", "openssl pkcs12" },
	{ "key-only.pem", STORE_AUTO, NULL, NULL, "key without its certificate", "openssl pkcs12" },
	{ "key-only.der", STORE_AUTO, NULL, NULL, "key without its certificate", "openssl pkcs12" },
	{ "key-encrypted.der", STORE_AUTO, "changeit", NULL, "key without its certificate",
		"openssl pkcs12" },
	{ "mismatch.pem", STORE_AUTO, NULL, NULL, "do not match: \"CN=SCU_DCM1,OU=DICOM,O=Demo,C=ES\"",
		"Combine the key" },
};

START_TEST(test_bad_key_stores)
{
	struct err err = ERR_INIT;
	struct key_store *store = load(bad[_i].file, bad[_i].type, bad[_i].pass, bad[_i].key_pass, &err);

	ck_assert_ptr_null(store);
	ck_assert_int_eq(err.kind, ERR_CREDENTIALS);
	ck_assert_msg(strstr(err.text, bad[_i].text) != NULL, "%s: %s", bad[_i].file, err.text);
	ck_assert_msg(strstr(err.hint, bad[_i].hint) != NULL, "%s: %s", bad[_i].file, err.hint);
	ck_assert_msg(strstr(err.text, bad[_i].file) != NULL, "%s: not named: %s", bad[_i].file, err.text);
}
END_TEST

/* Whatever end is missing, it is told from a wrong password. */
START_TEST(test_truncated)
{
	static const char *const files[] = { "scu1.p12", "java.p12", "trust.p12", "root.der", "scu1.pem",
		"scu1.jks", "scu1.jceks" };
	struct err err = ERR_INIT;
	size_t len;

	slurp(files[_i]);
	for (len = 64; len < file.len; len += file.len / 7) {
		struct store_source source = { "cut", STORE_AUTO, NULL, NULL, NULL, NULL };
		struct key_store *store = key_store_parse(file.data, len, &source, NULL, &err);

		/* PEM cut between blocks is whole, with less in it. */
		if (_i == 4 && (store || !strstr(err.text, "cut short"))) {
			key_store_free(store);
			continue;
		}
		ck_assert_ptr_null(store);
		ck_assert_msg(strstr(err.text, "is cut short") != NULL, "%s", err.text);
	}
}
END_TEST

START_TEST(test_trailing_bytes)
{
	struct secret pass = secret_of("changeit");
	struct store_source source = { "longer", STORE_AUTO, &pass, NULL, NULL, NULL };
	struct err err = ERR_INIT;
	struct key_store *store;

	slurp("scu1.p12");
	file.data[file.len] = '\n';
	store = key_store_parse(file.data, file.len + 1, &source, NULL, &err);
	ck_assert_msg(store != NULL, "%s", err.text);
	key_store_free(store);
	secret_clear(&pass);
}
END_TEST

/* Of indefinite length, as BER allows and NSS writes. */
START_TEST(test_indefinite_length)
{
	struct secret pass = secret_of("changeit");
	struct store_source source = { "ber", STORE_AUTO, &pass, NULL, NULL, NULL };
	struct err err = ERR_INIT;
	struct key_store *store;

	slurp("scu1.p12");
	ck_assert_mem_eq(file.data, "\x30\x82", 2);
	file.data[2] = 0x30;
	file.data[3] = 0x80;
	memset(file.data + file.len, 0, 2);
	store = key_store_parse(file.data + 2, file.len, &source, NULL, &err);
	ck_assert_msg(store != NULL, "%s", err.text);
	key_store_free(store);
	ck_assert_ptr_null(key_store_parse(file.data + 2, file.len / 2, &source, NULL, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "is damaged"));
	secret_clear(&pass);
}
END_TEST

/* Any single byte changed: an answer, and never a crash. */
START_TEST(test_damaged)
{
	static const char *const files[] = { "key-password.p12", "sec1.pem", "root.der", "chain-der.p7b",
		"key-password.jks" };
	struct secret pass = secret_of("changeit"), key_pass = secret_of("keypass");
	struct store_source source = { "damaged", STORE_AUTO, &pass, NULL, NULL, NULL };

	slurp(files[_i]);
	for (size_t i = 0; i < file.len; i++) {
		struct err err = ERR_INIT;
		struct key_store *store;

		file.data[i] ^= 0x41;
		store = key_store_parse(file.data, file.len, &source, &key_pass, &err);
		file.data[i] ^= 0x41;
		ck_assert(store || (err.kind == ERR_CREDENTIALS && err.text[0]));
		key_store_free(store);
	}
	secret_clear(&pass);
	secret_clear(&key_pass);
}
END_TEST

START_TEST(test_pipe)
{
	struct err err = ERR_INIT;
	char path[64];
	int fds[2];
	struct key_store *store;

	slurp("scu1.p12");
	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], file.data, file.len), (ssize_t)file.len);
	close(fds[1]);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fds[0]);
	store = load(path, STORE_AUTO, "changeit", NULL, &err);
	ck_assert_msg(store != NULL, "%s", err.text);
	key_store_free(store);
	close(fds[0]);
}
END_TEST

/* A file name that would clear the screen. */
START_TEST(test_harmless_path)
{
	struct err err = ERR_INIT;

	ck_assert_ptr_null(load("/\033[2J/x.p12", STORE_AUTO, NULL, NULL, &err));
	ck_assert_ptr_null(strchr(err.text, '\033'));
}
END_TEST

struct asking {
	const char *answer;
	int times;
};

static int
answer(void *ctx, const char *path, struct secret *out, struct err *err)
{
	struct asking *asking = ctx;

	(void)path;
	asking->times++;
	if (!asking->answer)
		return err_set(err, ERR_CREDENTIALS, "nobody there");
	return secret_set(out, asking->answer, strlen(asking->answer));
}

static const struct {
	const char *file;
	const char *answer;
	int times;
	const char *text; /* NULL: opens */
} questions[] = {
	{ "scu1.p12", "changeit", 1, NULL },
	{ "scu1.p12", "wrong", 1, "the password given does not open" },
	{ "scu1.p12", NULL, 1, "nobody there" },
	{ "no-mac.p12", "changeit", 1, NULL },
	{ "two-keys.p12", "changeit", 1, NULL },
	{ "encrypted.pem", "changeit", 1, NULL },
	{ "encrypted.pem", "wrong", 1, "not open the private key" },
	{ "key-password.p12", "changeit", 1, "does not open the private key \"scu2\"" },
	{ "open.p12", "changeit", 0, NULL },
	{ "empty-password.p12", "changeit", 0, NULL },
	{ "scu1.pem", "changeit", 0, NULL },
	{ "root.der", "changeit", 0, "certificates only" },
};

START_TEST(test_asking)
{
	char path[512];
	struct asking asking = { questions[_i].answer, 0 };
	struct secret none = { 0 };
	struct store_source source = { fixture(questions[_i].file, path, sizeof path), STORE_AUTO, &none,
		answer, &asking, NULL };
	struct err err = ERR_INIT;
	struct key_store *store = key_store_load(&source, NULL, &err);

	ck_assert_int_eq(asking.times, questions[_i].times);
	if (!questions[_i].text)
		ck_assert_msg(store != NULL, "%s: %s", path, err.text);
	else
		ck_assert_msg(!store && strstr(err.text, questions[_i].text), "%s: %s", path, err.text);
	key_store_free(store);
}
END_TEST

START_TEST(test_find)
{
	struct err err = ERR_INIT;
	struct key_store *store = load("two-keys.p12", STORE_AUTO, "changeit", NULL, &err);
	char list[128], small[12];

	ck_assert_msg(store != NULL, "%s", err.text);
	ck_assert_uint_eq(store->count, 2);
	assert_cn(key_store_find(store, "scu1", &err)->cert, "SCU_DCM1");
	assert_cn(key_store_find(store, "SCU2", &err)->cert, "SCU_DCM2");
	ck_assert_ptr_null(key_store_find(store, "scu3", &err));
	ck_assert_int_eq(err.kind, ERR_CREDENTIALS);
	ck_assert_ptr_nonnull(strstr(err.text, "no key named \"scu3\"; it has: scu1 (CN=SCU_DCM1), scu2"));
	ck_assert_str_eq(
		key_store_aliases(store, list, sizeof list), "scu1 (CN=SCU_DCM1), scu2 (CN=SCU_DCM2)");
	ck_assert_str_eq(key_store_aliases(store, small, sizeof small), "scu1 (CN...");
	key_store_free(store);
}
END_TEST

static STACK_OF(X509_NAME) *
names_of(const char *const *cns)
{
	STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();

	for (; *cns; cns++) {
		X509_NAME *name = X509_NAME_new();
		const char *const rest[] = { "C", "ES", "O", "Demo", "OU", "DICOM", "CN", *cns };

		for (size_t i = 0; i < COUNT(rest); i += 2)
			ck_assert(X509_NAME_add_entry_by_txt(
				name, rest[i], MBSTRING_UTF8, (const unsigned char *)rest[i + 1], -1, -1, 0));
		sk_X509_NAME_push(names, name);
	}
	return names;
}

static const struct {
	const char *file;
	const char *issuers[3];
	const char *cn; /* NULL: no match, or several */
} matches[] = {
	{ "two-keys.p12", { "Demo DICOM Client CA" }, "SCU_DCM1" },
	{ "two-keys.p12", { "Demo DICOM CA" }, "SCU_DCM2" },
	{ "two-keys.p12", { "Another CA", "Demo DICOM CA" }, "SCU_DCM2" },
	{ "two-keys.p12", { "Demo DICOM Client CA", "Demo DICOM CA" }, NULL },
	{ "two-keys.p12", { "Another CA" }, NULL },
	{ "two-keys.p12", { NULL }, NULL },
	{ "chain.p12", { "Demo DICOM CA" }, "SCU_DCM1" },
	{ "chain.p12", { "Demo DICOM Client CA" }, "SCU_DCM1" },
	{ "chain.p12", { NULL }, "SCU_DCM1" },
	{ "scu1.p12", { "Demo DICOM CA" }, NULL },
};

START_TEST(test_match)
{
	struct err err = ERR_INIT;
	struct key_store *store = load(matches[_i].file, STORE_AUTO, "changeit", NULL, &err);
	STACK_OF(X509_NAME) *issuers = names_of(matches[_i].issuers);
	const struct key_entry *entry;

	ck_assert_msg(store != NULL, "%s", err.text);
	entry = key_store_match(store, issuers);
	if (!matches[_i].cn)
		ck_assert_ptr_null(entry);
	else {
		ck_assert_ptr_nonnull(entry);
		assert_cn(entry->cert, matches[_i].cn);
	}
	sk_X509_NAME_pop_free(issuers, X509_NAME_free);
	key_store_free(store);
}
END_TEST

START_TEST(test_dates)
{
	struct err err = ERR_INIT;
	struct key_store *store = load("scu1.p12", STORE_AUTO, "changeit", NULL, &err);
	const time_t year2000 = 946684800, year2050 = 2524608000, year2200 = 7258118400;

	ck_assert_msg(store != NULL, "%s", err.text);
	ck_assert_int_eq(key_entry_check(store->entries, store->path, year2050, &err), 0);
	ck_assert_int_eq(key_entry_check(store->entries, store->path, year2200, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CREDENTIALS);
	ck_assert_ptr_nonnull(strstr(err.text, "our certificate \"CN=SCU_DCM1,OU=DICOM,O=Demo,C=ES\" in "));
	ck_assert_ptr_nonnull(strstr(err.text, "expired on 2099-12-3"));
	ck_assert_str_eq(err.text + strlen(err.text) - 4, " UTC");
	ck_assert_int_eq(key_entry_check(store->entries, store->path, year2000, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "is not valid before 20"));
	key_store_free(store);
}
END_TEST

static const struct {
	const char *file;
	const char *pass;
	int count;
	const char *cn;	  /* of the first */
	const char *text; /* of the failure */
} trusts[] = {
	{ "trust.p12", "changeit", 1, "Demo DICOM CA", NULL },
	{ "trust-legacy.p12", "changeit", 1, "Demo DICOM CA", NULL },
	{ "trust-openssl.p12", "changeit", 1, "Demo DICOM CA", NULL },
	{ "trust-intermediate.p12", "changeit", 1, "Demo DICOM Client CA", NULL },
	{ "trust-two.p12", "changeit", 2, NULL, NULL },
	{ "trust-and-key.p12", "changeit", 1, "Demo DICOM CA", NULL },
	{ "chain.p12", "changeit", 2, NULL, NULL },
	{ "root.pem", NULL, 1, "Demo DICOM CA", NULL },
	{ "root.der", NULL, 1, "Demo DICOM CA", NULL },
	{ "trusted.pem", NULL, 1, "Demo DICOM CA", NULL },
	{ "chain-pem.p7b", NULL, 2, "Demo DICOM Client CA", NULL },
	{ "chain-der.p7b", NULL, 2, "Demo DICOM Client CA", NULL },
	{ "scu1.pem", NULL, 2, "Demo DICOM CA", NULL },
	{ "encrypted.pem", NULL, -1, NULL, "holds a private key, but no trusted certificate" },
	{ "scu1.p12", "changeit", -1, NULL, "holds a private key, but no trusted certificate" },
	{ "key-only.der", NULL, -1, NULL, "holds a private key, but no trusted certificate" },
	{ "crl.pem", NULL, -1, NULL, "contains a revocation list, but no certificate" },
	{ "request.pem", NULL, -1, NULL, "contains a certificate request, but no certificate" },
	{ "bc.bcfks", NULL, -1, NULL, "(BCFKS)" },
	{ "bc-trust.p12", "changeit", 1, "Demo DICOM CA", NULL },
	{ "nss.p12", "changeit", 2, NULL, NULL },
	{ "openssh.pem", NULL, -1, NULL, "holds a private key, but no trusted certificate" },
	{ "trust.p12", "wrong", -1, NULL, "the password given does not open trust store" },
	{ "trust.p12", NULL, -1, NULL, "needs a password" },
	{ "trust.jks", "changeit", 1, "Demo DICOM CA", NULL },
	{ "trust.jceks", "changeit", 1, "Demo DICOM CA", NULL },
	{ "utf8-password.jks", "p\xc3\xa4ssw\xc3\xb6rt\xe2\x82\xac", 1, "Demo DICOM CA", NULL },
	{ "trust.jks", "wrong", -1, NULL, "the password given does not open trust store" },
	{ "trust.jks", NULL, -1, NULL, "needs a password" },
	{ "scu1.jks", "changeit", -1, NULL, "holds a private key, but no trusted certificate" },
	{ "nowhere.p12", NULL, -1, NULL, "cannot open trust store" },
};

START_TEST(test_trust_stores)
{
	STACK_OF(X509) *anchors = sk_X509_new_null();
	struct err err = ERR_INIT;
	int rv = load_trust(trusts[_i].file, trusts[_i].pass, anchors, &err);

	ck_assert_msg(rv == trusts[_i].count, "%s: %d (%s)", trusts[_i].file, rv, err.text);
	ck_assert_int_eq(sk_X509_num(anchors), rv < 0 ? 0 : rv);
	if (trusts[_i].cn)
		assert_cn(sk_X509_value(anchors, 0), trusts[_i].cn);
	if (trusts[_i].text) {
		ck_assert_int_eq(err.kind, ERR_CREDENTIALS);
		ck_assert_msg(strstr(err.text, trusts[_i].text) != NULL, "%s", err.text);
		ck_assert(err.hint[0]);
	}
	sk_X509_pop_free(anchors, X509_free);
}
END_TEST

/* Every anchor remembers the store that it came from. */
START_TEST(test_origins)
{
	static const struct {
		const char *file;
		const char *pass;
		const char *alias;
	} rows[] = {
		{ "trust.p12", "changeit", " (dicom-ca)" },
		{ "trust.jks", "changeit", " (dicom-ca)" },
		{ "root.pem", NULL, "" },
		{ "trusted.pem", NULL, "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		STACK_OF(X509) *anchors = sk_X509_new_null();
		char path[512], wanted[600], origin[600];
		struct err err = ERR_INIT;

		ck_assert_int_eq(load_trust(rows[i].file, rows[i].pass, anchors, &err), 1);
		snprintf(wanted, sizeof wanted, "%s%s", fixture(rows[i].file, path, sizeof path), rows[i].alias);
		ck_assert_str_eq(trust_store_origin(sk_X509_value(anchors, 0), origin, sizeof origin), wanted);
		sk_X509_pop_free(anchors, X509_free);
	}
}
END_TEST

/* What the probe for enforced mTLS shows: a pair that fits, for clients, that nobody issued. */
START_TEST(test_temporary_key)
{
	struct err err = ERR_INIT;
	struct key_store *store = key_store_temporary(&err);
	const struct key_entry *entry = key_store_match(store, NULL);

	ck_assert_msg(store && entry, "%s", err.text);
	assert_cn(entry->cert, "mtls-storescu probe");
	ck_assert_int_eq(X509_check_private_key(entry->cert, entry->key), 1);
	ck_assert_int_eq(X509_self_signed(entry->cert, 1), 1);
	ck_assert_int_eq(key_entry_check(entry, store->path, time(NULL), &err), 0);
	ck_assert_int_eq(key_entry_check(entry, store->path, time(NULL) + 3700, &err), -1);
	key_store_free(store);
}
END_TEST

START_TEST(test_crls)
{
	static const struct {
		const char *file;
		int count;
		const char *text;
	} rows[] = {
		{ "crl.pem", 1, NULL },
		{ "crl.der", 1, NULL },
		{ "root.pem", -1, "contains no revocation list" },
		{ "root.der", -1, "is damaged" },
		{ "scu1.p12", -1, "is not a revocation list" },
		{ "/dev/null", -1, "is empty" },
		{ "nowhere.crl", -1, "cannot open CRL file" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		STACK_OF(X509_CRL) *crls = sk_X509_CRL_new_null();
		struct err err = ERR_INIT;
		char path[512];

		fixture(rows[i].file, path, sizeof path);
		ck_assert_int_eq(crl_load(path, crls, &err), rows[i].count);
		if (rows[i].text)
			ck_assert_msg(strstr(err.text, rows[i].text) != NULL, "%s", err.text);
		sk_X509_CRL_pop_free(crls, X509_CRL_free);
	}
}
END_TEST

/* Java takes PKCS#12 and JKS under either name, and so do we; it is told. */
static const struct {
	const char *file;
	enum store_type type;
	const char *text; /* NULL: nothing to tell */
} other_types[] = {
	{ "scu1.p12", STORE_AUTO, NULL },
	{ "scu1.p12", STORE_PKCS12, NULL },
	{ "scu1.jks", STORE_JKS, NULL },
	{ "scu1.p12", STORE_JKS, "is PKCS#12, although --key-store-type says JKS" },
	{ "scu1.jks", STORE_PKCS12, "is JKS, although --key-store-type says PKCS#12" },
	{ "scu1.jceks", STORE_PKCS12, "is JKS, although --key-store-type says PKCS#12" },
	{ "certtool.p12", STORE_PKCS12, "is PEM, although --key-store-type says PKCS#12" },
	{ "certtool.p12", STORE_PEM, NULL },
};

START_TEST(test_other_types)
{
	char path[512];
	struct secret pass = secret_of("changeit");
	struct store_notes warnings = { "", false };
	struct store_source source = { fixture(other_types[_i].file, path, sizeof path), other_types[_i].type,
		&pass, NULL, NULL, &warnings };
	struct err err = ERR_INIT;
	struct key_store *store = key_store_load(&source, NULL, &err);

	ck_assert_msg(store != NULL, "%s", err.text);
	if (other_types[_i].text)
		ck_assert_msg(strstr(warnings.other_type, other_types[_i].text) != NULL, "%s",
			warnings.other_type);
	else
		ck_assert_str_eq(warnings.other_type, "");
	key_store_free(store);
	secret_clear(&pass);
}
END_TEST

static const struct {
	const char *file;
	bool clear;
} clear_keys[] = {
	{ "scu1.p12", false }, { "open.p12", true }, { "no-encryption.p12", true }, { "no-mac.p12", false },
	{ "scu1.pem", true }, { "pkcs1.pem", true }, { "sec1.pem", true }, { "encrypted.pem", false },
	{ "traditional-aes.pem", false }, { "scu1.jks", false }, { "scu1.jceks", false }, { "bc-ed25519.pem", true },
	{ "certtool.p12", false },
};

START_TEST(test_clear_keys)
{
	char path[512];
	struct secret pass = secret_of("changeit");
	struct store_notes warnings = { "", false };
	struct store_source source = { fixture(clear_keys[_i].file, path, sizeof path), STORE_AUTO, &pass, NULL,
		NULL, &warnings };
	struct err err = ERR_INIT;
	struct key_store *store = key_store_load(&source, NULL, &err);

	ck_assert_msg(store != NULL, "%s", err.text);
	ck_assert_msg(warnings.key_in_clear == clear_keys[_i].clear, "%s", clear_keys[_i].file);
	key_store_free(store);
	secret_clear(&pass);
}
END_TEST

/* Any byte of what PBMAC1 says changed: an answer, and never a crash. */
START_TEST(test_damaged_pbmac1)
{
	struct secret pass = secret_of("changeit");
	struct store_source source = { "damaged", STORE_AUTO, &pass, NULL, NULL, NULL };

	slurp("pbmac1.p12");
	for (size_t i = file.len - 160; i < file.len; i++) {
		struct err err = ERR_INIT;
		struct key_store *store;

		file.data[i] ^= 0x41;
		store = key_store_parse(file.data, file.len, &source, NULL, &err);
		file.data[i] ^= 0x41;
		ck_assert(store || (err.kind == ERR_CREDENTIALS && err.text[0]));
		key_store_free(store);
	}
	secret_clear(&pass);
}
END_TEST

START_TEST(test_types)
{
	static const struct {
		const char *name;
		int rv;
		enum store_type type;
	} rows[] = {
		{ "PKCS12", 0, STORE_PKCS12 },
		{ "pkcs12", 0, STORE_PKCS12 },
		{ "Pem", 0, STORE_PEM },
		{ "JKS", 0, STORE_JKS },
		{ "jceks", 0, STORE_JKS },
		{ "PKCS", -1, STORE_AUTO },
		{ "", -1, STORE_AUTO },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		enum store_type type = STORE_AUTO;
		struct err err = ERR_INIT;

		ck_assert_int_eq(store_type_parse(rows[i].name, &type, &err), rows[i].rv);
		ck_assert_int_eq(type, rows[i].type);
		ck_assert_int_eq(err.kind, rows[i].rv ? ERR_USAGE : ERR_NONE);
	}
}
END_TEST

/* Without legacy.so the reason is not the password. A process of its own, for the environment (CK_FORK). */
START_TEST(test_no_legacy_provider)
{
	static const char *const files[] = { "legacy.p12", "traditional-des.pem" };
	struct err err = ERR_INIT;

	setenv("OPENSSL_MODULES", dir, 1);
	for (size_t i = 0; i < COUNT(files); i++) {
		ck_assert_ptr_null(load(files[i], STORE_AUTO, "changeit", NULL, &err));
		ck_assert_msg(strstr(err.text, "needs OpenSSL's legacy provider") != NULL, "%s", err.text);
		ck_assert_ptr_nonnull(strstr(err.hint, "openssl-provider-legacy"));
	}
	unsetenv("OPENSSL_MODULES");
	ck_assert_ptr_nonnull(strstr(err.text, "DES-CBC"));
}
END_TEST

/* RC2 must not become known to the context that TLS uses. */
START_TEST(test_legacy_stays_private)
{
	struct err err = ERR_INIT;
	struct key_store *store = load("legacy.p12", STORE_AUTO, "changeit", NULL, &err);
	EVP_CIPHER *rc2 = EVP_CIPHER_fetch(NULL, "RC2-40-CBC", NULL);

	ck_assert_ptr_nonnull(store);
	ck_assert_ptr_null(rc2);
	ck_assert_int_eq(OSSL_PROVIDER_available(NULL, "legacy"), 0);
	key_store_free(store);
}
END_TEST

/* Key and certificate of sec1.pem, to put stores together from. */
static EVP_PKEY *key;
static X509 *cert;

static void
setup_parts(void)
{
	struct err err = ERR_INIT;
	struct key_store *store = load("sec1.pem", STORE_AUTO, NULL, NULL, &err);

	ck_assert_ptr_nonnull(store);
	key = store->entries[0].key;
	cert = store->entries[0].cert;
	EVP_PKEY_up_ref(key);
	X509_up_ref(cert);
	key_store_free(store);
}

static void
teardown_parts(void)
{
	EVP_PKEY_free(key);
	X509_free(cert);
}

/* Bags wrapped in a safe bag of their own (RFC 7292 4.2.6), which OpenSSL has no function for. Frees bags. */
static STACK_OF(PKCS12_SAFEBAG) *
nest(STACK_OF(PKCS12_SAFEBAG) *bags)
{
	STACK_OF(PKCS12_SAFEBAG) *outer = sk_PKCS12_SAFEBAG_new_null();
	ASN1_OBJECT *type = OBJ_nid2obj(NID_safeContentsBag);
	unsigned char *inner = NULL, buf[8192], *p = buf;
	const unsigned char *in = buf;
	int len = ASN1_item_i2d((const ASN1_VALUE *)bags, &inner, ASN1_ITEM_rptr(PKCS12_SAFEBAGS));
	int value = ASN1_object_size(1, len, 0);

	ck_assert(len > 0 && len < (int)sizeof buf - 64);
	ASN1_put_object(&p, 1, i2d_ASN1_OBJECT(type, NULL) + value, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
	i2d_ASN1_OBJECT(type, &p);
	ASN1_put_object(&p, 1, len, 0, V_ASN1_CONTEXT_SPECIFIC);
	memcpy(p, inner, (size_t)len);
	OPENSSL_free(inner);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	sk_PKCS12_SAFEBAG_push(outer, d2i_PKCS12_SAFEBAG(NULL, &in, p - buf + len));
	return outer;
}

/* Seal bags into a store and load it. Frees bags. */
static struct key_store *
load_bags(STACK_OF(PKCS12_SAFEBAG) *bags, const char *mac_pass, const char *pass, struct err *err)
{
	STACK_OF(PKCS7) *safes = NULL;
	PKCS12 *p12;
	unsigned char *der = NULL;
	const char *path;
	int len;

	ck_assert(PKCS12_add_safe(&safes, bags, -1, 0, NULL));
	p12 = PKCS12_add_safes(safes, 0);
	ck_assert(PKCS12_set_mac(p12, mac_pass, -1, NULL, 0, 1, NULL));
	len = i2d_PKCS12(p12, &der);
	path = spill("bags.p12", der, (size_t)len);
	OPENSSL_free(der);
	PKCS12_free(p12);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return load(path, STORE_AUTO, pass, NULL, err);
}

START_TEST(test_nested_bags)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	struct err err = ERR_INIT;
	struct key_store *store;

	ck_assert(PKCS12_add_cert(&bags, cert));
	ck_assert(PKCS12_add_key(&bags, key, 0, 1, NID_aes_256_cbc, "changeit"));
	for (int depth = 0; depth < _i; depth++)
		bags = nest(bags);
	store = load_bags(bags, "changeit", "changeit", &err);
	if (_i <= 8)
		ck_assert_msg(store != NULL, "%s", err.text);
	else
		ck_assert_msg(!store && strstr(err.text, "is damaged"), "%s", err.text);
	key_store_free(store);
}
END_TEST

/* Java lets every key have its own password: the ones that do not open are left out, and named. */
START_TEST(test_one_locked_key)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	struct err err = ERR_INIT;
	PKCS12_SAFEBAG *open_key, *locked_key;
	struct key_store *store;

	ck_assert(PKCS12_add_cert(&bags, cert));
	open_key = PKCS12_add_key(&bags, key, 0, 1, NID_aes_256_cbc, "changeit");
	locked_key = PKCS12_add_key(&bags, key, 0, 1, NID_aes_256_cbc, "other");
	PKCS12_add_friendlyname_utf8(open_key, "new", -1);
	PKCS12_add_friendlyname_utf8(locked_key, "old", -1);
	store = load_bags(bags, "changeit", "changeit", &err);
	ck_assert_msg(store != NULL, "%s", err.text);
	ck_assert_uint_eq(store->count, 1);
	ck_assert_str_eq(store->left_out, "old (it has another password)");
	ck_assert_ptr_null(key_store_find(store, "old", &err));
	ck_assert_ptr_nonnull(strstr(err.text, "left out: old (it has another password)"));
	key_store_free(store);
}
END_TEST

/* An empty password may have been none at all to who wrote the store. */
START_TEST(test_absent_password)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	struct err err = ERR_INIT;
	struct key_store *store;

	ck_assert(PKCS12_add_cert(&bags, cert));
	ck_assert(PKCS12_add_key(&bags, key, 0, 1, -1, NULL));
	store = load_bags(bags, NULL, _i ? "" : NULL, &err);
	ck_assert_msg(store != NULL, "%s", err.text);
	ck_assert_ptr_null(store->entries[0].alias);
	key_store_free(store);
}
END_TEST

/* Encrypted contents behind a seal with another password (openssl pkcs12 -twopass), and without a seal. */
START_TEST(test_contents_password)
{
	const char *const wanted = _i ? "the password given does not open" : "matches the MAC of";
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	STACK_OF(PKCS7) *safes = NULL;
	struct err err = ERR_INIT;
	unsigned char *der = NULL;
	PKCS12 *p12;
	int len;

	ck_assert(PKCS12_add_cert(&bags, cert));
	ck_assert(PKCS12_add_safe(&safes, bags, NID_aes_256_cbc, 1, "other"));
	p12 = PKCS12_add_safes(safes, 0);
	if (_i == 0)
		ck_assert(PKCS12_set_mac(p12, "changeit", -1, NULL, 0, 1, NULL));
	len = i2d_PKCS12(p12, &der);
	ck_assert_ptr_null(load(spill("contents.p12", der, (size_t)len), STORE_AUTO, "changeit", NULL, &err));
	ck_assert_msg(strstr(err.text, wanted) != NULL, "%s", err.text);
	OPENSSL_free(der);
	PKCS12_free(p12);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}
END_TEST

START_TEST(test_text_encodings)
{
	char text[4096] = "\xef\xbb\xbf";
	struct err err = ERR_INIT;
	struct key_store *store;

	slurp("sec1.pem");
	memcpy(text + 3, file.data, file.len);
	store = load(spill("bom.pem", text, file.len + 3), STORE_AUTO, NULL, NULL, &err);
	ck_assert_msg(store != NULL, "%s", err.text);
	key_store_free(store);
	ck_assert_ptr_null(load(spill("utf16.pem", "\xff\xfe-\0-\0", 6), STORE_AUTO, NULL, NULL, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "UTF-16"));
}
END_TEST

static void
setup_dir(void)
{
	snprintf(dir, sizeof dir, "/tmp/test_store.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
teardown_dir(void)
{
	static const char *const names[] = { "bags.p12", "contents.p12", "bom.pem", "utf16.pem" };
	char path[128];

	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

static Suite *
suite_store(void)
{
	Suite *suite = suite_create("store");
	TCase *fixtures = tcase_create("fixtures"), *made = tcase_create("made");

	tcase_add_unchecked_fixture(fixtures, setup_dir, teardown_dir);
	tcase_add_rows(fixtures, test_key_stores, good, file);
	tcase_add_rows(fixtures, test_derived_is_wiped, derived, file);
	tcase_add_rows(fixtures, test_bad_key_stores, bad, file);
	tcase_add_loop_test(fixtures, test_truncated, 0, 7);
	tcase_add_test(fixtures, test_trailing_bytes);
	tcase_add_test(fixtures, test_indefinite_length);
	tcase_add_loop_test(fixtures, test_damaged, 0, 5);
	tcase_add_test(fixtures, test_pipe);
	tcase_add_test(fixtures, test_harmless_path);
	tcase_add_rows(fixtures, test_asking, questions, file);
	tcase_add_test(fixtures, test_find);
	tcase_add_rows(fixtures, test_match, matches, file);
	tcase_add_test(fixtures, test_dates);
	tcase_add_rows(fixtures, test_trust_stores, trusts, file);
	tcase_add_test(fixtures, test_origins);
	tcase_add_test(fixtures, test_temporary_key);
	tcase_add_test(fixtures, test_crls);
	tcase_add_test(fixtures, test_types);
	tcase_add_loop_test(fixtures, test_other_types, 0, COUNT(other_types));
	tcase_add_loop_test(fixtures, test_clear_keys, 0, COUNT(clear_keys));
	tcase_add_test(fixtures, test_damaged_pbmac1);
	tcase_add_test(fixtures, test_no_legacy_provider);
	tcase_add_test(fixtures, test_legacy_stays_private);
	suite_add_tcase(suite, fixtures);

	tcase_add_unchecked_fixture(made, setup_dir, teardown_dir);
	tcase_add_checked_fixture(made, setup_parts, teardown_parts);
	tcase_add_loop_test(made, test_nested_bags, 0, 11);
	tcase_add_test(made, test_one_locked_key);
	tcase_add_loop_test(made, test_absent_password, 0, 2);
	tcase_add_loop_test(made, test_contents_password, 0, 2);
	tcase_add_test(made, test_text_encodings);
	suite_add_tcase(suite, made);
	return suite;
}

int
main(void)
{
	return check_run(suite_store());
}
