/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/ocsp.h"

#include "base/text.h"
#include "tls/certtext.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>

#define TOLERANCE 300	/* s by which clocks may differ */
#define AGE_MAX	  86400 /* s, for one without a nextUpdate */

static enum ocsp_state
invalid(char *text, size_t size, const char *why)
{
	text_format(text, size, "%s", why);
	return OCSP_INVALID;
}

/* Is this answer about leaf? The responder chooses the hash of its id. */
static bool
is_about(OCSP_SINGLERESP *single, X509 *leaf, X509 *issuer)
{
	const OCSP_CERTID *id = OCSP_SINGLERESP_get0_id(single);
	OCSP_CERTID *copy = OCSP_CERTID_dup(id), *own = NULL; /* for its accessor, which takes no const */
	ASN1_OBJECT *hash = NULL;
	const EVP_MD *md;
	bool same = false;

	if (copy && OCSP_id_get0_info(NULL, &hash, NULL, NULL, copy)) {
		md = EVP_get_digestbyobj(hash);
		own = md ? OCSP_cert_to_id(md, leaf, issuer) : NULL;
		same = own && OCSP_id_cmp(own, copy) == 0;
	}
	OCSP_CERTID_free(own);
	OCSP_CERTID_free(copy);
	return same;
}

/* The answer about leaf within a response; NULL: there is none. */
static OCSP_SINGLERESP *
find_answer(OCSP_BASICRESP *basic, X509 *leaf, X509 *issuer)
{
	for (int i = 0; i < OCSP_resp_count(basic); i++)
		if (is_about(OCSP_resp_get0(basic, i), leaf, issuer))
			return OCSP_resp_get0(basic, i);
	return NULL;
}

/*
 * Signed by the issuer, or by a responder whose certificate the issuer signed
 * for that purpose (RFC 6960 4.2.2.2)? Whom we trust was decided when path was
 * verified, so its CAs are the anchors here.
 */
static bool
is_signed(OCSP_BASICRESP *basic, STACK_OF(X509) *path)
{
	X509_STORE *store = X509_STORE_new();
	bool ok = store && X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);

	for (int i = 1; ok && i < sk_X509_num(path); i++)
		ok = X509_STORE_add_cert(store, sk_X509_value(path, i));
	ok = ok && OCSP_basic_verify(basic, path, store, 0) == 1;
	X509_STORE_free(store);
	return ok;
}

static enum ocsp_state
evaluate_answer(OCSP_SINGLERESP *answer, char *text, size_t size)
{
	ASN1_GENERALIZEDTIME *revoked, *made, *next;
	int reason = -1; /* of a revocation, where it says one */
	int status = OCSP_single_get0_status(answer, &reason, &revoked, &made, &next);
	char date[32];

	if (status == V_OCSP_CERTSTATUS_REVOKED) {
		text_format(text, size, "revoked since %s%s%s", certtext_time(revoked, date, sizeof date),
			reason >= 0 ? ": " : "", reason >= 0 ? OCSP_crl_reason_str(reason) : "");
		return OCSP_REVOKED;
	}
	certtext_time(made, date, sizeof date);
	if (!OCSP_check_validity(made, next, TOLERANCE, next ? -1 : AGE_MAX)) {
		text_format(text, size, "not valid now: it was made for the time from %s", date);
		return OCSP_INVALID;
	}
	if (status == V_OCSP_CERTSTATUS_GOOD) {
		text_format(text, size, "good, as of %s", date);
		return OCSP_GOOD;
	}
	text_format(text, size, "the responder does not know the certificate, as of %s", date);
	return OCSP_UNKNOWN;
}

static enum ocsp_state
evaluate_basic(OCSP_BASICRESP *basic, STACK_OF(X509) *path, char *text, size_t size)
{
	OCSP_SINGLERESP *answer = find_answer(basic, sk_X509_value(path, 0), sk_X509_value(path, 1));

	if (!answer)
		return invalid(text, size, "about another certificate");
	if (!is_signed(basic, path))
		return invalid(text, size, "not signed by the certificate's issuer or its responder");
	return evaluate_answer(answer, text, size);
}

enum ocsp_state
ocsp_evaluate(const unsigned char *der, long len, STACK_OF(X509) *path, char *text, size_t size)
{
	OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &der, len);
	OCSP_BASICRESP *basic = NULL;
	enum ocsp_state state;

	if (response && OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
		basic = OCSP_response_get1_basic(response);
	if (!response)
		state = invalid(text, size, "damaged");
	else if (!basic)
		state = invalid(text, size, OCSP_response_status_str(OCSP_response_status(response)));
	else if (sk_X509_num(path) < 2)
		state = invalid(text, size, "not checked: the issuer's certificate is not available");
	else
		state = evaluate_basic(basic, path, text, size);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	ERR_clear_error();
	return state;
}
