/* SPDX-License-Identifier: BSD-3-Clause */
/* Hand-built hellos sent to real listeners: OpenSSL's server in a forked child, and peers that do not speak
 * TLS. */
#include "net/probe.h"

#include "check_main.h"
#include "testpki.h"
#include "tls/hello.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/ssl.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct testpki own;

static void
setup(void)
{
	own = testpki_make(&(struct testpki_spec){ .cn = "iris", .san = "DNS:iris", .rsa_bits = 2048 });
}

static void
teardown(void)
{
	testpki_free(&own);
}

static void
serve_tls(int fd, const char *ciphers, int least)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL *ssl;

	SSL_CTX_use_certificate(ctx, own.cert);
	SSL_CTX_use_PrivateKey(ctx, own.key);
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_dh_auto(ctx, 1);
	SSL_CTX_set_min_proto_version(ctx, least);
	SSL_CTX_set_cipher_list(ctx, ciphers);
	ssl = SSL_new(ctx);
	SSL_set_fd(ssl, fd);
	SSL_accept(ssl);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

/* What a listener says to a hello, and whether it hangs up then. */
struct peer {
	const char *ciphers; /* a TLS server with these; NULL: the bytes */
	int least;	     /* version that it takes */
	const char *bytes;
	size_t len;
	bool stay;
};

static void
serve(int fd, const struct peer *peer)
{
	char buf[HELLO_MAX];

	if (peer->ciphers) {
		serve_tls(fd, peer->ciphers, peer->least);
		return;
	}
	if (read(fd, buf, sizeof buf) > 0 && peer->len > 0)
		(void)!write(fd, peer->bytes, peer->len);
	while (peer->stay && read(fd, buf, sizeof buf) > 0)
		;
}

/* A listener on a free port of the loopback, in a child that serves one connection. */
static uint16_t
start(const struct peer *peer, pid_t *pid)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof addr;
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&addr, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&addr, &len), 0);
	*pid = fork();
	ck_assert_int_ge(*pid, 0);
	if (*pid == 0) {
		serve(accept(listener, NULL, NULL), peer);
		_exit(0);
	}
	close(listener);
	return ntohs(addr.sin_port);
}

#define WIDE "ALL:COMPLEMENTOFALL@SECLEVEL=0"
#define SOUND "ECDHE+AESGCM@SECLEVEL=0"

static const struct {
	struct peer peer;
	uint16_t version;
	const char *family; /* NULL: the common suites */
	enum probe_answer answer;
} rows[] = {
	{ { .ciphers = WIDE, .least = TLS1_VERSION }, TLS1_VERSION, NULL, PROBE_TAKEN },
	{ { .ciphers = WIDE, .least = TLS1_VERSION }, TLS1_1_VERSION, NULL, PROBE_TAKEN },
	{ { .ciphers = SOUND, .least = TLS1_2_VERSION }, TLS1_2_VERSION, NULL, PROBE_TAKEN },
	{ { .ciphers = SOUND, .least = TLS1_2_VERSION }, TLS1_1_VERSION, NULL, PROBE_REFUSED },
	{ { .ciphers = SOUND, .least = TLS1_2_VERSION }, SSL3_VERSION, NULL, PROBE_REFUSED },
	{ { .ciphers = WIDE, .least = TLS1_VERSION }, TLS1_2_VERSION, "NULL", PROBE_TAKEN },
	{ { .ciphers = WIDE, .least = TLS1_VERSION }, TLS1_2_VERSION, "anonymous", PROBE_TAKEN },
	{ { .ciphers = SOUND, .least = TLS1_2_VERSION }, TLS1_2_VERSION, "NULL", PROBE_REFUSED },
	{ { .ciphers = SOUND, .least = TLS1_2_VERSION }, TLS1_2_VERSION, "anonymous", PROBE_REFUSED },
	{ { .ciphers = WIDE, .least = TLS1_VERSION }, TLS1_2_VERSION, "RC4", PROBE_REFUSED },
	{ { .ciphers = WIDE, .least = TLS1_VERSION }, TLS1_2_VERSION, "3DES", PROBE_REFUSED },
	{ { .ciphers = WIDE, .least = TLS1_VERSION }, TLS1_2_VERSION, "export", PROBE_REFUSED },
	/* An old server, as no current library can be: it accepts RC4. */
	{ { .bytes = "\x16\x03\x01\0\x2a\2\0\0\x26\x03\x01" "0123456789abcdef0123456789abcdef" "\0\0\5\0",
		.len = 47, .stay = true }, TLS1_2_VERSION, "RC4", PROBE_TAKEN },
	{ { .bytes = "", .len = 0 }, TLS1_2_VERSION, NULL, PROBE_REFUSED },
	{ { .bytes = "HTTP/1.1 400 Bad Request\r\n", .len = 26, .stay = true }, TLS1_2_VERSION, NULL,
		PROBE_REFUSED },
	{ { .bytes = "\x15\x03\x01\0\2\1\x70", .len = 7, .stay = true }, TLS1_2_VERSION, NULL, PROBE_SILENT },
	{ { .bytes = "", .len = 0, .stay = true }, TLS1_2_VERSION, NULL, PROBE_SILENT },
};

START_TEST(answers)
{
	struct hello offer = { rows[_i].version, hello_common_suites, hello_common_count, false };
	struct endpoint endpoint = { .host = "127.0.0.1", .tls_host = "iris", .connect_timeout = 20000,
		.tls_timeout = rows[_i].answer == PROBE_SILENT ? 50 : 20000, .limit = deadline_never() };
	struct probe_result result;
	struct err err = ERR_INIT;
	pid_t pid;

	for (size_t i = 0; rows[_i].family && i < hello_family_count; i++) {
		if (strcmp(hello_families[i].name, rows[_i].family) == 0) {
			offer.suites = hello_families[i].suites;
			offer.suite_count = hello_families[i].count;
		}
	}
	ck_assert(!rows[_i].family || offer.suites != hello_common_suites);
	endpoint.port = start(&rows[_i].peer, &pid);
	ck_assert_msg(probe(&endpoint, &offer, &result, &err) == 0, "%s", err.text);
	ck_assert_int_eq(result.answer, rows[_i].answer);
	if (rows[_i].answer == PROBE_TAKEN)
		ck_assert_uint_eq(result.choice.version, rows[_i].peer.ciphers ? rows[_i].version : TLS1_VERSION);
	if (rows[_i].answer == PROBE_REFUSED)
		ck_assert_int_eq(result.alert >= 0, rows[_i].peer.ciphers != NULL);
	waitpid(pid, NULL, 0);
}
END_TEST

START_TEST(nobody_there)
{
	struct endpoint endpoint = { .host = "127.0.0.1", .connect_timeout = 5000, .tls_timeout = 5000,
		.limit = deadline_never() };
	struct hello offer = { TLS1_2_VERSION, hello_common_suites, hello_common_count, false };
	struct probe_result result;
	struct err err = ERR_INIT;
	pid_t pid;

	endpoint.port = start(&rows[COUNT(rows) - 1].peer, &pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ck_assert_int_eq(probe(&endpoint, &offer, &result, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CONNECT);
}
END_TEST

START_TEST(impossible_offer)
{
	struct endpoint endpoint = { .host = "127.0.0.1", .port = 1, .limit = deadline_never() };
	struct hello offer = { TLS1_3_VERSION + 1, hello_common_suites, hello_common_count, false };
	struct probe_result result;
	struct err err = ERR_INIT;

	ck_assert_int_eq(probe(&endpoint, &offer, &result, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INTERNAL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("probe");
	TCase *tc = tcase_create("probe");

	signal(SIGPIPE, SIG_IGN);
	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_add_rows(tc, answers, rows, family);
	tcase_add_test(tc, nobody_there);
	tcase_add_test(tc, impossible_offer);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
