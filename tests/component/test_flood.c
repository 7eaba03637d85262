/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Servers that never stop: TLS records without data, as fast as possible or one now and then. Each stage
 * ends at its timeout at the latest.
 */
#include "net/channel.h"

#include "check_main.h"
#include "testpki.h"
#include "tls/context.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/err.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	CHILD_LIFE_S = 60,  /* what a child is given before it is ended */
	DRIP_US = 20000,    /* between two records that drip */
	SHORT_MS = 300,	    /* a timeout that is to pass */
	LONG_MS = 50000,    /* one that is not */
};

enum record { HELLO_REQUEST, TICKET, KEY_UPDATE, KEY_UPDATE_ANSWERED };

struct flood {
	const char *name;
	bool after;	    /* the handshake, which is as it should be; else instead of it */
	int version;
	enum record record;
	useconds_t pause_us;
};

static const struct flood floods[] = {
	{ "HelloRequests for a ServerHello", false, 0, HELLO_REQUEST, 0 },
	{ "HelloRequests that drip for a ServerHello", false, 0, HELLO_REQUEST, DRIP_US },
	{ "HelloRequests in TLS 1.2", true, TLS1_2_VERSION, HELLO_REQUEST, 0 },
	{ "HelloRequests that drip in TLS 1.2", true, TLS1_2_VERSION, HELLO_REQUEST, DRIP_US },
	{ "session tickets in TLS 1.3", true, TLS1_3_VERSION, TICKET, 0 },
	{ "session tickets that drip in TLS 1.3", true, TLS1_3_VERSION, TICKET, DRIP_US },
	{ "key updates in TLS 1.3", true, TLS1_3_VERSION, KEY_UPDATE, 0 },
	{ "key updates that want an answer, and nobody reads it", true, TLS1_3_VERSION, KEY_UPDATE_ANSWERED, 10 },
	{ "key updates that drip in TLS 1.3", true, TLS1_3_VERSION, KEY_UPDATE, DRIP_US },
};

static struct testpki ca, server;
static struct tlsctx *ctx;
static STACK_OF(X509) *anchors;

static void
set_up(void)
{
	struct testpki_spec ca_spec = { .cn = "Demo CA", .ca = true };
	struct testpki_spec spec = { .cn = "iris", .issuer = &ca, .san = "DNS:iris", .usage = "serverAuth" };
	const char *none[] = { NULL };
	struct policy_request request = { none, none };
	struct policy policy;
	struct tlsctx_config config = { .policy = &policy };
	struct err err = ERR_INIT;

	ca = testpki_make(&ca_spec);
	server = testpki_make(&spec);
	anchors = sk_X509_new_null();
	sk_X509_push(anchors, ca.cert);
	config.anchors = anchors;
	ck_assert_int_eq(policy_parse(&request, &policy, &err), 0);
	ctx = tlsctx_new(&config, &err);
	ck_assert_ptr_nonnull(ctx);
}

static void
tear_down(void)
{
	tlsctx_free(ctx);
	sk_X509_free(anchors);
	testpki_free(&server);
	testpki_free(&ca);
}

/* One record in clear, of the kind that a server of TLS 1.2 may send at any time. */
static bool
send_clear(int fd)
{
	static const unsigned char hello_request[] = { 22, 3, 3, 0, 4, 0, 0, 0, 0 };

	return write(fd, hello_request, sizeof hello_request) == sizeof hello_request;
}

static bool
send_sealed(SSL *ssl, enum record record)
{
	bool ok = false;

	switch (record) {
	case HELLO_REQUEST:
		ok = SSL_renegotiate(ssl) == 1;
		break;
	case TICKET:
		ok = SSL_new_session_ticket(ssl) == 1;
		break;
	case KEY_UPDATE:
		ok = SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1;
		break;
	case KEY_UPDATE_ANSWERED:
		ok = SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) == 1;
		break;
	}
	return ok && SSL_do_handshake(ssl) == 1;
}

/* In the child, until the other side has gone. */
static void
serve(int fd, const struct flood *flood)
{
	SSL_CTX *server_ctx = SSL_CTX_new(TLS_server_method());
	SSL *ssl;

	if (flood->version) {
		SSL_CTX_set_min_proto_version(server_ctx, flood->version);
		SSL_CTX_set_max_proto_version(server_ctx, flood->version);
	}
	SSL_CTX_use_certificate(server_ctx, server.cert);
	SSL_CTX_use_PrivateKey(server_ctx, server.key);
	ssl = SSL_new(server_ctx);
	SSL_set_fd(ssl, fd);
	if (flood->after && SSL_accept(ssl) != 1)
		goto out;
	while (flood->after ? send_sealed(ssl, flood->record) : send_clear(fd)) {
		if (flood->pause_us)
			usleep(flood->pause_us);
	}
out:
	SSL_free(ssl);
	SSL_CTX_free(server_ctx);
}

/* A child that floods; our end is returned. */
static int
fork_server(const struct flood *flood, pid_t *pid)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	*pid = fork();
	ck_assert_int_ge(*pid, 0);
	if (*pid == 0) {
		signal(SIGPIPE, SIG_IGN);
		alarm(CHILD_LIFE_S);
		close(pair[0]);
		serve(pair[1], flood);
		_exit(0);
	}
	close(pair[1]);
	return pair[0];
}

/* Talk to it as an association does: write, then wait for the answer. Returns whether that never came. */
static bool
converse(const struct endpoint *endpoint, int fd, int64_t timeout, struct err *err)
{
	struct channel *ch = channel_adopt(endpoint, fd, err);
	enum channel_got got = CHANNEL_FAILED;
	size_t n;
	char byte;

	if (!ch)
		return false;
	if (channel_write(ch, "hello", 5, err) == 0)
		got = channel_read(ch, &byte, 1, &n, deadline_in(timeout), true, err);
	channel_free(ch);
	return got == CHANNEL_NOTHING;
}

START_TEST(flood)
{
	const struct flood *row = &floods[_i];
	int64_t timeout = row->pause_us ? SHORT_MS : LONG_MS;
	struct endpoint endpoint = { .host = "iris", .port = 2010, .tls = ctx, .check_host = true,
		.tls_timeout = row->after ? LONG_MS : timeout, .send_timeout = timeout, .limit = deadline_never() };
	struct err err = ERR_INIT;
	pid_t pid;
	int fd = fork_server(row, &pid);

	bool late = converse(&endpoint, fd, timeout, &err);

	kill(pid, SIGKILL); /* a server of tickets does not notice that nobody reads them */
	waitpid(pid, NULL, 0);
	ck_assert_msg(late || err.kind == ERR_TIMEOUT, "%s: [%s] %s", row->name, err_word(err.kind), err.text);
	if (row->pause_us == 0)
		ck_assert_msg(strstr(err.text, "keeps sending TLS records without data") != NULL, "%s: %s",
			row->name, err.text);
	ck_assert_msg(late || err.hint[0] != '\0', "%s", row->name);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

static Suite *
suite_flood(void)
{
	Suite *suite = suite_create("flood");
	TCase *tcase = tcase_create("flood");

	tcase_set_timeout(tcase, 2 * CHILD_LIFE_S);
	tcase_add_unchecked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, flood, 0, COUNT(floods));
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return check_run(suite_flood());
}
