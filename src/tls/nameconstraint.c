/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/nameconstraint.h"

#include "base/hostname.h"
#include "base/text.h"
#include "tls/certtext.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

/* Is the name the base's, or below it? A base that begins with a dot is for what is below only. */
static bool
dns_is_within(const ASN1_STRING *name, const ASN1_STRING *base)
{
	int len = ASN1_STRING_length(name), base_len = ASN1_STRING_length(base);
	const char *at = (const char *)ASN1_STRING_get0_data(name);
	const char *wanted = (const char *)ASN1_STRING_get0_data(base);

	if (base_len == 0)
		return true;
	if (len < base_len || strncasecmp(at + len - base_len, wanted, (size_t)base_len) != 0)
		return false;
	return len == base_len || wanted[0] == '.' || at[len - base_len - 1] == '.';
}

/* The base is an address and its mask. */
static bool
address_is_within(const ASN1_STRING *name, const ASN1_STRING *base)
{
	int len = ASN1_STRING_length(name);
	const unsigned char *at = ASN1_STRING_get0_data(name), *wanted = ASN1_STRING_get0_data(base);

	if (ASN1_STRING_length(base) != 2 * len)
		return false;
	for (int i = 0; i < len; i++) {
		if ((at[i] ^ wanted[i]) & wanted[len + i])
			return false;
	}
	return true;
}

static bool
is_within(const GENERAL_NAME *name, const GENERAL_NAME *base)
{
	int type;
	const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);
	const ASN1_STRING *wanted = GENERAL_NAME_get0_value(base, &type);

	return type == GEN_DNS ? dns_is_within(value, wanted) : address_is_within(value, wanted);
}

/* An address and its mask, of version 4 or 6. */
static bool
is_network(const ASN1_STRING *base)
{
	return ASN1_STRING_length(base) == 8 || ASN1_STRING_length(base) == 32;
}

/* Is it for names of that kind? *broken: it has distances, or an address without a mask, which RFC 5280
 * 4.2.1.10 does not allow. */
static bool
applies_to(const GENERAL_SUBTREE *tree, const GENERAL_NAME *name, bool *broken)
{
	if (tree->base->type != name->type)
		return false;
	*broken |= tree->maximum || (tree->minimum && ASN1_INTEGER_get(tree->minimum) != 0);
	*broken |= name->type == GEN_IPADD && !is_network(tree->base->d.iPAddress);
	return true;
}

/* Is it excluded, or is none of the permitted its own? DNS names and addresses only. */
static bool
forbids(const NAME_CONSTRAINTS *constraints, const GENERAL_NAME *name)
{
	bool limited = false, permitted = false, broken = false;

	for (int i = 0; i < sk_GENERAL_SUBTREE_num(constraints->excludedSubtrees); i++) {
		const GENERAL_SUBTREE *tree = sk_GENERAL_SUBTREE_value(constraints->excludedSubtrees, i);

		if (applies_to(tree, name, &broken) && is_within(name, tree->base))
			return true;
	}
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(constraints->permittedSubtrees); i++) {
		const GENERAL_SUBTREE *tree = sk_GENERAL_SUBTREE_value(constraints->permittedSubtrees, i);

		if (!applies_to(tree, name, &broken))
			continue;
		limited = true;
		permitted |= is_within(name, tree->base);
	}
	return broken || (limited && !permitted);
}

/* A certificate's constraints, NULL if there are none. *readable: false if there are, but broken. */
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
	ASN1_OCTET_STRING *address = a2i_IPADDRESS(host);
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_STRING *text = ASN1_IA5STRING_new();
	bool allowed = name && text && ASN1_STRING_set(text, host, -1) &&
	    (address || !hostname_is_address(host));

	if (allowed && address) {
		GENERAL_NAME_set0_value(name, GEN_IPADD, address);
		address = NULL;
	} else if (allowed) {
		GENERAL_NAME_set0_value(name, GEN_DNS, text);
		text = NULL;
	}
	for (int i = 1; allowed && i < sk_X509_num(chain); i++) {
		NAME_CONSTRAINTS *constraints = constraints_of(sk_X509_value(chain, i), &allowed);

		allowed = allowed && !(constraints && forbids(constraints, name));
		NAME_CONSTRAINTS_free(constraints);
	}
	GENERAL_NAME_free(name);
	ASN1_OCTET_STRING_free(address);
	ASN1_STRING_free(text);
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
forbidden_name(const X509 *cert, const NAME_CONSTRAINTS *constraints)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	GENERAL_NAME *found = NULL;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if ((name->type == GEN_DNS || name->type == GEN_IPADD) && forbids(constraints, name))
			found = GENERAL_NAME_dup(name);
	}
	GENERAL_NAMES_free(names);
	return found;
}

static void
describe(X509 *cert, const X509 *ca, const NAME_CONSTRAINTS *constraints, char *out, size_t size)
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
