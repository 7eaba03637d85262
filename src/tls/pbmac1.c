/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/pbmac1.h"

#include "tls/err_ssl.h"
#include "tls/legacy.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define KEY_LEAST 20 /* bytes (RFC 9579 5) */
#define KEY_MAX	  EVP_MAX_MD_SIZE

/* The parameters of the algorithm. */
struct pbmac1 {
	PBE2PARAM *schemes; /* PBMAC1-params has the shape of PBES2-params (RFC 8018 A.4, A.5) */
	PBKDF2PARAM *kdf;
	const EVP_MD *prf, *mac;
	int64_t iterations, key_len;
};

static void
pbmac1_clear(struct pbmac1 *p)
{
	PBE2PARAM_free(p->schemes);
	PBKDF2PARAM_free(p->kdf);
}

/* The hash of an HMAC's algorithm, NULL if it is not known. */
static const EVP_MD *
hash_of(const X509_ALGOR *hmac)
{
	int hash = NID_undef;

	if (!EVP_PBE_find(EVP_PBE_TYPE_PRF, OBJ_obj2nid(hmac->algorithm), NULL, &hash, NULL))
		return NULL;
	return EVP_get_digestbynid(hash);
}

static bool
parse_kdf(struct pbmac1 *p)
{
	const X509_ALGOR *kdf = p->schemes->keyfunc;

	if (OBJ_obj2nid(kdf->algorithm) != NID_id_pbkdf2)
		return false;
	p->kdf = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), kdf->parameter);
	if (!p->kdf || p->kdf->salt->type != V_ASN1_OCTET_STRING)
		return false;
	p->prf = p->kdf->prf ? hash_of(p->kdf->prf) : EVP_sha1();
	return ASN1_INTEGER_get_int64(&p->iterations, p->kdf->iter) && p->kdf->keylength &&
	    ASN1_INTEGER_get_int64(&p->key_len, p->kdf->keylength);
}

/* False if it is not what RFC 9579 describes. */
static bool
parse(struct pbmac1 *p, const X509_ALGOR *algor)
{
	*p = (struct pbmac1){ 0 };
	p->schemes = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algor->parameter);
	if (!p->schemes || !parse_kdf(p))
		return false;
	p->mac = hash_of(p->schemes->encryption);
	return p->mac && p->prf && p->key_len >= KEY_LEAST && p->key_len <= KEY_MAX;
}

int
pbmac1_check(const X509_ALGOR *algor, const char *what, struct err *err)
{
	struct pbmac1 p;
	int rv;

	if (parse(&p, algor)) {
		rv = legacy_iterations(p.kdf->iter, what, err);
	} else {
		err_set(err, ERR_CREDENTIALS,
			"%s has a PBMAC1 MAC with parameters that do not conform to RFC 9579", what);
		rv = err_hint(err, "Have the store rewritten with another MAC: "
			"openssl pkcs12 -export -macalg sha256.");
	}
	pbmac1_clear(&p);
	ERR_clear_error();
	return rv;
}

bool
pbmac1_fits(const X509_ALGOR *algor, const ASN1_OCTET_STRING *mac, const ASN1_OCTET_STRING *content,
	const char *pass, int len)
{
	unsigned char key[KEY_MAX], out[EVP_MAX_MD_SIZE];
	unsigned int out_len = 0;
	struct pbmac1 p;
	bool fits = false;

	if (parse(&p, algor) &&
	    PKCS5_PBKDF2_HMAC(pass, len, ASN1_STRING_get0_data(p.kdf->salt->value.octet_string),
		    ASN1_STRING_length(p.kdf->salt->value.octet_string), (int)p.iterations, p.prf,
		    (int)p.key_len, key) &&
	    HMAC(p.mac, key, (int)p.key_len, ASN1_STRING_get0_data(content),
		    (size_t)ASN1_STRING_length(content), out, &out_len))
		fits = ASN1_STRING_length(mac) == (int)out_len &&
		    CRYPTO_memcmp(ASN1_STRING_get0_data(mac), out, out_len) == 0;
	OPENSSL_cleanse(key, sizeof key);
	pbmac1_clear(&p);
	return fits;
}
