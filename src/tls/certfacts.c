/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/certfacts.h"

#include "base/hostname.h"
#include "base/text.h"
#include "tls/certtext.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include <openssl/tls1.h>
#include <openssl/x509v3.h>

char *
certfacts_identity(const X509 *cert, char *out, size_t size)
{
	char subject[192], issuer[192], from[32], to[32];

	certtext_name(X509_get_subject_name(cert), subject, sizeof subject);
	certtext_name(X509_get_issuer_name(cert), issuer, sizeof issuer);
	certtext_time(X509_get0_notBefore(cert), from, sizeof from);
	certtext_time(X509_get0_notAfter(cert), to, sizeof to);
	text_format(out, size, "\"%s\" (issued by \"%s\", valid %s to %s)", subject, issuer, from, to);
	return out;
}

static void
add_name(const GENERAL_NAME *name, char *out, size_t size)
{
	char text[256];
	int type;
	const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);
	const unsigned char *bytes;
	int len;

	if (type != GEN_DNS && type != GEN_IPADD)
		return;
	bytes = ASN1_STRING_get0_data(value);
	len = ASN1_STRING_length(value);
	if (type == GEN_DNS)
		text_join(out, size, ", ", "DNS:%s", text_harmless(text, sizeof text, bytes, (size_t)len));
	else if ((len == 4 || len == 16) &&
	    inet_ntop(len == 4 ? AF_INET : AF_INET6, bytes, text, sizeof text))
		text_join(out, size, ", ", "IP:%s", text);
}

char *
certfacts_names(const X509 *cert, char *out, size_t size)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);

	out[0] = '\0';
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		add_name(sk_GENERAL_NAME_value(names, i), out, size);
	GENERAL_NAMES_free(names);
	return out;
}

/* The first name of that type that --tls-host accepts. */
static void
first_host(const GENERAL_NAMES *names, int type, char *out, size_t size)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !out[0]; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != type)
			continue;
		add_name(name, out, size);
		memmove(out, out + strcspn(out, ":") + 1, strlen(out) - strcspn(out, ":"));
		/* An address written as a DNS name is not found, since only IP entries are searched for
		 * addresses. */
		if (hostname_problem(out) || (type == GEN_DNS && hostname_is_address(out)))
			out[0] = '\0';
	}
}

char *
certfacts_host(const X509 *cert, char *out, size_t size)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);

	out[0] = '\0';
	first_host(names, GEN_DNS, out, size);
	first_host(names, GEN_IPADD, out, size);
	GENERAL_NAMES_free(names);
	return out;
}

char *
certfacts_key(const X509 *cert, char *out, size_t size)
{
	const EVP_PKEY *key = X509_get0_pubkey(cert);
	const char *type = key ? EVP_PKEY_get0_type_name(key) : NULL;

	text_format(out, size, "%s %d bits, signed with %s", type ? type : "a key of unknown kind,",
		key ? EVP_PKEY_get_bits(key) : 0, OBJ_nid2ln(X509_get_signature_nid(cert)));
	return out;
}

char *
certfacts_usages(const X509 *cert, char *out, size_t size)
{
	EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
	char text[128];

	out[0] = '\0';
	for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
		OBJ_obj2txt(text, sizeof text, sk_ASN1_OBJECT_value(usages, i), 0);
		text_join(out, size, ", ", "%s", text);
	}
	EXTENDED_KEY_USAGE_free(usages);
	return out;
}

char *
certfacts_key_usage(X509 *cert, char *out, size_t size)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} bits[] = {
		{ KU_DIGITAL_SIGNATURE, "digitalSignature" }, { KU_NON_REPUDIATION, "nonRepudiation" },
		{ KU_KEY_ENCIPHERMENT, "keyEncipherment" }, { KU_DATA_ENCIPHERMENT, "dataEncipherment" },
		{ KU_KEY_AGREEMENT, "keyAgreement" }, { KU_KEY_CERT_SIGN, "keyCertSign" },
		{ KU_CRL_SIGN, "cRLSign" }, { KU_ENCIPHER_ONLY, "encipherOnly" },
		{ KU_DECIPHER_ONLY, "decipherOnly" },
	};
	uint32_t usage = X509_get_key_usage(cert); /* all bits set if there is none */

	out[0] = '\0';
	for (size_t i = 0; usage != UINT32_MAX && i < sizeof bits / sizeof bits[0]; i++) {
		if (usage & bits[i].bit)
			text_join(out, size, ", ", "%s", bits[i].name);
	}
	return out;
}

char *
certfacts_unknown(const X509 *cert, char *out, size_t size)
{
	char text[128];

	out[0] = '\0';
	for (int i = 0; i < X509_get_ext_count(cert); i++) {
		X509_EXTENSION *ext = X509_get_ext(cert, i);

		if (!X509_EXTENSION_get_critical(ext) || X509_supported_extension(ext))
			continue;
		OBJ_obj2txt(text, sizeof text, X509_EXTENSION_get_object(ext), 0);
		text_join(out, size, ", ", "%s", text);
	}
	return out;
}

bool
certfacts_must_staple(const X509 *cert)
{
	TLS_FEATURE *features = X509_get_ext_d2i(cert, NID_tlsfeature, NULL, NULL);
	bool must = false;

	for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++)
		must |= ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == TLSEXT_TYPE_status_request;
	TLS_FEATURE_free(features);
	return must;
}

char *
certfacts_fingerprint(const X509 *cert, char *out, size_t size)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned int len;

	if (!X509_digest(cert, EVP_sha256(), hash, &len) ||
	    !OPENSSL_buf2hexstr_ex(out, size, NULL, hash, len, ':'))
		out[0] = '\0';
	return out;
}

bool
certfacts_listed(const STACK_OF(X509) *certs, const X509 *cert)
{
	for (int i = 0; i < sk_X509_num(certs); i++) {
		if (X509_cmp(sk_X509_value(certs, i), cert) == 0)
			return true;
	}
	return false;
}
