/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificate revocation lists (RFC 5280), PEM or DER. */
#include "tls/store.h"

#include "base/text.h"
#include "tls/content.h"
#include "tls/err_ssl.h"
#include "tls/pem.h"

#include <string.h>

#include <openssl/pem.h>

/* Take a CRL over. NULL: it could not be read. */
static int
add(STACK_OF(X509_CRL) *crls, X509_CRL *crl, const char *what, struct err *err)
{
	if (!crl)
		return err_ssl(err, ERR_CREDENTIALS, "%s is damaged", what);
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
		return err_set(err, ERR_CREDENTIALS, "%s holds no revocation list", what);
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
		return err_set(err, ERR_CREDENTIALS, "%s is no revocation list in PEM or DER", what);
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
