/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/send.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/wait.h"
#include "check_main.h"
#include "dicom/status.h"
#include "send/event.h"
#include "send/study.h"

static const struct send_job plain; /* no special wishes */

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])
#define INSTANCES_MAX 200
#define CT "1.2.840.10008.5.1.4.1.1.2"

/*
 * The receiver of a test, told what to do by two strings.
 * sends, a letter per request: d done, r refused here, l lost, i done and an
 * interrupt comes, t the same and it takes until that was told.
 * drains, a letter and the instance per response: s success, w warning,
 * f failure, e success that names no instance, n one that names another,
 * u with an unknown message id, i success and an interrupt comes, x lost,
 * a an A-ABORT, p a processing failure (0110), d a duplicate (0111),
 * b broken off because of an interrupt, o out of resources (A701).
 */
struct script {
	unsigned window;
	const char *sends, *drains;
	int opens;	       /* associations that it grants; more fail */
	bool release_fails;
	bool refuses_contexts; /* so do they fail, not by a closed port */
};

static struct {
	struct script script;
	size_t sent;	       /* requests seen */
	uint16_t ids[INSTANCES_MAX];
	char instances[INSTANCES_MAX][UID_MAX + 1]; /* their SOP Instance UIDs */
	size_t contexts[32];   /* of each association */
	int opened;
	size_t begun_ahead;    /* of those sent */
	size_t begun_early;    /* announced as the second, and then as the first */
	char calls[2 * INSTANCES_MAX + 20];
} receiver;

static char notices[200];
static atomic_bool noticed; /* one was told: notices stays as it is */

/* What is told of an association that is not granted, if it has a kind. */
static struct err refusal;

struct association {
	bool open;
	const struct instance *next[ANNOUNCE_MAX]; /* announced */
	const struct instance *ahead[ANNOUNCE_MAX]; /* begun with while the last was sent */
};

static struct association the_association;

static void
log_call(char call)
{
	size_t len = strlen(receiver.calls);

	ck_assert_uint_lt(len + 1, sizeof receiver.calls);
	receiver.calls[len] = call;
}

static struct association *
fake_open(const struct association_request *request, struct association_facts *facts, struct err *err)
{
	log_call('o');
	ck_assert(!the_association.open);
	memset(facts, 0, sizeof *facts);
	if (receiver.opened == receiver.script.opens) {
		if (refusal.kind != ERR_NONE)
			*err = refusal;
		else if (receiver.script.refuses_contexts)
			err_set(err, ERR_NO_CONTEXT, "no context accepted");
		else
			err_set(err, ERR_CONNECT, "connection refused");
		return NULL;
	}
	ck_assert_int_lt(receiver.opened, COUNT(receiver.contexts));
	receiver.contexts[receiver.opened++] = request->plan->count;
	facts->window = receiver.script.window;
	facts->proposed_count = request->plan->count;
	facts->accepted_count = request->plan->count;
	facts->channel.protocol = "TLSv1.3";
	the_association.open = true;
	return &the_association;
}

static enum send_outcome
fake_send(struct association *assoc, const struct instance *instance, uint16_t message_id,
	struct send_facts *facts, struct err *err)
{
	char todo = *receiver.script.sends ? *receiver.script.sends++ : 'd';

	log_call('s');
	ck_assert(assoc->open);
	for (size_t i = 0; i < ANNOUNCE_MAX; i++) {
		ck_assert(assoc->next[i] != instance);
		ck_assert(i == 0 || !assoc->next[i] || assoc->next[i] != assoc->next[i - 1]);
	}
	/* What was announced as the second is announced as the first then. */
	receiver.begun_ahead += assoc->ahead[0] == instance;
	receiver.begun_early += assoc->ahead[1] && assoc->ahead[1] == assoc->next[0];
	memcpy(assoc->ahead, assoc->next, sizeof assoc->ahead);
	memset(assoc->next, 0, sizeof assoc->next);
	ck_assert_uint_lt(receiver.sent, INSTANCES_MAX);
	receiver.ids[receiver.sent] = message_id;
	text_format(receiver.instances[receiver.sent++], UID_MAX + 1, "%s", instance->sop_instance);
	if (todo == 'r') {
		err_set(err, ERR_NO_CONTEXT, "no context for it");
		err_hint(err, "Ask for one.");
		return SEND_REFUSED;
	}
	facts->syntax = UID_IMPLICIT_LE;
	facts->bytes = 100;
	text_format(facts->changed, sizeof facts->changed, "changed");
	if (todo == 'l') {
		err_set(err, ERR_ABORTED, "connection reset while sending");
		return SEND_LOST;
	}
	if (todo == 'c') {
		err_set(err, ERR_NO_INPUT, "a frame in its middle is damaged");
		return SEND_LOST;
	}
	if (todo == 'i' || todo == 't')
		raise(SIGINT);
	for (int i = 0; todo == 't' && !noticed && i < 6000; i++)
		(void)poll(NULL, 0, 10);
	return SEND_DONE;
}

static uint16_t
status_of(char letter)
{
	switch (letter) {
	case 'w':
		return 0xb000;
	case 'f':
		return 0xc000;
	case 'p':
		return 0x0110;
	case 'd':
		return STATUS_DUPLICATE;
	case 'o':
		return 0xa701;
	default:
		return 0;
	}
}

static int
fake_drain(struct association *assoc, struct store_answer *answer, struct err *err)
{
	char todo = receiver.script.drains[0];
	size_t which = (size_t)((unsigned char)receiver.script.drains[1] - '0');

	log_call('d');
	ck_assert(assoc->open);
	ck_assert_msg(todo != '\0', "more answers awaited than the script has");
	receiver.script.drains += 2;
	if (todo == 'x')
		return err_set(err, ERR_ABORTED, "connection reset while waiting");
	if (todo == 'a')
		return status_abort(0, 0, err);
	if (todo == 'b') {
		raise(SIGINT);
		return interrupt_err(err);
	}
	if (todo == 'i')
		raise(SIGTERM);
	ck_assert_uint_lt(which, receiver.sent);
	memset(answer, 0, sizeof *answer);
	answer->answered_us = clock_us();
	answer->message_id = (uint16_t)(todo == 'u' ? 999 : receiver.ids[which]);
	answer->rsp.status = status_of(todo);
	text_format(answer->rsp.comment, sizeof answer->rsp.comment, "%s", todo == 'f' ? "bad object" : "");
	if (todo != 'e')
		text_format(answer->rsp.sop_instance, sizeof answer->rsp.sop_instance, "%s",
			todo == 'n' ? "9.9\x1b" : receiver.instances[which]);
	return 0;
}

static int
fake_echo(struct association *assoc, struct command_rsp *rsp, int64_t *rtt_us, struct err *err)
{
	(void)assoc;
	(void)rsp;
	(void)rtt_us;
	return err_set(err, ERR_INTERNAL, "no echo is sent here");
}

static int
fake_release(struct association *assoc, struct err *err)
{
	log_call('R');
	ck_assert(assoc->open && !assoc->next[0] && !assoc->ahead[0]);
	assoc->open = false;
	return receiver.script.release_fails ? err_set(err, ERR_TIMEOUT, "the release was not confirmed") : 0;
}

static void
fake_abort(struct association *assoc)
{
	log_call('A');
	ck_assert(assoc->open && !assoc->next[0] && !assoc->ahead[0]);
	assoc->open = false;
}

static void
fake_announce(struct association *assoc, const struct instance *const *next, size_t count)
{
	ck_assert(assoc->open);
	ck_assert_uint_le(count, ANNOUNCE_MAX);
	memset(assoc->next, 0, sizeof assoc->next);
	for (size_t i = 0; i < count; i++)
		assoc->next[i] = next[i];
	if (count == 0)
		memset(assoc->ahead, 0, sizeof assoc->ahead);
}

static const struct association_driver driver = { fake_open, fake_send, fake_drain, fake_echo, fake_release,
	fake_abort, fake_announce };

/* What was reported. The path of an instance is its number. */
static struct {
	char results[INSTANCES_MAX + 1];
	struct report_instance events[INSTANCES_MAX]; /* what they point to is gone,
		but for the texts below */
	char meanings[INSTANCES_MAX][256];
	size_t associations;
	size_t retries, studies;
	size_t study_found; /* by all studies told of */
	char notes[200], warnings[200], alarms[200];
} reported;

static void
record_association(void *self, const struct report_association *event)
{
	(void)self;
	ck_assert_str_eq(event->called, "IRIS");
	ck_assert_str_eq(event->host, "iris");
	ck_assert_str_eq(event->protocol, "TLSv1.3");
	reported.associations++;
}

static void
record_instance(void *self, const struct report_instance *event)
{
	size_t n = strtoul(event->path, NULL, 10);

	(void)self;
	ck_assert_int_eq(reported.results[n], '-'); /* exactly once */
	reported.results[n] = "SWFUN"[event->result];
	reported.events[n] = *event;
	text_format(reported.meanings[n], sizeof reported.meanings[n], "%s%s%s", event->meaning,
		*event->comment ? " | " : "", event->comment);
	if (event->result <= RESULT_WARNING) {
		ck_assert_str_eq(event->syntax_sent, UID_IMPLICIT_LE);
		ck_assert_str_eq(event->changed, "changed");
		ck_assert_uint_eq(event->bytes, 100);
		ck_assert_int_ge(event->us, 0);
	}
}

static void
record_note(void *self, const char *text)
{
	(void)self;
	text_format(reported.notes, sizeof reported.notes, "%s", text);
}

static void
record_notice(void *self, const char *text)
{
	(void)self;
	text_format(notices, sizeof notices, "%s", text);
	noticed = true;
}

static void
record_warning(void *self, const char *text)
{
	(void)self;
	text_format(reported.warnings, sizeof reported.warnings, "%s", text);
}

static void
record_alarm(void *self, const char *text)
{
	(void)self;
	text_format(reported.alarms, sizeof reported.alarms, "%s", text);
}

static void
record_retry(void *self, const struct report_retry *event)
{
	(void)self;
	ck_assert_uint_le(event->attempt, event->of);
	reported.retries++;
}

static void
record_study(void *self, const struct report_study *event)
{
	(void)self;
	ck_assert_uint_eq(event->found, event->acknowledged + event->failed + event->uncertain +
		event->not_sent + event->duplicates);
	reported.studies++;
	reported.study_found += event->found;
}

static void
record_progress(void *self, const struct report_progress *event)
{
	(void)self;
	ck_assert_uint_le(event->finished, event->found);
}

static struct report_plan planned;
static char plan_rows[1000];

static void
record_plan(void *self, const struct report_plan *event)
{
	(void)self;
	planned = *event;
	for (size_t i = 0; i < event->class_count; i++) {
		const struct report_plan_class *row = &event->classes[i];
		size_t len = strlen(plan_rows);

		text_format(plan_rows + len, sizeof plan_rows - len, "%s in %s: %zu, %llu bytes, %s\n", row->sop_class,
			row->syntax, row->files, (unsigned long long)row->bytes, row->otherwise);
	}
}

static const struct reporter recorder = { .association = record_association, .instance = record_instance,
	.note = record_note, .notice = record_notice, .warning = record_warning, .alarm = record_alarm, .retry = record_retry,
	.study = record_study, .progress = record_progress, .plan = record_plan };

static struct instance instances[INSTANCES_MAX];
static unsigned retries; /* --retry */
static bool resend_uncertain = true;
static bool preview; /* --dry-run */
static struct plan_rules rules;
static unsigned associations = 1;
static bool split_studies;
static enum uid_conflict uid_conflict;

/* kinds: how many SOP classes they are of. */
static void
make_instances(size_t count, size_t kinds)
{
	for (size_t i = 0; i < count; i++) {
		struct instance *instance = &instances[i];

		instance->path = malloc(8);
		ck_assert_ptr_nonnull(instance->path);
		text_format(instance->path, 8, "%zu", i);
		text_format(instance->sop_class, sizeof instance->sop_class, CT ".%zu", i % kinds);
		text_format(instance->sop_instance, sizeof instance->sop_instance, "1.2.3.%zu", i);
		text_format(instance->syntax, sizeof instance->syntax, UID_EXPLICIT_LE);
		reported.results[i] = '-';
	}
}

static int
run(const struct script *script, size_t count, struct report_totals *result, struct err *err)
{
	struct endpoint endpoint = { .host = "iris", .port = 2762, .send_timeout = 60000, .limit = deadline_never() };
	struct send_job job = {
		.driver = &driver,
		.request = { .endpoint = &endpoint, .called = "IRIS", .calling = "ME" },
		.reporter = &recorder,
		.retry = { .retries = retries, .max_time_ms = WAIT_FOREVER, .resend_uncertain = resend_uncertain },
		.associations = associations,
		.split_studies = split_studies,
		.uid_conflict = uid_conflict,
		.preview = preview,
		.rules = rules,
		.idle_timeout = 15000,
	};
	struct send *send = send_new(&job, err);
	int stopped = 0;

	ck_assert_ptr_nonnull(send);
	receiver.script = *script;
	memset(result, 0, sizeof *result);
	for (size_t i = 0; i < count && !stopped; i++)
		stopped = send_instance(send, &instances[i]);
	ck_assert_int_eq(stopped, 0);
	return send_finish(send, NULL, result, err);
}

static size_t
results_of(char letter)
{
	size_t count = 0;

	for (const char *p = reported.results; *p; p++)
		count += *p == letter;
	return count;
}

/* What the totals say is what was reported. */
static void
assert_totals(const struct report_totals *totals)
{
	ck_assert_uint_eq(totals->acknowledged, results_of('S') + results_of('W'));
	ck_assert_uint_eq(totals->warned, results_of('W'));
	ck_assert_uint_eq(totals->failed, results_of('F'));
	ck_assert_uint_eq(totals->uncertain, results_of('U'));
	ck_assert_uint_eq(totals->not_sent, results_of('N'));
	ck_assert_uint_eq(totals->bytes, 100 * totals->acknowledged);
	ck_assert_uint_eq(totals->found, strlen(reported.results));
	ck_assert_uint_eq(reported.study_found, totals->found);
}

/*
 * results, a letter per instance: S acknowledged, W with a warning, F failed,
 * U uncertain, N not sent. calls: o open, s send, d drain, R release, A abort.
 * end: the kind that ended the run.
 */
static const struct {
	const char *name;
	struct script script;
	const char *results, *calls;
	enum err_kind end;
	unsigned retries;
} rows[] = {
	{ "nothing to do", { 1, "", "", 1, false, false }, "", "", ERR_NONE, 0 },
	{ "all acknowledged", { 1, "ddd", "s0s1s2", 1, false, false }, "SSS", "osdsdsdR", ERR_NONE, 0 },
	{ "a warning", { 1, "ddd", "s0w1s2", 1, false, false }, "SWS", "osdsdsdR", ERR_NONE, 0 },
	{ "a failure goes on", { 1, "ddd", "s0f1s2", 1, false, false }, "SFS", "osdsdsdR", ERR_NONE, 0 },
	{ "one that cannot be sent goes on", { 1, "drd", "s0s2", 1, false, false }, "SFS", "osdssdR",
		ERR_NONE, 0 },
	{ "none can be sent", { 1, "rr", "", 1, false, false }, "FF", "ossR", ERR_NONE, 0 },
	{ "lost while sending", { 1, "dldd", "s0", 1, false, false }, "SFNN", "osdsA", ERR_ABORTED, 0 },
	{ "lost while waiting", { 1, "ddd", "s0x1", 1, false, false }, "SUN", "osdsdA", ERR_ABORTED, 0 },
	{ "lost before the last answer", { 1, "dd", "s0x1", 1, false, false }, "SU", "osdsdA", ERR_ABORTED, 0 },
	{ "no instance named in an answer", { 1, "dd", "e0e1", 1, false, false }, "SS", "osdsdR", ERR_NONE, 0 },
	{ "another instance named", { 1, "ddd", "s0n1", 1, false, false }, "SUN", "osdsdA", ERR_ABORTED, 0 },
	{ "an unknown message id", { 1, "dd", "u0", 1, false, false }, "UN", "osdA", ERR_ABORTED, 0 },
	{ "not opened", { 1, "ddd", "", 0, false, false }, "NNN", "o", ERR_CONNECT, 0 },
	{ "no context accepted", { 1, "ddd", "", 0, false, true }, "FFF", "o", ERR_NO_CONTEXT, 0 },
	{ "not released", { 1, "d", "s0", 1, true, false }, "S", "osdR", ERR_NONE, 0 },
	{ "a window of 4", { 4, "dddddd", "s0s1s2s3s4s5", 1, false, false }, "SSSSSS", "ossssdsdsddddR",
		ERR_NONE, 0 },
	{ "answers out of order", { 4, "dddddd", "s3w1f0s4s2s5", 1, false, false }, "FWSSSS",
		"ossssdsdsddddR", ERR_NONE, 0 },
	{ "fewer than the window", { 4, "dd", "s1s0", 1, false, false }, "SS", "ossddR", ERR_NONE, 0 },
	{ "the same answer twice", { 2, "ddd", "s0s0", 1, false, false }, "SUU", "ossdsdA", ERR_ABORTED, 0 },
	{ "refused in a window", { 2, "ddrdd", "s1s0s4s3", 1, false, false }, "SSFSS", "ossdssdsddR",
		ERR_NONE, 0 },
	{ "lost with some under way", { 4, "ddddd", "s1x0", 1, false, false }, "USUUU", "ossssdsdA",
		ERR_ABORTED, 0 },
	{ "lost while sending, some under way", { 4, "ddld", "", 1, false, false }, "UUFN", "osssA",
		ERR_ABORTED, 0 },
	{ "cut off by its file", { 1, "dcd", "s0s2", 2, false, false }, "SFS", "osdsAosdR", ERR_NONE, 0 },
	{ "cut off by its file, some under way", { 4, "ddcdd", "s1s0s3s4", 2, false, false }, "SSFSS",
		"osssddAossddR", ERR_NONE, 0 },
	{ "cut off by its file, out of resources meanwhile", { 11, "ddddddddddcd",
		"o0o1o2o3o4o5o6o7o8o9s;", 2, false, false }, "FFFFFFFFFFFS", "osssssssssssddddddddddAosdR",
		ERR_NONE, 0 },
	{ "out of resources, then lost", { 12, "dddddddddddd", "o0o1o2o3o4o5o6o7o8o9x:", 1, false, false },
		"FFFFFFFFFFUU", "ossssssssssssdddddddddddA", ERR_ABORTED, 0 },
	{ "cut off by its file, lost meanwhile", { 4, "ddcd", "s1x0", 1, false, false }, "USFN", "osssddA",
		ERR_ABORTED, 0 },
	{ "interrupted while sending", { 1, "did", "s0s1", 1, false, false }, "SSN", "osdsdR", ERR_SIGINT, 0 },
	{ "interrupted while waiting", { 1, "ddd", "s0i1", 1, false, false }, "SSN", "osdsdR", ERR_SIGTERM, 0 },
	{ "interrupted, some under way", { 3, "ddiddd", "s2f0s1", 1, false, false }, "FSSNNN", "osssdddR",
		ERR_SIGINT, 0 },
	{ "interrupted, then lost", { 3, "ddiddd", "s2x0", 1, false, false }, "UUSNNN", "osssddA",
		ERR_SIGINT, 0 },
	{ "interrupted at the last one", { 1, "di", "s0s1", 1, false, false }, "SS", "osdsdR", ERR_SIGINT,
		0 },
	{ "broken off by an interrupt", { 2, "ddd", "s0b1", 1, false, false }, "SUU", "ossdsdA", ERR_SIGINT, 0 },
	/* with repetitions */
	{ "lost while waiting, sent again", { 1, "dddd", "s0x1s2s3", 2, false, false }, "SSS",
		"osdsdAosdsdR", ERR_NONE, 3 },
	{ "lost while sending, sent again", { 1, "dldd", "s0s2s3", 2, false, false }, "SSS", "osdsAosdsdR",
		ERR_NONE, 3 },
	{ "lost for good", { 1, "dd", "s0x1", 1, false, false }, "SU", "osdsdAooo", ERR_CONNECT, 3 },
	{ "lost while sending for good", { 1, "dl", "s0", 1, false, false }, "SN", "osdsAooo", ERR_CONNECT, 3 },
	{ "never opened", { 1, "d", "", 0, false, false }, "N", "ooo", ERR_CONNECT, 2 },
	{ "aborted on once", { 1, "dddd", "s0a1s2s3", 2, false, false }, "SSS", "osdsdAosdsdR", ERR_NONE, 3 },
	{ "aborted on twice", { 1, "dddd", "s0a1a2s3", 3, false, false }, "SFS", "osdsdAosdAosdR", ERR_NONE,
		3 },
	{ "two poisons", { 1, "dddddd", "a0a1a2a3s4", 5, false, false }, "FFS", "osdAosdAosdAosdAosdR",
		ERR_NONE, 1 },
	{ "which of a window it was", { 2, "dddddddd", "a0a2s3s4a5s6", 4, false, false }, "FSSS",
		"ossdAosdAosdssddAosdR", ERR_NONE, 3 },
	/* An answer is a new beginning, but not that there is no room. */
	{ "lost, answered and lost", { 1, "ddddd", "s0x1s2x3s4", 3, false, false }, "SSS", "osdsdAosdsdAosdR",
		ERR_NONE, 1 },
	{ "lost, without room and lost", { 1, "dddd", "s0x1o2x3", 3, false, false }, "SFU", "osdsdAosdsdA",
		ERR_ABORTED, 1 },
	/* One object that is lost for good is another, the first one too; two in a row are not. */
	{ "the first one lost for good", { 1, "ddd", "x0x1s2", 3, false, false }, "US", "osdAosdAosdR", ERR_NONE,
		1 },
	{ "the first two lost", { 1, "ddd", "x0x1x2", 4, false, false }, "UUN", "osdAosdAosdA",
		ERR_ABORTED, 1 },
	{ "0110 goes again after the rest", { 1, "dddd", "p0s1s2s3", 1, false, false }, "SSS", "osdsdsdsdR",
		ERR_NONE, 3 },
	{ "0110 twice", { 1, "ddd", "p0s1p2", 1, false, false }, "FS", "osdsdsdR", ERR_NONE, 3 },
	{ "0110 at the last in a window", { 2, "ddd", "s0p1s2", 1, false, false }, "SS", "ossddsdR", ERR_NONE,
		3 },
	{ "a duplicate", { 1, "d", "d0", 1, false, false }, "F", "osdR", ERR_NONE, 3 },
	{ "a duplicate of our own", { 1, "dd", "x0d1", 2, false, false }, "S", "osdAosdR", ERR_NONE, 3 },
};

START_TEST(row)
{
	size_t count = strlen(rows[_i].results);
	struct report_totals result;
	struct err err = ERR_INIT;
	int rv;

	ck_assert_int_eq(interrupt_install(), 0);
	make_instances(count, 1);
	retries = rows[_i].retries;
	rv = run(&rows[_i].script, count, &result, &err);
	ck_assert_msg(strcmp(reported.results, rows[_i].results) == 0, "%s: %s instead of %s", rows[_i].name,
		reported.results, rows[_i].results);
	ck_assert_str_eq(receiver.calls, rows[_i].calls);
	ck_assert_int_eq(rv, rows[_i].end == ERR_NONE ? 0 : -1);
	if (rv < 0)
		ck_assert_int_eq(err.kind, rows[_i].end);
	assert_totals(&result);
	ck_assert((result.associations > 0) == (count > 0 && rows[_i].script.opens > 0));
	ck_assert_int_eq((int)reported.associations, receiver.opened);
	ck_assert(!the_association.open);
}
END_TEST

/* Status 0111 after an attempt without an answer: not ours, where another object goes by the UID too. */
START_TEST(duplicate_of_another)
{
	static const struct script script = { 1, "dd", "x0d1", 2, false, false };
	struct report_totals result;
	struct err err = ERR_INIT;

	make_instances(1, 1);
	instances[0].uid_shared = true;
	retries = 3;
	ck_assert_int_eq(run(&script, 1, &result, &err), 0);
	ck_assert_str_eq(reported.results, "F");
}
END_TEST

/* Nor for the first of two: the receiver may have the second's. What goes by another UID is ours. */
START_TEST(duplicate_of_the_next)
{
	static const struct script script = { 3, "dddddd", "x0d3d4d5", 2, false, false };
	struct report_totals result;
	struct err err = ERR_INIT;

	make_instances(3, 1);
	memcpy(instances[1].sop_instance, instances[0].sop_instance, sizeof instances[1].sop_instance);
	retries = 3;
	uid_conflict = UID_CONFLICT_SEND;
	ck_assert_int_eq(run(&script, 3, &result, &err), 0);
	ck_assert_str_eq(reported.results, "FFS");
}
END_TEST

/* The last cause comes first, what it began with after it. */
static const struct {
	const char *name;
	const char *drains;
	int opens;
	struct err refusal; /* of the associations that are not granted */
	enum err_kind end;
	const char *text;
	const char *calls;
} causes_in_a_row[] = {
	{ "the same each time", "", 0, { .kind = ERR_NOT_TLS, .retryable = RETRY_POSSIBLE, .text =
		"closed" }, ERR_NOT_TLS,
		"closed (3 times in a row)", "ooo" },
	{ "refused silently each time", "", 0,
		{ .kind = ERR_CLIENT_REJECTED, .retryable = RETRY_POSSIBLE, .text = "closed: probably" },
		ERR_CLIENT_REJECTED, "closed: probably (3 times in a row)", "ooo" },
	{ "refused by an alert", "", 0, { .kind = ERR_CLIENT_REJECTED, .text = "refused" }, ERR_CLIENT_REJECTED,
		"refused", "o" },
	{ "lost, then not there", "s0x1", 1, { .kind = ERR_NONE }, ERR_CONNECT,
		"connection refused (the last of 3 failures in a row). The first was: connection reset while "
		"waiting", "osdsdAoo" },
	{ "lost, then nobody speaks TLS", "s0x1", 1,
		{ .kind = ERR_NOT_TLS, .retryable = RETRY_POSSIBLE, .text = "closed" }, ERR_NOT_TLS,
		"closed (the last of 3 failures in a row). The first was: connection reset while waiting",
		"osdsdAoo" },
	{ "lost, then refused by an alert", "s0x1", 1, { .kind = ERR_CLIENT_REJECTED, .text = "refused" },
		ERR_CLIENT_REJECTED, "refused (the last of 2 failures in a row). The first was: connection reset "
		"while waiting", "osdsdAo" },
	{ "lost, then untrusted", "s0x1", 1, { .kind = ERR_UNTRUSTED, .text = "foreign" }, ERR_UNTRUSTED,
		"foreign (the last of 2 failures in a row). The first was: connection reset while waiting",
		"osdsdAo" },
	{ "permanent", "", 0, { .kind = ERR_ABORTED, .retryable = RETRY_NEVER, .text = "tiny" }, ERR_ABORTED,
		"tiny", "o" },
};

START_TEST(last_cause_first)
{
	const struct script script = { 1, "", causes_in_a_row[_i].drains, causes_in_a_row[_i].opens, false, false };
	struct report_totals result;
	struct err err = ERR_INIT;

	make_instances(3, 1);
	retries = 2;
	refusal = causes_in_a_row[_i].refusal;
	ck_assert_int_eq(run(&script, 3, &result, &err), -1);
	ck_assert_str_eq(err.text, causes_in_a_row[_i].text);
	ck_assert_int_eq(err.kind, causes_in_a_row[_i].end);
	ck_assert_str_eq(receiver.calls, causes_in_a_row[_i].calls);
	assert_totals(&result);
}
END_TEST

/* Ten A7xx in a row: each association that follows tries one, and ends in order. */
static const struct {
	const char *name, *drains, *results, *calls;
	enum err_kind end;
	unsigned retries, opens;
} exhausted[] = {
	{ "for good", "o0o1o2o3o4o5o6o7o8o9o:o;", "FFFFFFFFFFFFNN", "osdsdsdsdsdsdsdsdsdsdRosdRosdR",
		ERR_REJECTED, 2, 3 },
	{ "without repetitions", "o0o1o2o3o4o5o6o7o8o9", "FFFFFFFFFFNN", "osdsdsdsdsdsdsdsdsdsdR",
		ERR_REJECTED, 0, 1 },
	{ "until there is room", "o0o1o2o3o4o5o6o7o8o9s:s;", "FFFFFFFFFFSS",
		"osdsdsdsdsdsdsdsdsdsdRosdsdR", ERR_NONE, 1, 2 },
	{ "not in a row", "o0o1o2o3o4o5o6o7o8s9o:s;", "FFFFFFFFFSFS", "osdsdsdsdsdsdsdsdsdsdsdsdR", ERR_NONE,
		0, 1 },
	{ "at the end", "o0o1o2o3o4o5o6o7o8o9", "FFFFFFFFFF", "osdsdsdsdsdsdsdsdsdsdR", ERR_NONE, 1, 1 },
};

START_TEST(out_of_resources)
{
	const struct script script = { 1, "", exhausted[_i].drains, (int)exhausted[_i].opens, false, false };
	size_t count = strlen(exhausted[_i].results);
	struct report_totals result;
	struct err err = ERR_INIT;
	int rv;

	make_instances(count, 1);
	retries = exhausted[_i].retries;
	rv = run(&script, count, &result, &err);
	ck_assert_str_eq(reported.results, exhausted[_i].results);
	ck_assert_str_eq(receiver.calls, exhausted[_i].calls);
	ck_assert_int_eq(rv, exhausted[_i].end == ERR_NONE ? 0 : -1);
	if (rv < 0) {
		ck_assert_int_eq(err.kind, exhausted[_i].end);
		ck_assert_ptr_nonnull(strstr(err.text, "the receiver is out of resources: it refused 1"));
		ck_assert_str_eq(err.phase, "response");
	}
	assert_totals(&result);
}
END_TEST

/* It aborts on whatever it gets: two associations for each object, and no more than ten objects. */
START_TEST(aborts_on_everything)
{
	char drains[2 * INSTANCES_MAX + 1] = "";
	const struct script script = { 1, "", drains, 30, false, false };
	struct report_totals result;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < 30; i++)
		memcpy(drains + 2 * i, "a0", 3);
	make_instances(40, 1);
	retries = 3;
	ck_assert_int_eq(run(&script, 40, &result, &err), -1);
	ck_assert_int_eq(receiver.opened, 20);
	ck_assert_int_eq(err.kind, ERR_ABORTED);
	ck_assert_ptr_nonnull(strstr(err.text, "answered nothing on 20 associations in a row"));
	ck_assert_uint_eq(result.failed, 10);
	ck_assert_uint_eq(result.not_sent, 30);
	assert_totals(&result);
}
END_TEST

/* As often, but it answers something each time. */
START_TEST(aborts_in_between)
{
	enum { TIMES = 25 };
	char drains[4 * TIMES + 3];
	const struct script script = { 1, "", drains, TIMES + 1, false, false };
	struct report_totals result;
	struct err err = ERR_INIT;

	for (int i = 0; i < TIMES; i++)
		text_format(drains + 4 * i, 5, "s%ca%c", '0' + 2 * i, '0' + 2 * i + 1);
	text_format(drains + 4 * TIMES, 3, "s%c", '0' + 2 * TIMES);
	make_instances(TIMES + 1, 1);
	retries = 3;
	ck_assert_msg(run(&script, TIMES + 1, &result, &err) == 0, "%s", err.text);
	ck_assert_int_eq(receiver.opened, TIMES + 1);
	ck_assert_uint_eq(result.acknowledged, TIMES + 1);
}
END_TEST

/* With --resend-uncertain no each object that was sent and lost is given up: a new beginning for the next one,
 * but only where something was answered since the last. */
static const struct {
	const char *name, *sends, *drains, *results;
	enum err_kind end;
	unsigned retries;
} given_up[] = {
	{ "once", "dd", "x0s1", "US", ERR_NONE, 1 },
	{ "two in a row", "ddd", "x0x1", "UUN", ERR_ABORTED, 1 },
	{ "with an answer in between", "dddd", "x0s1x2s3", "USUS", ERR_NONE, 1 },
	{ "after other failures", "ddlldd", "x0s1x4s5", "USUS", ERR_NONE, 2 },
};

START_TEST(uncertain_is_not_resent)
{
	const struct script script = { 1, given_up[_i].sends, given_up[_i].drains, 9, false, false };
	size_t count = strlen(given_up[_i].results);
	struct report_totals result;
	struct err err = ERR_INIT;

	make_instances(count, 1);
	retries = given_up[_i].retries;
	resend_uncertain = false;
	ck_assert_int_eq(run(&script, count, &result, &err), given_up[_i].end == ERR_NONE ? 0 : -1);
	ck_assert_str_eq(reported.results, given_up[_i].results);
	ck_assert_int_eq(err.kind, given_up[_i].end);
	assert_totals(&result);
}
END_TEST

/* A dry run tells what would go, by SOP class and transfer syntax, and opens nothing. */
START_TEST(dry_run)
{
	static const struct script script = { 1, "", "", 0, false, false };
	struct report_totals result;
	struct err err = ERR_INIT;

	make_instances(6, 2);
	for (size_t i = 0; i < 6; i++) {
		instances[i].size = 100 + i;
		text_format(instances[i].study, sizeof instances[i].study, "1.%zu", i / 3);
	}
	text_format(instances[5].syntax, sizeof instances[5].syntax, UID_IMPLICIT_LE);
	preview = true;
	ck_assert_msg(run(&script, 6, &result, &err) == 0, "%s", err.text);
	ck_assert_str_eq(receiver.calls, "");
	ck_assert_str_eq(reported.results, "NNNNNN");
	ck_assert_str_eq(plan_rows, CT ".0 in " UID_EXPLICIT_LE ": 3, 306 bytes, converted\n"
		CT ".1 in " UID_EXPLICIT_LE ": 2, 204 bytes, converted\n"
		CT ".1 in " UID_IMPLICIT_LE ": 1, 105 bytes, converted\n");
	ck_assert_uint_eq(planned.files, 6);
	ck_assert_uint_eq(planned.bytes, 615);
	ck_assert_uint_eq(planned.studies, 2);
	ck_assert_uint_eq(planned.cannot, 0);
	ck_assert_uint_eq(planned.associations, 1);
	ck_assert_uint_eq(planned.contexts, 5);
	ck_assert_uint_eq(result.not_sent, 6);
}
END_TEST

/* Other classes than fit into an association. */
START_TEST(dry_run_of_many_classes)
{
	static const struct script script = { 1, "", "", 0, false, false };
	struct report_totals result;
	struct err err = ERR_INIT;

	make_instances(INSTANCES_MAX, INSTANCES_MAX);
	preview = true;
	ck_assert_msg(run(&script, INSTANCES_MAX, &result, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(planned.class_count, INSTANCES_MAX);
	ck_assert_uint_eq(planned.files, INSTANCES_MAX);
	ck_assert_uint_eq(planned.contexts, 2 * INSTANCES_MAX);
	ck_assert_uint_eq(planned.associations, (2 * INSTANCES_MAX + PLAN_CONTEXTS_MAX - 1) / PLAN_CONTEXTS_MAX);
}
END_TEST

/* What becomes of an object whose syntax the receiver does not take. */
#define JPEG_BASELINE "1.2.840.10008.1.2.4.50"
#define JPEG_LOSSLESS "1.2.840.10008.1.2.4.70"
static const char *const own_only[] = { PLAN_OWN, NULL };
static const struct {
	const char *syntax;
	struct plan_rules rules;
	const char *text;
} fallbacks[] = {
	{ UID_EXPLICIT_LE, { .transcode = TRANSCODE_LOSSLESS }, "converted" },
	{ JPEG_LOSSLESS, { .transcode = TRANSCODE_LOSSLESS }, "decompressed" },
	{ JPEG_BASELINE, { .transcode = TRANSCODE_ALWAYS }, "decompressed" },
	{ JPEG_BASELINE, { .transcode = TRANSCODE_LOSSLESS },
		"not sent: lossy compressed objects are decompressed only with --transcode always" },
	{ UID_EXPLICIT_LE, { .transcode = TRANSCODE_LOSSLESS, .proposed = own_only },
		"not sent: --propose or --transcode leaves no transfer syntax to convert it to" },
	{ JPEG_LOSSLESS, { .transcode = TRANSCODE_LOSSLESS, .proposed = own_only },
		"not sent: --propose or --transcode leaves no transfer syntax to convert it to" },
	{ UID_EXPLICIT_LE, { .transcode = TRANSCODE_NEVER },
		"not sent: --transcode, --no-ivrle or --no-evrle forbids the conversion" },
	{ JPEG_LOSSLESS, { .transcode = TRANSCODE_NEVER },
		"not sent: --transcode, --no-ivrle or --no-evrle forbids the conversion" },
	{ "1.2.840.10008.1.2.4.100", { .transcode = TRANSCODE_ALWAYS }, "not sent: there is no decoder for it" },
	{ "1.2.3", { .transcode = TRANSCODE_ALWAYS }, "not sent: there is no decoder for it" },
};

START_TEST(dry_run_fallback)
{
	static const struct script script = { 1, "", "", 0, false, false };
	struct report_totals result;
	struct err err = ERR_INIT;
	char wanted[300];

	make_instances(1, 1);
	text_format(instances[0].syntax, sizeof instances[0].syntax, "%s", fallbacks[_i].syntax);
	preview = true;
	rules = fallbacks[_i].rules;
	ck_assert_msg(run(&script, 1, &result, &err) == 0, "%s", err.text);
	text_format(wanted, sizeof wanted, CT ".0 in %s: 1, 0 bytes, %s\n", fallbacks[_i].syntax, fallbacks[_i].text);
	ck_assert_str_eq(plan_rows, wanted);
}
END_TEST

/* Once an interrupt came and while an answer is due. */
START_TEST(finishing_is_told)
{
	static const struct script script = { 1, "dt", "s0s1", 1, false, false };
	struct report_totals result;
	struct err err = ERR_INIT;

	ck_assert_int_eq(interrupt_install(), 0);
	make_instances(3, 1);
	ck_assert_int_eq(run(&script, 3, &result, &err), -1);
	ck_assert_str_eq(reported.results, "SSN");
	ck_assert_str_eq(notices, "interrupted: finishing the object in flight (at most 60 s); Ctrl-C again stops immediately");
}
END_TEST

/* What the reporter is told beside the class. */
START_TEST(words)
{
	static const struct script script = { 1, "drdddl", "s0f2w3x4", 1, false, false };
	struct report_totals result;
	struct err err = ERR_INIT;

	make_instances(6, 1);
	ck_assert_int_eq(run(&script, 6, &result, &err), -1);
	ck_assert_str_eq(reported.results, "SFFWUN");
	ck_assert_str_eq(reported.meanings[0], "success");
	ck_assert(reported.events[0].has_status);
	ck_assert_str_eq(reported.meanings[1], "no context for it");
	ck_assert(!reported.events[1].has_status);
	ck_assert_ptr_null(reported.events[1].syntax_sent); /* not that of the one before */
	ck_assert_str_eq(reported.meanings[2], "error: the receiver cannot understand the object | bad object");
	ck_assert_uint_eq(reported.events[2].status, 0xc000);
	ck_assert_uint_eq(reported.events[3].status, 0xb000);
	ck_assert_str_eq(reported.meanings[4], "connection reset while waiting");
	ck_assert_str_eq(reported.events[4].syntax_sent, UID_IMPLICIT_LE);
	ck_assert(!reported.events[4].has_status);
	ck_assert_ptr_null(reported.events[5].syntax_sent);
	ck_assert_str_eq(err.text, "connection reset while waiting");
}
END_TEST

START_TEST(foreign_instance_is_named_harmlessly)
{
	static const struct script script = { 1, "d", "n0", 1, false, false };
	struct report_totals result;
	struct err err = ERR_INIT;

	make_instances(1, 1);
	ck_assert_int_eq(run(&script, 1, &result, &err), -1);
	ck_assert_str_eq(err.text, "the receiver answered for SOP instance 9.9?, but 1.2.3.0 was sent");
}
END_TEST

START_TEST(release_failure_is_only_noted)
{
	static const struct script script = { 1, "d", "s0", 1, true, false };
	struct report_totals result;
	struct err err = ERR_INIT;

	make_instances(1, 1);
	ck_assert_int_eq(run(&script, 1, &result, &err), 0);
	ck_assert_str_eq(reported.notes, "the release was not confirmed");
	ck_assert_int_eq(send_verdict(&plain, &result, ERR_NONE), ERR_NONE);
}
END_TEST

/* Each instance is told why it cannot go, and the run why it ended. */
START_TEST(refused_contexts)
{
	static const struct script script = { 1, "", "", 0, false, true };
	struct report_totals result;
	struct err err = ERR_INIT;

	make_instances(2, 2);
	ck_assert_int_eq(run(&script, 2, &result, &err), -1);
	ck_assert_str_eq(reported.results, "FF");
	ck_assert_ptr_nonnull(strstr(reported.meanings[0], "refused every presentation context"));
	ck_assert_ptr_nonnull(strstr(reported.meanings[1], "refused every presentation context"));
	ck_assert_str_ne(reported.meanings[0], reported.meanings[1]);
	ck_assert_str_eq(err.text, "no context accepted");
	ck_assert_int_eq(send_verdict(&plain, &result, err.kind), ERR_NO_CONTEXT);
}
END_TEST

static const struct {
	enum user_identity identity;
	bool asked, confirmed, warned;
} identities[] = {
	{ USER_NONE, false, false, false },
	{ USER_NAME, false, false, false },
	{ USER_NAME, true, true, false },
	{ USER_NAME, true, false, true },
	{ USER_JWT, true, false, true },
};

START_TEST(unconfirmed_user)
{
	struct association_request request = { .identity = identities[_i].identity,
		.user_response = identities[_i].asked };
	struct association_facts facts = { .user_confirmed = identities[_i].confirmed };

	association_warn(&recorder, (struct expiry_limits){ 30, 7 }, &request, &facts);
	ck_assert((strstr(reported.warnings, "did not confirm the user identity") != NULL) ==
		identities[_i].warned);
}
END_TEST

static const struct {
	struct expiry_limits limits;
	int days_left;
	const char *warning, *alarm;
} expiries[] = {
	{ { 30, 7 }, 30, "", "" },
	{ { 30, 7 }, 29, "the receiver's certificate \"CN=iris\" expires in 29 days; have it renewed", "" },
	{ { 30, 7 }, 7, "the receiver's certificate \"CN=iris\" expires in 7 days; have it renewed", "" },
	{ { 30, 7 }, 6, "", "the receiver's certificate \"CN=iris\" expires in 6 days; have it renewed" },
	{ { 30, 7 }, 1, "", "the receiver's certificate \"CN=iris\" expires in 1 day; have it renewed" },
	{ { 30, 7 }, 0, "", "the receiver's certificate \"CN=iris\" expires within a day; have it renewed" },
	{ { 30, 7 }, -2, "", "the receiver's certificate \"CN=iris\" expired 2 days ago; have it renewed" },
	{ { 5, 90 }, 60, "", "the receiver's certificate \"CN=iris\" expires in 60 days; have it renewed" },
	{ { 0, 0 }, 0, "", "" },
};

START_TEST(expiry)
{
	struct association_request request = { .identity = USER_NONE };
	struct association_facts facts = { .channel = { .server_subject = "CN=iris",
		.server_days_left = expiries[_i].days_left } };

	association_warn(&recorder, expiries[_i].limits, &request, &facts);
	ck_assert_str_eq(reported.warnings, expiries[_i].warning);
	ck_assert_str_eq(reported.alarms, expiries[_i].alarm);
}
END_TEST

/* Two contexts for each SOP class: 64 classes fill an association. */
static void
run_many(size_t kinds, int opens, struct report_totals *result, struct err *err, int wanted)
{
	static char drains[2 * INSTANCES_MAX + 1];
	struct script script = { 1, "", drains, opens, false, false };

	for (size_t i = 0; i < INSTANCES_MAX; i++) {
		drains[2 * i] = 'e';
		drains[2 * i + 1] = (char)('0' + i);
	}
	make_instances(130, kinds);
	ck_assert_int_eq(run(&script, 130, result, err), wanted);
	assert_totals(result);
}

START_TEST(one_association_if_the_contexts_fit)
{
	struct report_totals result;
	struct err err = ERR_INIT;

	run_many(64, 9, &result, &err, 0);
	ck_assert_int_eq(receiver.opened, 1);
	ck_assert_uint_eq(receiver.contexts[0], 128);
	ck_assert_uint_eq(result.acknowledged, 130);
}
END_TEST

START_TEST(more_contexts_take_more_associations)
{
	struct report_totals result;
	struct err err = ERR_INIT;

	run_many(130, 9, &result, &err, 0);
	ck_assert_int_eq(receiver.opened, 3);
	ck_assert_uint_eq(receiver.contexts[0], 128);
	ck_assert_uint_eq(receiver.contexts[1], 128);
	ck_assert_uint_eq(receiver.contexts[2], 4);
	ck_assert_uint_eq(reported.associations, 3);
	ck_assert_uint_eq(result.acknowledged, 130);
	/* In order, each after the one before was released. */
	for (size_t i = 0; i < 130; i++)
		ck_assert_str_eq(receiver.instances[i], instances[i].sop_instance);
}
END_TEST

START_TEST(next_association_fails)
{
	struct report_totals result;
	struct err err = ERR_INIT;

	run_many(130, 1, &result, &err, -1);
	ck_assert_int_eq(err.kind, ERR_CONNECT);
	ck_assert_uint_eq(result.acknowledged, 64);
	ck_assert_uint_eq(result.not_sent, 66);
	ck_assert_int_eq(send_verdict(&plain, &result, err.kind), ERR_PARTIAL);
}
END_TEST

/* A study in two units: what was refused in the first goes again behind the second. */
START_TEST(repeated_after_the_whole_study)
{
	static const size_t count = STUDY_SLICE + 8;
	char drains[2 * INSTANCES_MAX + 1] = "p0";
	const struct script script = { 1, "", drains, 1, false, false };
	struct report_totals result;
	struct err err = ERR_INIT;

	for (size_t i = 1; i <= count; i++) {
		drains[2 * i] = 'e';
		drains[2 * i + 1] = (char)('0' + i);
	}
	split_studies = true;
	make_instances(count, 1);
	ck_assert_int_eq(run(&script, count, &result, &err), 0);
	ck_assert_uint_eq(receiver.sent, count + 1);
	ck_assert_str_eq(receiver.instances[0], "1.2.3.0");
	ck_assert_str_eq(receiver.instances[1], "1.2.3.1");
	ck_assert_str_eq(receiver.instances[count], "1.2.3.0");
	ck_assert_uint_eq(result.acknowledged, count);
	ck_assert_uint_eq(result.again, 1);
	assert_totals(&result);
}
END_TEST

/* In the order of the manual: the first that applies. */
static const struct {
	struct report_totals totals;
	bool accepted;
	enum err_kind cause, wanted;
} verdicts[] = {
	{ { .acknowledged = 3 }, true, ERR_NONE, ERR_NONE },
	{ { .acknowledged = 3, .warned = 3 }, true, ERR_NONE, ERR_NONE },
	{ { .acknowledged = 3, .skipped = 9 }, true, ERR_NONE, ERR_NONE },
	{ { .acknowledged = 3, .failed = 1 }, true, ERR_NONE, ERR_PARTIAL },
	{ { .acknowledged = 3, .uncertain = 1 }, true, ERR_ABORTED, ERR_PARTIAL },
	{ { .acknowledged = 3, .not_sent = 1 }, true, ERR_TIMEOUT, ERR_PARTIAL },
	{ { .acknowledged = 1, .failed = 1, .not_sent = 1 }, true, ERR_CONNECT, ERR_PARTIAL },
	{ { .failed = 3 }, true, ERR_NONE, ERR_NOTHING },
	{ { .uncertain = 1 }, true, ERR_ABORTED, ERR_NOTHING },
	{ { .not_sent = 1 }, true, ERR_TIMEOUT, ERR_NOTHING },
	/* a named file that cannot be read, nothing else */
	{ { .failed = 1 }, false, ERR_NO_INPUT, ERR_NO_INPUT },
	/* all of it DICOM, and refused before connecting */
	{ { .failed = 1 }, false, ERR_NONE, ERR_NOTHING },
	{ { .skipped = 4 }, false, ERR_NO_INPUT, ERR_NO_INPUT },
	{ { .acknowledged = 0 }, false, ERR_EMPTY, ERR_EMPTY },
	/* another shard's, or left for another run: nothing to do */
	{ { .elsewhere = 1 }, false, ERR_NONE, ERR_NONE },
	{ { .left = 1 }, false, ERR_NONE, ERR_NONE },
	{ { .found = 1, .left = 1, .failed = 1 }, false, ERR_NONE, ERR_NOTHING },
	{ { .left = 1, .acknowledged = 1 }, true, ERR_NONE, ERR_NONE },
	{ { .acknowledged = 0 }, false, ERR_INTERNAL, ERR_INTERNAL },
	/* the interrupt and the lost output go before what was reached */
	{ { .acknowledged = 3, .not_sent = 1 }, true, ERR_SIGINT, ERR_SIGINT },
	{ { .acknowledged = 3, .not_sent = 1 }, true, ERR_SIGTERM, ERR_SIGTERM },
	{ { .acknowledged = 3, .not_sent = 1 }, true, ERR_SIGHUP, ERR_SIGHUP },
	{ { .acknowledged = 3 }, true, ERR_OUTPUT, ERR_OUTPUT },
	{ { .failed = 3 }, true, ERR_SIGINT, ERR_SIGINT },
	{ { .failed = 3 }, false, ERR_USAGE, ERR_USAGE },
};

START_TEST(verdict)
{
	struct report_totals result = verdicts[_i].totals;

	result.associations = verdicts[_i].accepted;
	ck_assert_int_eq(send_verdict(&plain, &result, verdicts[_i].cause), verdicts[_i].wanted);
}
END_TEST

/* With --strict one warning is enough; where more is amiss that goes before. */
static const struct {
	struct report_totals totals;
	enum err_kind cause, wanted;
} strict_verdicts[] = {
	{ { .acknowledged = 3 }, ERR_NONE, ERR_NONE },
	{ { .acknowledged = 3, .warned = 1 }, ERR_NONE, ERR_WARNED },
	{ { .acknowledged = 1, .warned = 1 }, ERR_NONE, ERR_WARNED },
	{ { .acknowledged = 3, .warned = 3 }, ERR_NONE, ERR_WARNED },
	{ { .acknowledged = 3, .warned = 1 }, ERR_NO_CONTEXT, ERR_WARNED },
	{ { .acknowledged = 3, .warned = 1, .failed = 1 }, ERR_NONE, ERR_PARTIAL },
	{ { .acknowledged = 3, .warned = 1 }, ERR_SIGINT, ERR_SIGINT },
};

/* All but a unit's first are begun with while the one before is sent, the last too. */
START_TEST(begun_ahead)
{
	const struct script script = { 1, "", "s0s1s2s3", 1, false, false };
	struct report_totals result;
	struct err err = ERR_INIT;

	make_instances(4, 1);
	ck_assert_int_eq(run(&script, 4, &result, &err), 0);
	ck_assert_uint_eq(receiver.begun_ahead, 3);
	ck_assert_uint_eq(receiver.begun_early, 2);
}
END_TEST

START_TEST(strict_verdict)
{
	struct report_totals result = strict_verdicts[_i].totals;
	struct send_job strict = plain;

	strict.strict = true;
	result.associations = 1;
	ck_assert_int_eq(send_verdict(&strict, &result, strict_verdicts[_i].cause), strict_verdicts[_i].wanted);
}
END_TEST

/* Where no context was ever accepted, what ended the run is the verdict. */
static const enum err_kind causes[] = {
#define X(name, status, word, retry) name,
	ERR_KINDS(X)
#undef X
};

START_TEST(cause_is_the_verdict)
{
	struct report_totals result = { .failed = 1, .not_sent = 2 };
	enum err_kind wanted = causes[_i] == ERR_NONE ? ERR_NOTHING : causes[_i];

	ck_assert_int_eq(send_verdict(&plain, &result, causes[_i]), wanted);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("send");
	TCase *tc = tcase_create("send");

	tcase_add_rows(tc, row, rows, name);
	tcase_add_rows(tc, last_cause_first, causes_in_a_row, name);
	tcase_add_test(tc, duplicate_of_another);
	tcase_add_test(tc, duplicate_of_the_next);
	tcase_add_rows(tc, out_of_resources, exhausted, name);
	tcase_add_test(tc, aborts_on_everything);
	tcase_add_test(tc, aborts_in_between);
	tcase_add_test(tc, dry_run);
	tcase_add_test(tc, dry_run_of_many_classes);
	tcase_add_rows(tc, dry_run_fallback, fallbacks, text);
	tcase_add_rows(tc, uncertain_is_not_resent, given_up, name);
	tcase_add_test(tc, finishing_is_told);
	tcase_add_test(tc, words);
	tcase_add_test(tc, foreign_instance_is_named_harmlessly);
	tcase_add_test(tc, release_failure_is_only_noted);
	tcase_add_test(tc, refused_contexts);
	tcase_add_loop_test(tc, unconfirmed_user, 0, COUNT(identities));
	tcase_add_rows(tc, expiry, expiries, warning);
	tcase_add_test(tc, begun_ahead);
	tcase_add_test(tc, one_association_if_the_contexts_fit);
	tcase_add_test(tc, more_contexts_take_more_associations);
	tcase_add_test(tc, next_association_fails);
	tcase_add_test(tc, repeated_after_the_whole_study);
	tcase_add_loop_test(tc, verdict, 0, COUNT(verdicts));
	tcase_add_loop_test(tc, strict_verdict, 0, COUNT(strict_verdicts));
	tcase_add_loop_test(tc, cause_is_the_verdict, 0, COUNT(causes));
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
