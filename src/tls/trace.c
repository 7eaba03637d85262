/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/trace.h"

#include "base/text.h"
#include "base/wait.h"
#include "tls/certfacts.h"
#include "tls/certtext.h"
#include "tls/groups.h"
#include "tls/wire.h"

#include <stdarg.h>
#include <string.h>

#define LINE_MAX_BYTES 4096

void
trace_line(const struct trace *trace, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;

	if (!trace->out)
		return;
	va_start(ap, fmt);
	text_vformat(line, sizeof line, fmt, ap);
	va_end(ap);
	fprintf(trace->out, "tls: %7.1f ms  %s\n", (double)(clock_us() - trace->start_us) / 1000, line);
}

static const char *
suite_name(SSL *ssl, uint16_t suite)
{
	const unsigned char bytes[2] = { (unsigned char)(suite >> 8), (unsigned char)suite };
	const SSL_CIPHER *cipher = SSL_CIPHER_find(ssl, bytes);

	return cipher ? SSL_CIPHER_standard_name(cipher) : NULL;
}

static const char *
version_name(SSL *ssl, uint16_t version)
{
	(void)ssl;
	return wire_version_name(version);
}

/* The names of a list, those without one as numbers. */
static char *
list_names(SSL *ssl, const struct wire_list *list, const char *(*name)(SSL *, uint16_t), char *out,
	size_t size)
{
	out[0] = '\0';
	for (size_t i = 0; i < list->count; i++) {
		const char *text = name(ssl, list->value[i]);

		if (text)
			text_join(out, size, ", ", "%s", text);
		else
			text_join(out, size, ", ", "0x%04x", list->value[i]);
	}
	return out;
}

/* Renegotiation is refused, so this value only says that we know RFC 5746. */
static void
drop_signalling(struct wire_list *suites)
{
	if (suites->count > 0 && suites->value[suites->count - 1] == 0x00ff)
		suites->count--;
}

static void
trace_offer(const struct trace *trace, SSL *ssl, const uint8_t *msg, size_t len)
{
	struct wire_offer offer;
	char text[LINE_MAX_BYTES - 16], name[256];

	if (wire_offer_parse(msg, len, &offer) < 0)
		return;
	drop_signalling(&offer.suites);
	list_names(ssl, &offer.versions, version_name, text, sizeof text);
	if (offer.name[0])
		trace_line(trace, "we offer %s and ask for \"%s\" (SNI)", text,
			text_harmless_str(name, sizeof name, offer.name));
	else
		trace_line(trace, "we offer %s and ask for no name (no SNI for an address)", text);
	trace_line(trace, "  suites: %s", list_names(ssl, &offer.suites, suite_name, text, sizeof text));
	trace_line(trace, "  groups: %s", list_names(ssl, &offer.groups, groups_name_in, text, sizeof text));
}

static void
trace_choice(const struct trace *trace, SSL *ssl, const uint8_t *msg, size_t len)
{
	struct wire_choice choice;
	const char *suite, *group = NULL;

	if (wire_choice_parse(msg, len, &choice) < 0)
		return;
	suite = suite_name(ssl, choice.suite);
	if (choice.group)
		group = groups_name_in(ssl, choice.group);
	trace_line(trace, "the server %s %s, %s%s%s", choice.retry ? "wants another key share:" : "chooses",
		wire_version_name(choice.version), suite ? suite : "a suite that we do not know",
		group ? ", group " : "", group ? group : "");
}

void
trace_message(const struct trace *trace, SSL *ssl, bool sent, int type, const uint8_t *msg, size_t len)
{
	if (!trace->out)
		return;
	if (type == SSL3_RT_ALERT && len == 2)
		trace_line(trace, "%s the %s alert %s (%d)", sent ? "we send" : "the server sends",
			msg[0] == SSL3_AL_FATAL ? "fatal" : "warning", wire_alert_name(msg[1]), msg[1]);
	if (type != SSL3_RT_HANDSHAKE || len == 0)
		return;
	if (sent && msg[0] == SSL3_MT_CLIENT_HELLO)
		trace_offer(trace, ssl, msg, len);
	else if (!sent && msg[0] == SSL3_MT_SERVER_HELLO)
		trace_choice(trace, ssl, msg, len);
	else if (!sent && msg[0] == SSL3_MT_NEWSESSION_TICKET)
		trace_line(trace, "the server sends a session ticket");
}

static void
trace_certificate(const struct trace *trace, int at, const X509 *cert)
{
	char text[1024];
	char issuer[256], from[32], to[32];

	trace_line(trace, "  [%d] %s", at, certtext_name(X509_get_subject_name(cert), text, sizeof text));
	trace_line(trace, "      issued by %s, valid %s to %s",
		certtext_name(X509_get_issuer_name(cert), issuer, sizeof issuer),
		certtext_time(X509_get0_notBefore(cert), from, sizeof from),
		certtext_time(X509_get0_notAfter(cert), to, sizeof to));
	if (at == 0 && certfacts_names(cert, text, sizeof text)[0])
		trace_line(trace, "      names %s", text);
	else if (at == 0)
		trace_line(trace, "      no subject alternative names");
	trace_line(trace, "      %s", certfacts_key(cert, text, sizeof text));
}

void
trace_chain(const struct trace *trace, const STACK_OF(X509) *chain)
{
	int count = sk_X509_num(chain);

	if (!trace->out)
		return;
	trace_line(trace, "the server shows %d certificate%s:", count, TEXT_PLURAL(count));
	for (int i = 0; i < count; i++)
		trace_certificate(trace, i, sk_X509_value(chain, i));
}

void
trace_verdict(const struct trace *trace, const X509_STORE_CTX *verification)
{
	int error = X509_STORE_CTX_get_error(verification);
	const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(verification);
	const X509 *anchor = sk_X509_value(chain, sk_X509_num(chain) - 1);
	char name[256];

	if (!trace->out)
		return;
	if (error == X509_V_OK && anchor)
		trace_line(trace, "we trust it, by the anchor %s",
			certtext_name(X509_get_subject_name(anchor), name, sizeof name));
	else
		trace_line(trace, "we do not trust it: %s (at [%d])", X509_verify_cert_error_string(error),
			X509_STORE_CTX_get_error_depth(verification));
}

void
trace_request(const struct trace *trace, const STACK_OF(X509_NAME) *wanted)
{
	int count = sk_X509_NAME_num(wanted);
	char name[256];

	if (!trace->out)
		return;
	if (count <= 0) {
		trace_line(trace, "the server asks for our certificate, from any CA");
		return;
	}
	trace_line(trace, "the server asks for our certificate, from one of:");
	for (int i = 0; i < count; i++) {
		certtext_name(sk_X509_NAME_value(wanted, i), name, sizeof name);
		trace_line(trace, "      %s", name);
	}
}

void
trace_finished(const struct trace *trace, SSL *ssl)
{
	char group[32];

	if (!trace->out)
		return;
	groups_agreed(ssl, group, sizeof group);
	trace_line(trace, "handshake done: %s, %s%s%s, %s", SSL_get_version(ssl),
		SSL_CIPHER_standard_name(SSL_get_current_cipher(ssl)), group[0] ? ", group " : "",
		group, SSL_session_reused(ssl) ?
		"a resumed session: no certificate is shown or verified again" : "a new session");
}
