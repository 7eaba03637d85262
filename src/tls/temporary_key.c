/* SPDX-License-Identifier: BSD-3-Clause */
/* A key and certificate that no receiver can trust, to test whether it refuses them. */
#include "tls/store.h"

#include "tls/err_ssl.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#define HOUR 3600L

static bool
set_serial(X509 *cert)
{
	uint64_t serial;

	return RAND_bytes((unsigned char *)&serial, sizeof serial) == 1 &&
	    ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1);
}

/* clientAuth, so that the missing trust is the only reason to refuse it. */
static bool
set_usage(X509 *cert)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	bool ok;

	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, NID_ext_key_usage, "clientAuth");
	ok = ext && X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
	return ok;
}

static bool
fill(X509 *cert, EVP_PKEY *key)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return X509_set_version(cert, X509_VERSION_3) && set_serial(cert) &&
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"mtls-storescu probe",
		-1, -1, 0) &&
	    X509_set_issuer_name(cert, name) && X509_gmtime_adj(X509_getm_notBefore(cert), 0) &&
	    X509_gmtime_adj(X509_getm_notAfter(cert), HOUR) && X509_set_pubkey(cert, key) &&
	    set_usage(cert) && X509_sign(cert, key, EVP_sha256()) > 0;
}

struct key_store *
key_store_temporary(struct err *err)
{
	struct key_store *store = calloc(1, sizeof *store);
	struct key_entry *entry;

	if (!store || !(store->path = strdup("the probe's own key")) ||
	    !(store->entries = calloc(1, sizeof *store->entries))) {
		key_store_free(store);
		err_nomem(err);
		return NULL;
	}
	entry = &store->entries[0];
	store->count = 1;
	entry->key = EVP_EC_gen("P-256");
	entry->cert = X509_new();
	entry->chain = sk_X509_new_null();
	if (entry->key && entry->cert && entry->chain && fill(entry->cert, entry->key))
		return store;
	err_ssl(err, ERR_INTERNAL, "cannot create a temporary certificate");
	key_store_free(store);
	return NULL;
}
