/* SPDX-License-Identifier: BSD-3-Clause */
/* One store while it is being opened: its purpose, its passwords, what was found in it so far. */
#ifndef MTLS_TLS_STORE_FILE_H
#define MTLS_TLS_STORE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

#include "base/err.h"
#include "base/secret.h"
#include "tls/foreign.h"
#include "tls/legacy.h"
#include "tls/store.h"

/* A private key or a certificate. */
struct store_item {
	EVP_PKEY *key;	       /* one of these two */
	X509 *cert;
	char *alias;	       /* friendly name, from OpenSSL's allocator; NULL if it has none */
	ASN1_OCTET_STRING *id; /* localKeyId (RFC 2985 5.5.2), which ties key and certificate; may be NULL */
	bool trusted;	       /* Java's mark of a trusted certificate */
};

struct items {
	struct store_item *list;
	size_t count;
	size_t room;
	size_t key_number;	/* private keys, including those that were not opened */
	size_t keys_clear;	/* those without a password, if keys are wanted */
	size_t keys_locked;	/* those with another password */
	const struct foreign *foreign; /* the first thing in it that serves another purpose; NULL: none */
	char left_out[256];	/* keys that cannot be used and why: "old (its password is another), ..." */
	char first_locked[128]; /* alias of the first locked key, safe to print; empty if it has none */
};

void store_item_clear(struct store_item *item);

/* Note a key that cannot be used. alias may be NULL. */
void items_leave_out(struct items *items, const char *alias, const char *why);

/* What a store is for: names for messages, and whether keys are opened. */
struct store_role {
	const char *noun;   /* "key store" */
	const char *option; /* "--key-store" */
	bool keys;	    /* private keys are wanted; otherwise they are only counted */
};

struct store_file {
	const struct store_role *role;
	const struct store_source *source;
	const struct secret *key_pass; /* NULL or not given: the store's password opens the keys */
	struct secret asked;	       /* what the user answered */
	struct legacy legacy;
	struct items items;
	char name[512];		       /* "key store /path/scu1.p12", harmless */
};

void store_file_init(struct store_file *store_file, const struct store_role *role,
	const struct store_source *source, const struct secret *key_pass);

/* Wipe and free. */
void store_file_clear(struct store_file *store_file);

/* Take over everything that item owns, also on failure. Where it has neither a key nor a certificate, what
 * was to be one is damaged. */
int store_file_add(struct store_file *store_file, struct store_item item, struct err *err)
	__attribute__((warn_unused_result));

/*
 * Call attempt with each form that the password may take until one opens
 * (attempt returns true): an empty one as absent and as empty; one that is not all ASCII as UTF-8 and, as
 * openssl before 1.1 did, with one character for each byte. pass: NULL for the store's, which is asked for
 * if none was given and an empty one does not open. Returns 1 opened, 0 wrong password, -1 failed.
 */
int store_file_unlock(struct store_file *store_file, const struct secret *pass,
	bool (*attempt)(void *ctx, const char *bytes, int len), void *ctx, struct err *err)
	__attribute__((warn_unused_result));

/* The same for a private key: --key-pass if given, else the store's. One that has another password is
 * noted by its alias, which may be NULL. */
int store_file_unlock_key(struct store_file *store_file, const char *alias,
	bool (*attempt)(void *ctx, const char *bytes, int len), void *ctx, struct err *err)
	__attribute__((warn_unused_result));

/*
 * Collect the keys and certificates of a store in store_file->items: of a PFX (PKCS#12, RFC 7292), bag by
 * bag: several keys, certificates without keys, nested bags; of PEM text (RFC 7468, RFC 1421 encryption), in
 * any order; of one DER object: a certificate, a key (PKCS#8 encrypted or not, PKCS#1, SEC 1) or the
 * certificates of a PKCS#7 message (P7B, RFC 2315); and of Java's JKS and JCEKS.
 *
 * No standard describes the latter two; the format is that of OpenJDK's
 * sun.security.provider.JavaKeyStore and com.sun.crypto.provider.JceKeyStore: big-endian
 * numbers, entries in a row, and a SHA-1 digest over password and entries at the end, which
 * tells a wrong password. Secret (symmetric) keys of JCEKS cannot be passed over, being
 * Java objects: a store with one is refused.
 */
int pkcs12_collect(struct store_file *store_file, const unsigned char *data, size_t len, struct err *err)
	__attribute__((warn_unused_result));
int pem_collect(struct store_file *store_file, const unsigned char *text, size_t len, struct err *err)
	__attribute__((warn_unused_result));
int der_collect(struct store_file *store_file, const unsigned char *data, size_t len, struct err *err)
	__attribute__((warn_unused_result));
int jks_collect(struct store_file *store_file, const unsigned char *data, size_t len, struct err *err)
	__attribute__((warn_unused_result));

/* Which of the keys and certificates belong to one another, and up to which issuer: make entries of all
 * keys that have a certificate. NULL with ERR_CREDENTIALS if none has: certificates only, no certificate, no
 * match, locked keys. */
struct key_store *keymatch_entries(struct store_file *store_file, struct err *err);

/* "NAME is damaged: (OpenSSL's reason)". Returns -1. */
int store_file_damaged(struct store_file *store_file, struct err *err);

/* The store's password is wrong. Returns -1. */
int store_file_wrong_password(struct store_file *store_file, struct err *err);

#endif
