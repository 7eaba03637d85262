/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/legacy.h"

#include "tls/err_ssl.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

/* OpenSSL uses 2,048, Java 10,000, NSS and GnuTLS 600,000; the highest recommendation is a million.
 * scripts/fuzz has a lower limit. */
#ifndef ITERATIONS_MAX
#define ITERATIONS_MAX 10000000
#endif

void
legacy_clear(struct legacy *legacy)
{
	if (legacy->old)
		OSSL_PROVIDER_unload(legacy->old);
	if (legacy->base)
		OSSL_PROVIDER_unload(legacy->base);
	OSSL_LIB_CTX_free(legacy->libctx);
	memset(legacy, 0, sizeof *legacy);
}

static int
has_cipher(OSSL_LIB_CTX *libctx, const char *name)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(libctx, name, NULL);

	EVP_CIPHER_free(cipher);
	return cipher != NULL;
}

/* Create the private context. -1 if a provider is missing. */
static int
legacy_init(struct legacy *legacy)
{
	if (legacy->old)
		return 0;
	if (!legacy->libctx)
		legacy->libctx = OSSL_LIB_CTX_new();
	if (legacy->libctx && !legacy->base)
		legacy->base = OSSL_PROVIDER_load(legacy->libctx, "default");
	if (legacy->base)
		legacy->old = OSSL_PROVIDER_load(legacy->libctx, "legacy");
	return legacy->old ? 0 : -1;
}

int
legacy_cipher(struct legacy *legacy, const char *cipher, const char *what, OSSL_LIB_CTX **out,
	struct err *err)
{
	int missing;

	*out = NULL;
	if (has_cipher(NULL, cipher))
		return 0;
	missing = legacy_init(legacy) < 0;
	if (!missing && has_cipher(legacy->libctx, cipher)) {
		*out = legacy->libctx;
		ERR_clear_error();
		return 0;
	}
	ERR_clear_error();
	if (!missing)
		return err_set(err, ERR_CREDENTIALS, "%s is encrypted with %s, which OpenSSL does not "
			"support",
			what, cipher);
	err_set(err, ERR_CREDENTIALS,
		"%s is encrypted with %s, which needs OpenSSL's legacy provider (legacy.so), which cannot "
		"be loaded",
		what, cipher);
	return err_hint(err,
		"Install the package that carries legacy.so (Debian: openssl-provider-legacy, "
		"libssl3 before Debian 13), or have the store rewritten by a current openssl or keytool.");
}

int
legacy_iterations(const ASN1_INTEGER *count, const char *what, struct err *err)
{
	int64_t n = 1;

	if (!count || (ASN1_INTEGER_get_int64(&n, count) && n >= 1 && n <= ITERATIONS_MAX))
		return 0;
	err_set(err, ERR_CREDENTIALS, "%s has an iteration count outside of 1 to %d", what,
		ITERATIONS_MAX);
	return err_hint(err, "Have the store rewritten with the default iteration count.");
}

/* PBKDF2's iterations, and a pseudo-random function that OpenSSL has. scrypt's
 * cost is bounded by OpenSSL itself. */
static int
check_kdf(const X509_ALGOR *kdf, const char *what, struct err *err)
{
	PBKDF2PARAM *param;
	int prf, rv;

	if (OBJ_obj2nid(kdf->algorithm) != NID_id_pbkdf2)
		return 0;
	param = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), kdf->parameter);
	if (!param)
		return err_ssl(err, ERR_CREDENTIALS, "%s is damaged", what);
	prf = param->prf ? OBJ_obj2nid(param->prf->algorithm) : NID_hmacWithSHA1;
	if (!EVP_PBE_find(EVP_PBE_TYPE_PRF, prf, NULL, NULL, NULL))
		rv = err_set(err, ERR_CREDENTIALS,
			"%s is encrypted with a key derivation that OpenSSL does not support", what);
	else
		rv = legacy_iterations(param->iter, what, err);
	PBKDF2PARAM_free(param);
	return rv;
}

/* PBES2 (RFC 8018 6.2) names its cipher in the parameters. */
static int
pbes2(struct legacy *legacy, const X509_ALGOR *algor, const char *what, OSSL_LIB_CTX **out, struct err *err)
{
	PBE2PARAM *param = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algor->parameter);
	char name[80];
	int nid, rv;

	if (!param)
		return err_ssl(err, ERR_CREDENTIALS, "%s is damaged", what);
	nid = OBJ_obj2nid(param->encryption->algorithm);
	if (nid == NID_undef)
		OBJ_obj2txt(name, sizeof name, param->encryption->algorithm, 1);
	rv = check_kdf(param->keyfunc, what, err);
	if (rv == 0)
		rv = legacy_cipher(legacy, nid == NID_undef ? name : OBJ_nid2sn(nid), what, out, err);
	PBE2PARAM_free(param);
	return rv;
}

/* PBES1 and PKCS#12's own methods name it in the algorithm. */
static int
pbes1(struct legacy *legacy, const X509_ALGOR *algor, const char *what, OSSL_LIB_CTX **out, struct err *err)
{
	PBEPARAM *param;
	int cipher, rv;

	if (!EVP_PBE_find(EVP_PBE_TYPE_OUTER, OBJ_obj2nid(algor->algorithm), &cipher, NULL, NULL) ||
		cipher < 0) {
		char name[80];

		OBJ_obj2txt(name, sizeof name, algor->algorithm, 0);
		return err_set(err, ERR_CREDENTIALS, "%s is encrypted with %s, which OpenSSL does not "
			"support",
			what, name);
	}
	param = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algor->parameter);
	if (!param)
		return err_ssl(err, ERR_CREDENTIALS, "%s is damaged", what);
	rv = legacy_iterations(param->iter, what, err);
	PBEPARAM_free(param);
	return rv < 0 ? -1 : legacy_cipher(legacy, OBJ_nid2sn(cipher), what, out, err);
}

int
legacy_pbe(struct legacy *legacy, const X509_ALGOR *algor, const char *what, OSSL_LIB_CTX **out,
	struct err *err)
{
	if (OBJ_obj2nid(algor->algorithm) == NID_pbes2)
		return pbes2(legacy, algor, what, out, err);
	return pbes1(legacy, algor, what, out, err);
}
