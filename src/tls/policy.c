/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/policy.h"

#include "base/text.h"
#include "tls/err_ssl.h"
#include "tls/groups.h"

#include <string.h>
#include <strings.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

/* The guide's three suites for TLS 1.3, and the other two that there are. */
#define GUIDE_TLS13 "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"
#define ALL_TLS13   GUIDE_TLS13 ":TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256"

/* Of TLS 1.2, what has forward secrecy and AEAD alone (RFC 9325 4.2). */
#define GCM256 ":ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"
#define GCM128 ":ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
#define CHACHA ":ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

static const char default_ciphers[] = GUIDE_TLS13 GCM256 CHACHA GCM128;

static const struct {
	const char *name;
	const char *ciphers;
	bool all_tls12; /* and every suite of TLS 1.2 that is not weak */
} profiles[] = {
	{ "bcp195", GUIDE_TLS13 GCM256 GCM128, false }, /* PS3.15 B.12: RFC 9325 4.2 */
	{ "bcp195-modified", ALL_TLS13 GCM256 CHACHA ":ECDHE-ECDSA-AES256-CCM:ECDHE-ECDSA-AES256-CCM8" GCM128
		":ECDHE-ECDSA-AES128-CCM:ECDHE-ECDSA-AES128-CCM8", false }, /* PS3.15 B.13 */
	{ "iris", GUIDE_TLS13, true }, /* what its list has for TLS 1.2 is OpenSSL's */
};

static const struct {
	const char *name;
	int version; /* 0: refused */
	const char *why;
} protocols[] = {
	{ "TLSv1.2", TLS1_2_VERSION, NULL },
	{ "TLSv1.3", TLS1_3_VERSION, NULL },
	{ "TLSv1.1", 0, "it is deprecated (RFC 8996)" },
	{ "TLSv1.0", 0, "it is deprecated (RFC 8996)" },
	{ "TLSv1", 0, "it is deprecated (RFC 8996)" },
	{ "SSLv3", 0, "it is broken (RFC 7568)" },
	{ "SSLv2Hello", 0, "it belongs to a broken protocol (RFC 6176)" },
	{ "SSLv2", 0, "it is broken (RFC 6176)" },
};

/* Weak tokens of a name; with prefix, all that begin with it (EXPORT40, DES40). */
static const struct {
	const char *token;
	bool prefix;
	const char *why;
} weak_tokens[] = {
	{ "NULL", false, "it does not encrypt" },
	{ "eNULL", false, "it does not encrypt" },
	{ "anon", false, "it does not authenticate the server" },
	{ "aNULL", false, "it does not authenticate the server" },
	{ "ADH", false, "it does not authenticate the server" },
	{ "AECDH", false, "it does not authenticate the server" },
	{ "EXP", true, "its export-grade keys are too short" },
	{ "RC4", true, "RC4 is broken (RFC 7465)" },
	{ "RC2", true, "RC2 is broken" },
	{ "DES", true, "DES is broken" },
	{ "3DES", false, "its 64-bit blocks are insecure (Sweet32)" },
	{ "MD5", false, "MD5 is broken" },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Other characters have a meaning in OpenSSL's list of groups. */
#define GROUP_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

/* OpenSSL's suites: all that it knows, and those that can be used here. */
struct catalogue {
	SSL_CTX *ctx;
	SSL *ssl;
	const STACK_OF(SSL_CIPHER) *all; /* ctx's */
	STACK_OF(SSL_CIPHER) *usable;
};

/* The policy while it is built: what was named, and what has a cipher. */
struct draft {
	struct policy *policy;
	bool named12, named13; /* by --tls-protocol */
};

static void
catalogue_close(struct catalogue *cat)
{
	sk_SSL_CIPHER_free(cat->usable);
	SSL_free(cat->ssl);
	SSL_CTX_free(cat->ctx);
}

static int
catalogue_open(struct catalogue *cat, struct err *err)
{
	memset(cat, 0, sizeof *cat);
	cat->ctx = SSL_CTX_new(TLS_client_method());
	if (!cat->ctx || !SSL_CTX_set_cipher_list(cat->ctx, "ALL") ||
	    !SSL_CTX_set_ciphersuites(cat->ctx, ALL_TLS13) ||
	    !SSL_CTX_set_min_proto_version(cat->ctx, TLS1_2_VERSION) ||
	    !SSL_CTX_set_max_proto_version(cat->ctx, TLS1_3_VERSION))
		goto fail;
	cat->ssl = SSL_new(cat->ctx);
	cat->all = SSL_CTX_get_ciphers(cat->ctx);
	if (cat->ssl)
		cat->usable = SSL_get1_supported_ciphers(cat->ssl);
	if (cat->all && cat->usable)
		return 0;
fail:
	err_ssl(err, ERR_INTERNAL, "OpenSSL does not list its cipher suites");
	catalogue_close(cat);
	return -1;
}

/* The IANA name, or OpenSSL's where there is none. */
static const char *
iana_name(const SSL_CIPHER *cipher)
{
	const char *name = SSL_CIPHER_standard_name(cipher);

	return name ? name : SSL_CIPHER_get_name(cipher);
}

static bool
is_tls13(const SSL_CIPHER *cipher)
{
	return strcmp(SSL_CIPHER_get_version(cipher), "TLSv1.3") == 0;
}

static const SSL_CIPHER *
find_in(const STACK_OF(SSL_CIPHER) *ciphers, const char *name)
{
	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);

		if (strcasecmp(name, SSL_CIPHER_get_name(cipher)) == 0 ||
		    strcasecmp(name, iana_name(cipher)) == 0)
			return cipher;
	}
	return NULL;
}

/* Keep candidate if it is similar to name, and more similar than the one found before. */
static void
keep_nearer(const char *name, const char *candidate, const char **best, size_t *least)
{
	size_t d = text_distance(name, candidate);

	if (d < *least && d <= strlen(name) / 3) {
		*least = d;
		*best = candidate;
	}
}

static const char *
nearest_cipher(const struct catalogue *cat, const char *name)
{
	const char *best = NULL;
	size_t least = SIZE_MAX;

	for (int i = 0; i < sk_SSL_CIPHER_num(cat->usable); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(cat->usable, i);

		keep_nearer(name, iana_name(cipher), &best, &least);
		keep_nearer(name, SSL_CIPHER_get_name(cipher), &best, &least);
	}
	return best;
}

/* What an option says is unknown: tell the nearest, or what there is. */
static int
refuse_unknown_name(const char *option, const char *name, const char *what, const char *nearest,
	const char *hint, struct err *err)
{
	char shown[64];

	text_harmless_str(shown, sizeof shown, name);
	err_set(err, ERR_USAGE, "%s %s: unknown %s", option, shown, what);
	if (nearest)
		return err_hint(err, "Did you mean %s?", nearest);
	return err_hint(err, "%s", hint);
}

static int
add_protocol(struct draft *draft, const char *name, struct err *err)
{
	static const char hint[] = "Use TLSv1.2 or TLSv1.3, or omit it for both.";
	const char *nearest = NULL;
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < COUNT(protocols); i++) {
		if (protocols[i].version)
			keep_nearer(name, protocols[i].name, &nearest, &least);
		if (strcasecmp(name, protocols[i].name) != 0)
			continue;
		if (protocols[i].why) {
			err_set(err, ERR_USAGE, "--tls-protocol %s is refused: %s", name, protocols[i].why);
			return err_hint(err, "%s", hint);
		}
		draft->named12 |= protocols[i].version == TLS1_2_VERSION;
		draft->named13 |= protocols[i].version == TLS1_3_VERSION;
		return 0;
	}
	return refuse_unknown_name("--tls-protocol", name, "protocol", nearest, hint, err);
}

static bool
token_is(const char *token, size_t len, const char *weak, bool prefix)
{
	size_t weak_len = strlen(weak);

	return len >= weak_len && (prefix || len == weak_len) && strncasecmp(token, weak, weak_len) == 0;
}

/* Refuse a name that has a weak token between its '_' and '-'. */
static int
refuse_weak(const char *name, struct err *err)
{
	for (const char *token = name; *token; token += strspn(token, "_-")) {
		size_t len = strcspn(token, "_-");

		for (size_t i = 0; i < COUNT(weak_tokens); i++) {
			if (!token_is(token, len, weak_tokens[i].token, weak_tokens[i].prefix))
				continue;
			err_set(err, ERR_USAGE, "--tls-cipher %s is refused for its %.*s: %s", name, (int)len,
				token, weak_tokens[i].why);
			return err_hint(err, "Give an ECDHE suite with AES-GCM or ChaCha20-Poly1305, or "
				"omit --tls-cipher for the default.");
		}
		token += len;
	}
	return 0;
}

static int
refuse_list(const char *name, struct err *err)
{
	char shown[128];

	err_set(err, ERR_USAGE, "--tls-cipher %s is a cipher list or a group, not a cipher's name",
		text_harmless_str(shown, sizeof shown, name));
	return err_hint(err, "Give each suite with its own --tls-cipher, such as "
		"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256.");
}

/* No suite has this name: say whether it is a group, cannot be used here, or is misspelt. */
static int
refuse_unknown(const struct catalogue *cat, const char *name, struct err *err)
{
	const char *nearest = nearest_cipher(cat, name);

	if (find_in(cat->all, name)) {
		err_set(err, ERR_USAGE, "--tls-cipher %s cannot be used: it needs a shared key or password, "
			"or is below OpenSSL's security level", name);
		return err_hint(err, "Give a suite that works with certificates, or omit --tls-cipher.");
	}
	if (!nearest && SSL_CTX_set_cipher_list(cat->ctx, name))
		return refuse_list(name, err);
	err_set(err, ERR_USAGE, "--tls-cipher %s: OpenSSL has no cipher suite of this name", name);
	if (nearest)
		return err_hint(err, "Did you mean %s?", nearest);
	return err_hint(err, "Give an IANA or an OpenSSL name; \"openssl ciphers -s -stdname\" lists both.");
}

static const SSL_CIPHER *
find_cipher(const struct catalogue *cat, const char *name, struct err *err)
{
	const SSL_CIPHER *cipher;
	char iana[128];

	if (name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")] ||
	    strlen(name) >= sizeof iana || !name[0]) {
		refuse_list(name, err);
		return NULL;
	}
	if (refuse_weak(name, err) < 0)
		return NULL;
	cipher = find_in(cat->usable, name);
	/* Java still calls the older suites SSL_RSA_WITH_... */
	if (!cipher && strncasecmp(name, "SSL_", 4) == 0) {
		text_format(iana, sizeof iana, "TLS_%s", name + 4);
		cipher = find_in(cat->usable, iana);
	}
	if (!cipher)
		refuse_unknown(cat, name, err);
	return cipher;
}

/* The next of the colon-separated names in *list, into name: false at the end. */
static bool
next_name(const char **list, char *name, size_t size)
{
	size_t len = strcspn(*list, ":");

	text_format(name, size, "%.*s", (int)len, *list);
	*list += len + ((*list)[len] == ':');
	return len > 0;
}

/* Add the name given with `option` to a list, unless it is there. */
static int
append(char *list, size_t size, const char *name, const char *option, struct err *err)
{
	char other[128];

	for (const char *at = list; next_name(&at, other, sizeof other);)
		if (strcmp(other, name) == 0)
			return 0;
	if (strlen(list) + 1 + strlen(name) >= size)
		return err_set(err, ERR_USAGE, "too many %s options: no room for %s", option, name);
	text_join(list, size, ":", "%s", name);
	return 0;
}

static int
append_cipher(struct policy *policy, const SSL_CIPHER *cipher, struct err *err)
{
	const char *name = SSL_CIPHER_get_name(cipher);

	if (is_tls13(cipher))
		return append(policy->ciphersuites, sizeof policy->ciphersuites, name, "--tls-cipher", err);
	return append(policy->cipher_list, sizeof policy->cipher_list, name, "--tls-cipher", err);
}

/* Are protocols named, and that of the cipher is not one of them? */
static bool
excludes(const struct draft *draft, const SSL_CIPHER *cipher)
{
	return (draft->named12 || draft->named13) && !(is_tls13(cipher) ? draft->named13 : draft->named12);
}

/* Add a cipher that the user named. */
static int
add_cipher(struct draft *draft, const struct catalogue *cat, const char *name, struct err *err)
{
	const SSL_CIPHER *cipher = find_cipher(cat, name, err);
	const char *version;

	if (!cipher)
		return -1;
	if (excludes(draft, cipher)) {
		version = is_tls13(cipher) ? "TLSv1.3" : "TLSv1.2";
		err_set(err, ERR_USAGE, "--tls-cipher %s belongs to %s, which --tls-protocol excludes", name,
			version);
		return err_hint(err, "Omit the cipher, or add --tls-protocol %s.", version);
	}
	return append_cipher(draft->policy, cipher, err);
}

/* Add those of a list that OpenSSL supports and whose protocols are allowed. */
static int
add_listed(struct draft *draft, const struct catalogue *cat, const char *list, struct err *err)
{
	char name[128];

	while (next_name(&list, name, sizeof name)) {
		const SSL_CIPHER *cipher = find_in(cat->usable, name);

		if (cipher && !excludes(draft, cipher) && append_cipher(draft->policy, cipher, err) < 0)
			return -1;
	}
	return 0;
}

/* Add every suite of TLS 1.2 that has no weak token in its name. */
static int
add_all_tls12(struct draft *draft, const struct catalogue *cat, struct err *err)
{
	struct err unused;

	for (int i = 0; i < sk_SSL_CIPHER_num(cat->usable); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(cat->usable, i);

		if (is_tls13(cipher) || refuse_weak(iana_name(cipher), &unused) < 0)
			continue;
		if (append_cipher(draft->policy, cipher, err) < 0)
			return -1;
	}
	return 0;
}

static int
refuse_bare(const char *protocol, struct err *err)
{
	err_set(err, ERR_USAGE, "--tls-protocol %s has no cipher: no --tls-cipher belongs to it",
		protocol);
	return err_hint(err, "Give a cipher suite of %s too, or omit --tls-protocol %s.", protocol,
		protocol);
}

/* The versions that remain are those that have a cipher. */
static int
choose_versions(const struct draft *draft, struct err *err)
{
	struct policy *policy = draft->policy;
	bool has12 = policy->cipher_list[0] != '\0', has13 = policy->ciphersuites[0] != '\0';

	if (draft->named12 && !has12)
		return refuse_bare("TLSv1.2", err);
	if (draft->named13 && !has13)
		return refuse_bare("TLSv1.3", err);
	if (!has12 && !has13)
		return err_set(err, ERR_INTERNAL, "this OpenSSL offers none of the default cipher suites");
	policy->min_version = has12 ? TLS1_2_VERSION : TLS1_3_VERSION;
	policy->max_version = has13 ? TLS1_3_VERSION : TLS1_2_VERSION;
	return 0;
}

int
policy_parse(const struct policy_request *request, struct policy *out, struct err *err)
{
	struct draft draft = { .policy = out };
	struct catalogue cat;
	int rv = -1;

	memset(out, 0, sizeof *out);
	for (const char *const *name = request->protocols; name && *name; name++) {
		if (add_protocol(&draft, *name, err) < 0)
			return -1;
	}
	if (catalogue_open(&cat, err) < 0)
		return -1;
	for (const char *const *name = request->ciphers; name && *name; name++) {
		if (add_cipher(&draft, &cat, *name, err) < 0)
			goto out;
	}
	if ((!request->ciphers || !request->ciphers[0]) &&
	    add_listed(&draft, &cat, default_ciphers, err) < 0)
		goto out;
	rv = choose_versions(&draft, err);
out:
	catalogue_close(&cat);
	ERR_clear_error();
	return rv;
}

int
policy_profile(const char *name, struct policy *out, struct err *err)
{
	struct draft draft = { .policy = out };
	struct catalogue cat;
	const char *nearest = NULL;
	size_t at = 0, least = SIZE_MAX;
	int rv;

	memset(out, 0, sizeof *out);
	for (; at < COUNT(profiles) && strcasecmp(profiles[at].name, name) != 0; at++)
		keep_nearer(name, profiles[at].name, &nearest, &least);
	if (at == COUNT(profiles))
		return refuse_unknown_name("--tls-profile", name, "profile", nearest, "Use bcp195 (PS3.15 "
			"B.12), bcp195-modified (B.13) or iris (as in the guide).", err);
	if (catalogue_open(&cat, err) < 0)
		return -1;
	rv = add_listed(&draft, &cat, profiles[at].ciphers, err);
	if (rv == 0 && profiles[at].all_tls12)
		rv = add_all_tls12(&draft, &cat, err);
	if (rv == 0)
		rv = choose_versions(&draft, err);
	catalogue_close(&cat);
	ERR_clear_error();
	return rv;
}

/* A "-" at its beginning removes a group from OpenSSL's list. */
static bool
is_group_name(const char *name)
{
	return name[0] && name[0] != '-' && !name[strspn(name, GROUP_CHARACTERS)];
}

static int
refuse_group(const char *name, struct err *err)
{
	const char *nearest = groups_nearest(name), *spelling = groups_spelling(name);
	char shown[64];

	if (!is_group_name(name)) {
		err_set(err, ERR_USAGE, "--tls-group %s is a list or a rule, not a group's name",
			text_harmless_str(shown, sizeof shown, name));
		return err_hint(err, "Give each group with its own --tls-group, such as x25519; write "
			"?x25519 for one that may be missing.");
	}
	err_set(err, ERR_USAGE, "--tls-group %s: this OpenSSL (%s) has no key exchange group of this name",
		text_harmless_str(shown, sizeof shown, name), OpenSSL_version(OPENSSL_VERSION_STRING));
	if (spelling)
		return err_hint(err, "Write ?%s to skip it where OpenSSL lacks it, and give others "
			"too.", spelling);
	if (nearest)
		return err_hint(err, "Did you mean %s?", nearest);
	return err_hint(err, "Give an OpenSSL name, such as x25519, secp256r1 or X25519MLKEM768.");
}

static int
refuse_group_version(const char *name, bool too_weak, bool is13, struct err *err)
{
	if (too_weak) {
		err_set(err, ERR_USAGE, "--tls-group %s cannot be used: it is below OpenSSL's security level",
			name);
		return err_hint(err, "Give a stronger one, such as x25519 or secp256r1.");
	}
	err_set(err, ERR_USAGE, "--tls-group %s belongs to %s, which is not allowed", name,
		is13 ? "TLSv1.3" : "TLSv1.2");
	return err_hint(err, "Omit the group, or allow %s.", is13 ? "TLSv1.3" : "TLSv1.2");
}

/* Add a group that the user named; use collects the versions that the groups can be used with. */
static int
add_group(struct policy *policy, SSL_CTX *ctx, const char *name, struct groups_use *use, struct err *err)
{
	bool optional = name[0] == '?', has12 = policy->min_version == TLS1_2_VERSION;
	bool has13 = policy->max_version == TLS1_3_VERSION;
	const char *spelling;
	struct groups_use this;

	name += optional;
	spelling = groups_spelling(name);
	if (spelling)
		name = spelling;
	if (!is_group_name(name))
		return refuse_group(name, err);
	this = groups_use(ctx, name);
	if (!this.known)
		return optional ? 0 : refuse_group(name, err);
	if (!(this.tls12 && has12) && !(this.tls13 && has13))
		return refuse_group_version(name, !this.tls12 && !this.tls13, this.tls13, err);
	use->tls12 |= this.tls12;
	use->tls13 |= this.tls13;
	return append(policy->groups, sizeof policy->groups, name, "--tls-group", err);
}

/* The versions that remain are those that have a group. */
static int
choose_groups(const struct groups_use *use, bool strict, struct policy *policy, struct err *err)
{
	bool lacks12 = policy->min_version == TLS1_2_VERSION && !use->tls12;
	bool lacks13 = policy->max_version == TLS1_3_VERSION && !use->tls13;
	const char *version = lacks12 ? "TLSv1.2" : "TLSv1.3";

	if (!policy->groups[0]) {
		err_set(err, ERR_USAGE, "this OpenSSL (%s) has none of the groups that --tls-group names",
			OpenSSL_version(OPENSSL_VERSION_STRING));
		return err_hint(err, "Give one that it has, such as x25519.");
	}
	if (strict && (lacks12 || lacks13)) {
		err_set(err, ERR_USAGE, "%s has no key exchange group: no --tls-group belongs to "
			"it", version);
		return err_hint(err, "Give a group of %s too, such as x25519, or omit %s.", version, version);
	}
	if (lacks12) {
		policy->min_version = TLS1_3_VERSION;
		policy->cipher_list[0] = '\0';
	}
	if (lacks13) {
		policy->max_version = TLS1_2_VERSION;
		policy->ciphersuites[0] = '\0';
	}
	return 0;
}

int
policy_groups(const char *const *names, bool strict, struct policy *policy, struct err *err)
{
	struct groups_use use = { .known = false };
	struct catalogue cat;
	int rv = 0;

	policy->groups[0] = '\0';
	if (!names || !names[0])
		return 0;
	if (catalogue_open(&cat, err) < 0)
		return -1;
	for (const char *const *name = names; *name && rv == 0; name++)
		rv = add_group(policy, cat.ctx, *name, &use, err);
	if (rv == 0)
		rv = choose_groups(&use, strict, policy, err);
	catalogue_close(&cat);
	return rv;
}

int
policy_single(const char *name, struct policy *out, struct err *err)
{
	const char *const ciphers[] = { name, NULL };
	struct policy_request request = { NULL, ciphers };

	return policy_parse(&request, out, err);
}

size_t
policy_suites(const struct policy *policy, struct policy_suite out[POLICY_SUITES_MAX])
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	const STACK_OF(SSL_CIPHER) *ciphers = NULL;
	bool any12 = policy->cipher_list[0] != '\0';
	size_t count = 0;

	if (ctx && SSL_CTX_set_ciphersuites(ctx, policy->ciphersuites) &&
	    (!any12 || SSL_CTX_set_cipher_list(ctx, policy->cipher_list)))
		ciphers = SSL_CTX_get_ciphers(ctx);
	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers) && count < POLICY_SUITES_MAX; i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);

		if (is_tls13(cipher) || any12)
			out[count++] = (struct policy_suite){ iana_name(cipher),
				is_tls13(cipher) ? TLS1_3_VERSION : TLS1_2_VERSION,
				SSL_CIPHER_get_protocol_id(cipher) };
	}
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return count;
}

bool
policy_allows(const struct policy *policy, const char *name)
{
	struct policy_suite suites[POLICY_SUITES_MAX];
	size_t count = policy_suites(policy, suites);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(suites[i].name, name) == 0)
			return true;
	}
	return false;
}
