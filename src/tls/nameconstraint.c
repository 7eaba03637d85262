/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/nameconstraint.h"

#include "base/hostname.h"
#include "base/text.h"
#include "tls/certtext.h"

#include <arpa/inet.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

/* Do they forbid the name? OpenSSL checks certificates: one is made that has this name alone. */
static bool
forbids(NAME_CONSTRAINTS *constraints, GENERAL_NAME *name)
{
	X509 *cert = X509_new();
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	bool made = cert && names && sk_GENERAL_NAME_push(names, name) > 0 &&
	    X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1 &&
	    !(X509_get_extension_flags(cert) & EXFLAG_INVALID);
	bool forbidden = !made || NAME_CONSTRAINTS_check(cert, constraints) != X509_V_OK;

	sk_GENERAL_NAME_free(names);
	X509_free(cert);
	return forbidden;
}

/* A certificate's constraints, NULL if there are none. *readable: false if they cannot be read. */
static NAME_CONSTRAINTS *
constraints_of(const X509 *cert, bool *readable)
{
	NAME_CONSTRAINTS *constraints = X509_get_ext_d2i(cert, NID_name_constraints, NULL, NULL);

	*readable = constraints || X509_get_ext_by_NID(cert, NID_name_constraints, -1) < 0;
	return constraints;
}

bool
nameconstraint_allows(const STACK_OF(X509) *chain, const char *host)
{
	int type = hostname_is_address(host) ? GEN_IPADD : GEN_DNS;
	GENERAL_NAME *name = a2i_GENERAL_NAME(NULL, NULL, NULL, type, host, 0);
	bool allowed = name != NULL;

	for (int i = 1; allowed && i < sk_X509_num(chain); i++) {
		NAME_CONSTRAINTS *constraints = constraints_of(sk_X509_value(chain, i), &allowed);

		allowed = allowed && !(constraints && forbids(constraints, name));
		NAME_CONSTRAINTS_free(constraints);
	}
	GENERAL_NAME_free(name);
	ERR_clear_error();
	return allowed;
}

/* "IP:192.0.2.0/255.255.255.0", or without the mask. */
static void
write_address(const ASN1_STRING *value, char *out, size_t size)
{
	const unsigned char *bytes = ASN1_STRING_get0_data(value);
	int len = ASN1_STRING_length(value);
	bool masked = len == 8 || len == 32;
	int family = len == 4 || len == 8 ? AF_INET : AF_INET6;
	char address[INET6_ADDRSTRLEN] = "?", mask[INET6_ADDRSTRLEN] = "?";

	if (!masked && len != 4 && len != 16)
		return;
	inet_ntop(family, bytes, address, sizeof address);
	if (masked)
		inet_ntop(family, bytes + len / 2, mask, sizeof mask);
	text_format(out, size, "IP:%s%s%s", address, masked ? "/" : "", masked ? mask : "");
}

static void
write_name(const GENERAL_NAME *name, char *out, size_t size)
{
	static const char *const kinds[] = { [GEN_EMAIL] = "email:", [GEN_DNS] = "DNS:", [GEN_URI] = "URI:" };
	int type;
	void *value = GENERAL_NAME_get0_value(name, &type);
	char text[200];

	text_format(out, size, "a name of another kind");
	switch (type) {
	case GEN_DNS:
	case GEN_EMAIL:
	case GEN_URI:
		text_harmless(text, sizeof text, ASN1_STRING_get0_data(value),
			(size_t)ASN1_STRING_length(value));
		text_format(out, size, "%s%s", kinds[type], text);
		break;
	case GEN_IPADD:
		write_address(value, out, size);
		break;
	case GEN_DIRNAME:
		text_format(out, size, "\"%s\"", certtext_name(value, text, sizeof text));
		break;
	}
}

/* The subtrees of that kind (-1: any), comma separated, up to four. */
static void
write_trees(const STACK_OF(GENERAL_SUBTREE) *trees, int type, char *out, size_t size)
{
	int written = 0;
	char text[240];

	out[0] = '\0';
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(trees) && written < 4; i++) {
		const GENERAL_NAME *base = sk_GENERAL_SUBTREE_value(trees, i)->base;

		if (type >= 0 && base->type != type)
			continue;
		write_name(base, text, sizeof text);
		text_join(out, size, ", ", "%s", text);
		written++;
	}
}

/* The first DNS name or address of cert that is forbidden, owned by the caller; NULL if another name is. */
static GENERAL_NAME *
forbidden_name(const X509 *cert, NAME_CONSTRAINTS *constraints)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	GENERAL_NAME *found = NULL;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++) {
		GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if ((name->type == GEN_DNS || name->type == GEN_IPADD) && forbids(constraints, name))
			found = GENERAL_NAME_dup(name);
	}
	GENERAL_NAMES_free(names);
	return found;
}

static void
describe(X509 *cert, const X509 *ca, NAME_CONSTRAINTS *constraints, char *out, size_t size)
{
	GENERAL_NAME *name = forbidden_name(cert, constraints);
	int type = name ? name->type : -1;
	char who[200], which[240] = "one of its names", permitted[400], excluded[400];

	certtext_name(X509_get_subject_name(ca), who, sizeof who);
	if (name)
		write_name(name, which, sizeof which);
	write_trees(constraints->permittedSubtrees, type, permitted, sizeof permitted);
	write_trees(constraints->excludedSubtrees, type, excluded, sizeof excluded);
	GENERAL_NAME_free(name);
	if (excluded[0] && permitted[0])
		text_format(out, size, "\"%s\" permits only %s, and not %s, which excludes %s", who,
			permitted, excluded, which);
	else if (excluded[0])
		text_format(out, size, "\"%s\" does not permit %s, which excludes %s", who, excluded, which);
	else
		text_format(out, size, "\"%s\" permits only %s, which excludes %s", who, permitted,
			which);
}

char *
nameconstraint_describe(const STACK_OF(X509) *chain, int depth, char *out, size_t size)
{
	X509 *cert = sk_X509_value(chain, depth);

	out[0] = '\0';
	for (int i = depth + 1; cert && i < sk_X509_num(chain) && !out[0]; i++) {
		const X509 *ca = sk_X509_value(chain, i);
		bool readable;
		NAME_CONSTRAINTS *constraints = constraints_of(ca, &readable);

		if (constraints && NAME_CONSTRAINTS_check(cert, constraints) != X509_V_OK)
			describe(cert, ca, constraints, out, size);
		NAME_CONSTRAINTS_free(constraints);
	}
	ERR_clear_error();
	return out;
}
