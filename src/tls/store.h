/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Key and trust stores: PKCS#12 (RFC 7292), PEM, DER and Java's JKS files, detected from their content, as
 * made by openssl (3 and 1), keytool or a Windows export.
 *
 * Parts encrypted with what OpenSSL 3 calls legacy (RC2-40, DES) are decrypted
 * in a private OSSL_LIB_CTX, created only then (legacy.h), so that TLS never uses them. The objects
 * returned belong to the default library context.
 */
#ifndef MTLS_TLS_STORE_H
#define MTLS_TLS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include <openssl/x509.h>

#include "base/err.h"
#include "base/secret.h"

enum store_type {
	STORE_AUTO, /* detect from the content */
	STORE_PKCS12,
	STORE_PEM,
	STORE_JKS, /* and JCEKS */
};

/* Notes about a store that could be opened. */
struct store_notes {
	char other_type[768]; /* it has another type than the user said; empty: it has not */
	bool key_in_clear;    /* a private key in it needs no password */
};

/* What opens one store. */
struct store_source {
	const char *path;
	enum store_type type;
	const struct secret *pass; /* given or not; an empty one is tried as empty and as absent */
	/* Called at most once, if the store needs a password and none was given; NULL: that is an error.
	 * ctx is passed to it. */
	int (*ask)(void *ctx, const char *path, struct secret *out, struct err *err);
	void *ask_ctx;
	struct store_notes *warnings; /* filled in; NULL: not wanted */
};

/* "PKCS12" (or "P12", "PFX"), "PEM", "JKS" (or "JCEKS") in any case to a type;
 * -1 with ERR_USAGE otherwise. */
int store_type_parse(const char *name, enum store_type *out, struct err *err)
	__attribute__((warn_unused_result));

/* One private key with its certificate. */
struct key_entry {
	char *alias;		 /* friendly name; NULL if it has none */
	EVP_PKEY *key;
	X509 *cert;		 /* the leaf that matches key */
	STACK_OF(X509) *chain;	 /* its issuers found in the store, nearest first, without the root */
};

struct key_store {
	char *path;
	struct key_entry *entries; /* at least one */
	size_t count;
	char left_out[256];	   /* keys that cannot be used, and why; or empty */
};

/*
 * Load every key of a store. key_pass: the password of the keys if it differs from the store's (not given:
 * the store's). Keys without a matching certificate, or with another password, are an error only if no
 * entry remains. Errors, all ERR_CREDENTIALS, each with its own message that names the file: missing,
 * unreadable, empty, too large, neither PKCS#12 nor PEM nor DER nor JKS (files of other programs are
 * recognized), wrong type for --key-store-type (either name is accepted for PKCS#12 and JKS, as in Java),
 * truncated, damaged, password needed, wrong store password, wrong key password, legacy provider missing,
 * certificates only (suggests --trust-store), key without certificate, key and certificate don't match.
 */
struct key_store *key_store_load(const struct store_source *source,
	const struct secret *key_pass, struct err *err);

/* The same for a store that was read already; source->path is only named. */
struct key_store *key_store_parse(const unsigned char *data, size_t len,
	const struct store_source *source, const struct secret *key_pass, struct err *err);

/* A self-signed certificate "CN=mtls-storescu probe" with an EC key, valid for an
 * hour: nobody trusts it, so a receiver must refuse it. NULL with ERR_INTERNAL. */
struct key_store *key_store_temporary(struct err *err);

void key_store_free(struct key_store *store);

/* The entry with this name: its alias (exactly, else ignoring case as Java does), its subject or the CN in
 * it, or for one without an alias Java's: "1", "2", in the order of the store. If there are several, the
 * one that is valid now. NULL with ERR_CREDENTIALS that lists names that work, and the keys left out. */
const struct key_entry *key_store_find(const struct key_store *store,
	const char *name, struct err *err);

/* Does the entry's chain lead to one of the issuers a server names (RFC 5246
 * 7.4.4, RFC 8446 4.2.4)? A server that names none takes any. */
bool key_entry_fits(const struct key_entry *entry, const STACK_OF(X509_NAME) *issuers);

/* The entry that fits; NULL if none or several different do. */
const struct key_entry *key_store_match(const struct key_store *store,
	const STACK_OF(X509_NAME) *issuers);

/* Is the leaf valid at `now`? ERR_CREDENTIALS "expired on ..." or "not valid before ...". */
int key_entry_check(const struct key_entry *entry, const char *path, time_t now,
	struct err *err) __attribute__((warn_unused_result));

/* "scu1 (CN=SCU_DCM1), 1 (CN=SCU_DCM2), ...": names that key_store_find takes, for
 * messages. Returns out. */
char *key_store_aliases(const struct key_store *store, char *out, size_t size);

/*
 * Add every certificate of a trust store to `anchors`; each is an anchor, even an intermediate one (as in
 * Java). If a store also contains private keys (they are not opened), the certificates that belong to them
 * are not anchors: those with a localKeyId and those that are not of a CA. Returns how many, or -1. Errors
 * as above; a store with keys but no trusted certificate is reported as such.
 */
int trust_store_load(const struct store_source *source, STACK_OF(X509) *anchors,
	struct err *err) __attribute__((warn_unused_result));

/* The same for a store that was read already; source->path is only named. */
int trust_store_parse(const unsigned char *data, size_t len, const struct store_source *source,
	STACK_OF(X509) *anchors, struct err *err) __attribute__((warn_unused_result));

/* Which store an anchor came from, with its alias: "truststore.p12 (dicom-ca)".
 * One that is from none of our stores came with --trust-system. Returns out. */
char *trust_store_origin(X509 *anchor, char *out, size_t size);

/*
 * Read one CRL file (PEM, several allowed, or DER) into `crls`; how many or -1
 * (ERR_CREDENTIALS). A list that is not complete (a delta CRL, an indirect one) is refused: OpenSSL would
 * ignore it, or take it for complete.
 */
int crl_load(const char *path, STACK_OF(X509_CRL) *crls, struct err *err)
	__attribute__((warn_unused_result));

/* Is there one of the same CA and date in crls with a higher number (RFC 5280 5.2.3)? */
bool crl_is_superseded(const STACK_OF(X509_CRL) *crls, const X509_CRL *crl);

#endif
