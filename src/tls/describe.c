/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/describe.h"

#include "base/text.h"
#include "tls/certfacts.h"
#include "tls/certtext.h"
#include "tls/issuer.h"
#include "tls/pin.h"
#include "tls/store.h"

#include <stdint.h>
#include <string.h>

#include <openssl/x509v3.h>

#define RSA_LEAST 2048 /* bits: 112 bits of security (RFC 9325 4.4), OpenSSL's level 2 */
#define EC_LEAST  224

static void
describe_dates(const X509 *cert, struct certificate *out)
{
	certtext_time(X509_get0_notBefore(cert), out->not_before, sizeof out->not_before);
	certtext_time(X509_get0_notAfter(cert), out->not_after, sizeof out->not_after);
	certtext_days_left(X509_get0_notAfter(cert), &out->days_left);
	out->early = X509_cmp_current_time(X509_get0_notBefore(cert)) > 0;
}

static void
describe_key(const X509 *cert, struct certificate *out)
{
	const EVP_PKEY *key = X509_get0_pubkey(cert);
	const char *type = key ? EVP_PKEY_get0_type_name(key) : NULL;
	bool rsa;

	if (!type) {
		text_format(out->key, sizeof out->key, "a key of unknown kind");
		return;
	}
	rsa = EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS") || EVP_PKEY_is_a(key, "DSA");
	out->key_bits = EVP_PKEY_get_bits(key);
	out->key_weak = out->key_bits < (rsa ? RSA_LEAST : EC_LEAST);
	text_format(out->key, sizeof out->key, "%s %d bits", type, out->key_bits);
}

/* A self-signed certificate's own signature proves nothing, so it cannot be too weak. */
static void
describe_signature(X509 *cert, struct certificate *out)
{
	int digest = NID_undef;

	text_format(out->signature, sizeof out->signature, "%s", OBJ_nid2ln(X509_get_signature_nid(cert)));
	if (!X509_get_signature_info(cert, &digest, NULL, NULL, NULL) || out->self_signed)
		return;
	out->signature_weak = digest == NID_sha1 || digest == NID_md5 || digest == NID_md4 ||
	    digest == NID_md2;
}

static void
describe_use(X509 *cert, struct certificate *out)
{
	uint32_t flags = X509_get_extension_flags(cert);
	uint32_t uses = X509_get_extended_key_usage(cert); /* all bits set if there is no EKU */

	out->self_signed = (flags & EXFLAG_SS) != 0;
	out->authority = X509_check_ca(cert) == 1;
	out->purpose_said = (flags & EXFLAG_XKUSAGE) != 0;
	out->for_server = (uses & (XKU_SSL_SERVER | XKU_ANYEKU)) != 0;
	out->for_client = (uses & (XKU_SSL_CLIENT | XKU_ANYEKU)) != 0;
}

void
certificate_describe(X509 *cert, struct certificate *out)
{
	unsigned char pin[PIN_SIZE];

	memset(out, 0, sizeof *out);
	certtext_name(X509_get_subject_name(cert), out->subject, sizeof out->subject);
	certtext_name(X509_get_issuer_name(cert), out->issuer, sizeof out->issuer);
	certfacts_names(cert, out->names, sizeof out->names);
	describe_dates(cert, out);
	describe_key(cert, out);
	describe_use(cert, out);
	describe_signature(cert, out);
	out->wildcard = strstr(out->names, "DNS:*") != NULL || (!out->names[0] && strchr(out->subject, '*'));
	certfacts_fingerprint(cert, out->fingerprint, sizeof out->fingerprint);
	if (pin_of(cert, pin) == 0)
		pin_text(pin, out->pin, sizeof out->pin);
}

/* Which of chain's items is cert (by its fingerprint)? -1: none. */
static int
find_certificate(const struct certificate_chain *chain, const X509 *cert)
{
	char fingerprint[sizeof chain->items[0].fingerprint];

	certfacts_fingerprint(cert, fingerprint, sizeof fingerprint);
	for (unsigned i = 0; i < chain->count; i++) {
		if (strcmp(chain->items[i].fingerprint, fingerprint) == 0)
			return (int)i;
	}
	return -1;
}

struct certificate *
certificate_chain_add(struct certificate_chain *chain, X509 *cert)
{
	int at = find_certificate(chain, cert);

	if (at >= 0)
		return &chain->items[at];
	if (chain->count == CERTIFICATES_MAX)
		return NULL;
	certificate_describe(cert, &chain->items[chain->count]);
	return &chain->items[chain->count++];
}

/* Was the issuer of the i-th sent, but not directly after it (RFC 5246 7.4.2)? */
static bool
is_misplaced(const STACK_OF(X509) *sent, int i)
{
	X509 *cert = sk_X509_value(sent, i);

	if (issuer_is_named(cert, cert))
		return false;
	if (i + 1 < sk_X509_num(sent) && issuer_is_named(sk_X509_value(sent, i + 1), cert))
		return false;
	for (int j = 0; j < sk_X509_num(sent); j++) {
		if (j != i && issuer_is_named(sk_X509_value(sent, j), cert))
			return true;
	}
	return false;
}

void
certificate_chain_describe(const STACK_OF(X509) *sent, struct certificate_chain *out)
{
	memset(out, 0, sizeof *out);
	for (int i = 0; i < sk_X509_num(sent) && i < CERTIFICATES_MAX; i++) {
		certificate_describe(sk_X509_value(sent, i), &out->items[out->count++]);
		out->root_sent |= i > 0 && out->items[i].self_signed;
		out->out_of_order |= is_misplaced(sent, i);
	}
	out->sent = out->count;
}

static bool
note_anchor(struct certificate_chain *chain, X509 *cert, const STACK_OF(X509) *anchors)
{
	for (int i = 0; i < sk_X509_num(anchors); i++) {
		X509 *anchor = sk_X509_value(anchors, i);
		int at = X509_cmp(anchor, cert) == 0 ? find_certificate(chain, cert) : -1;

		if (at < 0)
			continue;
		trust_store_origin(anchor, chain->items[at].store, sizeof chain->items[at].store);
		chain->complete = true;
		return true;
	}
	return false;
}

/* Go on from the last item along the issuers among anchors, with the store that each came from. */
static void
continue_chain(struct certificate_chain *chain, const STACK_OF(X509) *sent, const STACK_OF(X509) *anchors)
{
	X509 *cert = sk_X509_value(sent, sk_X509_num(sent) - 1);

	for (int i = 0; i < sk_X509_num(sent); i++)
		note_anchor(chain, sk_X509_value(sent, i), anchors);
	while (cert && !issuer_is_named(cert, cert)) {
		X509 *issuer = issuer_find(anchors, cert);

		/* CAs that signed each other would make a loop. */
		if (!issuer || find_certificate(chain, issuer) >= 0 ||
		    !certificate_chain_add(chain, issuer))
			break;
		note_anchor(chain, issuer, anchors);
		cert = issuer;
	}
	chain->complete |= cert && issuer_is_named(cert, cert);
}

bool
certificate_chain_ours(X509 *cert, const STACK_OF(X509) *issuers, const STACK_OF(X509) *anchors,
	struct certificate_chain *out)
{
	STACK_OF(X509) *sent = sk_X509_dup(issuers);
	bool ok = sent && sk_X509_unshift(sent, cert) > 0;

	if (ok) {
		certificate_chain_describe(sent, out);
		continue_chain(out, sent, anchors);
	}
	sk_X509_free(sent);
	return ok;
}
