/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/proxy.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "check_main.h"

#define BYTES(s) s, sizeof s - 1
#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])

static const struct {
	const char *bytes;
	size_t len;
	enum proxy_head head;
	size_t end;
} scans[] = {
	{ BYTES(""), PROXY_HEAD_MORE, 0 },
	{ BYTES("H"), PROXY_HEAD_MORE, 0 },
	{ BYTES("HTTP/1."), PROXY_HEAD_MORE, 0 },
	{ BYTES("HTTP/1.1 200 OK\r\n"), PROXY_HEAD_MORE, 0 },
	{ BYTES("HTTP/1.1 200 OK\r\n\r"), PROXY_HEAD_MORE, 0 },
	{ BYTES("HTTP/1.1 200 OK\r\n\r\n"), PROXY_HEAD_WHOLE, 19 },
	{ BYTES("HTTP/1.1 200 OK\r\n\r\n\x02\0\r\n\r\n"), PROXY_HEAD_WHOLE, 19 },
	{ BYTES("HTTP/1.1 200 OK\n\n\n"), PROXY_HEAD_WHOLE, 17 },
	{ BYTES("HTTP/1.0 200 OK\r\nVia: a\r\n\r\n"), PROXY_HEAD_WHOLE, 27 },
	{ BYTES("HTTP/1.1 200 OK\r\n\r\r\n"), PROXY_HEAD_MORE, 0 },
	{ BYTES("HTTP/1.1 200 O\0K\r\n\r\n"), PROXY_HEAD_WHOLE, 20 },
	{ BYTES("\n"), PROXY_HEAD_NOT_HTTP, 0 },
	{ BYTES("S"), PROXY_HEAD_NOT_HTTP, 0 },
	{ BYTES("SSH-2.0-OpenSSH_9.2p1\r\n"), PROXY_HEAD_NOT_HTTP, 0 },
	{ BYTES("HTTP/2 200\r\n\r\n"), PROXY_HEAD_NOT_HTTP, 0 },
	{ BYTES("http/1.1 200 OK\r\n\r\n"), PROXY_HEAD_NOT_HTTP, 0 },
	{ BYTES("\x15\x03\x01\0\x02\x02\x46"), PROXY_HEAD_NOT_HTTP, 0 }, /* a TLS alert */
};

START_TEST(scan)
{
	char *bytes = malloc(scans[_i].len + 1);
	size_t end = 0;

	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, scans[_i].bytes, scans[_i].len);
	ck_assert_int_eq(proxy_scan(bytes, scans[_i].len, &end), scans[_i].head);
	ck_assert_uint_eq(end, scans[_i].end);
	free(bytes);
}
END_TEST

static const char user[] = "modality1";

static const struct endpoint anonymous = {
	.host = "iris", .port = 2010, .proxy = { .host = "squid", .port = 3128 },
};
static const struct endpoint known = {
	.host = "iris", .port = 2010, .proxy = { .host = "squid", .port = 3128, .user = user },
};

static const struct {
	const struct endpoint *endpoint;
	const char *head;
	size_t len;
	int detail; /* 0: judged good; -1: no status at all */
	const char *text, *hint;
} answers[] = {
	{ &anonymous, BYTES("HTTP/1.1 200 Connection established\r\n\r\n"), 0, "", "" },
	{ &anonymous, BYTES("HTTP/1.0 200\r\n\r\n"), 0, "", "" },
	{ &anonymous, BYTES("HTTP/1.1 204 \n\n"), 0, "", "" },
	{ &anonymous, BYTES("HTTP/1.1 299 Fine\r\nA: b\r\n\r\n"), 0, "", "" },
	{ &anonymous, BYTES("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"), 407,
		"the proxy squid:3128 requires credentials (HTTP/1.1 407 Proxy Authentication Required)",
		"--proxy USER" },
	{ &known, BYTES("HTTP/1.0 401 Unauthorized\r\n\r\n"), 401, "squid:3128 requires other credentials", "Basic" },
	{ &known, BYTES("HTTP/1.1 407 No\r\n\r\n"), 407, "squid:3128 requires other credentials", "Basic" },
	{ &anonymous, BYTES("HTTP/1.1 403 Forbidden\r\nX: 200\r\n\r\n"), 403,
		"the proxy squid:3128 refuses to connect to iris:2010 (HTTP/1.1 403 Forbidden)", "rules" },
	{ &anonymous, BYTES("HTTP/1.1 502 Bad Gateway\r\n\r\n"), 502, "502 Bad Gateway",
		"cannot reach the receiver" },
	{ &anonymous, BYTES("HTTP/1.1 504 Gateway Timeout\r\n\r\n"), 504, "504", "cannot reach the receiver" },
	{ &anonymous, BYTES("HTTP/1.1 100 Continue\r\n\r\n"), 100, "100", "" },
	{ &anonymous, BYTES("HTTP/1.1 301 Moved\r\n\r\n"), 301, "301", "" },
	{ &anonymous, BYTES("HTTP/1.1 403 \x1b[2J\0\xff\r\n\r\n"), 403, "(HTTP/1.1 403 ?[2J?\?)", "" },
	{ &anonymous, BYTES("HTTP/1.1 2000 OK\r\n\r\n"), -1, "squid:3128 is not an HTTP proxy", "--proxy" },
	{ &anonymous, BYTES("HTTP/1.1 20 OK\r\n\r\n"), -1, "not an HTTP proxy", "" },
	{ &anonymous, BYTES("HTTP/1.1  200 OK\r\n\r\n"), -1, "not an HTTP proxy", "" },
	{ &anonymous, BYTES("HTTP/1.x 200 OK\r\n\r\n"), -1, "not an HTTP proxy", "" },
	{ &anonymous, BYTES("HTTP/1.1\r\n\r\n"), -1, "not an HTTP proxy", "" },
	{ &anonymous, BYTES("HTTP/1.\n\n"), -1, "not an HTTP proxy", "" },
};

START_TEST(evaluate)
{
	struct err err = ERR_INIT;
	char *head = malloc(answers[_i].len);
	int rv;

	ck_assert_ptr_nonnull(head);
	memcpy(head, answers[_i].head, answers[_i].len);
	rv = proxy_evaluate(answers[_i].endpoint, head, answers[_i].len, &err);
	free(head);
	if (answers[_i].detail == 0) {
		ck_assert_int_eq(rv, 0);
		return;
	}
	ck_assert_int_eq(rv, -1);
	ck_assert_int_eq(err.kind, ERR_CONNECT);
	ck_assert_int_eq(err.detail, answers[_i].detail > 0 ? answers[_i].detail : 0);
	ck_assert_msg(strstr(err.text, answers[_i].text) != NULL, "%s", err.text);
	ck_assert_msg(strstr(err.hint, answers[_i].hint) != NULL, "%s", err.hint);
	ck_assert_ptr_null(strstr(err.text, user));
}
END_TEST

/* RFC 7617 section 2 has the second one's credentials as its example. */
static const struct {
	const char *host;
	uint16_t port;
	const char *user, *password;
	const char *request;
} requests[] = {
	{ "iris", 2010, NULL, NULL, "CONNECT iris:2010 HTTP/1.1\r\nHost: iris:2010\r\n\r\n" },
	{ "10.0.0.7", 104, "Aladdin", "open sesame", "CONNECT 10.0.0.7:104 HTTP/1.1\r\nHost: 10.0.0.7:104\r\n"
		"Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n" },
	{ "fd00::7", 2762, "u", "", "CONNECT [fd00::7]:2762 HTTP/1.1\r\nHost: [fd00::7]:2762\r\n"
		"Proxy-Authorization: Basic dTo=\r\n\r\n" },
	{ "iris", 2010, "", NULL, "CONNECT iris:2010 HTTP/1.1\r\nHost: iris:2010\r\n"
		"Proxy-Authorization: Basic Og==\r\n\r\n" },
	/* What would end the line, or be no host in it. */
	{ "iris\r\nX-Evil: 1", 2010, NULL, NULL, NULL },
	{ "iris\n", 2010, NULL, NULL, NULL },
	{ "ir is", 2010, NULL, NULL, NULL },
	{ "iris\x7f", 2010, NULL, NULL, NULL },
	{ "\xc3\xafris", 2010, NULL, NULL, NULL },
	{ "", 2010, NULL, NULL, NULL },
};

START_TEST(request)
{
	struct endpoint endpoint = anonymous;
	struct err err = ERR_INIT;
	size_t len = 0;
	char *text;

	endpoint.host = requests[_i].host;
	endpoint.port = requests[_i].port;
	endpoint.proxy.user = requests[_i].user;
	if (requests[_i].password)
		ck_assert_int_eq(secret_set(&endpoint.proxy.password, requests[_i].password,
			strlen(requests[_i].password)), 0);
	text = proxy_request(&endpoint, &len, &err);
	secret_clear(&endpoint.proxy.password);
	if (requests[_i].request) {
		ck_assert_str_eq(text, requests[_i].request);
		ck_assert_uint_eq(len, strlen(text));
	} else {
		ck_assert_ptr_null(text);
		ck_assert_int_eq(err.kind, ERR_USAGE);
		ck_assert_ptr_nonnull(strstr(err.text, "cannot be sent to a proxy"));
	}
	OPENSSL_clear_free(text, len);
}
END_TEST

/* Neither a long host nor a long password is cut. */
START_TEST(long_request)
{
	struct endpoint endpoint = known;
	struct err err = ERR_INIT;
	char host[257];
	char *password = malloc(SECRET_MAX);
	char *text;
	size_t len = 0;

	ck_assert_ptr_nonnull(password);
	memset(password, 'p', SECRET_MAX);
	ck_assert_int_eq(secret_set(&endpoint.proxy.password, password, SECRET_MAX), 0);
	free(password);
	memset(host, 'h', sizeof host);
	host[255] = '\0';
	endpoint.host = host;
	text = proxy_request(&endpoint, &len, &err);
	ck_assert_msg(text != NULL, "%s", err.text);
	ck_assert_uint_gt(len, SECRET_MAX / 3 * 4);
	ck_assert_str_eq(text + len - 4, "\r\n\r\n");
	ck_assert_ptr_null(strstr(text, "..."));
	OPENSSL_clear_free(text, len);
	host[255] = 'h';
	host[256] = '\0';
	ck_assert_ptr_null(proxy_request(&endpoint, &len, &err));
	ck_assert_int_eq(err.kind, ERR_USAGE);
	secret_clear(&endpoint.proxy.password);
}
END_TEST

/* OpenSSL's memory, looked at when it is given back. */
static bool looks; /* OpenSSL has taken these functions */
static const char *const sought[] = { "open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ" };
static unsigned left_behind;

union block {
	size_t size;
	max_align_t aligned;
};

static void *
give(size_t size, const char *file, int line)
{
	union block *block = malloc(sizeof *block + size);

	(void)file;
	(void)line;
	if (!block)
		return NULL;
	block->size = size;
	return block + 1;
}

static void
take_back(void *at, const char *file, int line)
{
	union block *block = at;

	(void)file;
	(void)line;
	if (!block)
		return;
	block--;
	for (size_t i = 0; i < sizeof sought / sizeof sought[0]; i++)
		left_behind += memmem(at, block->size, sought[i], strlen(sought[i])) != NULL;
	free(block);
}

static void *
give_again(void *at, size_t size, const char *file, int line)
{
	void *other = give(size, file, line);
	size_t before = at ? ((union block *)at - 1)->size : 0;

	if (other && at)
		memcpy(other, at, before < size ? before : size);
	if (other || size == 0)
		take_back(at, file, line);
	return other;
}

/* Credentials are wiped whether the proxy lets us through, refuses or has gone. */
static const struct {
	const char *answer; /* NULL: gone */
	int rv;
} wipes[] = {
	{ "HTTP/1.1 200 OK\r\n\r\n", 0 },
	{ "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", -1 },
	{ NULL, -1 },
};

START_TEST(credentials_wiped)
{
	struct endpoint endpoint = known;
	struct err err = ERR_INIT;
	int pair[2];

	ck_assert(looks);
	endpoint.proxy.user = "Aladdin";
	ck_assert_int_eq(secret_set(&endpoint.proxy.password, "open sesame", 11), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	if (wipes[_i].answer)
		ck_assert_int_gt(write(pair[1], wipes[_i].answer, strlen(wipes[_i].answer)), 0);
	else
		close(pair[1]);
	ck_assert_int_eq(proxy_tunnel(&endpoint, pair[0], deadline_in(30000), &err), wipes[_i].rv);
	ck_assert_uint_eq(left_behind, 0);
	if (wipes[_i].answer)
		close(pair[1]);
	close(pair[0]);
	secret_clear(&endpoint.proxy.password);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("proxy");
	TCase *tc = tcase_create("proxy");

	looks = CRYPTO_set_mem_functions(give, give_again, take_back) == 1;
	tcase_add_rows(tc, scan, scans, bytes);
	tcase_add_rows(tc, evaluate, answers, head);
	tcase_add_rows(tc, request, requests, host);
	tcase_add_test(tc, long_request);
	tcase_add_rows(tc, credentials_wiped, wipes, answer);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
