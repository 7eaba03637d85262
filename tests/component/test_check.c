/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/check.h"

#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "check/finding.h"
#include "check_main.h"
#include "testpki.h"
#include "tls/observation.h"

#include <openssl/ssl.h>

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])
#define PDF "1.2.840.10008.5.1.4.1.1.104.1"
#define CT "1.2.840.10008.5.1.4.1.1.2"
#define OPENS_MAX 3

/* How the receiver answers one opening: accepts if kind is ERR_NONE. */
struct store_file {
	enum err_kind kind;
	const char *phase;
	int detail;
	const char *text;
	void (*see)(struct tls_observation *observed);
};

struct association {
	bool open;
};

/* The receiver of a test, and what it recorded. */
static struct {
	struct store_file openings[OPENS_MAX]; /* the last one goes on */
	bool no_verification, no_storage;
	const char *storage; /* the one class accepted; NULL: all, in implicit little endian */
	uint16_t echo_status;
	enum err_kind echo_kind; /* the echo is lost so */
	bool release_fails;
	bool no_confirmation;
	bool plain;

	enum peer_answer answers[OPENS_MAX]; /* of failures; a rejection and one without contexts are DICOM */

	struct association association;
	int opened, echoes, released, aborted;
	const struct key_entry *keys[OPENS_MAX];
	bool identity[OPENS_MAX];
	size_t contexts;
} receiver;

/* What the reporter was told. */
static struct {
	int steps[STEP_COUNT];
	enum step last;
	int announced, done;
} told;

static struct check_report *report;

static void
good_chain(struct certificate_chain *chain, const char *subject)
{
	struct certificate *leaf = &chain->items[0];

	memset(chain, 0, sizeof *chain);
	chain->count = chain->sent = 1;
	chain->complete = true;
	text_format(leaf->subject, sizeof leaf->subject, "%s", subject);
	text_format(leaf->issuer, sizeof leaf->issuer, "CN=Demo CA");
	text_format(leaf->names, sizeof leaf->names, "DNS:iris");
	text_format(leaf->key, sizeof leaf->key, "RSA 2048 bits");
	text_format(leaf->not_after, sizeof leaf->not_after, "2099-01-01 00:00 UTC");
	leaf->days_left = 500;
	leaf->purpose_said = leaf->for_server = leaf->for_client = true;
}

/* A connection on which everything is correct. */
static void
good_view(struct tls_observation *observed)
{
	memset(observed, 0, sizeof *observed);
	observed->handshake_us = 2000;
	observed->server_hello = observed->asked = observed->shown = observed->ours_fits = true;
	observed->verified = observed->host_checked = observed->ticket = true;
	text_format(observed->protocol, sizeof observed->protocol, "TLSv1.3");
	text_format(observed->cipher, sizeof observed->cipher, "TLS_AES_256_GCM_SHA384");
	text_format(observed->group, sizeof observed->group, "X25519");
	good_chain(&observed->server, "CN=iris");
	good_chain(&observed->ours, "CN=scu");
}

static void
accept_contexts(const struct plan *plan, struct association_facts *facts)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_context *context = &plan->contexts[i];
		bool verification = strcmp(context->sop_class, UID_VERIFICATION) == 0;

		if (verification ? receiver.no_verification : receiver.no_storage ||
			(receiver.storage && strcmp(receiver.storage, context->sop_class) != 0))
			continue;
		if (strcmp(context->syntaxes[0], UID_IMPLICIT_LE) == 0)
			facts->accepted[i] = context->syntaxes[0];
		else if (strcmp(context->syntaxes[1], UID_IMPLICIT_LE) == 0)
			facts->accepted[i] = context->syntaxes[1];
		facts->accepted_count += facts->accepted[i] != NULL;
	}
}

static struct association *
fake_open(const struct association_request *request, struct association_facts *facts, struct err *err)
{
	const struct store_file *open_step = &receiver.openings[receiver.opened < OPENS_MAX ?
		receiver.opened :
		OPENS_MAX - 1];
	bool dialled = !open_step->phase || (strcmp(open_step->phase, "resolve") != 0 &&
		strcmp(open_step->phase, "tcp") != 0);

	ck_assert_msg(!receiver.association.open, "a second association beside the first");
	ck_assert_int_lt(receiver.opened, OPENS_MAX);
	receiver.keys[receiver.opened] = request->endpoint->tls ? tlsctx_entry(request->endpoint->tls) : NULL;
	receiver.identity[receiver.opened] = request->identity != USER_NONE;
	receiver.opened++;
	receiver.contexts = request->plan->count;
	memset(facts, 0, sizeof *facts);
	if (dialled && !receiver.plain) {
		good_view(request->observation);
		if (open_step->see)
			open_step->see(request->observation);
	}
	if (dialled)
		text_format(facts->channel.dial.address, sizeof facts->channel.dial.address, "192.0.2.7:2762");
	facts->channel.tls_us = request->observation->handshake_us;
	facts->answer = open_step->kind == ERR_NONE || open_step->kind == ERR_REJECTED ||
		open_step->kind == ERR_NO_CONTEXT ? ANSWER_DICOM : receiver.answers[receiver.opened - 1];
	if (open_step->kind != ERR_NONE) {
		err_set(err, open_step->kind, "%s", open_step->text ? open_step->text : "it failed");
		err->detail = open_step->detail;
		if (open_step->phase)
			err_phase(err, open_step->phase);
		err_hint(err, "Do something.");
		return NULL;
	}
	facts->channel.protocol = receiver.plain ? NULL : "TLSv1.3";
	facts->window = 1;
	facts->max_pdu_send = 16384;
	text_format(facts->peer_implementation, sizeof facts->peer_implementation, "1.2.3.4");
	text_format(facts->peer_version, sizeof facts->peer_version, "FAKE_1");
	facts->user_confirmed = !receiver.no_confirmation;
	facts->proposed_count = request->plan->count;
	accept_contexts(request->plan, facts);
	receiver.association.open = true;
	return &receiver.association;
}

static int
fake_echo(struct association *assoc, struct command_rsp *rsp, int64_t *rtt_us, struct err *err)
{
	ck_assert(assoc->open);
	ck_assert(!receiver.no_verification);
	receiver.echoes++;
	if (receiver.echo_kind != ERR_NONE)
		return err_set(err, receiver.echo_kind, "the echo is lost");
	memset(rsp, 0, sizeof *rsp);
	rsp->status = receiver.echo_status;
	*rtt_us = 1000 * receiver.echoes;
	return 0;
}

static int
fake_release(struct association *assoc, struct err *err)
{
	ck_assert(assoc->open);
	assoc->open = false;
	receiver.released++;
	return receiver.release_fails ? err_set(err, ERR_TIMEOUT, "no release") : 0;
}

static void
fake_abort(struct association *assoc)
{
	ck_assert(assoc->open);
	assoc->open = false;
	receiver.aborted++;
}

static const struct association_driver fake = {
	.open = fake_open,
	.echo = fake_echo,
	.release = fake_release,
	.abort = fake_abort,
};

static void
on_announce(void *self, const char *text)
{
	(void)self;
	ck_assert_uint_gt(strlen(text), 0);
	told.announced++;
}

/* In order, each once, and already in its place. */
static void
on_step(void *self, const struct check_report *done, const struct step_result *result)
{
	(void)self;
	ck_assert_ptr_eq(result, &done->steps[result->step]);
	ck_assert(result->step == STEP_STORES || result->step > told.last);
	told.last = result->step;
	told.steps[result->step]++;
}

static void
on_done(void *self, const struct check_report *done)
{
	(void)self;
	ck_assert_ptr_eq(done, report);
	told.done++;
}

static const struct check_reporter listener = {
	.announce = on_announce, .step = on_step, .done = on_done,
};

static void
alerted(struct tls_observation *observed)
{
	observed->alerted = true;
}

/* What a check is made with. The receiver refuses clients, unless told otherwise. */
static struct {
	struct testpki ca;
	STACK_OF(X509) *anchors;
	struct credentials credentials;
	struct policy policy;
	struct tlsctx_config config;
	struct tlsctx *ctx;
	struct endpoint endpoint;
	struct check_job job;
} world;

static void
set_up(void)
{
	struct testpki_spec spec = { .cn = "Demo CA", .ca = true, .to_days = 400, .from_days = -1 };
	const struct policy_request request = { .protocols = NULL };
	struct err err = ERR_INIT;

	world.ca = testpki_make(&spec);
	world.credentials.anchors = sk_X509_new_null();
	sk_X509_push(world.credentials.anchors, world.ca.cert);
	ck_assert_int_eq(policy_parse(&request, &world.policy, &err), 0);
	world.config = (struct tlsctx_config){ .policy = &world.policy,
		.anchors = world.credentials.anchors };
	world.ctx = tlsctx_new(&world.config, &err);
	ck_assert_ptr_nonnull(world.ctx);
	world.endpoint = (struct endpoint){ .host = "iris", .port = 2762, .tls = world.ctx, .tls_host = "iris",
		.check_host = true, .connect_timeout = 300, .tls_timeout = 300, .send_timeout = 300,
		.limit = deadline_never() };
	world.job = (struct check_job){ .depth = CHECK_QUICK, .probes = true, .driver = &fake,
		.request = { .endpoint = &world.endpoint, .calling = "SCU", .called = "SCP" },
		.credentials = &world.credentials, .tls_config = &world.config, .warn_days = 30,
		.crit_days = 7, .reporter = &listener };
	report = calloc(1, sizeof *report);
	memset(&receiver, 0, sizeof receiver);
	memset(&told, 0, sizeof told);
	for (int i = 1; i < OPENS_MAX; i++)
		receiver.openings[i] = (struct store_file){ .kind = ERR_CLIENT_REJECTED, .phase = "tls",
			.see = alerted };
}

static void
tear_down(void)
{
	ck_assert_msg(!receiver.association.open, "an association was left open");
	check_clear(report);
	free(report);
	tlsctx_free(world.ctx);
	sk_X509_free(world.credentials.anchors);
	testpki_free(&world.ca);
}

static const struct finding *
find(const char *id)
{
	for (int i = 0; i < STEP_COUNT; i++)
		for (size_t j = 0; j < report->steps[i].count; j++)
			if (strcmp(report->steps[i].findings[j].id, id) == 0)
				return &report->steps[i].findings[j];
	return NULL;
}

static void
checker(void)
{
	enum err_kind kind = check_perform(&world.job, report);

	ck_assert_int_eq(kind, report->verdict.kind);
	ck_assert_int_eq(told.done, 1);
	for (int i = 0; i < STEP_COUNT; i++)
		ck_assert_int_eq(report->steps[i].step, i);
}

START_TEST(test_all_is_well)
{
	checker();
	ck_assert_int_eq(report->verdict.kind, ERR_NONE);
	for (int i = STEP_RESOLVE; i < STEP_RANGE; i++)
		ck_assert_msg(report->steps[i].severity == FINDING_OK, "%s: %s", step_names[(enum step)i].name,
			report->steps[i].summary);
	ck_assert_int_eq(report->steps[STEP_RANGE].severity, FINDING_NOT_REACHED);
	ck_assert_int_eq(told.steps[STEP_ENFORCED], 1);
	ck_assert_int_eq(told.steps[STEP_RANGE], 0);
	ck_assert_uint_eq(report->ping_count, PINGS);
	ck_assert_int_eq(receiver.opened, 3);
	ck_assert_int_eq(receiver.released, 1);
	ck_assert_ptr_null(receiver.keys[1]);
	ck_assert_ptr_nonnull(receiver.keys[2]);
	ck_assert_str_eq(report->address, "192.0.2.7:2762");
	ck_assert_str_eq(report->protocol, "TLSv1.3");
	ck_assert_str_eq(report->cipher, "TLS_AES_256_GCM_SHA384");
	ck_assert_str_eq(report->group, "X25519");
	ck_assert_str_eq(report->implementation, "1.2.3.4");
	ck_assert_str_eq(report->version, "FAKE_1");
	ck_assert_uint_eq(report->max_pdu, 16384);
	ck_assert_uint_eq(report->window, 1);
	ck_assert_str_eq(report->ours.items[0].subject, "CN=scu");
	ck_assert_str_eq(report->server.items[0].subject, "CN=iris");
	ck_assert_ptr_nonnull(strstr(report->steps[STEP_ECHO].summary, "at best 1.00 ms, median 3.00 ms"));
	ck_assert_ptr_nonnull(strstr(report->steps[STEP_ASSOCIATION].summary,
		"23 of 23 common storage classes in Implicit VR Little Endian"));
	ck_assert_ptr_nonnull(find("ae-titles-not-bound"));
}
END_TEST

static void
no_ticket(struct tls_observation *observed)
{
	observed->ticket = false;
}

static void
tls12_without_ticket(struct tls_observation *observed)
{
	observed->ticket = false;
	text_format(observed->protocol, sizeof observed->protocol, "TLSv1.2");
}

static void
not_shown(struct tls_observation *observed)
{
	observed->shown = false;
}

static void
not_asked(struct tls_observation *observed)
{
	observed->asked = observed->shown = false;
}

#define MISSING "an intermediate certificate is missing: and so on"

/* The result of opening: the step that failed, its finding, and the kind for the exit status. */
static const struct {
	struct store_file open_step;
	enum step step;
	const char *id;
	enum side side;
} failures[] = {
	{ { .kind = ERR_DNS, .phase = "resolve" }, STEP_RESOLVE, "resolve-failed", SIDE_NETWORK },
	{ { .kind = ERR_TIMEOUT, .phase = "resolve" }, STEP_RESOLVE, "resolve-timeout", SIDE_NETWORK },
	{ { .kind = ERR_USAGE, .phase = "resolve" }, STEP_RESOLVE, "tcp-local-address", SIDE_HERE },
	{ { ERR_CONNECT, "tcp", 111, NULL, NULL }, STEP_TCP, "tcp-refused", SIDE_RECEIVER },
	{ { ERR_CONNECT, "tcp", 113, NULL, NULL }, STEP_TCP, "tcp-unreachable", SIDE_NETWORK },
	{ { ERR_CONNECT, "tcp", 110, NULL, NULL }, STEP_TCP, "tcp-timeout", SIDE_NETWORK },
	{ { .kind = ERR_TIMEOUT, .phase = "tcp" }, STEP_TCP, "tcp-timeout", SIDE_NETWORK },
	{ { .kind = ERR_CONNECT, .phase = "proxy" }, STEP_TCP, "proxy-failed", SIDE_NETWORK },
	{ { .kind = ERR_TIMEOUT, .phase = "proxy" }, STEP_TCP, "proxy-failed", SIDE_NETWORK },
	{ { .kind = ERR_NO_COMMON_TLS, .phase = "tls" }, STEP_TLS, "tls-no-common", SIDE_HERE },
	{ { .kind = ERR_NOT_TLS, .phase = "tls" }, STEP_TLS, "tls-not-tls", SIDE_RECEIVER },
	{ { .kind = ERR_TIMEOUT, .phase = "tls" }, STEP_TLS, "tls-timeout", SIDE_RECEIVER },
	{ { .kind = ERR_TLS, .phase = "tls" }, STEP_TLS, "tls-failed", SIDE_RECEIVER },
	{ { ERR_UNTRUSTED, "tls", X509_V_ERR_CERT_HAS_EXPIRED, NULL, NULL }, STEP_SERVER, "server-expired",
		SIDE_RECEIVER },
	{ { ERR_UNTRUSTED, "tls", X509_V_ERR_CERT_NOT_YET_VALID, NULL, NULL }, STEP_SERVER,
		"server-not-yet-valid", SIDE_RECEIVER },
	{ { ERR_UNTRUSTED, "tls", X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, NULL, NULL }, STEP_SERVER,
		"server-self-signed", SIDE_RECEIVER },
	{ { ERR_UNTRUSTED, "tls", X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, NULL, NULL }, STEP_SERVER,
		"server-unknown-ca", SIDE_HERE },
	{ { ERR_UNTRUSTED, "tls", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "no such CA", NULL },
		STEP_SERVER, "server-unknown-ca", SIDE_HERE },
	{ { ERR_UNTRUSTED, "tls", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, MISSING, NULL }, STEP_SERVER,
		"server-intermediate-missing", SIDE_RECEIVER },
	{ { ERR_UNTRUSTED, "tls", X509_V_ERR_CERT_REVOKED, NULL, NULL }, STEP_SERVER, "server-revoked",
		SIDE_RECEIVER },
	{ { ERR_UNTRUSTED, "tls", X509_V_ERR_OCSP_VERIFY_NEEDED, NULL, NULL }, STEP_SERVER,
		"server-revocation-unknown", SIDE_RECEIVER },
	{ { ERR_UNTRUSTED, "tls", X509_V_ERR_DIFFERENT_CRL_SCOPE, NULL, NULL }, STEP_SERVER,
		"server-crl-unusable", SIDE_HERE },
	{ { ERR_NOT_ENFORCED, "tls", 0, NULL, NULL }, STEP_OURS, "ours-not-asked-required", SIDE_RECEIVER },
	{ { ERR_UNTRUSTED, "tls", X509_V_ERR_UNABLE_TO_GET_CRL, NULL, NULL }, STEP_SERVER,
		"server-crl-missing", SIDE_HERE },
	{ { ERR_UNTRUSTED, "tls", X509_V_ERR_CRL_HAS_EXPIRED, NULL, NULL }, STEP_SERVER,
		"server-crl-unusable", SIDE_HERE },
	{ { ERR_UNTRUSTED, "tls", X509_V_ERR_INVALID_PURPOSE, NULL, NULL }, STEP_SERVER, "server-wrong-use",
		SIDE_RECEIVER },
	{ { ERR_UNTRUSTED, "tls", X509_V_ERR_EE_KEY_TOO_SMALL, NULL, NULL }, STEP_SERVER, "server-too-weak",
		SIDE_RECEIVER },
	{ { ERR_UNTRUSTED, "tls", X509_V_ERR_CERT_SIGNATURE_FAILURE, NULL, NULL }, STEP_SERVER,
		"server-signature-false", SIDE_RECEIVER },
	{ { ERR_UNTRUSTED, "tls", X509_V_ERR_APPLICATION_VERIFICATION, NULL, NULL }, STEP_SERVER,
		"server-not-pinned", SIDE_RECEIVER },
	{ { ERR_UNTRUSTED, "tls", X509_V_ERR_INVALID_CA, NULL, NULL }, STEP_SERVER, "server-untrusted",
		SIDE_RECEIVER },
	{ { .kind = ERR_WRONG_HOST, .phase = "tls" }, STEP_SERVER, "server-wrong-host", SIDE_RECEIVER },
	{ { .kind = ERR_CREDENTIALS, .phase = "tls" }, STEP_OURS, "ours-unusable", SIDE_HERE },
	{ { ERR_CLIENT_REJECTED, "tls", 48, NULL, NULL }, STEP_ACCEPTED, "client-unknown-ca", SIDE_RECEIVER },
	{ { ERR_CLIENT_REJECTED, "tls", 45, NULL, NULL }, STEP_ACCEPTED, "client-refused-expired",
		SIDE_HERE },
	{ { ERR_CLIENT_REJECTED, "tls", 44, NULL, NULL }, STEP_ACCEPTED, "client-revoked", SIDE_HERE },
	{ { ERR_CLIENT_REJECTED, "tls", 43, NULL, NULL }, STEP_ACCEPTED, "client-wrong-use", SIDE_HERE },
	{ { ERR_CLIENT_REJECTED, "tls", 104, NULL, NULL }, STEP_ACCEPTED, "client-refused", SIDE_RECEIVER },
	{ { ERR_CLIENT_REJECTED, "tls", 40, NULL, not_shown }, STEP_ACCEPTED, "client-required", SIDE_HERE },
	{ { ERR_REJECTED, "association", 1 << 16 | 1 << 8 | 3, NULL, NULL }, STEP_ASSOCIATION,
		"association-calling-unknown", SIDE_HERE },
	{ { ERR_REJECTED, "association", 1 << 16 | 1 << 8 | 7, NULL, NULL }, STEP_ASSOCIATION,
		"association-called-unknown", SIDE_HERE },
	{ { ERR_REJECTED, "association", 2 << 16 | 3 << 8 | 2, NULL, NULL }, STEP_ASSOCIATION,
		"association-busy", SIDE_RECEIVER },
	{ { ERR_REJECTED, "association", 1 << 16 | 1 << 8 | 1, NULL, NULL }, STEP_ASSOCIATION,
		"association-rejected", SIDE_RECEIVER },
	{ { .kind = ERR_NO_CONTEXT, .phase = "association" }, STEP_ASSOCIATION, "context-none",
		SIDE_RECEIVER },
	{ { .kind = ERR_ABORTED, .phase = "association" }, STEP_ASSOCIATION, "association-lost",
		SIDE_RECEIVER },
	{ { .kind = ERR_ABORTED }, STEP_ASSOCIATION, "association-lost", SIDE_RECEIVER },
	{ { .kind = ERR_TIMEOUT, .phase = "association" }, STEP_ASSOCIATION, "association-timeout",
		SIDE_RECEIVER },
	{ { .kind = ERR_INTERNAL, .phase = "tls" }, STEP_TLS, "internal", SIDE_HERE },
};

START_TEST(test_failure)
{
	const struct finding *finding;
	enum step step = failures[_i].step;
	bool took_us;

	receiver.openings[0] = failures[_i].open_step;
	checker();
	finding = find(failures[_i].id);
	ck_assert_msg(finding != NULL, "no %s but %s", failures[_i].id, report->steps[step].summary);
	ck_assert_int_eq(finding->step, step);
	ck_assert_int_eq(finding->severity, FINDING_FAILED);
	ck_assert_int_eq(finding->side, failures[_i].side);
	ck_assert_int_eq(report->verdict.kind, failures[_i].open_step.kind);
	ck_assert_str_eq(report->verdict.phase, step_names[step].word);
	for (int i = 0; i < STEP_ENFORCED; i++) {
		enum severity severity = report->steps[i].severity;

		if (i == STEP_ACCEPTED && i < (int)step)
			ck_assert(severity == FINDING_OK || severity == FINDING_UNDECIDED);
		else if (i < (int)step)
			ck_assert(severity == FINDING_OK || severity == FINDING_WARNING);
		else
			ck_assert_int_eq(severity, i == (int)step ? FINDING_FAILED : FINDING_NOT_REACHED);
	}
	/* Side steps only need a server that accepted us. */
	took_us = report->steps[STEP_ACCEPTED].severity == FINDING_OK;
	ck_assert_int_eq(report->steps[STEP_ENFORCED].severity,
		took_us ? FINDING_OK : FINDING_NOT_REACHED);
	ck_assert_int_eq(receiver.opened, took_us ? 3 : 1);
	ck_assert_int_eq(told.steps[STEP_ECHO], 1);
}
END_TEST

/* Only DICOM shows that the server accepts us: no ticket, no end of the handshake, no other bytes. */
static const struct {
	struct store_file open_step;
	enum peer_answer answer;
	enum severity severity;
} afterwards[] = {
	{ { .kind = ERR_TIMEOUT, .phase = "association" }, ANSWER_NONE, FINDING_UNDECIDED },
	{ { .kind = ERR_TIMEOUT, .phase = "association", .see = no_ticket }, ANSWER_NONE, FINDING_UNDECIDED },
	{ { .kind = ERR_TIMEOUT, .phase = "association", .see = tls12_without_ticket }, ANSWER_NONE,
		FINDING_UNDECIDED },
	{ { .kind = ERR_TIMEOUT, .phase = "association", .see = not_asked }, ANSWER_NONE, FINDING_UNDECIDED },
	{ { .kind = ERR_ABORTED, .phase = "association" }, ANSWER_NONE, FINDING_UNDECIDED },
	{ { .kind = ERR_ABORTED, .phase = "association" }, ANSWER_OTHER, FINDING_UNDECIDED },
	{ { .kind = ERR_ABORTED, .phase = "association" }, ANSWER_DICOM, FINDING_OK },
	{ { .kind = ERR_ABORTED, .phase = "association", .see = not_asked }, ANSWER_DICOM, FINDING_OK },
};

START_TEST(test_accepted)
{
	bool decided = afterwards[_i].severity == FINDING_OK;

	receiver.openings[0] = afterwards[_i].open_step;
	receiver.answers[0] = afterwards[_i].answer;
	checker();
	ck_assert_int_eq(report->steps[STEP_ACCEPTED].severity, afterwards[_i].severity);
	ck_assert(decided || find("accepted-undecided"));
	ck_assert_int_eq(report->verdict.kind, afterwards[_i].open_step.kind);
	/* A server that accepted us is tested for whether it accepts others. */
	ck_assert_int_eq(receiver.opened, decided ? 3 : 1);
}
END_TEST

START_TEST(test_interrupt)
{
	receiver.openings[0] = (struct store_file){ .kind = ERR_SIGTERM, .phase = "tls", .text =
		"interrupted" };
	checker();
	ck_assert_int_eq(report->verdict.kind, ERR_SIGTERM);
	ck_assert_int_eq(report->steps[STEP_TLS].severity, FINDING_UNDECIDED);
	ck_assert_ptr_nonnull(find("interrupted"));
	ck_assert_int_eq(receiver.opened, 1);
}
END_TEST

/* It outranks what failed before. */
START_TEST(test_late_interrupt)
{
	receiver.openings[0] = (struct store_file){ .kind = ERR_REJECTED, .phase = "association" };
	receiver.openings[1] = (struct store_file){ .kind = ERR_SIGINT, .phase = "tcp", .text =
		"interrupted" };
	checker();
	ck_assert_int_eq(report->steps[STEP_ASSOCIATION].severity, FINDING_FAILED);
	ck_assert_int_eq(report->verdict.kind, ERR_SIGINT);
}
END_TEST

static void
expiring(struct tls_observation *observed)
{
	observed->server.items[0].days_left = 20;
}

static void
expiring_now(struct tls_observation *observed)
{
	observed->server.items[0].days_left = 3;
}

static void
weak_key(struct tls_observation *observed)
{
	observed->server.items[0].key_weak = true;
}

static void
sha1(struct tls_observation *observed)
{
	observed->server.items[0].signature_weak = true;
}

static void
no_eku(struct tls_observation *observed)
{
	observed->server.items[0].purpose_said = false;
}

static void
cn_alone(struct tls_observation *observed)
{
	observed->host_by_cn = true;
}

static void
wildcard(struct tls_observation *observed)
{
	observed->server.items[0].wildcard = true;
}

static void
disorder(struct tls_observation *observed)
{
	observed->server.out_of_order = true;
}

static void
root_sent(struct tls_observation *observed)
{
	observed->server.root_sent = true;
}

static void
skewed(struct tls_observation *observed)
{
	observed->clock_skew_s = 600;
}

static void
ocsp_unknown(struct tls_observation *observed)
{
	observed->ocsp = OCSP_UNKNOWN;
}

static void
ocsp_invalid(struct tls_observation *observed)
{
	observed->ocsp = OCSP_INVALID;
}

static void
ocsp_missing(struct tls_observation *observed)
{
	observed->must_staple = true;
}

static void
key_use(struct tls_observation *observed)
{
	observed->key_use_unsaid = true;
}

static void
unlisted(struct tls_observation *observed)
{
	observed->ours_fits = false;
	observed->wanted_count = 1;
}

static void
static_rsa(struct tls_observation *observed)
{
	text_format(observed->protocol, sizeof observed->protocol, "TLSv1.2");
	text_format(observed->cipher, sizeof observed->cipher, "TLS_RSA_WITH_AES_256_GCM_SHA384");
}

static const struct {
	void (*see)(struct tls_observation *observed);
	const char *id;
	enum step step;
} warnings[] = {
	{ static_rsa, "tls-no-forward-secrecy", STEP_TLS },
	{ expiring, "server-expires-soon", STEP_SERVER },
	{ expiring_now, "server-expires-critical", STEP_SERVER },
	{ weak_key, "server-weak-key", STEP_SERVER },
	{ sha1, "server-weak-signature", STEP_SERVER },
	{ no_eku, "server-without-serverauth", STEP_SERVER },
	{ cn_alone, "server-name-by-cn", STEP_SERVER },
	{ wildcard, "server-wildcard", STEP_SERVER },
	{ disorder, "server-chain-order", STEP_SERVER },
	{ skewed, "clock-skew", STEP_SERVER },
	{ ocsp_unknown, "ocsp-unknown", STEP_SERVER },
	{ ocsp_invalid, "ocsp-invalid", STEP_SERVER },
	{ ocsp_missing, "ocsp-missing", STEP_SERVER },
	{ key_use, "server-key-usage", STEP_SERVER },
	{ not_asked, "ours-not-asked", STEP_OURS },
	{ not_shown, "ours-none", STEP_OURS },
	{ unlisted, "ours-issuer-unlisted", STEP_OURS },
};

START_TEST(test_warning)
{
	const struct finding *finding;

	receiver.openings[0].see = warnings[_i].see;
	checker();
	finding = find(warnings[_i].id);
	ck_assert_int_eq(finding && finding->critical, strstr(warnings[_i].id, "critical") != NULL);
	ck_assert_msg(finding != NULL, "no %s", warnings[_i].id);
	ck_assert_int_eq(finding->step, warnings[_i].step);
	ck_assert_int_eq(report->steps[finding->step].severity, FINDING_WARNING);
	ck_assert_uint_gt(strlen(finding->hint), 0);
	ck_assert_int_eq(report->verdict.kind, ERR_NONE);
	ck_assert_uint_eq(report->ping_count, PINGS);
}
END_TEST

/* Harmless findings are information: the line of the step does not change. */
START_TEST(test_information)
{
	const struct policy_request request = { .ciphers = (const char *const[]){
		"TLS_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
		"TLS_AES_256_GCM_SHA384", NULL } };
	struct err err = ERR_INIT;

	ck_assert_int_eq(policy_parse(&request, &world.policy, &err), 0);
	receiver.openings[0].see = root_sent;
	checker();
	ck_assert_int_eq(find("server-root-sent")->severity, FINDING_INFORMATION);
	ck_assert_int_eq(report->steps[STEP_SERVER].severity, FINDING_INFORMATION);
	ck_assert_ptr_nonnull(strstr(report->steps[STEP_SERVER].summary, "500 days left"));
	ck_assert_int_eq(find("tls-offer-no-forward-secrecy")->severity, FINDING_INFORMATION);
	ck_assert_ptr_nonnull(strstr(find("tls-offer-no-forward-secrecy")->text, "contains 1 cipher suite without"));
	ck_assert_int_eq(receiver.opened, 3);
	ck_assert_int_eq(report->verdict.kind, ERR_NONE);
}
END_TEST

/* --ignore makes a warning, and what a side step finds, information, and counts it. */
START_TEST(test_ignore)
{
	world.job.ignore = (const char *const[]){ "server-wildcard", "let-in-without", "client-none",
		"context-missing", NULL };
	receiver.openings[0].see = wildcard;
	receiver.openings[1].kind = ERR_NONE;
	checker();
	ck_assert_int_eq(find("server-wildcard")->severity, FINDING_INFORMATION);
	ck_assert(find("server-wildcard")->ignored);
	ck_assert_int_eq(find("let-in-without")->severity, FINDING_INFORMATION);
	ck_assert_int_eq(report->steps[STEP_ENFORCED].severity, FINDING_INFORMATION);
	ck_assert_uint_eq(report->ignored, 3);
	ck_assert_int_eq(report->verdict.kind, ERR_NONE);
	ck_assert_ptr_null(check_report_first(report, FINDING_WARNING, ERR_NONE));
}
END_TEST

/* Without the option it is a warning, with it a failure, which does not stop the check. */
START_TEST(test_critical_expiry)
{
	const struct finding *finding;

	world.job.crit_fails = _i;
	receiver.openings[0].see = expiring_now;
	checker();
	finding = find("server-expires-critical");
	ck_assert(finding->critical);
	ck_assert_str_eq(finding->brief, "the server's certificate expires in 3 days");
	ck_assert_int_eq(finding->severity, _i ? FINDING_FAILED : FINDING_WARNING);
	ck_assert_int_eq(report->verdict.kind, _i ? ERR_UNTRUSTED : ERR_NONE);
	ck_assert_uint_eq(report->ping_count, PINGS);
	ck_assert_int_eq(receiver.opened, 3);
}
END_TEST

static void
end_badly(void *ctx, struct check_report *ended)
{
	int *called = ctx;

	++*called;
	ck_assert_int_eq(told.done, 0);
	err_set(&ended->verdict, ERR_OUTPUT, "/dev/full cannot be written");
}

/* A failure after the last step is part of the report and of the result. */
START_TEST(test_before_end)
{
	int called = 0;

	world.job.before_end = end_badly;
	world.job.ctx = &called;
	checker();
	ck_assert_int_eq(called, 1);
	ck_assert_int_eq(report->verdict.kind, ERR_OUTPUT);
}
END_TEST

/* C-ECHO: what the receiver does, the finding, the verdict. */
static const struct {
	bool no_verification, no_storage, release_fails;
	uint16_t status;
	enum err_kind lost;
	const char *id;
	enum severity severity;
	enum err_kind verdict;
} echoes[] = {
	{ true, false, false, 0, ERR_NONE, "echo-not-offered", FINDING_INFORMATION, ERR_NONE },
	{ false, false, false, 0x0122, ERR_NONE, "echo-odd", FINDING_INFORMATION, ERR_NONE },
	{ false, true, false, 0x0122, ERR_NONE, "echo-refused", FINDING_FAILED, ERR_ECHO_REFUSED },
	{ false, false, true, 0, ERR_NONE, "release-unconfirmed", FINDING_WARNING, ERR_NONE },
	{ false, false, false, 0, ERR_TIMEOUT, "echo-timeout", FINDING_FAILED, ERR_TIMEOUT },
	{ false, false, false, 0, ERR_ABORTED, "echo-lost", FINDING_FAILED, ERR_ABORTED },
};

START_TEST(test_echo)
{
	receiver.no_verification = echoes[_i].no_verification;
	receiver.no_storage = echoes[_i].no_storage;
	receiver.release_fails = echoes[_i].release_fails;
	receiver.echo_status = echoes[_i].status;
	receiver.echo_kind = echoes[_i].lost;
	checker();
	ck_assert_ptr_nonnull(find(echoes[_i].id));
	ck_assert_int_eq(report->steps[STEP_ECHO].severity, echoes[_i].severity);
	ck_assert_int_eq(report->verdict.kind, echoes[_i].verdict);
	ck_assert_int_eq(receiver.aborted, echoes[_i].lost != ERR_NONE);
	ck_assert_int_eq(receiver.released, echoes[_i].lost == ERR_NONE);
	ck_assert_int_eq(receiver.opened, 3);
}
END_TEST

START_TEST(test_no_storage)
{
	receiver.no_storage = true;
	checker();
	ck_assert_ptr_nonnull(find("storage-none"));
	ck_assert_int_eq(report->verdict.kind, ERR_NONE);
}
END_TEST

static void
anchored(struct tls_observation *observed)
{
	observed->server.count = 3;
	text_format(observed->server.items[1].store, sizeof observed->server.items[1].store, "trust.p12 (root)");
	text_format(observed->server.items[2].store, sizeof observed->server.items[2].store, "other.p12");
}

static void
wanted(struct tls_observation *observed, unsigned count)
{
	observed->ours_fits = false;
	observed->wanted_count = count;
	for (unsigned i = 0; i < count; i++)
		text_format(observed->wanted[i], sizeof observed->wanted[i], "CN=%c", 'A' + i);
}

static void
three_wanted(struct tls_observation *observed)
{
	wanted(observed, 3);
}

static void
skewed_a_little(struct tls_observation *observed)
{
	observed->clock_skew_s = 541;
}

static void
five_wanted(struct tls_observation *observed)
{
	wanted(observed, 5);
}

/* What the findings of one id say, word by word, in order. */
static const struct {
	const char *id, *texts[2];
	const char *storage; /* the one class accepted, "": none; NULL: all */
	void (*see)(struct tls_observation *observed);
} sentences[] = {
	{ "stores-ok", { "no key; 1 trusted certificate" }, NULL, NULL },
	{ "resolve-ok", { "iris is 192.0.2.7" }, NULL, NULL },
	{ "tcp-ok", { "connected to 192.0.2.7:2762" }, NULL, NULL },
	{ "tls-ok", { "TLSv1.3, TLS_AES_256_GCM_SHA384, X25519" }, NULL, NULL },
	{ "server-ok", { "CN=iris, DNS:iris, 500 days left, revocation not checked" }, NULL, NULL },
	{ "server-ok", { "CN=iris, DNS:iris, 500 days left, anchored by trust.p12 (root), revocation not checked" }, NULL,
		anchored },
	{ "clock-skew", { "the server's certificate becomes valid in 10 minutes: this machine's clock is probably slow" },
		NULL, skewed_a_little },
	{ "ours-shown", { "CN=scu, issued by CN=Demo CA, 500 days left, 1 certificate sent" }, NULL, NULL },
	{ "ours-issuer-unlisted", { "no CA of our chain is among those that the server names: \"CN=A\", \"CN=B\", "
		"\"CN=C\"" }, NULL, three_wanted },
	{ "ours-issuer-unlisted", { "no CA of our chain is among those that the server names: \"CN=A\", \"CN=B\", "
		"\"CN=C\" and 2 more" }, NULL, five_wanted },
	{ "association-ok", { "SCP accepted SCU: 1.2.3.4 (FAKE_1), PDUs of 16384 bytes, window 1" }, NULL, NULL },
	{ "contexts", { "accepted: Encapsulated PDF, Encapsulated CDA, Basic Text SR, Enhanced SR, Comprehensive SR, "
		"X-Ray Radiation Dose SR, Key Object Selection, Presentation State, 12-lead ECG, RT Structure "
		"Set, RT Plan, CT, MR, CR, DX, MG, US, US multi-frame, XA, NM, PET, Secondary Capture, VL "
		"Photographic, in Implicit VR Little Endian" }, NULL, NULL },
	{ "contexts", { "accepted: Encapsulated PDF, in Implicit VR Little Endian",
		"not accepted: Encapsulated CDA, Basic Text SR, Enhanced SR, Comprehensive SR, X-Ray Radiation "
		"Dose SR, Key Object Selection, Presentation State, 12-lead ECG, RT Structure Set, RT Plan, CT, "
		"MR, CR, DX, MG, US, US multi-frame, XA, NM, PET, Secondary Capture, VL Photographic" }, PDF, NULL },
	{ "contexts", { NULL }, "", NULL },
};

START_TEST(test_sentence)
{
	size_t count = 0;

	receiver.storage = sentences[_i].storage;
	receiver.openings[0].see = sentences[_i].see;
	checker();
	for (int i = 0; i < STEP_COUNT; i++)
		for (size_t j = 0; j < report->steps[i].count; j++) {
			const struct finding *finding = &report->steps[i].findings[j];

			if (strcmp(finding->id, sentences[_i].id) != 0)
				continue;
			ck_assert_uint_lt(count, 2);
			ck_assert_ptr_nonnull(sentences[_i].texts[count]);
			ck_assert_str_eq(finding->text, sentences[_i].texts[count]);
			count++;
		}
	ck_assert(count == 2 || !sentences[_i].texts[count]);
}
END_TEST

static struct instance
instance_of(const char *sop_class, const char *syntax)
{
	static char path[] = "a.dcm";
	struct instance instance = { .path = path };

	text_format(instance.sop_class, sizeof instance.sop_class, "%s", sop_class);
	text_format(instance.syntax, sizeof instance.syntax, "%s", syntax);
	return instance;
}

/* Files: all can be sent, some can, none can. */
START_TEST(test_files)
{
	static const char *const accepted[] = { NULL, PDF, "1.2.3" };
	static const char *const taken[] = {
		"2 of 2 files would go, 1 in their own transfer syntax, 1 converted",
		"1 of 2 files would go, 0 in their own transfer syntax, 1 converted", NULL };
	static const char *const missing[] = { NULL,
		"1 of 2 files could not be sent; a.dcm: the receiver accepts no CT Image Storage",
		"2 of 2 files could not be sent; a.dcm: the receiver accepts no Encapsulated PDF Storage" };
	struct instance instances[] = { instance_of(PDF, UID_EXPLICIT_LE), instance_of(CT, UID_IMPLICIT_LE) };

	world.job.instances = instances;
	world.job.instance_count = 2;
	receiver.storage = accepted[_i];
	checker();
	ck_assert_int_eq(report->steps[STEP_ASSOCIATION].severity,
		_i == 0 ? FINDING_OK : _i == 1 ? FINDING_WARNING : FINDING_FAILED);
	if (taken[_i])
		ck_assert_str_eq(find("contexts")->text, taken[_i]);
	if (missing[_i])
		ck_assert_ptr_nonnull(strstr(find(_i == 1 ? "context-missing" : "context-none")->text, missing[_i]));
	ck_assert_int_eq(report->verdict.kind, _i < 2 ? ERR_NONE : ERR_NO_CONTEXT);
	ck_assert(_i != 1 || find("context-missing"));
	ck_assert(_i != 2 || find("context-none"));
	ck_assert_int_eq(report->steps[STEP_ECHO].severity, _i < 2 ? FINDING_OK : FINDING_NOT_REACHED);
}
END_TEST

START_TEST(test_contexts_fit_one_association)
{
	world.job.probes = false;
	checker();
	/* Verification; eleven classes without pixels in two syntaxes, and twelve with them in eight. */
	ck_assert_uint_eq(receiver.contexts, 1 + 11 * 2 + 12 * 8);
	ck_assert_uint_le(receiver.contexts, PLAN_CONTEXTS_MAX);
}
END_TEST

START_TEST(test_user_unconfirmed)
{
	world.job.request.identity = USER_NAME;
	world.job.request.user = "me";
	world.job.request.user_response = true;
	receiver.no_confirmation = true;
	checker();
	ck_assert_ptr_nonnull(find("user-unconfirmed"));
	/* The user identity is not sent to a server that may be false. */
	ck_assert(receiver.identity[0]);
	ck_assert(!receiver.identity[1] && !receiver.identity[2]);
}
END_TEST

static void
closed(struct tls_observation *observed)
{
	observed->closed = true;
}

static void
tls12_closed(struct tls_observation *observed)
{
	tls12_without_ticket(observed);
	observed->closed = true;
}

static void
closed_unasked(struct tls_observation *observed)
{
	not_asked(observed);
	observed->closed = true;
}

static void
alerted_unasked(struct tls_observation *observed)
{
	not_asked(observed);
	observed->alerted = true;
}

/* How the receiver treats a client whom it must refuse. */
static const struct {
	struct store_file open_step;
	enum peer_answer answer;
	enum severity severity;
} visits[] = {
	/* Only a DICOM PDU shows that it was accepted. */
	{ { .kind = ERR_NONE }, ANSWER_DICOM, FINDING_FAILED },
	{ { .kind = ERR_REJECTED, .phase = "association" }, ANSWER_DICOM, FINDING_FAILED },
	{ { .kind = ERR_NO_CONTEXT, .phase = "association" }, ANSWER_DICOM, FINDING_FAILED },
	{ { .kind = ERR_ABORTED, .phase = "association" }, ANSWER_DICOM, FINDING_FAILED },
	{ { .kind = ERR_INTERNAL, .phase = "association" }, ANSWER_DICOM, FINDING_FAILED },
	/* Once it had asked for a certificate: an alert, and a close without an answer. */
	{ { .kind = ERR_CLIENT_REJECTED, .phase = "tls", .see = alerted }, ANSWER_NONE, FINDING_OK },
	{ { .kind = ERR_TLS, .phase = "tls", .see = alerted }, ANSWER_NONE, FINDING_OK },
	{ { .kind = ERR_CLIENT_REJECTED, .phase = "tls", .see = closed }, ANSWER_NONE, FINDING_OK },
	{ { .kind = ERR_ABORTED, .phase = "association", .see = closed }, ANSWER_NONE, FINDING_OK },
	{ { .kind = ERR_ABORTED, .phase = "association", .see = tls12_closed }, ANSWER_NONE, FINDING_OK },
	/* All else. */
	{ { .kind = ERR_TLS, .phase = "tls", .see = alerted_unasked }, ANSWER_NONE, FINDING_UNDECIDED },
	{ { .kind = ERR_ABORTED, .phase = "tls", .see = closed_unasked }, ANSWER_NONE, FINDING_UNDECIDED },
	{ { .kind = ERR_CLIENT_REJECTED, .phase = "tls" }, ANSWER_NONE, FINDING_UNDECIDED }, /* a reset */
	{ { .kind = ERR_ABORTED, .phase = "association" }, ANSWER_NONE, FINDING_UNDECIDED },
	{ { .kind = ERR_ABORTED, .phase = "association", .see = closed }, ANSWER_OTHER, FINDING_UNDECIDED },
	{ { .kind = ERR_TIMEOUT, .phase = "association" }, ANSWER_NONE, FINDING_UNDECIDED },
	{ { .kind = ERR_TIMEOUT, .phase = "association" }, ANSWER_OTHER, FINDING_UNDECIDED },
	{ { .kind = ERR_TIMEOUT, .phase = "association", .see = tls12_without_ticket }, ANSWER_NONE,
		FINDING_UNDECIDED },
	{ { .kind = ERR_TIMEOUT, .phase = "association", .see = no_ticket }, ANSWER_NONE, FINDING_UNDECIDED },
	{ { .kind = ERR_TIMEOUT, .phase = "tls" }, ANSWER_NONE, FINDING_UNDECIDED },
	{ { .kind = ERR_CONNECT, .phase = "tcp" }, ANSWER_NONE, FINDING_UNDECIDED },
	{ { .kind = ERR_NOT_TLS, .phase = "tls" }, ANSWER_NONE, FINDING_UNDECIDED },
};

START_TEST(test_enforced)
{
	bool foreign = _i % 2;
	const struct step_result *result = &report->steps[STEP_ENFORCED];

	receiver.openings[1 + foreign] = visits[_i / 2].open_step;
	receiver.answers[1 + foreign] = visits[_i / 2].answer;
	checker();
	ck_assert_int_eq(result->severity, visits[_i / 2].severity);
	ck_assert_int_eq(report->verdict.kind,
		result->severity == FINDING_FAILED ? ERR_NOT_ENFORCED : ERR_NONE);
	if (result->severity == FINDING_FAILED)
		ck_assert_ptr_nonnull(find(foreign ? "let-in-foreign" : "let-in-without"));
	ck_assert_int_eq(receiver.opened, 3);
}
END_TEST

/* An earlier failure decides the exit status. */
START_TEST(test_first_failure_counts)
{
	receiver.echo_kind = ERR_TIMEOUT;
	receiver.openings[1].kind = ERR_NONE;
	checker();
	ck_assert_ptr_nonnull(find("let-in-without"));
	ck_assert_int_eq(report->verdict.kind, ERR_TIMEOUT);
}
END_TEST

/* A fault of our own says nothing about the receiver: it is reported as such. */
START_TEST(test_own_fault_while_probing)
{
	receiver.openings[1] = (struct store_file){ .kind = ERR_INTERNAL, .phase = "association",
		.text = "out of memory" };
	checker();
	ck_assert_int_eq(report->verdict.kind, ERR_INTERNAL);
	ck_assert_ptr_nonnull(find("internal"));
	ck_assert_ptr_null(find("let-in-without"));
}
END_TEST

START_TEST(test_no_probes)
{
	world.job.probes = false;
	checker();
	ck_assert_int_eq(receiver.opened, 1);
	ck_assert_int_eq(told.steps[STEP_ENFORCED], 0);
	ck_assert_int_eq(report->steps[STEP_ENFORCED].severity, FINDING_NOT_REACHED);
}
END_TEST

START_TEST(test_plain)
{
	receiver.plain = true;
	world.endpoint.tls = NULL;
	world.job.credentials = NULL;
	world.job.tls_config = NULL;
	checker();
	ck_assert_int_eq(report->verdict.kind, ERR_NONE);
	ck_assert_ptr_nonnull(find("tls-off"));
	ck_assert_int_eq(report->steps[STEP_TLS].severity, FINDING_WARNING);
	ck_assert_int_eq(report->steps[STEP_ACCEPTED].severity, FINDING_NOT_REACHED);
	ck_assert_int_eq(report->steps[STEP_ECHO].severity, FINDING_OK);
	ck_assert_int_eq(report->steps[STEP_ENFORCED].severity, FINDING_NOT_REACHED);
	ck_assert_int_eq(receiver.opened, 1);
}
END_TEST

/* Without TLS, at a port that answers in it. */
START_TEST(test_plain_to_tls)
{
	receiver.plain = true;
	receiver.openings[0] = (struct store_file){ .kind = ERR_TLS, .phase = "tls" };
	world.endpoint.tls = NULL;
	world.job.credentials = NULL;
	world.job.tls_config = NULL;
	checker();
	ck_assert_int_eq(report->verdict.kind, ERR_TLS);
	ck_assert_ptr_nonnull(find("tls-wanted"));
}
END_TEST

START_TEST(test_stores_alone)
{
	world.job.depth = CHECK_LOCAL;
	checker();
	ck_assert_int_eq(receiver.opened, 0);
	ck_assert_ptr_nonnull(find("client-none"));
	ck_assert_int_eq(report->steps[STEP_STORES].severity, FINDING_WARNING);
	ck_assert_int_eq(told.steps[STEP_RESOLVE], 0);
	ck_assert_str_eq(report->depth, "local");
}
END_TEST

START_TEST(test_stores_unusable)
{
	err_set(&world.job.credentials_err, ERR_CREDENTIALS, "no such key store");
	checker();
	ck_assert_int_eq(receiver.opened, 0);
	ck_assert_ptr_nonnull(find("stores-unusable"));
	ck_assert_int_eq(report->verdict.kind, ERR_CREDENTIALS);
	ck_assert_str_eq(report->verdict.text, "no such key store");
	ck_assert_int_eq(told.steps[STEP_RESOLVE], 1);
	ck_assert_int_eq(told.steps[STEP_RANGE], 0);
}
END_TEST

/* Anchors and lists at their end: days left, the finding. */
START_TEST(test_stores_dates)
{
	static const struct {
		int days;
		const char *id;
	} rows[] = { { -2, "anchor-expired" }, { 10, "anchor-expires-soon" } };
	struct testpki_spec spec = { .cn = "Old CA", .ca = true, .from_days = -9, .to_days = rows[_i].days };
	struct testpki old = testpki_make(&spec);
	X509_CRL *crl = testpki_crl(&world.ca, NULL, -1);

	sk_X509_push(world.credentials.anchors, old.cert);
	world.credentials.crls = sk_X509_CRL_new_null();
	sk_X509_CRL_push(world.credentials.crls, crl);
	world.job.depth = CHECK_LOCAL;
	checker();
	ck_assert_ptr_nonnull(find(rows[_i].id));
	ck_assert_ptr_nonnull(find("crl-overdue"));
	sk_X509_CRL_pop_free(world.credentials.crls, X509_CRL_free);
	world.credentials.crls = NULL;
	testpki_free(&old);
}
END_TEST

/* A key that is about to expire, is too short, and is not for clients. */
START_TEST(test_stores_key)
{
	static char path[] = "key.p12";
	struct testpki_spec spec = { .cn = "scu", .issuer = &world.ca, .from_days = -9, .to_days = _i ? 3 : 20,
		.rsa_bits = 1024 };
	struct testpki scu = testpki_make(&spec);
	struct key_entry entry = { .key = scu.key, .cert = scu.cert };
	struct key_store store = { .path = path, .entries = &entry, .count = 1 };

	world.credentials.keys = &store;
	world.job.depth = CHECK_LOCAL;
	world.job.crit_fails = _i == 2;
	checker();
	world.credentials.keys = NULL;
	ck_assert_ptr_nonnull(find(_i ? "client-expires-critical" : "client-expires-soon"));
	ck_assert_int_eq(report->verdict.kind, _i == 2 ? ERR_CREDENTIALS : ERR_NONE);
	ck_assert_str_eq(find(_i ? "client-expires-critical" : "client-expires-soon")->brief,
		_i ? "our certificate expires in 2 days" : "our certificate expires in 19 days");
	ck_assert_ptr_nonnull(find("client-weak-key"));
	ck_assert_ptr_nonnull(find("client-without-clientauth"));
	ck_assert_ptr_nonnull(find("stores-ok"));
	ck_assert_ptr_null(find("client-none"));
	testpki_free(&scu);
}
END_TEST

/* An intermediate certificate that is sent and has expired fails the step: the receiver refuses the chain. */
START_TEST(test_stores_expired_above)
{
	static char path[] = "key.p12";
	struct testpki_spec above = { .cn = "Inter", .ca = true, .issuer = &world.ca, .from_days = -9, .to_days = -2 };
	struct testpki inter = testpki_make(&above);
	struct testpki_spec spec = { .cn = "scu", .issuer = &inter, .from_days = -9, .to_days = 100 };
	struct testpki scu = testpki_make(&spec);
	STACK_OF(X509) *chain = sk_X509_new_null();
	struct key_entry entry = { .key = scu.key, .cert = scu.cert, .chain = chain };
	struct key_store store = { .path = path, .entries = &entry, .count = 1 };

	sk_X509_push(chain, inter.cert);
	world.credentials.keys = &store;
	world.job.depth = CHECK_LOCAL;
	checker();
	world.credentials.keys = NULL;
	sk_X509_free(chain);
	ck_assert_ptr_nonnull(find("client-expired"));
	ck_assert_msg(strstr(find("client-expired")->text, "CN=Inter,O=Demo, the CA that we send above CN=scu,O=Demo, expired on") != NULL, "%s",
		find("client-expired")->text);
	ck_assert_int_eq(report->verdict.kind, ERR_CREDENTIALS);
	testpki_free(&scu);
	testpki_free(&inter);
}
END_TEST

/* What else the stores are told for, and the beginning of the sentence; days as in testpki_spec. */
static const struct {
	const char *id, *text;
	int from, to, above_from; /* of our certificate, and of the CA that we send above it */
	bool sha1, revoked, exposed, logged;
	unsigned anchor_bits;
	const char *left_out;
} told_of_stores[] = {
	{ "anchor-weak", "the trusted CN=Old CA,O=Demo in the system's trust store has a weak key: RSA 1024 bits",
		-9, 90, -9, .anchor_bits = 1024 },
	{ "client-weak-signature", "CN=scu,O=Demo is signed with ", -9, 90, -9, .sha1 = true },
	{ "client-keys-left-out", "CN=scu,O=Demo expired on ", -9, -2, -9, .sha1 = false },
	{ "client-keys-left-out", "CN=scu,O=Demo is not valid before ", 2, 90, -9, .sha1 = false },
	{ "client-keys-left-out", "keys that cannot be used: b (locked)", -9, 90, -9, .left_out = "b (locked)" },
	{ "client-not-yet-valid", "CN=Inter,O=Demo, the CA that we send above CN=scu,O=Demo, is not valid before ",
		-9, 90, 2, .sha1 = false },
	{ "client-revoked-here", "the revocation list of CN=Inter,O=Demo lists our own certificate", -9, 90, -9,
		.revoked = true },
	{ "file-exposed", "a file that others can read", -9, 90, -9, .exposed = true },
	{ "keys-logged", "--tls-keylog: anyone who can read that file can decrypt this connection", -9, 90, -9,
		.logged = true },
};

START_TEST(test_stores_told)
{
	static const struct exposed_file exposed[] = { { "a file that others can read", "Change its mode." },
		{ "", "" } };
	static char path[] = "key.p12";
	struct testpki old = testpki_make(&(struct testpki_spec){ .cn = "Old CA", .ca = true, .from_days = -9,
		.to_days = 90, .rsa_bits = told_of_stores[_i].anchor_bits });
	struct testpki inter = testpki_make(&(struct testpki_spec){ .cn = "Inter", .ca = true, .issuer = &world.ca,
		.from_days = told_of_stores[_i].above_from, .to_days = 90 });
	struct testpki scu = testpki_make(&(struct testpki_spec){ .cn = "scu", .issuer = &inter,
		.usage = "clientAuth", .from_days = told_of_stores[_i].from, .to_days = told_of_stores[_i].to,
		.sha1 = told_of_stores[_i].sha1 });
	STACK_OF(X509) *chain = sk_X509_new_null();
	struct key_entry entry = { .key = scu.key, .cert = scu.cert, .chain = chain };
	struct key_store store = { .path = path, .entries = &entry, .count = 1 };
	const struct finding *finding;
	size_t others = 0;

	if (told_of_stores[_i].left_out)
		text_format(store.left_out, sizeof store.left_out, "%s", told_of_stores[_i].left_out);
	sk_X509_push(chain, inter.cert);
	sk_X509_push(world.credentials.anchors, old.cert);
	world.credentials.crls = sk_X509_CRL_new_null();
	if (told_of_stores[_i].revoked)
		sk_X509_CRL_push(world.credentials.crls, testpki_crl(&inter, &scu, 9));
	world.credentials.keys = &store;
	world.config.keylog_path = told_of_stores[_i].logged ? "keys.txt" : NULL;
	world.job.exposed = told_of_stores[_i].exposed ? exposed : &exposed[1];
	world.job.depth = CHECK_LOCAL;
	checker();
	world.credentials.keys = NULL;
	sk_X509_free(chain);
	sk_X509_CRL_pop_free(world.credentials.crls, X509_CRL_free);
	world.credentials.crls = NULL;
	finding = find(told_of_stores[_i].id);
	ck_assert_ptr_nonnull(finding);
	ck_assert_msg(strstr(finding->text, told_of_stores[_i].text) == finding->text, "%s", finding->text);
	ck_assert(finding->hint[0]);
	for (int i = 0; i < COUNT(told_of_stores); i++)
		others += strcmp(told_of_stores[i].id, finding->id) != 0 && find(told_of_stores[i].id);
	ck_assert_uint_eq(others, 0);
	testpki_free(&old);
	testpki_free(&scu);
	testpki_free(&inter);
}
END_TEST

/* A port of the loopback interface on which nothing listens, reserved by its socket. */
static uint16_t
closed_port(int *fd)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;

	*fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(*fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(getsockname(*fd, (struct sockaddr *)&address, &len), 0);
	return ntohs(address.sin_port);
}

/* What a port says to a ClientHello, and whether our small one is asked at all. */
static const struct {
	const char *answer; /* NULL: it hangs up */
	bool large, probes, mute;
	const char *found;  /* NULL: nothing is tried */
} hellos[] = {
	{ "\x15\x03\x03\0\x02\x02\x28", true, true, false, "tls-large-hello" },
	{ NULL, true, true, false, "tls-small-hello-too" },
	{ NULL, true, true, true, "tls-small-hello-too" },
	{ NULL, false, true, false, NULL },
	{ NULL, true, false, false, NULL },
};

static void
answer_hello(int port, int row)
{
	int fd = accept(port, NULL, NULL);
	char buf[4096];
	ssize_t n = read(fd, buf, sizeof buf);

	if (n > 0 && n < 600 && hellos[row].answer)
		(void)!write(fd, hellos[row].answer, 7);
	while (hellos[row].mute && read(fd, buf, sizeof buf) > 0)
		;
	_exit(0);
}

static void
ec_server(struct tls_observation *observed)
{
	text_format(observed->server.items[0].key, sizeof observed->server.items[0].key, "EC 256 bits");
}

static void
see_large_hello(struct tls_observation *observed)
{
	memset(observed, 0, sizeof *observed);
	observed->hello_large = true;
}

static void
see_no_hello(struct tls_observation *observed)
{
	memset(observed, 0, sizeof *observed);
}

/* The large ClientHello of a post-quantum key exchange got no answer: a small one tells whether its size is why. */
START_TEST(test_small_hello)
{
	int port, status;
	pid_t pid;

	world.endpoint.host = "127.0.0.1";
	world.endpoint.port = closed_port(&port);
	ck_assert_int_eq(listen(port, 1), 0);
	world.job.probes = hellos[_i].probes;
	receiver.openings[0] = (struct store_file){ .kind = ERR_NOT_TLS, .phase = "tls",
		.see = hellos[_i].large ? see_large_hello : see_no_hello };
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		answer_hello(port, _i);
	close(port);
	checker();
	ck_assert_int_eq(report->verdict.kind, ERR_NOT_TLS);
	ck_assert_ptr_nonnull(find("tls-not-tls"));
	ck_assert_ptr_null(find("tls-small-hello-untried"));
	if (hellos[_i].found)
		ck_assert_ptr_nonnull(find(hellos[_i].found));
	else
		ck_assert(!find("tls-large-hello") && !find("tls-small-hello-too"));
	if (hellos[_i].found && strcmp(hellos[_i].found, "tls-large-hello") == 0)
		ck_assert_ptr_nonnull(strstr(find(hellos[_i].found)->hint, "--tls-group x25519"));
	if (!hellos[_i].found)
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}
END_TEST

/* A receiver that has ended by then: announced, given up soon, undecided. */
START_TEST(test_range_given_up)
{
	size_t tried = 0;
	int fd;

	world.job.depth = CHECK_FULL;
	world.endpoint.host = "127.0.0.1";
	world.endpoint.port = closed_port(&fd);
	checker();
	close(fd);
	ck_assert_int_eq(told.announced, 1);
	ck_assert_uint_gt(report->range_count, 15);
	ck_assert_uint_le(report->range_count, 40);
	for (size_t i = 0; i < report->range_count; i++) {
		ck_assert_int_eq(report->range[i].answer, RANGE_UNDECIDED);
		tried += strcmp(report->range[i].note, "not tried") != 0;
	}
	ck_assert_uint_eq(tried, 2);
	ck_assert_ptr_nonnull(find("range-undecided"));
	ck_assert_int_eq(report->verdict.kind, ERR_NONE);
}
END_TEST

/* Servers, and what the range says of them: "guide" and "BCP 195" where it is as that wants it. */
static const struct {
	int least, most;
	const char *suites;
	unsigned rsa; /* bits, as in testpki_spec */
	const char *rows[12];
} servers[] = {
	{ TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", 0, {
		"TLSv1.3 refused, BCP 195", "TLSv1.2 taken, guide, BCP 195", "TLSv1.1 refused, guide, BCP 195",
		"NULL refused, guide, BCP 195", "RSA key exchange refused, guide, BCP 195, advised",
		"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 taken, guide, BCP 195",
		"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 refused, BCP 195" } },
	{ TLS1_3_VERSION, TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256", 0, {
		"TLSv1.3 taken, guide, BCP 195", "TLSv1.2 refused", "SSL 3.0 refused, guide, BCP 195",
		"TLS_CHACHA20_POLY1305_SHA256 taken, guide, BCP 195", "TLS_AES_256_GCM_SHA384 refused, BCP 195" } },
	{ TLS1_VERSION, TLS1_3_VERSION, "ALL:COMPLEMENTOFALL@SECLEVEL=0", 2048, {
		"TLSv1.3 taken, guide, BCP 195", "TLSv1.2 taken, guide, BCP 195", "TLSv1.1 taken", "TLSv1.0 taken",
		"SSL 3.0 refused, guide, BCP 195", "NULL taken", "anonymous taken", "export refused, guide, BCP 195",
		"RSA key exchange taken, guide, advised", "DHE key exchange taken, guide, advised",
		"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 taken, guide, BCP 195",
		"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 taken, guide, BCP 195" } },
};

static void
serve_range(int port, int row)
{
	struct testpki iris = testpki_make(&(struct testpki_spec){ .cn = "iris", .issuer = &world.ca,
		.rsa_bits = servers[row].rsa });
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	SSL_CTX_use_certificate(ctx, iris.cert);
	SSL_CTX_use_PrivateKey(ctx, iris.key);
	SSL_CTX_set_dh_auto(ctx, 1);
	SSL_CTX_set_min_proto_version(ctx, servers[row].least);
	SSL_CTX_set_max_proto_version(ctx, servers[row].most);
	if (servers[row].least == TLS1_3_VERSION)
		SSL_CTX_set_ciphersuites(ctx, servers[row].suites);
	else
		SSL_CTX_set_cipher_list(ctx, servers[row].suites);
	for (;;) {
		int fd = accept(port, NULL, NULL);
		SSL *ssl = SSL_new(ctx);

		SSL_set_fd(ssl, fd);
		SSL_accept(ssl);
		SSL_free(ssl);
		close(fd);
	}
}

START_TEST(test_range_answered)
{
	static const char *const words[] = { [RANGE_TAKEN] = "taken", [RANGE_REFUSED] = "refused",
		[RANGE_UNDECIDED] = "undecided" };
	char text[8192] = "\n", wanted[200];
	int port;
	pid_t pid;

	world.job.depth = CHECK_FULL;
	world.endpoint.host = "127.0.0.1";
	world.endpoint.port = closed_port(&port);
	world.endpoint.connect_timeout = world.endpoint.tls_timeout = world.endpoint.send_timeout = 60000;
	ck_assert_int_eq(listen(port, 5), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		serve_range(port, _i);
	close(port);
	if (!servers[_i].rsa)
		receiver.openings[0].see = ec_server;
	checker();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (size_t i = 0; i < report->range_count; i++) {
		const struct range_row *row = &report->range[i];
		size_t len = strlen(text);

		text_format(text + len, sizeof text - len, "%s %s%s%s%s\n", row->name, words[row->answer],
			row->fits_guide ? ", guide" : "", row->fits_bcp195 ? ", BCP 195" : "",
			row->advised ? ", advised" : "");
	}
	for (int i = 0; i < COUNT(servers[_i].rows) && servers[_i].rows[i]; i++) {
		text_format(wanted, sizeof wanted, "\n%s\n", servers[_i].rows[i]);
		ck_assert_msg(strstr(text, wanted) != NULL, "no \"%s\" in %s", servers[_i].rows[i], text);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("check");
	TCase *tc = tcase_create("check");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, test_all_is_well);
	tcase_add_rows(tc, test_failure, failures, id);
	tcase_add_loop_test(tc, test_accepted, 0, COUNT(afterwards));
	tcase_add_test(tc, test_interrupt);
	tcase_add_test(tc, test_late_interrupt);
	tcase_add_rows(tc, test_warning, warnings, id);
	tcase_add_test(tc, test_information);
	tcase_add_test(tc, test_ignore);
	tcase_add_loop_test(tc, test_critical_expiry, 0, 2);
	tcase_add_test(tc, test_before_end);
	tcase_add_rows(tc, test_echo, echoes, id);
	tcase_add_test(tc, test_no_storage);
	tcase_add_rows(tc, test_sentence, sentences, id);
	tcase_add_loop_test(tc, test_files, 0, 3);
	tcase_add_test(tc, test_contexts_fit_one_association);
	tcase_add_test(tc, test_user_unconfirmed);
	tcase_add_loop_test(tc, test_enforced, 0, 2 * COUNT(visits));
	tcase_add_test(tc, test_first_failure_counts);
	tcase_add_test(tc, test_own_fault_while_probing);
	tcase_add_test(tc, test_no_probes);
	tcase_add_test(tc, test_plain);
	tcase_add_test(tc, test_plain_to_tls);
	tcase_add_test(tc, test_stores_alone);
	tcase_add_test(tc, test_stores_unusable);
	tcase_add_loop_test(tc, test_stores_dates, 0, 2);
	tcase_add_loop_test(tc, test_stores_key, 0, 3);
	tcase_add_test(tc, test_stores_expired_above);
	tcase_add_rows(tc, test_stores_told, told_of_stores, text);
	tcase_add_loop_test(tc, test_small_hello, 0, (int)COUNT(hellos));
	tcase_add_test(tc, test_range_given_up);
	tcase_add_loop_test(tc, test_range_answered, 0, COUNT(servers));
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
