/* SPDX-License-Identifier: BSD-3-Clause */
#include "testpki.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#define DAY (24L * 60 * 60)
#define HOUR 3600L

static void
add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ck_assert_msg(ext != NULL, "extension %s", value);
	ck_assert(X509_add_ext(cert, ext, -1));
	X509_EXTENSION_free(ext);
}

static void
add_named(X509 *cert, X509 *issuer, const char *name, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_nconf(NULL, &ctx, name, value);
	ck_assert_msg(ext != NULL, "extension %s=%s", name, value);
	ck_assert(X509_add_ext(cert, ext, -1));
	X509_EXTENSION_free(ext);
}

static bool
has_named(const struct testpki_spec *spec, const char *name)
{
	for (int i = 0; i < 3 && spec->ext[i][0]; i++) {
		if (strcmp(spec->ext[i][0], name) == 0)
			return true;
	}
	return false;
}

static void
add_extensions(X509 *cert, X509 *issuer, const struct testpki_spec *spec)
{
	if (spec->ca && !has_named(spec, "basicConstraints"))
		add_extension(cert, issuer, NID_basic_constraints, "critical,CA:TRUE");
	if (spec->ca && !has_named(spec, "keyUsage"))
		add_extension(cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
	if (spec->san)
		add_extension(cert, issuer, NID_subject_alt_name, spec->san);
	if (spec->usage)
		add_extension(cert, issuer, NID_ext_key_usage, spec->usage);
	for (int i = 0; i < 3 && spec->ext[i][0]; i++)
		add_named(cert, issuer, spec->ext[i][0], spec->ext[i][1]);
}

static void
add_entry(X509_NAME *name, const char *field, const char *value)
{
	const unsigned char *bytes = (const unsigned char *)value;

	ck_assert(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, bytes, -1, -1, 0));
}

static void
set_subject(X509 *cert, const char *org, const char *cn)
{
	X509_NAME *name = X509_get_subject_name(cert);

	add_entry(name, "O", org);
	add_entry(name, "CN", cn);
}

static void
set_serial(X509 *cert)
{
	BIGNUM *serial = BN_new();

	ck_assert(serial && BN_rand(serial, 63, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY));
	ck_assert(BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert)));
	BN_free(serial);
}

static EVP_PKEY *
make_key(unsigned rsa_bits)
{
	return rsa_bits ? EVP_RSA_gen(rsa_bits) : EVP_EC_gen("P-256");
}

struct testpki
testpki_make(const struct testpki_spec *spec)
{
	struct testpki made = { X509_new(), spec->key ? spec->key->key : make_key(spec->rsa_bits) };
	const struct testpki *issuer = spec->issuer ? spec->issuer : &made;
	int from = spec->from_days, to = spec->to_days;

	ck_assert(made.cert && made.key && (!spec->key || EVP_PKEY_up_ref(made.key)));
	if (from == 0 && to == 0) {
		from = -1;
		to = 10;
	}
	ck_assert(X509_set_version(made.cert, X509_VERSION_3));
	set_serial(made.cert);
	set_subject(made.cert, spec->org ? spec->org : "Demo", spec->cn);
	ck_assert(X509_set_issuer_name(made.cert, X509_get_subject_name(issuer->cert)));
	X509_gmtime_adj(X509_getm_notBefore(made.cert), from * DAY);
	/* Not to the second: whole days left must not depend on when the clock is read. */
	X509_gmtime_adj(X509_getm_notAfter(made.cert), to * DAY - HOUR);
	ck_assert(X509_set_pubkey(made.cert, made.key));
	add_extensions(made.cert, issuer->cert, spec);
	ck_assert(X509_sign(made.cert, issuer->key, spec->sha1 ? EVP_sha1() : EVP_sha256()) > 0);
	return made;
}

void
testpki_free(struct testpki *pki)
{
	X509_free(pki->cert);
	EVP_PKEY_free(pki->key);
	pki->cert = NULL;
	pki->key = NULL;
}

static void
add_revoked(X509_CRL *crl, X509 *cert)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_TIME *when = X509_gmtime_adj(NULL, -DAY);
	ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();

	ck_assert(entry && when && reason);
	ck_assert(ASN1_ENUMERATED_set(reason, CRL_REASON_KEY_COMPROMISE));
	ck_assert(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(cert)));
	ck_assert(X509_REVOKED_set_revocationDate(entry, when));
	ck_assert(X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0));
	ck_assert(X509_CRL_add0_revoked(crl, entry));
	ASN1_ENUMERATED_free(reason);
	ASN1_TIME_free(when);
}

X509_CRL *
testpki_crl(const struct testpki *issuer, const struct testpki *revoked, int next_days)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *last = X509_gmtime_adj(NULL, -5 * DAY), *next = X509_gmtime_adj(NULL, next_days * DAY);

	ck_assert(crl && last && next);
	ck_assert(X509_CRL_set_version(crl, X509_CRL_VERSION_2));
	ck_assert(X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->cert)));
	ck_assert(X509_CRL_set1_lastUpdate(crl, last) && X509_CRL_set1_nextUpdate(crl, next));
	if (revoked)
		add_revoked(crl, revoked->cert);
	ck_assert(X509_CRL_sort(crl) && X509_CRL_sign(crl, issuer->key, EVP_sha256()) > 0);
	ASN1_TIME_free(last);
	ASN1_TIME_free(next);
	return crl;
}

void
testpki_crl_number(X509_CRL *crl, const struct testpki *issuer, long number, const X509_CRL *date_of)
{
	ASN1_INTEGER *value = ASN1_INTEGER_new();

	ck_assert(value && ASN1_INTEGER_set(value, number));
	ck_assert(X509_CRL_add1_ext_i2d(crl, NID_crl_number, value, 0, X509V3_ADD_REPLACE));
	ck_assert(X509_CRL_set1_lastUpdate(crl, X509_CRL_get0_lastUpdate(date_of)));
	ck_assert(X509_CRL_sign(crl, issuer->key, EVP_sha256()) > 0);
	ASN1_INTEGER_free(value);
}

X509_CRL *
testpki_crl_extend(X509_CRL *crl, const struct testpki *issuer, const char *name, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	unsigned char *der = NULL;
	const unsigned char *at;
	int len;

	X509V3_set_ctx(&ctx, issuer->cert, NULL, NULL, crl, 0);
	ext = X509V3_EXT_nconf(NULL, &ctx, name, value);
	ck_assert_msg(ext != NULL, "extension %s=%s", name, value);
	ck_assert(X509_CRL_add_ext(crl, ext, -1) && X509_CRL_sign(crl, issuer->key, EVP_sha256()) > 0);
	X509_EXTENSION_free(ext);
	len = i2d_X509_CRL(crl, &der);
	X509_CRL_free(crl);
	at = der;
	crl = d2i_X509_CRL(NULL, &at, len);
	ck_assert_ptr_nonnull(crl);
	OPENSSL_free(der);
	return crl;
}
