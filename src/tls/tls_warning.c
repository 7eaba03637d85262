/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/observation.h"

#include <stdarg.h>

#include "base/hostname.h"
#include "base/text.h"

struct warnings {
	struct tls_warning *items;
	unsigned count;
};

static void __attribute__((format(printf, 4, 5)))
add(struct warnings *warnings, enum tls_warning_kind kind, const char *hint, const char *fmt, ...)
{
	struct tls_warning *warning = &warnings->items[warnings->count];
	va_list ap;

	if (warnings->count == TLS_WARNINGS_MAX)
		return;
	warnings->count++;
	warning->kind = kind;
	text_format(warning->hint, sizeof warning->hint, "%s", hint);
	va_start(ap, fmt);
	text_vformat(warning->text, sizeof warning->text, fmt, ap);
	va_end(ap);
}

static void
tls_warning_names(struct warnings *warnings, const struct tls_observation *seen, const char *host)
{
	const struct certificate *leaf = &seen->server.items[0];
	char hint[200];

	if (seen->host_by_cn) {
		text_format(hint, sizeof hint,
			"Have it reissued with the subject alternative name %s:%s; without --tls-allow-cn "
			"it is refused.",
			hostname_is_address(host) ? "IP" : "DNS", host);
		add(warnings, TLS_WARNING_BY_CN, hint,
			"\"%s\" is only in the CN of the server's certificate %s, not "
			"among its subject alternative names",
			host, leaf->subject);
	}
	if (seen->key_use_unsaid)
		add(warnings, TLS_WARNING_KEY_USE,
			"Have it reissued with keyUsage digitalSignature and keyEncipherment; Java and "
			"others refuse it.",
			"the keyUsage of the server's certificate %s lacks %s, which this connection used "
			"its key for",
			leaf->subject, seen->static_rsa ? "keyEncipherment" : "digitalSignature");
}

/* With one that says "revoked" the handshake has failed. */
static void
tls_warning_staple(struct warnings *warnings, const struct tls_observation *seen)
{
	const char *subject = seen->server.items[0].subject;

	if (seen->ocsp == OCSP_NONE && seen->must_staple)
		add(warnings, TLS_WARNING_STAPLE_MISSING,
			"Have OCSP stapling turned on at the receiver, or a certificate issued without "
			"that requirement.",
			"the server's certificate %s requires a stapled OCSP response (RFC 7633), but the "
			"server sends none",
			subject);
	else if (seen->ocsp == OCSP_UNKNOWN)
		add(warnings, TLS_WARNING_STAPLE_UNKNOWN,
			"Ask the CA why its OCSP responder does not know the certificate.",
			"the OCSP responder does not know the server's certificate%s%s",
			seen->ocsp_text[0] ? ": " : "", seen->ocsp_text);
	else if (seen->ocsp == OCSP_INVALID)
		add(warnings, TLS_WARNING_STAPLE_INVALID, "Have the receiver get a new response, or disable "
			"stapling.",
			"the stapled OCSP response is not valid%s%s", seen->ocsp_text[0] ? ": " : "",
			seen->ocsp_text);
}

unsigned
tls_warnings_of(const struct tls_observation *seen, const char *host,
	struct tls_warning out[TLS_WARNINGS_MAX])
{
	struct warnings warnings = { out, 0 };

	if (seen->resumed || !seen->verified)
		return 0;
	if (seen->static_rsa)
		add(&warnings, TLS_WARNING_STATIC_RSA,
			"Have the receiver offer ECDHE suites, and omit TLS_RSA_WITH_... from --tls-cipher.",
			"%s has no forward secrecy: recorded traffic can be decrypted by anyone who gets "
			"the server's key later",
			seen->cipher);
	tls_warning_names(&warnings, seen, host);
	tls_warning_staple(&warnings, seen);
	if (!seen->asked && seen->ours.count > 0)
		add(&warnings, TLS_WARNING_NOT_ASKED,
			"For mutual TLS, have the receiver require client certificates; "
			"--require-mtls refuses a receiver that does not ask.",
			"the receiver did not ask for our certificate: anyone can send to it");
	return warnings.count;
}
