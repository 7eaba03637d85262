/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/otherpath.h"

#include "tls/certfacts.h"
#include "tls/issuer.h"

#include <stdbool.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#define TRIES_MAX 16 /* further verifications: a server may send anything */

/* An issuer of cert in the store that is not excluded, preferably one that is valid now. 1 or 0. */
static int
find_other(X509 **issuer, X509_STORE_CTX *verification, X509 *cert, const STACK_OF(X509) *left_out)
{
	STACK_OF(X509) *certs = X509_STORE_CTX_get1_certs(verification, X509_get_issuer_name(cert));
	X509 *found = NULL;

	for (int i = 0; i < sk_X509_num(certs); i++) {
		X509 *candidate = sk_X509_value(certs, i);

		if (certfacts_listed(left_out, candidate) || X509_check_issued(candidate, cert) != X509_V_OK)
			continue;
		if (!found || (!issuer_is_valid(found) && issuer_is_valid(candidate)))
			found = candidate;
	}
	*issuer = found && X509_up_ref(found) ? found : NULL;
	sk_X509_pop_free(certs, X509_free);
	return *issuer != NULL;
}

static int
get_issuer(X509 **issuer, X509_STORE_CTX *verification, X509 *cert)
{
	const struct otherpath *path = X509_STORE_CTX_get_app_data(verification);
	int found = X509_STORE_CTX_get1_issuer(issuer, verification, cert);

	if (found != 1 || !path || !certfacts_listed(path->left_out, *issuer))
		return found;
	X509_free(*issuer);
	return find_other(issuer, verification, cert, path->left_out);
}

void
otherpath_prepare(X509_STORE *store)
{
	X509_STORE_set_get_issuer(store, get_issuer);
}

/* Which certificate of the path should be excluded? NULL: none would help. */
static X509 *
find_obstacle(X509_STORE_CTX *failed)
{
	int at = X509_STORE_CTX_get_error_depth(failed);

	switch (X509_STORE_CTX_get_error(failed)) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
	case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
	case X509_V_ERR_INVALID_CA:
	case X509_V_ERR_INVALID_PURPOSE:
	case X509_V_ERR_INVALID_EXTENSION:
	case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
	case X509_V_ERR_PATH_LENGTH_EXCEEDED:
	case X509_V_ERR_CERT_CHAIN_TOO_LONG:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
	case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
	case X509_V_ERR_UNABLE_TO_GET_CRL:
		break;
	/* These are found on the certificate below. */
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_PERMITTED_VIOLATION:
	case X509_V_ERR_EXCLUDED_VIOLATION:
		at++;
		break;
	default:
		return NULL;
	}
	return at > 0 ? sk_X509_value(X509_STORE_CTX_get0_chain(failed), at) : NULL;
}

/* What the server sent, except what is excluded. NULL if there is no memory. Borrowed certificates. */
static STACK_OF(X509) *
sent_without(X509_STORE_CTX *failed, const STACK_OF(X509) *left_out)
{
	STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(failed), *rest = sk_X509_new_null();

	for (int i = 0; rest && i < sk_X509_num(sent); i++) {
		X509 *cert = sk_X509_value(sent, i);

		if (!certfacts_listed(left_out, cert) && sk_X509_push(rest, cert) <= 0) {
			sk_X509_free(rest);
			rest = NULL;
		}
	}
	return rest;
}

/* Verify once more, with the settings of failed. NULL if there is no memory. */
static X509_STORE_CTX *
verify_without(X509_STORE_CTX *failed, STACK_OF(X509) *rest, void *app_data)
{
	X509_STORE_CTX *next = X509_STORE_CTX_new();

	if (!next ||
		!X509_STORE_CTX_init(next, X509_STORE_CTX_get0_store(failed),
			X509_STORE_CTX_get0_cert(failed), rest) ||
		!X509_VERIFY_PARAM_set1(X509_STORE_CTX_get0_param(next), X509_STORE_CTX_get0_param(failed)) ||
		!X509_STORE_CTX_set_app_data(next, app_data)) {
		X509_STORE_CTX_free(next);
		return NULL;
	}
	X509_STORE_CTX_set_verify_cb(next, X509_STORE_CTX_get_verify_cb(failed));
	if (X509_verify_cert(next) != 1 && X509_STORE_CTX_get_error(next) == X509_V_OK)
		X509_STORE_CTX_set_error(next, X509_V_ERR_UNSPECIFIED);
	X509_STORE_CTX_set0_untrusted(next, NULL); /* rest goes */
	return next;
}

static X509_STORE_CTX *
search_path(X509_STORE_CTX *failed, STACK_OF(X509) *left_out, void *app_data)
{
	X509 *obstacle = find_obstacle(failed);
	X509_STORE_CTX *next = NULL;

	for (int i = 0; i < TRIES_MAX && obstacle; i++) {
		STACK_OF(X509) *rest;

		if (certfacts_listed(left_out, obstacle) ||
		    !X509_add_cert(left_out, obstacle, X509_ADD_FLAG_UP_REF))
			break;
		X509_STORE_CTX_free(next);
		rest = sent_without(failed, left_out);
		next = rest ? verify_without(failed, rest, app_data) : NULL;
		sk_X509_free(rest);
		if (next && X509_STORE_CTX_get_error(next) == X509_V_OK)
			return next;
		obstacle = next ? find_obstacle(next) : NULL;
	}
	X509_STORE_CTX_free(next);
	return NULL;
}

X509_STORE_CTX *
otherpath_find(X509_STORE_CTX *failed, void *app_data)
{
	struct otherpath *path = app_data;
	X509_STORE_CTX *found = NULL;
	STACK_OF(X509) *chain;

	path->left_out = sk_X509_new_null();
	if (path->left_out)
		found = search_path(failed, path->left_out, app_data);
	chain = found ? X509_STORE_CTX_get1_chain(found) : NULL;
	if (chain) {
		X509_STORE_CTX_set0_verified_chain(failed, chain);
		X509_STORE_CTX_set_error(failed, X509_V_OK);
	} else {
		X509_STORE_CTX_free(found);
		found = NULL;
	}
	sk_X509_pop_free(path->left_out, X509_free);
	path->left_out = NULL;
	ERR_clear_error();
	return found;
}
