/* SPDX-License-Identifier: BSD-3-Clause */
/* Which session is offered to whom and for how long: whole handshakes in memory. */
#include "tls/sessions.h"

#include "base/wait.h"
#include "check_main.h"
#include "testpki.h"
#include "tls/context.h"
#include "tls/handshake_log.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A server and our context for it, for as many connections as a test makes. */
struct world {
	struct testpki ca, server;
	STACK_OF(X509) *anchors;
	SSL_CTX *server_ctx;
	struct tlsctx *ctx;
};

/* Whom we connect to, and how. */
struct visit {
	const char *peer, *host; /* NULL: iris:2010, iris */
	bool unchecked;		 /* the host is not verified */
	bool blind;		 /* goes on whatever verification says */
	int64_t age_s;		 /* the certificate is made to have been verified so long ago */
	bool deaf;		 /* leaves before the tickets are read */
};

/* What came of it. */
struct outcome {
	bool done, offered, resumed;
	int64_t verified_ms;
};

static void
world_open(struct world *world, int version, uint64_t server_options, long lifetime)
{
	struct policy_request request = { NULL, NULL };
	struct policy policy;
	struct tlsctx_config config = { .policy = &policy, .resume = true };
	struct err err = ERR_INIT;

	world->ca = testpki_make(&(struct testpki_spec){ .cn = "CA", .ca = true });
	world->server = testpki_make(&(struct testpki_spec){ .cn = "iris", .issuer = &world->ca,
		.san = "DNS:iris,DNS:osiris", .usage = "serverAuth" });
	world->server_ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(world->server_ctx, world->server.cert);
	SSL_CTX_use_PrivateKey(world->server_ctx, world->server.key);
	SSL_CTX_set_min_proto_version(world->server_ctx, version);
	SSL_CTX_set_max_proto_version(world->server_ctx, version);
	SSL_CTX_set_options(world->server_ctx, server_options);
	SSL_CTX_set_timeout(world->server_ctx, lifetime);
	world->anchors = sk_X509_new_null();
	sk_X509_push(world->anchors, world->ca.cert);
	ck_assert_int_eq(policy_parse(&request, &policy, &err), 0);
	config.anchors = world->anchors;
	world->ctx = tlsctx_new(&config, &err);
	ck_assert_msg(world->ctx != NULL, "%s", err.text);
}

static void
world_close(struct world *world)
{
	tlsctx_free(world->ctx);
	SSL_CTX_free(world->server_ctx);
	sk_X509_free(world->anchors);
	testpki_free(&world->server);
	testpki_free(&world->ca);
}

/* Both ends over a pair of BIOs. */
static void
connect_ends(struct world *world, SSL **client, SSL **server)
{
	BIO *ours, *theirs;

	*client = SSL_new(tlsctx_ssl_ctx(world->ctx));
	*server = SSL_new(world->server_ctx);
	BIO_new_bio_pair(&ours, 0, &theirs, 0);
	SSL_set_bio(*client, ours, ours);
	SSL_set_bio(*server, theirs, theirs);
	SSL_set_connect_state(*client);
	SSL_set_accept_state(*server);
}

static bool
do_handshake(SSL *client, SSL *server)
{
	for (int round = 0; round < 10; round++) {
		int ours = SSL_do_handshake(client), theirs = SSL_do_handshake(server);

		if (ours == 1 && theirs == 1)
			return true;
	}
	ERR_clear_error();
	return false;
}

/* One connection as a channel makes it. */
static struct outcome
visit(struct world *world, const struct visit *how)
{
	struct sessions *sessions = tlsctx_sessions(world->ctx);
	char host[32];
	struct outcome outcome = { .done = false };
	struct handshake_log w;
	SSL *client, *server;
	char byte;

	snprintf(host, sizeof host, "%s", how->host ? how->host : "iris");
	handshake_log_init(&w, how->peer ? how->peer : "iris:2010", host, NULL);
	connect_ends(world, &client, &server);
	handshake_log_attach(&w, client);
	SSL_set_tlsext_host_name(client, host);
	if (!how->unchecked)
		SSL_set1_host(client, host);
	if (how->blind)
		SSL_set_verify(client, SSL_VERIFY_NONE, NULL);
	outcome.offered = sessions_offer(sessions, client);
	outcome.done = do_handshake(client, server);
	handshake_log_note_done(&w, client);
	w.verified_ms -= how->age_s * 1000;
	sessions_keep_tls12(sessions, client);
	if (!how->deaf)
		(void)!SSL_read(client, &byte, 1);
	outcome.resumed = w.resumed;
	outcome.verified_ms = w.verified_ms;
	SSL_set_quiet_shutdown(server, 1); /* else it forgets the session, as one that was cut off */
	SSL_shutdown(server);
	SSL_free(client);
	SSL_free(server);
	handshake_log_clear(&w);
	ERR_clear_error();
	return outcome;
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

/* Two connections: is the first one's session offered to the second, in either version? */
static const struct {
	const char *name;
	struct visit first, second;
	uint64_t server_options;
	long lifetime; /* s, that the server grants */
	bool offered[COUNT(versions)];
} rows[] = {
	{ "again", { .age_s = 0 }, { .age_s = 0 }, 0, 7200, { true, true } },
	{ "unchecked both times", { .unchecked = true }, { .unchecked = true }, 0, 7200, { true, true } },
	{ "another name of the same server", { .host = "iris" }, { .host = "osiris" }, 0, 7200,
		{ false, false } },
	{ "another port", { .peer = "iris:2010" }, { .peer = "iris:2011" }, 0, 7200, { false, false } },
	{ "unchecked, then to be checked", { .unchecked = true }, { .age_s = 0 }, 0, 7200,
		{ false, false } },
	{ "checked, then not", { .age_s = 0 }, { .unchecked = true }, 0, 7200, { false, false } },
	{ "not verified", { .host = "elsewhere", .blind = true }, { .host = "elsewhere", .blind = true }, 0, 7200,
		{ false, false } },
	{ "nearly too old", { .age_s = SESSIONS_MAX_AGE_S - 60 }, { .age_s = 0 }, 0, 7200, { true, true } },
	{ "too old", { .age_s = SESSIONS_MAX_AGE_S }, { .age_s = 0 }, 0, 7200, { false, false } },
	{ "older than the server grants", { .age_s = 61 }, { .age_s = 0 }, 0, 60, { false, false } },
	{ "no ticket, TLS 1.2 by its id", { .age_s = 0 }, { .age_s = 0 }, SSL_OP_NO_TICKET, 7200,
		{ true, true } },
	{ "no extended master secret", { .age_s = 0 }, { .age_s = 0 }, SSL_OP_NO_EXTENDED_MASTER_SECRET, 7200,
		{ false, true } },
	{ "gone before the tickets came", { .deaf = true }, { .age_s = 0 }, 0, 7200, { true, false } },
};

START_TEST(second_visit)
{
	size_t row = (size_t)_i / COUNT(versions), version = (size_t)_i % COUNT(versions);
	struct world world;
	struct outcome first, second;

	world_open(&world, versions[version], rows[row].server_options, rows[row].lifetime);
	first = visit(&world, &rows[row].first);
	ck_assert_msg(first.done && !first.offered && !first.resumed, "%s: first", rows[row].name);
	second = visit(&world, &rows[row].second);
	ck_assert_msg(second.done, "%s: second", rows[row].name);
	ck_assert_msg(second.offered == rows[row].offered[version], "%s: offered %d", rows[row].name,
		second.offered);
	ck_assert_msg(second.resumed == second.offered, "%s: resumed %d", rows[row].name, second.resumed);
	world_close(&world);
}
END_TEST

/* However often it is renewed, a session is as old as the verification that it stands for. */
START_TEST(age_is_inherited)
{
	static const struct visit old = { .age_s = 100 }, older = { .age_s = 150 };
	struct world world;
	int64_t verified_ms;

	world_open(&world, TLS1_3_VERSION, 0, 7200);
	verified_ms = visit(&world, &old).verified_ms;
	ck_assert(visit(&world, &older).resumed); /* aged by 150 s more */
	ck_assert(visit(&world, &(struct visit){ .deaf = true }).verified_ms == verified_ms - 150000);
	ck_assert(visit(&world, &(struct visit){ .deaf = true }).verified_ms == verified_ms);
	ck_assert(visit(&world, &older).offered == false);
	world_close(&world);
}
END_TEST

/* A TLS 1.3 ticket is used once, even if nothing comes of it; a TLS 1.2 session goes on. */
START_TEST(used_up)
{
	static const struct visit deaf = { .deaf = true };
	struct world world;

	world_open(&world, versions[_i], 0, 7200);
	visit(&world, &(struct visit){ .age_s = 0 });
	ck_assert(visit(&world, &deaf).resumed);
	ck_assert(visit(&world, &deaf).resumed);
	ck_assert_int_eq(visit(&world, &deaf).resumed, versions[_i] == TLS1_2_VERSION);
	world_close(&world);
}
END_TEST

/* The server has lost what it would need: a full handshake, which begins a new age. */
START_TEST(passed_over)
{
	static const struct visit old = { .age_s = 200 };
	unsigned char keys[80] = { 1 };
	struct world world;
	struct outcome outcome;

	world_open(&world, versions[_i], 0, 7200);
	visit(&world, &old);
	SSL_CTX_set_tlsext_ticket_keys(world.server_ctx, keys, sizeof keys);
	SSL_CTX_set_session_cache_mode(world.server_ctx, SSL_SESS_CACHE_OFF);
	outcome = visit(&world, &(struct visit){ .age_s = 0 });
	ck_assert(outcome.done && outcome.offered && !outcome.resumed);
	ck_assert_int_gt(outcome.verified_ms, clock_ms() - 100000);
	ck_assert(visit(&world, &(struct visit){ .age_s = 0 }).resumed);
	world_close(&world);
}
END_TEST

START_TEST(given_up)
{
	struct world world;

	world_open(&world, versions[_i], 0, 7200);
	visit(&world, &(struct visit){ .age_s = 0 });
	sessions_give_up(tlsctx_sessions(world.ctx));
	for (int i = 0; i < 3; i++)
		ck_assert(!visit(&world, &(struct visit){ .age_s = 0 }).offered);
	world_close(&world);
}
END_TEST

/* More than there is room for: the oldest go. */
START_TEST(many)
{
	static const struct visit deaf = { .deaf = true };
	struct visit hearing = { .peer = "elsewhere:1" };
	struct world world;
	int resumed = 0;

	world_open(&world, TLS1_3_VERSION, 0, 7200);
	visit(&world, &hearing);
	hearing.peer = NULL;
	SSL_CTX_set_num_tickets(world.server_ctx, 70);
	visit(&world, &hearing);
	SSL_CTX_set_num_tickets(world.server_ctx, 0);
	while (visit(&world, &deaf).resumed)
		resumed++;
	ck_assert_int_eq(resumed, 64);
	ck_assert(!visit(&world, &(struct visit){ .peer = "elsewhere:1" }).offered);
	world_close(&world);
}
END_TEST

#define ROUNDS 25

struct worker {
	pthread_t thread;
	struct world *world;
	int done, resumed;
};

static void *
work(void *arg)
{
	struct worker *worker = arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct outcome outcome = visit(worker->world, &(struct visit){ .age_s = 0 });

		worker->done += outcome.done;
		worker->resumed += outcome.resumed;
	}
	return NULL;
}

/* A full handshake leaves two tickets, a resumed one takes one and leaves one: all four are
 * at work with them before there is a fifth full one. Whose tickets they take is chance. */
START_TEST(parallel)
{
	struct worker workers[4] = { 0 };
	struct world world;
	int resumed = 0;

	world_open(&world, versions[_i], 0, 7200);
	for (size_t i = 0; i < COUNT(workers); i++) {
		workers[i].world = &world;
		ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (size_t i = 0; i < COUNT(workers); i++) {
		pthread_join(workers[i].thread, NULL);
		ck_assert_int_eq(workers[i].done, ROUNDS);
		resumed += workers[i].resumed;
	}
	ck_assert_int_ge(resumed, (int)COUNT(workers) * (ROUNDS - 1));
	world_close(&world);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sessions");
	TCase *tc = tcase_create("sessions");

	tcase_add_loop_test(tc, second_visit, 0, (int)(COUNT(rows) * COUNT(versions)));
	tcase_add_test(tc, age_is_inherited);
	tcase_add_loop_test(tc, used_up, 0, COUNT(versions));
	tcase_add_loop_test(tc, passed_over, 0, COUNT(versions));
	tcase_add_loop_test(tc, given_up, 0, COUNT(versions));
	tcase_add_test(tc, many);
	tcase_add_loop_test(tc, parallel, 0, COUNT(versions));
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
