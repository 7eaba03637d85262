/* SPDX-License-Identifier: BSD-3-Clause */
/* From what a connection saw to kind, sentence and remedy; no network, the facts are set by hand. */
#include "tls/explain.h"

#include "check_main.h"
#include "testpki.h"

#include <errno.h>
#include <string.h>

#include <openssl/sslerr.h>
#include <openssl/x509v3.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct testpki ca, server, client;
static STACK_OF(X509) *chain, *anchors;
static STACK_OF(X509_NAME) *wanted;

static void
setup(void)
{
	ca = testpki_make(&(struct testpki_spec){ .cn = "Demo CA", .ca = true });
	server = testpki_make(&(struct testpki_spec){ .cn = "iris", .issuer = &ca, .san = "DNS:iris" });
	client = testpki_make(&(struct testpki_spec){ .cn = "SCU_DCM1", .issuer = &ca });
	chain = sk_X509_new_null();
	anchors = sk_X509_new_null();
	wanted = sk_X509_NAME_new_null();
	sk_X509_push(chain, server.cert);
	sk_X509_push(anchors, ca.cert);
	for (int i = 0; i < 6; i++)
		sk_X509_NAME_push(wanted, X509_get_subject_name(i == 0 ? ca.cert : server.cert));
}

static void
teardown(void)
{
	sk_X509_NAME_free(wanted);
	sk_X509_free(anchors);
	sk_X509_free(chain);
	testpki_free(&client);
	testpki_free(&server);
	testpki_free(&ca);
}

/* How far the handshake came. */
enum stage {
	SENT_OFFER,
	GOT_HELLO,
	ASKED,	       /* and not yet answered */
	ANSWERED,      /* with our certificate */
	ANSWERED_EMPTY, /* we have none */
	ANSWERED_UNFIT, /* we have one that could not be shown */
	DONE_ANSWERED,
	DONE_NOT_ASKED,
	IN_SESSION,    /* application data came */
};

static struct handshake_log
at_stage(enum stage stage)
{
	struct handshake_log w;
	bool done = stage >= DONE_ANSWERED;

	handshake_log_init(&w, "iris:2010", "iris", NULL);
	strcpy(w.offer, "TLSv1.2 with 6 cipher suites");
	w.seen.server_hello = stage >= GOT_HELLO;
	w.seen.asked = stage >= ASKED && stage != DONE_NOT_ASKED;
	w.seen.answered = stage >= ANSWERED && stage != DONE_NOT_ASKED;
	w.shown = stage == ANSWERED || stage == DONE_ANSWERED || stage == IN_SESSION;
	w.ours = w.seen.asked && stage != ANSWERED_EMPTY ? client.cert : NULL;
	w.seen.done = done;
	w.seen.data = stage == IN_SESSION;
	return w;
}

static void
assert_told(const struct err *err, enum err_kind kind, const char *says, const char *hints)
{
	ck_assert_msg(err->kind == kind, "[%s] %s", err_word(err->kind), err->text);
	ck_assert_msg(strstr(err->text, says) != NULL, "no \"%s\" in: %s", says, err->text);
	ck_assert_msg(strstr(err->hint, hints) != NULL, "no \"%s\" in: %s", hints, err->hint);
	ck_assert_msg(!strpbrk(err->text, "{}") && !strpbrk(err->hint, "{}"), "a hole: %s / %s", err->text,
		err->hint);
	ck_assert_msg(strstr(err->text, "iris:2010") != NULL, "no peer in: %s", err->text);
	ck_assert(err->text[strlen(err->text) - 1] != '.' && err->hint[strlen(err->hint) - 1] == '.');
}

static const struct {
	enum stage stage;
	int alert;
	enum err_kind kind;
	const char *says;
	const char *hints;
} alerts[] = {
	{ SENT_OFFER, 40, ERR_NO_COMMON_TLS, "refused our offer (TLSv1.2 with 6 cipher suites)",
		"--tls-cipher" },
	{ SENT_OFFER, 70, ERR_NO_COMMON_TLS, "none of these protocol versions", "--tls-protocol" },
	{ SENT_OFFER, 71, ERR_NO_COMMON_TLS, "too weak", "--tls-cipher" },
	{ SENT_OFFER, 112, ERR_TLS, "does not know the name \"iris\"", "--tls-host" },
	{ SENT_OFFER, 80, ERR_TLS, "internal_error, 80", "log" },
	{ SENT_OFFER, 48, ERR_TLS, "unknown_ca, 48", "log" },
	{ GOT_HELLO, 40, ERR_TLS, "handshake_failure, 40", "log" },
	{ GOT_HELLO, 70, ERR_NO_COMMON_TLS, "protocol_version, 70", "--tls-protocol" },
	{ GOT_HELLO, 20, ERR_TLS, "bad_record_mac, 20", "log" },
	{ ASKED, 40, ERR_TLS, "handshake_failure, 40", "log" },
	{ ANSWERED, 40, ERR_CLIENT_REJECTED, "aborted the handshake after our certificate \"CN=SCU_DCM1",
		"trust our CA" },
	{ ANSWERED, 42, ERR_CLIENT_REJECTED,
		"\"CN=SCU_DCM1,O=Demo\" (issued by \"CN=Demo CA,O=Demo\", valid 2", "log" },
	{ ANSWERED, 43, ERR_CLIENT_REJECTED, "unsupported_certificate, 43", "clientAuth" },
	{ ANSWERED, 44, ERR_CLIENT_REJECTED, "as revoked", "--key-store" },
	{ ANSWERED, 45, ERR_CLIENT_REJECTED, "as expired", "receiver's clock" },
	{ ANSWERED, 46, ERR_CLIENT_REJECTED, "certificate_unknown, 46", "trust our CA" },
	{ ANSWERED, 48, ERR_CLIENT_REJECTED, "does not know its CA", "Trusted CA certificate(s)" },
	{ ANSWERED, 49, ERR_CLIENT_REJECTED, "access_denied, 49", "authorize it" },
	{ ANSWERED, 116, ERR_CLIENT_REJECTED, "certificate_required, 116", "log" },
	{ ANSWERED, 51, ERR_TLS, "decrypt_error, 51", "log" },
	{ ANSWERED, 200, ERR_TLS, "unknown, 200", "log" },
	{ ANSWERED_EMPTY, 40, ERR_CLIENT_REJECTED, "we have none", "--key-store" },
	{ ANSWERED_EMPTY, 42, ERR_CLIENT_REJECTED, "we have none", "--key-store" },
	{ ANSWERED_EMPTY, 116, ERR_CLIENT_REJECTED, "we have none", "--key-store" },
	{ ANSWERED_UNFIT, 116, ERR_CLIENT_REJECTED, "signature algorithms has none for our \"CN=SCU_DCM1",
		"RSA key" },
	{ DONE_ANSWERED, 48, ERR_CLIENT_REJECTED, "does not know its CA", "trust our CA" },
	{ DONE_ANSWERED, 116, ERR_CLIENT_REJECTED, "certificate_required, 116", "log" },
	{ DONE_NOT_ASKED, 48, ERR_TLS, "unknown_ca, 48", "log" },
	{ IN_SESSION, 49, ERR_TLS, "access_denied, 49", "log" },
};

START_TEST(alert)
{
	struct handshake_log w = at_stage(alerts[_i].stage);
	struct err err = ERR_INIT;

	w.alert = alerts[_i].alert;
	/* A reset that follows an alert changes nothing. */
	w.sys_errno = ECONNRESET;
	ck_assert_int_eq(explain(&w, &err), -1);
	assert_told(&err, alerts[_i].kind, alerts[_i].says, alerts[_i].hints);
	ck_assert_int_eq(err.detail, alerts[_i].alert);
	ck_assert_str_eq(err.phase, "tls");
}
END_TEST

/* The ends without an alert: errno of the failed call, 0 for a plain end. */
static const struct {
	enum stage stage;
	int sys_errno;
	enum err_kind kind;
	const char *says;
	const char *hints;
} ends[] = {
	{ SENT_OFFER, 0, ERR_NOT_TLS, "closed the connection without an answer in TLS", "SSLConfig" },
	{ SENT_OFFER, ECONNRESET, ERR_NOT_TLS, "(Connection reset by peer)", "--plain" },
	{ GOT_HELLO, 0, ERR_TLS, "in the middle of the handshake", "try again" },
	{ ASKED, ECONNRESET, ERR_TLS, "closed the connection (Connection reset by peer) in the middle of",
		"try again" },
	{ ANSWERED, 0, ERR_CLIENT_REJECTED, "\"CN=SCU_DCM1,O=Demo\"", "trust our CA" },
	{ ANSWERED, EPIPE, ERR_CLIENT_REJECTED, "(Broken pipe) in the middle of the handshake: probably it "
		"refused our certificate \"CN=SCU_DCM1", "trust our CA" },
	{ ANSWERED_EMPTY, 0, ERR_CLIENT_REJECTED, "probably it requires a client certificate", "Give ours with --key-store" },
	{ DONE_ANSWERED, ECONNRESET, ERR_ABORTED, "after the TLS handshake, without an alert", "trust our CA" },
	{ DONE_NOT_ASKED, ECONNRESET, ERR_ABORTED, "behind it is not running", "Start the receiver" },
	{ IN_SESSION, ECONNRESET, ERR_ABORTED, "was lost (Connection reset by peer)", "log" },
};

START_TEST(end)
{
	struct handshake_log w = at_stage(ends[_i].stage);
	struct err err = ERR_INIT;

	w.sys_errno = ends[_i].sys_errno;
	w.eof = w.sys_errno == 0;
	explain(&w, &err);
	assert_told(&err, ends[_i].kind, ends[_i].says, ends[_i].hints);
	ck_assert_int_eq(err.phase != NULL, ends[_i].kind != ERR_ABORTED);
}
END_TEST

START_TEST(orderly_close)
{
	struct handshake_log w = at_stage(DONE_ANSWERED);
	struct err err = ERR_INIT;

	explain_close(&w, &err);
	assert_told(&err, ERR_ABORTED, "without an alert and before any DICOM", "trust our CA");
	w.seen.tls13 = true;
	explain_close(&w, &err);
	assert_told(&err, ERR_CLIENT_REJECTED, "probably it refused our certificate \"CN=SCU_DCM1", "trust our CA");
	w.seen.data = true;
	explain_close(&w, &err);
	assert_told(&err, ERR_ABORTED, "closed the connection instead of answering", "log");
	w = at_stage(DONE_NOT_ASKED);
	explain_close(&w, &err);
	assert_told(&err, ERR_ABORTED, "without an alert and before any DICOM", "Start the receiver");
}
END_TEST

/* What each bit of the evidence is on a connection. */
static struct handshake_log
combination(unsigned bits)
{
	enum stage stage = bits & 1 ? DONE_ANSWERED : SENT_OFFER;
	struct handshake_log w = at_stage(stage);

	w.seen.server_hello = bits >> 1 & 1;
	w.seen.done = bits >> 2 & 1;
	w.seen.asked = bits >> 3 & 1;
	w.seen.answered = bits >> 4 & 1;
	w.shown = bits >> 5 & 1;
	w.seen.tls13 = bits >> 6 & 1;
	w.seen.ticket = bits >> 7 & 1;
	w.sent_ms = bits >> 8 & 1;
	w.ended_ms = bits >> 9 & 1 ? 5000 : 1;
	w.seen.data = bits >> 10 & 1;
	w.seen.renegotiation = bits >> 11 & 1;
	w.seen.associated = bits >> 12 & 1;
	w.seen.failed = bits >> 13 & 1;
	w.seen.named = bits >> 14 & 1;
	w.seen.tls_port = bits >> 15 & 1;
	return w;
}

/* Whatever was seen, what is said is whole: a sentence without a hole, and a remedy. */
START_TEST(every_close)
{
	for (unsigned bits = 0; bits < 1U << 16; bits++) {
		struct handshake_log w = combination(bits);
		struct err err = ERR_INIT;

		w.eof = true;
		explain_close(&w, &err);
		ck_assert_int_ne(err.kind, ERR_NONE);
		ck_assert_msg(!strpbrk(err.text, "{}") && !strpbrk(err.hint, "{}"), "%s / %s", err.text, err.hint);
		ck_assert_msg(strlen(err.text) < sizeof err.text - 1 && strlen(err.hint) < sizeof err.hint - 1,
			"cut: %s / %s", err.text, err.hint);
		ck_assert_msg(err.hint[0] >= 'A' && err.hint[0] <= 'Z' && err.hint[strlen(err.hint) - 1] == '.',
			"%s", err.hint);
		ck_assert_int_eq(err.retryable, w.seen.renegotiation ? RETRY_NEVER : RETRY_POSSIBLE);
	}
}
END_TEST

START_TEST(timeout)
{
	struct handshake_log w = at_stage(SENT_OFFER);
	struct err err = ERR_INIT;

	w.waited_ms = 10000;
	explain_timeout(&w, &err);
	assert_told(&err, ERR_TIMEOUT, "no ServerHello within 10 s: it is busy or does not speak TLS",
		"SSLConfig");
	ck_assert_ptr_null(strstr(err.hint, "--tls-group"));
	w.hello = 1650;
	explain_timeout(&w, &err);
	assert_told(&err, ERR_TIMEOUT, "no ServerHello within 10 s", "ours has 1650 bytes, for its post-quantum key share; "
		"--tls-group x25519");
	w = at_stage(GOT_HELLO);
	w.waited_ms = 2500;
	explain_timeout(&w, &err);
	assert_told(&err, ERR_TIMEOUT, "in the middle of the handshake (2.5 s)", "--tls-timeout");
}
END_TEST

/* Before a ServerHello: a ClientHello of two packets may be why, but not one that a session made so. */
START_TEST(large_hello)
{
	static const struct {
		size_t hello;
		bool offered, told;
	} rows[] = { { 1650, false, true }, { 1650, true, false }, { 500, false, false }, { 0, false, false } };

	for (size_t i = 0; i < 3 * COUNT(rows); i++) {
		struct handshake_log w = at_stage(SENT_OFFER);
		struct err err = ERR_INIT;

		w.hello = rows[i / 3].hello;
		w.offered = rows[i / 3].offered;
		w.eof = i % 3 == 0;
		w.sys_errno = i % 3 == 1 ? ECONNRESET : 0;
		w.alert = i % 3 == 2 ? 50 : -1;
		explain(&w, &err);
		assert_told(&err, w.alert >= 0 ? ERR_TLS : ERR_NOT_TLS, "", "");
		ck_assert_msg(rows[i / 3].told == (strstr(err.hint, "--tls-group x25519") != NULL), "%s", err.hint);
	}
}
END_TEST

/* OpenSSL's own reasons. */
static const struct {
	enum stage stage;
	int reason;
	enum err_kind kind;
	const char *says;
} reasons[] = {
	{ SENT_OFFER, SSL_R_WRONG_VERSION_NUMBER, ERR_NOT_TLS, "does not speak TLS" },
	{ SENT_OFFER, SSL_R_PACKET_LENGTH_TOO_LONG, ERR_NOT_TLS, "does not speak TLS" },
	{ SENT_OFFER, SSL_R_HTTP_REQUEST, ERR_NOT_TLS, "does not speak TLS" },
	{ GOT_HELLO, SSL_R_WRONG_VERSION_NUMBER, ERR_TLS, "failed: the reason" },
	{ GOT_HELLO, SSL_R_UNSUPPORTED_PROTOCOL, ERR_NO_COMMON_TLS, "protocol version" },
	{ GOT_HELLO, SSL_R_WRONG_CIPHER_RETURNED, ERR_NO_COMMON_TLS, "cipher suite" },
	{ GOT_HELLO, SSL_R_DH_KEY_TOO_SMALL, ERR_TLS, "Diffie-Hellman" },
	{ SENT_OFFER, SSL_R_NO_CIPHERS_AVAILABLE, ERR_NO_COMMON_TLS, "no cipher suite is left" },
	{ IN_SESSION, SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, ERR_TLS, "failed: the reason" },
};

START_TEST(reason)
{
	struct handshake_log w = at_stage(reasons[_i].stage);
	struct err err = ERR_INIT;

	w.reason = reasons[_i].reason;
	strcpy(w.detail, "the reason");
	explain(&w, &err);
	assert_told(&err, reasons[_i].kind, reasons[_i].says, "");
}
END_TEST

/* Whatever the verdict: untrusted or wrong host, the certificate named, something to do. */
START_TEST(verdict)
{
	struct handshake_log w = at_stage(GOT_HELLO);
	struct err err = ERR_INIT;
	bool host = _i == X509_V_ERR_HOSTNAME_MISMATCH || _i == X509_V_ERR_IP_ADDRESS_MISMATCH;

	w.verdict = _i;
	w.failed_cert = server.cert;
	w.chain = chain;
	w.anchors = anchors;
	w.alert = -1;
	w.reason = SSL_R_CERTIFICATE_VERIFY_FAILED;
	explain(&w, &err);
	if (_i == X509_V_ERR_OUT_OF_MEM)
		assert_told(&err, ERR_INTERNAL, "out of memory", "memory");
	else
		assert_told(&err, host ? ERR_WRONG_HOST : ERR_UNTRUSTED,
			"\"CN=iris,O=Demo\" (issued by \"CN=Demo CA,O=Demo\"", "");
	/* What to do, whatever it is. */
	ck_assert(err.hint[0]);
	ck_assert_int_eq(err.detail, _i);
	/* Even where OpenSSL names no certificate. */
	w.failed_cert = NULL;
	w.chain = w.anchors = NULL;
	explain(&w, &err);
	ck_assert_int_eq(err.kind, host ? ERR_WRONG_HOST :
		_i == X509_V_ERR_OUT_OF_MEM ? ERR_INTERNAL : ERR_UNTRUSTED);
}
END_TEST

/* Whose certificate it is decides who has to act. */
START_TEST(sides)
{
	struct handshake_log w = at_stage(GOT_HELLO);
	struct err err = ERR_INIT;

	w.verdict = X509_V_ERR_CERT_HAS_EXPIRED;
	w.failed_cert = ca.cert;
	w.depth = 1;
	w.chain = chain;
	explain(&w, &err);
	assert_told(&err, ERR_UNTRUSTED, "the CA certificate in the server's chain \"CN=Demo CA",
		"administrator renew");
	w.anchors = anchors;
	explain(&w, &err);
	assert_told(&err, ERR_UNTRUSTED, "the trust store's CA certificate \"CN=Demo CA",
		"into the --trust-store");
}
END_TEST

START_TEST(wanted_list)
{
	struct handshake_log w = at_stage(ANSWERED);
	struct err err = ERR_INIT;

	w.alert = 48;
	w.wanted = wanted;
	explain(&w, &err);
	ck_assert_ptr_null(strstr(err.hint, "It asks for"));
	w.ours_fits = false;
	explain(&w, &err);
	assert_told(&err, ERR_CLIENT_REJECTED, "unknown_ca",
		"It asks for certificates from \"CN=Demo CA,O=Demo\", ");
	assert_told(&err, ERR_CLIENT_REJECTED, "unknown_ca", " and 3 more. Let");
}
END_TEST

/* The chain that goes with ours, its CA out of date or not. */
static const struct {
	int from_days, to_days, alert;
	const char *says, *hints;
} outdated[] = {
	{ -20, -10, 45, "send with it, \"CN=Old CA,O=Demo\" (issued by", "CA's current certificate in the --key-store" },
	{ 10, 20, 45, "send with it, \"CN=Old CA,O=Demo\" (issued by", "CA's current certificate in the --key-store" },
	{ -20, 20, 45, "as expired (alert", "receiver's clock" },
	{ -20, -10, 46, "certificate_unknown, 46", "The CA's certificate \"CN=Old CA\" that we send with it has expired" },
	{ -20, -10, 48, "does not know its CA", "The CA's certificate \"CN=Old CA\" that we send with it has expired" },
	{ -20, 20, 46, "certificate_unknown, 46", "log" },
};

START_TEST(outdated_above_ours)
{
	struct testpki old = testpki_make(&(struct testpki_spec){ .cn = "Old CA", .ca = true,
		.from_days = outdated[_i].from_days, .to_days = outdated[_i].to_days });
	struct handshake_log w = at_stage(ANSWERED);
	struct err err = ERR_INIT;

	w.ours_chain = sk_X509_new_null();
	ck_assert(sk_X509_push(w.ours_chain, old.cert));
	w.alert = outdated[_i].alert;
	explain(&w, &err);
	assert_told(&err, ERR_CLIENT_REJECTED, outdated[_i].says, outdated[_i].hints);
	sk_X509_free(w.ours_chain);
	testpki_free(&old);
}
END_TEST

START_TEST(own_refusal)
{
	struct handshake_log w = at_stage(ASKED);
	struct err err = ERR_INIT;

	err_set(&w.refusal, ERR_CREDENTIALS, "no key fits at iris:2010");
	err_hint(&w.refusal, "Name one.");
	w.reason = SSL_R_CALLBACK_FAILED;
	explain(&w, &err);
	assert_told(&err, ERR_CREDENTIALS, "no key fits", "Name one.");
}
END_TEST

/* Names that a certificate's owner made up to confuse terminals and sentences. */
START_TEST(hostile_names)
{
	char cn[61];
	struct testpki evil;
	struct handshake_log w = at_stage(GOT_HELLO);
	struct err err = ERR_INIT;

	memset(cn, 'x', sizeof cn - 1);
	memcpy(cn, "\033[2J{cert}%s%n", 14);
	cn[sizeof cn - 1] = '\0';
	evil = testpki_make(&(struct testpki_spec){ .cn = cn });
	w.verdict = X509_V_ERR_CERT_HAS_EXPIRED;
	w.failed_cert = evil.cert;
	explain(&w, &err);
	ck_assert_ptr_null(strchr(err.text, '\033'));
	ck_assert_ptr_nonnull(strstr(err.text, "{cert}%s%n"));
	testpki_free(&evil);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("explain");
	TCase *tc = tcase_create("explain");

	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_add_rows(tc, alert, alerts, says);
	tcase_add_rows(tc, end, ends, says);
	tcase_add_test(tc, orderly_close);
	tcase_add_test(tc, every_close);
	tcase_add_test(tc, timeout);
	tcase_add_test(tc, large_hello);
	tcase_add_rows(tc, reason, reasons, says);
	tcase_add_loop_test(tc, verdict, X509_V_ERR_UNSPECIFIED, X509_V_ERR_EC_KEY_EXPLICIT_PARAMS + 1);
	tcase_add_test(tc, sides);
	tcase_add_test(tc, wanted_list);
	tcase_add_test(tc, own_refusal);
	tcase_add_loop_test(tc, outdated_above_ours, 0, COUNT(outdated));
	tcase_add_test(tc, hostile_names);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
