/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The offered range: what the server takes, one connection for each question.
 * Evaluated twice: by the guide's settings for IRIS, and by PS3.15 B.12, which is
 * BCP 195 (RFC 8996, RFC 9325).
 */
#include "check/steps.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/wait.h"
#include "net/channel.h"
#include "net/probe.h"
#include "tls/groups.h"
#include "tls/hello.h"
#include "tls/policy.h"

#define CONNECTIONS_MAX 40
#define SILENCES_MAX	2 /* in a row, then the rest is not asked */
#define TLS13		0x0304

/* Which answers comply with the one or the other. */
enum want { EITHER, TAKE, REFUSE };

struct question {
	const char *name, *group;
	enum want guide, bcp195;
	bool advised;			 /* for BCP 195 this is only advice */
	const char *why;		 /* shown if the answer does not comply with BCP 195 */
	bool ours;			 /* asked with OpenSSL and `policy`, else with a hand-built hello */
	struct policy policy;
	struct hello offer;	 /* for TLS 1.3 it names every group, also those that OpenSSL lacks */
	uint16_t suite;			 /* that it points to, if it is only one */
};

struct range {
	struct checker *checker;
	struct question questions[CONNECTIONS_MAX];
	size_t count;
	struct policy guide, modified; /* PS3.15 B.13, whose suites include those of B.12 */
	unsigned silences;
	enum { UNKNOWN, TAKEN, REFUSED } classical; /* what happens to the groups of TLS 1.2 */
};

/* Only discouraged by RFC 9325 4.1. */
static const uint16_t rsa_suites[] = { 0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035 };
static const uint16_t dhe_suites[] = { 0x009e, 0x009f, 0xccaa, 0x0067, 0x006b, 0x0033, 0x0039 };
static const struct hello_family rsa_family = { "RSA key exchange", rsa_suites,
	sizeof rsa_suites / sizeof rsa_suites[0] };
static const struct hello_family dhe_family = { "DHE key exchange", dhe_suites,
	sizeof dhe_suites / sizeof dhe_suites[0] };

/* Did the main connection show a group that TLS 1.2 does not have? */
static bool
is_post_quantum(const struct range *range)
{
	const char *group = range->checker->observed.group;

	return group[0] && !groups_is_classical(group);
}

static struct question *
add_question(struct range *range, const char *name, const char *group)
{
	struct question *question = &range->questions[range->count];

	if (range->count + is_post_quantum(range) == CONNECTIONS_MAX)
		return NULL;
	range->count++;
	memset(question, 0, sizeof *question);
	question->name = name;
	question->group = group;
	question->why = "";
	return question;
}

/* TLS 1.3 by a hand-built hello, since OpenSSL may lack the receiver's group; TLS 1.2 by OpenSSL. */
static void
set_policy(struct question *question, const struct policy *policy, const uint16_t *suites, size_t count)
{
	question->ours = policy->max_version != TLS13;
	question->policy = *policy;
	question->offer = (struct hello){ TLS13, suites, count, false };
}

static void
add_protocol(struct range *range, const char *name, enum want bcp195, struct err *err)
{
	const char *const protocols[] = { name, NULL };
	const struct policy_request request = { .protocols = protocols };
	struct policy policy;
	struct question *question;

	if (policy_parse(&request, &policy, err) < 0 || !(question = add_question(range, name, "protocol")))
		return;
	set_policy(question, &policy, hello_modern_suites, hello_tls13_count);
	question->guide = TAKE;
	question->bcp195 = bcp195;
	question->why = "RFC 9325 3.1.1 requires it";
}

static void
add_old_protocol(struct range *range, const char *name, uint16_t version)
{
	struct question *question = add_question(range, name, "protocol");

	if (!question)
		return;
	question->guide = question->bcp195 = REFUSE;
	question->why = version == 0x0300 ? "RFC 7568 forbids it" : "RFC 8996 forbids it";
	question->offer = (struct hello){ version, hello_common_suites, hello_common_count, false };
}

/* advised: BCP 195 does not forbid the family, it only advises against it. */
static void
add_family(struct range *range, const struct hello_family *family, enum want guide, bool advised,
	const char *why)
{
	struct question *question = add_question(range, family->name, "forbidden");

	if (!question)
		return;
	question->guide = guide;
	question->bcp195 = REFUSE;
	question->advised = advised;
	question->why = why;
	question->offer = (struct hello){ 0x0303, family->suites, family->count, false };
}

/* Can a server with this kind of key be expected to use the suite? In TLS 1.3
 * any can; DHE needs parameters that few set. */
static bool
key_fits(const struct checker *checker, const char *suite)
{
	const struct certificate_chain *server = &checker->observed.server;
	bool rsa = server->count > 0 && strncmp(server->items[0].key, "RSA", 3) == 0;

	if (strstr(suite, "_DSS_") || strncmp(suite, "TLS_DHE_", 8) == 0)
		return false;
	if (strstr(suite, "_ECDSA_"))
		return !rsa;
	return rsa || !strstr(suite, "_RSA_");
}

static void
add_suite(struct range *range, const char *name, struct err *err)
{
	bool common = policy_allows(&range->modified, name);
	struct policy_suite suites[POLICY_SUITES_MAX];
	struct policy policy;
	struct question *question;

	for (size_t i = 0; i < range->count; i++)
		if (strcmp(range->questions[i].name, name) == 0)
			return;
	if (policy_single(name, &policy, err) < 0 || !(question = add_question(range, name, "suite")))
		return;
	question->suite = policy_suites(&policy, suites) > 0 ? suites[0].code : 0;
	set_policy(question, &policy, &question->suite, 1);
	question->guide = !policy_allows(&range->guide, name) ? REFUSE :
		key_fits(range->checker, name) ? TAKE : EITHER;
	question->bcp195 = common ? EITHER : REFUSE;
	question->advised = strncmp(name, "TLS_RSA_", 8) == 0 || strncmp(name, "TLS_DHE_", 8) == 0;
	question->why = "not among the suites of PS3.15 B.12";
}

/* The suites of our default, then those that the command line adds. */
static void
add_suites(struct range *range, struct err *err)
{
	const struct policy_request request = { .protocols = NULL };
	struct policy_suite suites[POLICY_SUITES_MAX];
	struct policy fresh;
	size_t count;

	if (policy_parse(&request, &fresh, err) == 0) {
		count = policy_suites(&fresh, suites);
		for (size_t i = 0; i < count; i++)
			add_suite(range, suites[i].name, err);
	}
	count = policy_suites(range->checker->job->tls_config->policy, suites);
	for (size_t i = 0; i < count; i++)
		add_suite(range, suites[i].name, err);
}

/* RC4 and 3DES are within ALL, where the receiver's library still has them. */
static enum want
guide_wants(const char *family)
{
	return strcmp(family, "RC4") == 0 || strcmp(family, "3DES") == 0 ? EITHER : REFUSE;
}

/* The suites come last: there may be more of them than remaining connections. */
static void
add_all_questions(struct range *range)
{
	struct err ignored = ERR_INIT;

	(void)!policy_profile("iris", &range->guide, &ignored);
	(void)!policy_profile("bcp195-modified", &range->modified, &ignored);
	add_protocol(range, "TLSv1.3", EITHER, &ignored);
	add_protocol(range, "TLSv1.2", TAKE, &ignored);
	add_old_protocol(range, "TLSv1.1", 0x0302);
	add_old_protocol(range, "TLSv1.0", 0x0301);
	add_old_protocol(range, "SSL 3.0", 0x0300);
	for (size_t i = 0; i < hello_family_count; i++)
		add_family(range, &hello_families[i], guide_wants(hello_families[i].name), false,
			"RFC 9325 4.1 forbids it");
	add_family(range, &rsa_family, EITHER, true, "no forward secrecy: RFC 9325 4.1 advises against it");
	add_family(range, &dhe_family, EITHER, true,
		"RFC 9325 4.1 advises against finite-field Diffie-Hellman");
	add_suites(range, &ignored);
}

/* With OpenSSL: a ServerHello is a yes. */
static enum range_answer
try_openssl(struct range *range, const struct question *question, struct err *err)
{
	struct tlsctx_config config = *range->checker->job->tls_config;
	struct endpoint endpoint = *range->checker->job->request.endpoint;
	struct tls_observation observed = { .handshake_us = 0 };
	struct channel *channel;
	struct tlsctx *ctx;

	config.policy = &question->policy;
	ctx = tlsctx_new(&config, err);
	if (!ctx)
		return RANGE_UNDECIDED;
	endpoint.tls = ctx;
	channel = channel_open(&endpoint, &observed, NULL, err);
	channel_free(channel);
	tlsctx_free(ctx);
	if (channel || observed.server_hello)
		return RANGE_TAKEN;
	if (err->phase && strcmp(err->phase, "tls") == 0 &&
		(err->kind == ERR_NO_COMMON_TLS || err->kind == ERR_TLS || err->kind == ERR_NOT_TLS))
		return RANGE_REFUSED;
	return RANGE_UNDECIDED;
}

static enum range_answer
try_hello(struct range *range, const struct question *question, struct err *err)
{
	struct probe_result result;

	if (probe(range->checker->job->request.endpoint, &question->offer, &result, err) < 0)
		return RANGE_UNDECIDED;
	switch (result.answer) {
	case PROBE_TAKEN:
		return RANGE_TAKEN;
	case PROBE_REFUSED:
		return RANGE_REFUSED;
	case PROBE_SILENT:
		break;
	}
	err_set(err, ERR_TIMEOUT, "no answer in time");
	return RANGE_UNDECIDED;
}

/* A receiver that accepts only post-quantum groups has none for TLS 1.2, whatever its settings for TLS
 * 1.2. */
static bool
refuses_classical(struct range *range)
{
	const struct hello offer = { TLS13, hello_modern_suites, hello_tls13_count, true };
	struct probe_result result;
	struct err ignored = ERR_INIT;

	if (!is_post_quantum(range))
		return false;
	if (range->classical == UNKNOWN) {
		range->classical = TAKEN;
		if (probe(range->checker->job->request.endpoint, &offer, &result, &ignored) == 0 &&
			result.answer == PROBE_REFUSED && result.alert >= 0)
			range->classical = REFUSED;
	}
	return range->classical == REFUSED;
}

/* Ask. *why is set if the answer says nothing about the receiver's settings. */
static enum range_answer
try_connection(struct range *range, const struct question *question, const char **why, struct err *err)
{
	enum range_answer answer = question->ours ? try_openssl(range, question, err) :
		try_hello(range, question, err);

	if (question->ours && answer == RANGE_REFUSED && refuses_classical(range))
		*why = "the receiver accepts only post-quantum key exchange groups, and TLS 1.2 has none";
	return answer;
}

static bool
is_as_wanted(enum want want, enum range_answer answer)
{
	return want == EITHER || answer == RANGE_UNDECIDED ||
		(want == TAKE) == (answer == RANGE_TAKEN);
}

/* Ask, and note the answer. */
static void
ask_question(struct range *range, const struct question *question)
{
	struct check_report *report = range->checker->report;
	struct range_row *row = &report->range[report->range_count++];
	struct err err = ERR_INIT;
	const char *either = NULL;

	*row = (struct range_row){ .name = question->name, .group = question->group,
		.answer = RANGE_UNDECIDED };
	if (interrupt_signal() || range->silences >= SILENCES_MAX)
		text_format(row->note, sizeof row->note, "not tried");
	else
		row->answer = try_connection(range, question, &either, &err);
	range->silences = row->answer == RANGE_UNDECIDED ? range->silences + 1 : 0;
	row->fits_guide = either || is_as_wanted(question->guide, row->answer);
	row->fits_bcp195 = either || is_as_wanted(question->bcp195, row->answer);
	row->advised = question->advised;
	if (!row->note[0])
		text_format(row->note, sizeof row->note, "%s",
			row->answer == RANGE_UNDECIDED ? err.text : either ? either :
			row->fits_bcp195 ? "" : question->why);
}

/* What the range is compared with: the guide, what BCP 195 demands, what it advises. */
enum rule { GUIDE, DEMANDED, ADVISED };

static bool
is_mismatch(const struct range_row *row, enum rule rule)
{
	if (rule == GUIDE)
		return !row->fits_guide;
	return !row->fits_bcp195 && row->advised == (rule == ADVISED);
}

/* "TLSv1.0 taken, RC4 taken": what does not comply. Returns how many. */
static size_t
list_mismatches(const struct check_report *report, enum rule rule, char *out, size_t size)
{
	size_t count = 0;

	out[0] = '\0';
	for (size_t i = 0; i < report->range_count; i++) {
		const struct range_row *row = &report->range[i];

		if (!is_mismatch(row, rule))
			continue;
		text_join(out, size, ", ", "%s %s", row->name,
			row->answer == RANGE_TAKEN ? "taken" : "refused");
		count++;
	}
	return count;
}

static void
evaluate_bcp195(struct checker *checker, size_t undecided)
{
	char demanded[700], advised[700];
	size_t mismatches = list_mismatches(checker->report, DEMANDED, demanded, sizeof demanded);
	size_t weak = list_mismatches(checker->report, ADVISED, advised, sizeof advised);

	if (mismatches > 0) {
		checker_add(checker, FIND_RANGE_NOT_BCP195, ERR_NONE, "not as in PS3.15 B.12 (BCP 195): %s",
			demanded);
		checker_hint(checker, "Narrow the receiver's cipher list to ECDHE with AES-GCM, for example "
			"ECDHE+AESGCM, and its protocols to TLSv1.2 and TLSv1.3.");
	}
	if (weak > 0) {
		checker_add(checker, FIND_RANGE_ADVISED, ERR_NONE, "BCP 195 advises against: %s", advised);
		checker_hint(checker, "Harmless as long as another suite is negotiated; the cipher list "
			"ECDHE+AESGCM on the receiver excludes them.");
	}
	if (mismatches == 0 && weak == 0 && undecided == 0)
		checker_add(checker, FIND_RANGE_AS_BCP195, ERR_NONE, "as in PS3.15 B.12 (BCP 195)");
}

static void
evaluate(struct checker *checker)
{
	char mismatches[700];
	size_t undecided = 0;

	for (size_t i = 0; i < checker->report->range_count; i++)
		undecided += checker->report->range[i].answer == RANGE_UNDECIDED;
	if (list_mismatches(checker->report, GUIDE, mismatches, sizeof mismatches) > 0) {
		checker_add(checker, FIND_RANGE_NOT_GUIDE, ERR_NONE, "not as in the guide's settings: %s",
			mismatches);
		checker_hint(checker, "In the IRIS TLS configuration: TLSv1.2 to TLSv1.3, cipher list "
			"ALL:!aNULL:!eNULL:!EXP:!SSLv2, the three TLS 1.3 suites.");
	} else if (undecided == 0)
		checker_add(checker, FIND_RANGE_AS_GUIDE, ERR_NONE, "as in the guide's settings");
	evaluate_bcp195(checker, undecided);
	if (undecided > 0)
		checker_add(checker, FIND_RANGE_UNFINISHED, ERR_NONE,
			"%zu of %zu questions were not answered", undecided, checker->report->range_count);
}

void
step_range(struct checker *checker)
{
	struct range *range = calloc(1, sizeof *range);
	const struct endpoint *endpoint = checker->job->request.endpoint;
	struct err err = ERR_INIT;
	int64_t start = clock_us();
	char text[400];

	checker_begin(checker, STEP_RANGE);
	if (!range) {
		err_nomem(&err);
		checker_add_err(checker, FIND_INTERNAL, &err);
		checker_end(checker, 0);
		return;
	}
	range->checker = checker;
	add_all_questions(range);
	text_format(text, sizeof text, "testing what %s offers: %zu more connections, one at a time",
		endpoint->host, range->count + is_post_quantum(range));
	checker_announce(checker, text);
	for (size_t i = 0; i < range->count; i++)
		ask_question(range, &range->questions[i]);
	if (interrupt_signal()) {
		interrupt_err(&err);
		checker_add_err(checker, FIND_INTERRUPTED, &err);
	}
	evaluate(checker);
	checker_end(checker, clock_us() - start);
	free(range);
}
