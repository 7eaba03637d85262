/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Channels that resume the TLS sessions of earlier ones, over the loopback interface, to one server in a
 * forked child: what is known about them, and that a server that fails on it costs only one connection.
 */
#include "net/channel.h"

#include "check_main.h"
#include "testpki.h"
#include "tls/context.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/err.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What the server does with a session that is offered again. */
enum manner {
	WELCOMES,
	BREAKS_OFF,   /* verifies clients, but was given no session id context: OpenSSL's fatal alert */
	VANISHES,     /* resumes, and closes without a word */
	TAKES_LEAVE,  /* the same, in order */
	STAYS_SILENT, /* takes the connection and nothing more */
	GOES_AWAY,    /* aborts, and then no longer listens */
};

struct server {
	enum manner manner;
	int version;
	uint16_t port;
	int listener;
	pid_t pid;
	int counter[2]; /* a byte for each connection that it took */
};

static struct testpki ca, server_pki, client_pki;

static void
make_pki(void)
{
	ca = testpki_make(&(struct testpki_spec){ .cn = "CA", .ca = true });
	server_pki = testpki_make(&(struct testpki_spec){ .cn = "iris", .issuer = &ca, .san = "DNS:iris",
		.usage = "serverAuth" });
	client_pki = testpki_make(&(struct testpki_spec){ .cn = "SCU_DCM1", .issuer = &ca,
		.usage = "clientAuth" });
}

static void
free_pki(void)
{
	testpki_free(&client_pki);
	testpki_free(&server_pki);
	testpki_free(&ca);
}

static SSL_CTX *
server_ctx(const struct server *server)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	SSL_CTX_use_certificate(ctx, server_pki.cert);
	SSL_CTX_use_PrivateKey(ctx, server_pki.key);
	SSL_CTX_set_min_proto_version(ctx, server->version);
	SSL_CTX_set_max_proto_version(ctx, server->version);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), ca.cert);
	if (server->manner != BREAKS_OFF && server->manner != GOES_AWAY)
		SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"test", 4);
	return ctx;
}

/* Answer one message with what this side knows of the other. */
static void
serve(const struct server *server, SSL_CTX *ctx, int fd)
{
	SSL *ssl = SSL_new(ctx);
	bool resumed;
	char buf[64];

	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) != 1)
		goto out;
	resumed = SSL_session_reused(ssl);
	if (resumed && server->manner == VANISHES)
		goto out;
	if (!(resumed && server->manner == TAKES_LEAVE) && SSL_read(ssl, buf, sizeof buf) > 0) {
		snprintf(buf, sizeof buf, "resumed=%d known=%d", resumed,
			SSL_get0_peer_certificate(ssl) && SSL_get_verify_result(ssl) == X509_V_OK);
		SSL_write(ssl, buf, (int)strlen(buf));
	}
	SSL_shutdown(ssl);
out:
	SSL_free(ssl);
}

/* A hello is no reason to say a word. */
static void
say_nothing(int fd)
{
	char buf[256];

	while (read(fd, buf, sizeof buf) > 0)
		;
}

/* Until it is killed. */
static void
run_server(const struct server *server)
{
	SSL_CTX *ctx = server_ctx(server);

	for (int visits = 0;; visits++) {
		int fd = accept(server->listener, NULL, NULL);

		if (fd < 0)
			pause();
		(void)!write(server->counter[1], "", 1);
		if (server->manner == GOES_AWAY && visits > 0)
			close(server->listener);
		if (server->manner == STAYS_SILENT && visits > 0)
			say_nothing(fd);
		else
			serve(server, ctx, fd);
		close(fd);
	}
}

static void
server_start(struct server *server, enum manner manner, int version)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof addr;

	*server = (struct server){ .manner = manner, .version = version };
	server->listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(server->listener, (struct sockaddr *)&addr, len), 0);
	ck_assert_int_eq(listen(server->listener, 16), 0);
	ck_assert_int_eq(getsockname(server->listener, (struct sockaddr *)&addr, &len), 0);
	server->port = ntohs(addr.sin_port);
	ck_assert_int_eq(pipe(server->counter), 0);
	server->pid = fork();
	ck_assert_int_ge(server->pid, 0);
	if (server->pid == 0) {
		run_server(server);
	}
	close(server->listener);
	close(server->counter[1]);
}

/* How many connections it took in all. */
static int
server_stop(struct server *server)
{
	char counted[64];
	ssize_t n;

	kill(server->pid, SIGKILL); /* SIGTERM is caught by Check's handler, which it inherited */
	waitpid(server->pid, NULL, 0);
	n = read(server->counter[0], counted, sizeof counted);
	close(server->counter[0]);
	return (int)n;
}

/* Our side. */
struct client {
	STACK_OF(X509) *anchors;
	STACK_OF(X509_CRL) *crls;
	struct key_entry entry;
	struct key_store keys;
	struct tlsctx *ctx;
	struct endpoint endpoint;
};

/* Everything that can be required: what a resumed session does not prove again was proved when it was
 * made. */
static void
client_open(struct client *client, const struct server *server, bool resume)
{
	static char path[] = "test.p12";
	struct policy_request request = { NULL, NULL };
	struct policy policy;
	struct tlsctx_config config = { .policy = &policy, .resume = resume,
		.require_revocation = true };
	struct err err = ERR_INIT;

	memset(client, 0, sizeof *client);
	client->entry = (struct key_entry){ .cert = client_pki.cert, .key = client_pki.key };
	client->keys = (struct key_store){ .path = path, .entries = &client->entry, .count = 1 };
	client->anchors = sk_X509_new_null();
	sk_X509_push(client->anchors, ca.cert);
	client->crls = sk_X509_CRL_new_null();
	sk_X509_CRL_push(client->crls, testpki_crl(&ca, NULL, 5));
	config.anchors = client->anchors;
	config.crls = client->crls;
	config.keys = &client->keys;
	ck_assert_int_eq(policy_parse(&request, &policy, &err), 0);
	client->ctx = tlsctx_new(&config, &err);
	ck_assert_msg(client->ctx != NULL, "%s", err.text);
	client->endpoint = (struct endpoint){ .host = "127.0.0.1", .port = server->port, .tls = client->ctx,
		.tls_host = "iris", .check_host = true, .require_mtls = true, .connect_timeout = 20000,
		.tls_timeout = 20000,
		.send_timeout = 20000, .limit = deadline_never() };
}

static void
client_close(struct client *client)
{
	tlsctx_free(client->ctx);
	sk_X509_free(client->anchors);
	sk_X509_CRL_pop_free(client->crls, X509_CRL_free);
}

/* One word and its answer over a channel, which is closed then. */
static void
converse(struct channel *ch, char answer[64])
{
	struct err err = ERR_INIT;
	size_t n;

	ck_assert_int_eq(channel_write(ch, "hello", 5, &err), 0);
	ck_assert_int_eq(channel_read(ch, answer, 63, &n, deadline_in(20000), true, &err), CHANNEL_DATA);
	answer[n] = '\0';
	channel_free(ch);
}

/* Open, converse, and say whether it was resumed. As an association does, once more where the
 * session may be the cause. */
static bool
call(const struct client *client)
{
	struct err err = ERR_INIT;
	struct channel *ch = channel_open(&client->endpoint, NULL, NULL, &err);
	char answer[64], want[64];
	bool resumed;

	if (!ch && err.retryable == RETRY_WITHOUT_SESSION)
		ch = channel_open(&client->endpoint, NULL, NULL, &err);
	ck_assert_msg(ch != NULL, "%s", err.text);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	resumed = channel_facts(ch)->resumed;
	converse(ch, answer);
	snprintf(want, sizeof want, "resumed=%d known=1", resumed);
	ck_assert_str_eq(answer, want);
	return resumed;
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

/* What is told of a resumed channel is what the first one found, but for what did not happen again. */
START_TEST(facts)
{
	static struct tls_observation observed;
	struct server server;
	struct client client;
	struct channel_facts first, second;
	struct err err = ERR_INIT;
	struct channel *ch;
	char answer[64];

	server_start(&server, WELCOMES, versions[_i]);
	client_open(&client, &server, true);
	ch = channel_open(&client.endpoint, &observed, NULL, &err);
	ck_assert_msg(ch != NULL, "%s", err.text);
	first = *channel_facts(ch);
	converse(ch, answer);
	ck_assert_str_eq(answer, "resumed=0 known=1");
	ck_assert(!first.resumed);
	ck_assert_uint_eq(first.tls_warning_count, 0);
	ck_assert(!observed.resumed && observed.verified && observed.asked && observed.shown);

	ch = channel_open(&client.endpoint, &observed, NULL, &err);
	ck_assert_msg(ch != NULL, "%s", err.text);
	second = *channel_facts(ch);
	ck_assert(second.resumed);
	ck_assert_uint_eq(second.tls_warning_count, 0);
	ck_assert_str_eq(second.protocol, first.protocol);
	ck_assert_str_eq(second.cipher, first.cipher);
	ck_assert_str_eq(second.server_subject, "CN=iris,O=Demo");
	ck_assert_int_eq(second.server_days_left, first.server_days_left);
	ck_assert(observed.resumed && observed.verified && !observed.asked && !observed.shown);
	ck_assert_str_eq(observed.protocol, first.protocol);
	converse(ch, answer);
	ck_assert_str_eq(answer, "resumed=1 known=1");
	ck_assert(call(&client));
	client_close(&client);
	ck_assert_int_eq(server_stop(&server), 3);
}
END_TEST

START_TEST(not_wanted)
{
	struct server server;
	struct client client;

	server_start(&server, WELCOMES, versions[_i]);
	client_open(&client, &server, false);
	ck_assert(!call(&client));
	ck_assert(!call(&client));
	client_close(&client);
	ck_assert_int_eq(server_stop(&server), 2);
}
END_TEST

/* The session is bound to its host: one of another name is not resumed. */
START_TEST(another_host)
{
	struct server server;
	struct client client;
	struct err err = ERR_INIT;

	server_start(&server, WELCOMES, versions[_i]);
	client_open(&client, &server, true);
	ck_assert(!call(&client));
	client.endpoint.tls_host = "osiris";
	ck_assert_ptr_null(channel_open(&client.endpoint, NULL, NULL, &err));
	ck_assert_int_eq(err.kind, ERR_WRONG_HOST);
	client.endpoint.tls_host = "iris";
	ck_assert(call(&client));
	client_close(&client);
	ck_assert_int_eq(server_stop(&server), 3);
}
END_TEST

/* It breaks off: without a session it goes on, and no other offers one. */
START_TEST(breaks_off)
{
	struct server server;
	struct client client;
	char *text = NULL;
	size_t size = 0;

	server_start(&server, BREAKS_OFF, versions[_i]);
	client_open(&client, &server, true);
	client.endpoint.trace = open_memstream(&text, &size);
	for (int i = 0; i < 3; i++)
		ck_assert(!call(&client));
	fclose(client.endpoint.trace);
	client_close(&client);
	ck_assert_int_eq(server_stop(&server), 4);
	ck_assert_ptr_nonnull(strstr(text, "we offer to resume a session; its certificates were verified 0."));
	ck_assert_ptr_nonnull(strstr(text, "fatal alert internal_error (80)"));
	ck_assert_ptr_nonnull(strstr(text, "trying again without it"));
	free(text);
}
END_TEST

/* What fails in the end is told as it is. */
START_TEST(goes_away)
{
	struct server server;
	struct client client;
	struct err err = ERR_INIT;

	server_start(&server, GOES_AWAY, versions[_i]);
	client_open(&client, &server, true);
	ck_assert(!call(&client));
	ck_assert_ptr_null(channel_open(&client.endpoint, NULL, NULL, &err));
	ck_assert_int_eq(err.retryable, RETRY_WITHOUT_SESSION);
	ck_assert_ptr_null(channel_open(&client.endpoint, NULL, NULL, &err));
	ck_assert_int_eq(err.kind, ERR_CONNECT);
	ck_assert_int_eq(err.retryable, RETRY_BY_KIND);
	client_close(&client);
	ck_assert_int_eq(server_stop(&server), 2);
}
END_TEST

/* Silence is no refusal: no second wait now, but no offer later either. */
START_TEST(stays_null)
{
	struct server server;
	struct client client;
	struct err err = ERR_INIT;

	server_start(&server, STAYS_SILENT, versions[_i]);
	client_open(&client, &server, true);
	ck_assert(!call(&client));
	client.endpoint.tls_timeout = 50;
	ck_assert_ptr_null(channel_open(&client.endpoint, NULL, NULL, &err));
	ck_assert_int_eq(err.kind, ERR_TIMEOUT);
	ck_assert_int_ne(err.retryable, RETRY_WITHOUT_SESSION);
	client.endpoint.trace = tmpfile();
	ck_assert_ptr_null(channel_open(&client.endpoint, NULL, NULL, &err));
	rewind(client.endpoint.trace);
	for (char line[512]; fgets(line, sizeof line, client.endpoint.trace);)
		ck_assert_ptr_null(strstr(line, "offer to resume"));
	fclose(client.endpoint.trace);
	client_close(&client);
	ck_assert_int_eq(server_stop(&server), 3);
}
END_TEST

/* It resumes and goes before it has said anything: the session may be why, and no other is offered. */
START_TEST(no_answer)
{
	static const enum manner manners[] = { VANISHES, TAKES_LEAVE };
	struct server server;
	struct client client;
	struct channel *ch;
	struct err err = ERR_INIT;
	char answer[64];
	size_t n;

	server_start(&server, manners[(size_t)_i / COUNT(versions)], versions[(size_t)_i % COUNT(versions)]);
	client_open(&client, &server, true);
	ck_assert(!call(&client));
	ch = channel_open(&client.endpoint, NULL, NULL, &err);
	ck_assert_msg(ch != NULL, "%s", err.text);
	ck_assert(channel_facts(ch)->resumed);
	if (channel_write(ch, "hello", 5, &err) == 0 &&
		channel_read(ch, answer, sizeof answer, &n, deadline_in(20000), true, &err) == CHANNEL_END)
		channel_explain_close(ch, &err);
	ck_assert_msg(err_retryable(err.kind), "%s", err.text);
	ck_assert_int_eq(err.retryable, RETRY_WITHOUT_SESSION);
	channel_free(ch);
	ck_assert(!call(&client));
	ck_assert(!call(&client));
	client_close(&client);
	ck_assert_int_eq(server_stop(&server), 4);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("resumption");
	TCase *tc = tcase_create("resumption");

	signal(SIGPIPE, SIG_IGN);
	tcase_add_unchecked_fixture(tc, make_pki, free_pki);
	tcase_add_loop_test(tc, facts, 0, COUNT(versions));
	tcase_add_loop_test(tc, not_wanted, 0, COUNT(versions));
	tcase_add_loop_test(tc, another_host, 0, COUNT(versions));
	tcase_add_loop_test(tc, breaks_off, 0, COUNT(versions));
	tcase_add_loop_test(tc, goes_away, 0, COUNT(versions));
	tcase_add_loop_test(tc, stays_null, 0, COUNT(versions));
	tcase_add_loop_test(tc, no_answer, 0, 2 * COUNT(versions));
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
