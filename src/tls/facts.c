/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/facts.h"

#include "base/hostname.h"
#include "base/text.h"
#include "tls/certfacts.h"
#include "tls/certtext.h"
#include "tls/commonname.h"
#include "tls/issuer.h"
#include "tls/nameconstraint.h"
#include "tls/pin.h"
#include "tls/wire.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

static bool
in_trust_store(const struct handshake_log *w)
{
	return w->depth > 0 && w->failed_cert && certfacts_listed(w->anchors, w->failed_cert);
}

/* The facts: each function writes the text for the placeholder of its name. */

static void
fact_whose(const struct handshake_log *w, char *out, size_t size)
{
	text_format(out, size, "%s", w->depth == 0 ? "the server's certificate" : in_trust_store(w) ?
		"the trust store's CA certificate" : "the CA certificate in the server's chain");
}

static void
fact_issuer(const struct handshake_log *w, char *out, size_t size)
{
	if (w->failed_cert)
		certtext_name(X509_get_issuer_name(w->failed_cert), out, size);
}

static void
fact_pin(const struct handshake_log *w, char *out, size_t size)
{
	unsigned char pin[PIN_SIZE];

	if (w->failed_cert && pin_of(w->failed_cert, pin) == 0)
		pin_text(pin, out, size);
}

static void
fact_keyusage(const struct handshake_log *w, char *out, size_t size)
{
	if (w->failed_cert)
		certfacts_key_usage(w->failed_cert, out, size);
}

static void
fact_pathlen(const struct handshake_log *w, char *out, size_t size)
{
	text_format(out, size, "%ld", w->failed_cert ? X509_get_pathlen(w->failed_cert) : 0L);
}

static void
fact_constraint(const struct handshake_log *w, char *out, size_t size)
{
	nameconstraint_describe(w->path, w->depth, out, size);
}

static void
fact_staple(const struct handshake_log *w, char *out, size_t size)
{
	if (w->ocsp == OCSP_NONE)
		text_format(out, size, "the receiver staples no OCSP response");
	else
		text_format(out, size, "the stapled OCSP response is unusable (%s)", w->ocsp_text);
}

static void
fact_sans(const struct handshake_log *w, char *out, size_t size)
{
	char names[400] = "";

	if (w->failed_cert)
		certfacts_names(w->failed_cert, names, sizeof names);
	text_format(out, size, "%s%s", names[0] ? "the subject alternative names " :
		"no host name among its subject alternative names", names);
}

/* What it must contain for the host. */
static void
fact_san(const struct handshake_log *w, char *out, size_t size)
{
	text_format(out, size, "%s:%s", hostname_is_address(w->host) ? "IP" : "DNS", w->host);
}

/* A name that it does hold, and what else is to be done. */
static void
fact_let(const struct handshake_log *w, char *out, size_t size)
{
	char name[256] = "";

	if (w->failed_cert && certfacts_host(w->failed_cert, name, sizeof name)[0])
		text_format(out, size, "If this is the intended receiver, use --tls-host %s. Otherwise let",
			name);
	else
		text_format(out, size, "Let");
}

static void
fact_renew(const struct handshake_log *w, char *out, size_t size)
{
	text_format(out, size, "%s", in_trust_store(w) ? "Put the CA's renewed certificate into the "
		"--trust-store" : "Let the receiver's administrator renew it");
}

/* "\"CN=A\", \"CN=B\"" up to three, and how many more. */
static void
name_list(const STACK_OF(X509_NAME) *list, char *out, size_t size)
{
	int count = sk_X509_NAME_num(list);
	char name[100];

	for (int i = 0; i < count && i < 3; i++)
		text_join(out, size, i ? ", " : "", "\"%s\"",
			certtext_name(sk_X509_NAME_value(list, i), name, sizeof name));
	if (count > 3)
		text_join(out, size, "", " and %d more", count - 3);
}

static void
fact_anchors(const struct handshake_log *w, char *out, size_t size)
{
	STACK_OF(X509_NAME) *list = sk_X509_NAME_new_null();

	for (int i = 0; list && i < sk_X509_num(w->anchors); i++)
		sk_X509_NAME_push(list, X509_get_subject_name(sk_X509_value(w->anchors, i)));
	if (sk_X509_NAME_num(list) > 0)
		name_list(list, out, size);
	else
		text_format(out, size, "nothing");
	sk_X509_NAME_free(list);
}

static void
fact_wanted(const struct handshake_log *w, char *out, size_t size)
{
	if (!w->wanted)
		return;
	text_format(out, size, ", from ");
	name_list(w->wanted, out, size);
}

/* What the server asks for, if ours does not match. */
static void
fact_foreign(const struct handshake_log *w, char *out, size_t size)
{
	if (w->ours_fits || !w->wanted)
		return;
	text_format(out, size, "It asks for certificates from ");
	name_list(w->wanted, out, size);
	text_join(out, size, "", ". ");
}

static void
fact_asks(const struct handshake_log *w, char *out, size_t size)
{
	if (w->ours_fits || !w->wanted)
		return;
	text_format(out, size, "; it asks for certificates from ");
	name_list(w->wanted, out, size);
}

static void
fact_ours(const struct handshake_log *w, char *out, size_t size)
{
	if (w->ours)
		certfacts_identity(w->ours, out, size);
}

/* The first expired certificate that we send above ours, NULL if there is none. */
X509 *
facts_outdated_issuer(const struct handshake_log *w)
{
	for (int i = 0; i < sk_X509_num(w->ours_chain); i++)
		if (!issuer_is_valid(sk_X509_value(w->ours_chain, i)))
			return sk_X509_value(w->ours_chain, i);
	return NULL;
}

static void
fact_outdated(const struct handshake_log *w, char *out, size_t size)
{
	if (facts_outdated_issuer(w))
		certfacts_identity(facts_outdated_issuer(w), out, size);
}

/* Many receivers refuse an expired chain with another alert than 45. */
static void
fact_replace(const struct handshake_log *w, char *out, size_t size)
{
	char name[128];
	X509 *issuer = facts_outdated_issuer(w);

	if (issuer)
		text_format(out, size, "The CA's certificate \"%s\" that we send with it has expired: put "
			"the current one into the --key-store. ",
			certtext_short_name(X509_get_subject_name(issuer), name, sizeof name));
}

static void
fact_verdict(const struct handshake_log *w, char *out, size_t size)
{
	text_format(out, size, "%s", X509_verify_cert_error_string(w->verdict));
}

static void
fact_alert(const struct handshake_log *w, char *out, size_t size)
{
	text_format(out, size, "%s, %d", wire_alert_name(w->alert), w->alert);
}

static void
fact_said(const struct handshake_log *w, char *out, size_t size)
{
	bool dicom;

	wire_describe(w->first, w->first_len, out, size, &dicom);
}

/* ": Connection reset by peer", if the system gave a reason. */
static void
fact_why(const struct handshake_log *w, char *out, size_t size)
{
	char buf[128];

	if (w->sys_errno)
		text_format(out, size, " (%s)", strerror_r(w->sys_errno, buf, sizeof buf));
}

static void
fact_seconds(const struct handshake_log *w, char *out, size_t size)
{
	text_format(out, size, "%.*f s", w->waited_ms % 1000 ? 1 : 0, (double)w->waited_ms / 1000);
}

/* A ClientHello that some take for an attack, or lose if it does not fit in one packet. */
static void
fact_small(const struct handshake_log *w, char *out, size_t size)
{
	if (handshake_log_hello_is_large(w))
		text_format(out, size, " Or the receiver, or a firewall in front of it, does not accept a "
			"ClientHello of two packets: ours has %zu bytes, for its post-quantum key share; "
			"--tls-group x25519 "
			"--tls-group secp256r1 makes it small.", w->hello);
}

/* The curve of our key, if it is not one that every receiver supports (RFC 8422 5.1.1); else empty. */
static void
fact_curve(const struct handshake_log *w, char *out, size_t size)
{
	static const char *const usual[] = { "prime256v1", "P-256", "secp384r1", "P-384", "secp521r1",
		"P-521" };
	const EVP_PKEY *key = w->ours ? X509_get0_pubkey(w->ours) : NULL;
	char name[80] = "";

	if (!key || !EVP_PKEY_get_group_name(key, name, sizeof name, NULL))
		name[0] = '\0';
	ERR_clear_error();
	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
		if (strcmp(name, usual[i]) == 0)
			return;
	}
	text_format(out, size, "%s", name);
}

bool
facts_curve_is_unusual(const struct handshake_log *w)
{
	char curve[80] = "";

	fact_curve(w, curve, sizeof curve);
	return curve[0] != '\0';
}

static void
fact_hello(const struct handshake_log *w, char *out, size_t size)
{
	text_format(out, size, "%zu", w->hello);
}

static void
fact_idle(const struct handshake_log *w, char *out, size_t size)
{
	text_format(out, size, "%u", w->idle_records);
}

static void
fact_now(const struct handshake_log *w, char *out, size_t size)
{
	time_t now = time(NULL);
	struct tm tm;

	(void)w;
	if (!gmtime_r(&now, &tm) || strftime(out, size, "%Y-%m-%d %H:%M UTC", &tm) == 0)
		out[0] = '\0';
}

/* Each is written by a function, describes the failed certificate, or is in the handshake log; and the text
 * to use if it is empty. */
static const struct {
	const char *name;
	void (*write)(const struct handshake_log *w, char *out, size_t size);
	char *(*of_certificate)(const X509 *cert, char *out, size_t size);
	size_t text;
	const char *otherwise;
} facts[] = {
#define FACT(function)	     function, NULL, 0
#define OF_CERTIFICATE(function) NULL, function, 0
#define TEXT(member)	     NULL, NULL, offsetof(struct handshake_log, member)
	{ "alert", FACT(fact_alert), "" }, { "anchors", FACT(fact_anchors), "" },
	{ "asks", FACT(fact_asks), "" }, { "cert", OF_CERTIFICATE(certfacts_identity), "" },
	{ "constraint", FACT(fact_constraint), "the CA's name constraints forbid one of its names" },
	{ "crl", TEXT(crl), "" }, { "curve", FACT(fact_curve), "" },
	{ "detail", TEXT(detail), "OpenSSL gives no reason" }, { "foreign", FACT(fact_foreign), "" },
	{ "hello", FACT(fact_hello), "" }, { "host", TEXT(host), "" }, { "idle", FACT(fact_idle), "" },
	{ "issuer", FACT(fact_issuer), "" }, { "key", OF_CERTIFICATE(certfacts_key), "" },
	{ "keyusage", FACT(fact_keyusage), "empty" }, { "let", FACT(fact_let), "" },
	{ "names", OF_CERTIFICATE(certfacts_names), "no host (none among its subject alternative names)" },
	{ "now", FACT(fact_now), "" }, { "offer", TEXT(offer), "" }, { "ours", FACT(fact_ours), "" },
	{ "outdated", FACT(fact_outdated), "" }, { "pathlen", FACT(fact_pathlen), "" },
	{ "peer", TEXT(peer), "" }, { "pin", FACT(fact_pin), "" },
	{ "renew", FACT(fact_renew), "" }, { "replace", FACT(fact_replace), "" },
	{ "said", FACT(fact_said), "" }, { "san", FACT(fact_san), "" }, { "sans", FACT(fact_sans), "" },
	{ "seconds", FACT(fact_seconds), "" }, { "sha256", OF_CERTIFICATE(certfacts_fingerprint), "" },
	{ "small", FACT(fact_small), "" }, { "staple", FACT(fact_staple), "" },
	{ "unknown", OF_CERTIFICATE(certfacts_unknown), "unknown kind" },
	{ "usages", OF_CERTIFICATE(certfacts_usages), "another purpose" },
	{ "verdict", FACT(fact_verdict), "" }, { "wanted", FACT(fact_wanted), "" },
	{ "whose", FACT(fact_whose), "" }, { "why", FACT(fact_why), "" },
#undef FACT
#undef OF_CERTIFICATE
#undef TEXT
};

/* Write the fact whose name is between braces at `at`; returns what follows it. */
static const char *
fill(const struct handshake_log *w, const char *at, char *out, size_t size)
{
	size_t len = strcspn(at + 1, "}");

	out[0] = '\0';
	for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
		if (strlen(facts[i].name) != len || memcmp(facts[i].name, at + 1, len) != 0)
			continue;
		if (facts[i].write)
			facts[i].write(w, out, size);
		else if (!facts[i].of_certificate)
			text_format(out, size, "%s", (const char *)w + facts[i].text);
		else if (w->failed_cert)
			facts[i].of_certificate(w->failed_cert, out, size);
		if (!out[0])
			text_format(out, size, "%s", facts[i].otherwise);
	}
	return at + 1 + len + 1;
}

void
facts_expand(const struct handshake_log *w, const char *template, char *out, size_t size)
{
	char fact[640];

	out[0] = '\0';
	while (*template) {
		size_t plain = strcspn(template, "{");

		text_join(out, size, "", "%.*s", (int)plain, template);
		template += plain;
		if (!*template)
			break;
		template = fill(w, template, fact, sizeof fact);
		text_join(out, size, "", "%s", fact);
	}
}
