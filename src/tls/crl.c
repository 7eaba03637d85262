/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificate revocation lists (RFC 5280), PEM or DER. */
#include "tls/store.h"

#include "base/text.h"
#include "tls/certtext.h"
#include "tls/content.h"
#include "tls/err_ssl.h"
#include "tls/pem.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

/* Why crl is not a complete list, with which certificates would silently not be checked. NULL: it is
 * complete. */
static const char *
find_problem(const X509_CRL *crl)
{
	int nid = NID_issuing_distribution_point;
	ISSUING_DIST_POINT *scope = X509_CRL_get_ext_d2i(crl, nid, NULL, NULL);
	const char *problem = NULL;

	if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0)
		problem = "is a delta CRL, which holds only what changed since another list";
	else if (!scope && X509_CRL_get_ext_by_NID(crl, nid, -1) >= 0)
		problem = "has an issuingDistributionPoint that cannot be read";
	else if (scope && scope->indirectCRL)
		problem = "is an indirect CRL, which holds certificates of other CAs too";
	else if (scope && scope->onlysomereasons)
		problem = "is limited to some revocation reasons";
	else if (scope && scope->onlyattr)
		problem = "is for attribute certificates only";
	ISSUING_DIST_POINT_free(scope);
	for (int i = 0; !problem && i < X509_CRL_get_ext_count(crl); i++) {
		X509_EXTENSION *ext = X509_CRL_get_ext(crl, i);

		nid = OBJ_obj2nid(X509_EXTENSION_get_object(ext));
		if (X509_EXTENSION_get_critical(ext) && nid != NID_issuing_distribution_point &&
		    nid != NID_authority_key_identifier)
			problem = "has an unsupported critical extension";
	}
	ERR_clear_error();
	return problem;
}

/* Take ownership of a CRL. NULL: it could not be read. */
static int
add(STACK_OF(X509_CRL) *crls, X509_CRL *crl, const char *what, struct err *err)
{
	const char *problem;
	char issuer[256];

	if (!crl)
		return err_ssl(err, ERR_CREDENTIALS, "%s is damaged", what);
	problem = find_problem(crl);
	if (problem) {
		err_set(err, ERR_CREDENTIALS, "%s cannot be used: the list of \"%s\" %s", what,
			certtext_name(X509_CRL_get_issuer(crl), issuer, sizeof issuer), problem);
		X509_CRL_free(crl);
		return err_hint(err, "Give only that CA's complete list (base CRL) with --crl-file, and "
			"update it as often as the CA issues one.");
	}
	if (sk_X509_CRL_push(crls, crl) <= 0) {
		X509_CRL_free(crl);
		return err_nomem(err);
	}
	return 1;
}

static int
load_pem(const unsigned char *text, size_t len, STACK_OF(X509_CRL) *crls, const char *what, struct err *err)
{
	struct pem_block block;
	BIO *bio = pem_open(text, len);
	int count = 0, rv = 0, found = 1;

	if (!bio)
		return err_nomem(err);
	while (rv >= 0 && (found = pem_next(bio, &block)) > 0) {
		const unsigned char *p = block.data;

		rv = 0;
		if (strcmp(block.label, PEM_STRING_X509_CRL) == 0)
			rv = add(crls, d2i_X509_CRL(NULL, &p, block.len), what, err);
		count += rv;
		pem_block_clear(&block);
	}
	if (found < 0)
		rv = pem_damaged(what, text, len, err);
	BIO_free(bio);
	if (rv < 0)
		return -1;
	if (count == 0)
		return err_set(err, ERR_CREDENTIALS, "%s contains no revocation list", what);
	return count;
}

static int
parse(const struct content *content, STACK_OF(X509_CRL) *crls, const char *what, struct err *err)
{
	const unsigned char *p = content->data;
	size_t announced;

	switch (content_kind(content->data, content->len, &announced)) {
	case CONTENT_PEM:
		return load_pem(content->data, content->len, crls, what, err);
	case CONTENT_DER:
		return add(crls, d2i_X509_CRL(NULL, &p, (long)content->len), what, err);
	case CONTENT_EMPTY:
		return err_set(err, ERR_CREDENTIALS, "%s is empty (0 bytes)", what);
	case CONTENT_CUT:
		return err_set(err, ERR_CREDENTIALS,
			"%s is cut short: it should be %zu bytes long and has %zu", what, announced,
			content->len);
	default:
		return err_set(err, ERR_CREDENTIALS, "%s is not a revocation list in PEM or DER", what);
	}
}

int
crl_load(const char *path, STACK_OF(X509_CRL) *crls, struct err *err)
{
	char harmless[400], what[512];
	struct content content;
	int rv;

	text_format(what, sizeof what, "CRL file %s", text_harmless_str(harmless, sizeof harmless, path));
	rv = content_read(&content, path, what, err);
	if (rv == 0) {
		rv = parse(&content, crls, what, err);
		content_clear(&content);
	}
	if (rv < 0 && err->kind == ERR_CREDENTIALS)
		err_hint(err, "Check --crl-file: it takes the list that the issuing CA publishes.");
	return rv;
}

/* Do both have the same extension of that kind, or neither? */
static bool
share_extension(const X509_CRL *a, const X509_CRL *b, int nid)
{
	int at_a = X509_CRL_get_ext_by_NID(a, nid, -1), at_b = X509_CRL_get_ext_by_NID(b, nid, -1);

	if (at_a < 0 || at_b < 0)
		return at_a < 0 && at_b < 0;
	return ASN1_OCTET_STRING_cmp(X509_EXTENSION_get_data(X509_CRL_get_ext(a, at_a)),
		X509_EXTENSION_get_data(X509_CRL_get_ext(b, at_b))) == 0;
}

/* Is a's CRL number the higher one (RFC 5280 5.2.3)? */
static bool
has_higher_number(const X509_CRL *a, const X509_CRL *b)
{
	ASN1_INTEGER *of_a = X509_CRL_get_ext_d2i(a, NID_crl_number, NULL, NULL);
	ASN1_INTEGER *of_b = X509_CRL_get_ext_d2i(b, NID_crl_number, NULL, NULL);
	bool higher = of_a && (!of_b || ASN1_INTEGER_cmp(of_a, of_b) > 0);

	ASN1_INTEGER_free(of_a);
	ASN1_INTEGER_free(of_b);
	return higher;
}

bool
crl_is_superseded(const STACK_OF(X509_CRL) *crls, const X509_CRL *crl)
{
	for (int i = 0; i < sk_X509_CRL_num(crls); i++) {
		const X509_CRL *other = sk_X509_CRL_value(crls, i);

		if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_CRL_get_issuer(other)) == 0 &&
		    ASN1_TIME_compare(X509_CRL_get0_lastUpdate(crl), X509_CRL_get0_lastUpdate(other)) == 0 &&
		    share_extension(crl, other, NID_authority_key_identifier) &&
		    share_extension(crl, other, NID_issuing_distribution_point) &&
		    has_higher_number(other, crl))
			return true;
	}
	return false;
}
