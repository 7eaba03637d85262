/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/remark.h"

#include <stdarg.h>

#include "base/hostname.h"
#include "base/text.h"

struct remarks {
	struct remark *items;
	unsigned count;
};

static void add(struct remarks *remarks, enum remark_kind kind, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static void
add(struct remarks *remarks, enum remark_kind kind, const char *hint, const char *fmt, ...)
{
	struct remark *remark = &remarks->items[remarks->count];
	va_list ap;

	if (remarks->count == REMARKS_MAX)
		return;
	remarks->count++;
	remark->kind = kind;
	text_format(remark->hint, sizeof remark->hint, "%s", hint);
	va_start(ap, fmt);
	text_vformat(remark->text, sizeof remark->text, fmt, ap);
	va_end(ap);
}

static void
remark_names(struct remarks *remarks, const struct tls_observation *seen, const char *host)
{
	const struct certificate *leaf = &seen->server.items[0];
	char hint[200];

	if (seen->host_by_cn) {
		text_format(hint, sizeof hint,
			"Have it reissued with the subject alternative name %s:%s; without --tls-allow-cn "
			"it is refused.",
			hostname_is_address(host) ? "IP" : "DNS", host);
		add(remarks, REMARK_BY_CN, hint,
			"\"%s\" is only in the CN of the server's certificate %s, not "
			"among its subject alternative names",
			host, leaf->subject);
	}
	if (seen->key_use_unsaid)
		add(remarks, REMARK_KEY_USE,
			"Have it reissued with keyUsage digitalSignature and keyEncipherment; Java and "
			"others refuse it.",
			"the keyUsage of the server's certificate %s lacks %s, which this connection used "
			"its key for",
			leaf->subject, seen->static_rsa ? "keyEncipherment" : "digitalSignature");
}

/* One that says "revoked" has failed the handshake. */
static void
remark_staple(struct remarks *remarks, const struct tls_observation *seen)
{
	const char *subject = seen->server.items[0].subject;

	if (seen->ocsp == OCSP_NONE && seen->must_staple)
		add(remarks, REMARK_STAPLE_MISSING,
			"Have OCSP stapling turned on at the receiver, or a certificate issued without "
			"that requirement.",
			"the server's certificate %s requires a stapled OCSP response (RFC 7633), but the "
			"server sends none",
			subject);
	else if (seen->ocsp == OCSP_UNKNOWN)
		add(remarks, REMARK_STAPLE_UNKNOWN,
			"Ask the CA why its OCSP responder does not know the certificate.",
			"the OCSP responder does not know the server's certificate%s%s",
			seen->ocsp_text[0] ? ": " : "", seen->ocsp_text);
	else if (seen->ocsp == OCSP_INVALID)
		add(remarks, REMARK_STAPLE_INVALID, "Have the receiver get a new response, or disable "
			"stapling.",
			"the stapled OCSP response is not valid%s%s", seen->ocsp_text[0] ? ": " : "",
			seen->ocsp_text);
}

unsigned
remarks_of(const struct tls_observation *seen, const char *host, struct remark out[REMARKS_MAX])
{
	struct remarks remarks = { out, 0 };

	if (seen->resumed || !seen->verified)
		return 0;
	if (seen->static_rsa)
		add(&remarks, REMARK_STATIC_RSA,
			"Have the receiver offer ECDHE suites, and omit TLS_RSA_WITH_... from --tls-cipher.",
			"%s has no forward secrecy: recorded traffic can be decrypted by anyone who gets "
			"the server's key later",
			seen->cipher);
	remark_names(&remarks, seen, host);
	remark_staple(&remarks, seen);
	if (!seen->asked && seen->ours.count > 0)
		add(&remarks, REMARK_NOT_ASKED,
			"For mutual TLS, have the receiver require client certificates; "
			"--require-mtls refuses a receiver that does not ask.",
			"the receiver did not ask for our certificate: anyone can send to it");
	return remarks.count;
}
