/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/commonname.h"

#include "base/hostname.h"
#include "tls/nameconstraint.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

bool
commonname_has_san(const X509 *cert, int type)
{
	/* The decoder's result is not used, because it also fails if there is no memory. */
	bool present = X509_get_ext_by_NID(cert, NID_subject_alt_name, -1) >= 0;
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	bool found = present && !names;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		found |= sk_GENERAL_NAME_value(names, i)->type == type;
	GENERAL_NAMES_free(names);
	return found;
}

/* Is the entry's text the same address? It may be written otherwise ("::1", "0:0::1"). */
static bool
is_address(const X509_NAME_ENTRY *entry, const char *host)
{
	unsigned char *text = NULL;
	int len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
	ASN1_OCTET_STRING *mine = NULL, *wanted = a2i_IPADDRESS(host);
	bool same;

	if (len > 0 && strlen((char *)text) == (size_t)len)
		mine = a2i_IPADDRESS((char *)text);
	same = mine && wanted && ASN1_OCTET_STRING_cmp(mine, wanted) == 0;
	ASN1_OCTET_STRING_free(mine);
	ASN1_OCTET_STRING_free(wanted);
	OPENSSL_free(text);
	return same;
}

bool
commonname_holds(X509 *cert, const char *host)
{
	const X509_NAME *subject = X509_get_subject_name(cert);
	bool holds = false;

	if (!hostname_is_address(host)) {
		/* OpenSSL checks the SANs first: if one matches, the CN is not checked. */
		holds = X509_check_host(cert, host, 0,
				X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT,
				NULL) == 1;
	} else {
		for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;)
			holds |= is_address(X509_NAME_get_entry(subject, at), host);
	}
	ERR_clear_error();
	return holds;
}

enum commonname
commonname_evaluate(const STACK_OF(X509) *chain, const char *host)
{
	X509 *leaf = sk_X509_value(chain, 0);

	if (!leaf || commonname_has_san(leaf, hostname_is_address(host) ? GEN_IPADD : GEN_DNS) ||
		!commonname_holds(leaf, host))
		return COMMONNAME_OTHER;
	return nameconstraint_allows(chain, host) ? COMMONNAME_MATCHES : COMMONNAME_FORBIDDEN;
}
