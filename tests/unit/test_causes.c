/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/causes.h"

#include "check_main.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What a peer did, in order of a connection's life, and what that says; `causes` by their initials below. */
struct row {
	const char *name;
	struct close_evidence seen;
	enum err_kind kind;
	const char *causes;
};

static const struct {
	enum cause cause;
	const char *word;
} words[] = {
	{ CAUSE_RENEGOTIATION, "renegotiation" }, { CAUSE_PLAIN, "plain" }, { CAUSE_ADDRESS, "address" },
	{ CAUSE_NAME, "name" }, { CAUSE_LARGE_HELLO, "large" }, { CAUSE_BUSY, "busy" },
	{ CAUSE_FAULT, "fault" }, { CAUSE_NOT_RUNNING, "not-running" }, { CAUSE_RESTART, "restart" },
	{ CAUSE_AE_TITLE, "title" }, { CAUSE_WANTED, "wanted" }, { CAUSE_REFUSED, "refused" },
};

#define HELLO12	   .named = true, .server_hello = true
#define HELLO13	   HELLO12, .tls13 = true
#define ANSWERED   .asked = true, .answered = true
#define SHOWN	   ANSWERED, .shown = true
#define REQUESTED  .done = true, .requested = true

static const struct row rows[] = {
	/* Before its ServerHello. */
	{ "a plain DICOM port, or a load balancer without a receiver", { .named = true }, ERR_NOT_TLS,
		"plain not-running name busy" },
	{ "called by address", { 0 }, ERR_NOT_TLS, "plain not-running address busy" },
	{ "DICOM's port for TLS", { .named = true, .tls_port = true }, ERR_NOT_TLS,
		"not-running name busy plain" },
	{ "a large ClientHello", { .named = true, .hello_large = true }, ERR_NOT_TLS,
		"plain not-running name busy large" },
	{ "it refused the connection before", { .named = true, .failed = true }, ERR_NOT_TLS,
		"not-running plain name busy" },
	{ "it spoke TLS before", { .named = true, .associated = true, .hello_large = true }, ERR_NOT_TLS,
		"restart not-running busy" },

	/* Before its Finished. */
	{ "after its ServerHello", { HELLO12 }, ERR_TLS, "fault not-running" },
	{ "after its ServerHello, TLS 1.3", { HELLO13 }, ERR_TLS, "fault not-running" },
	{ "after its ServerHello, up before", { HELLO12, .associated = true }, ERR_TLS, "restart fault" },
	{ "at our certificate, TLS 1.2", { HELLO12, SHOWN }, ERR_CLIENT_REJECTED, "refused not-running" },
	{ "at our empty certificate, TLS 1.2", { HELLO12, ANSWERED }, ERR_CLIENT_REJECTED,
		"wanted not-running" },

	/* After its Finished, TLS 1.2. */
	{ "nobody asked, TLS 1.2", { HELLO12, REQUESTED }, ERR_ABORTED, "not-running title" },
	{ "a front end without a receiver, nginx at a foreign certificate, TLS 1.2",
		{ HELLO12, SHOWN, REQUESTED }, ERR_ABORTED, "not-running title refused" },
	{ "nothing to show, TLS 1.2", { HELLO12, ANSWERED, REQUESTED }, ERR_ABORTED,
		"wanted not-running title" },
	{ "it read our request, TLS 1.2", { HELLO12, SHOWN, REQUESTED, .slow = true }, ERR_ABORTED,
		"title not-running refused" },
	{ "up before, TLS 1.2", { HELLO12, SHOWN, REQUESTED, .associated = true }, ERR_ABORTED,
		"restart busy" },
	{ "down before, TLS 1.2", { HELLO12, SHOWN, REQUESTED, .failed = true }, ERR_ABORTED,
		"not-running title refused" },

	/* After its Finished, TLS 1.3. */
	{ "nobody asked", { HELLO13, REQUESTED }, ERR_ABORTED, "not-running title" },
	{ "Node at a foreign certificate", { HELLO13, SHOWN, REQUESTED }, ERR_CLIENT_REJECTED,
		"refused not-running title" },
	{ "a front end without a receiver, nginx at a foreign certificate",
		{ HELLO13, SHOWN, REQUESTED, .ticket = true }, ERR_CLIENT_REJECTED, "not-running title refused" },
	{ "nothing to show", { HELLO13, ANSWERED, REQUESTED }, ERR_CLIENT_REJECTED,
		"wanted not-running title" },
	{ "it read our request", { HELLO13, SHOWN, REQUESTED, .ticket = true, .slow = true },
		ERR_CLIENT_REJECTED, "title not-running refused" },
	{ "up before", { HELLO13, SHOWN, REQUESTED, .associated = true }, ERR_ABORTED,
		"restart busy" },
	{ "down before", { HELLO13, SHOWN, REQUESTED, .failed = true }, ERR_ABORTED,
		"not-running refused title" },
	{ "nothing sent yet", { HELLO13, SHOWN, .done = true, .ticket = true }, ERR_CLIENT_REJECTED,
		"not-running refused" },

	/* After data. */
	{ "in the middle of an association", { HELLO13, SHOWN, REQUESTED, .data = true, .associated = true },
		ERR_ABORTED, "restart" },
	{ "renegotiation", { HELLO12, REQUESTED, .renegotiation = true }, ERR_TLS, "renegotiation" },
	{ "renegotiation after data", { HELLO12, REQUESTED, .data = true, .renegotiation = true }, ERR_TLS,
		"renegotiation" },
};

static const char *
list(const struct close_verdict *verdict, char *out)
{
	out[0] = '\0';
	for (size_t i = 0; i < verdict->count; i++) {
		for (size_t k = 0; k < COUNT(words); k++) {
			if (words[k].cause == verdict->causes[i])
				strcat(strcat(out, i ? " " : ""), words[k].word);
		}
	}
	return out;
}

START_TEST(ranked)
{
	const struct row *row = &rows[_i];
	struct close_verdict verdict;
	char causes[256];

	causes_of_close(&row->seen, &verdict);
	ck_assert_int_eq(verdict.kind, row->kind);
	ck_assert_str_eq(list(&verdict, causes), row->causes);
}
END_TEST

/* Every combination that a connection can leave behind, as bits. */
enum { BITS = 16 };

static struct close_evidence
combination(unsigned bits)
{
	bool on[BITS];

	for (int i = 0; i < BITS; i++)
		on[i] = bits >> i & 1;
	return (struct close_evidence){ on[0], on[1], on[2], on[3], on[4], on[5], on[6], on[7], on[8], on[9],
		on[10], on[11], on[12], on[13], on[14], on[15] };
}

/* Some bits stand on others: nothing comes from a server that has not answered. */
static bool
can_be(const struct close_evidence *e)
{
	return (e->server_hello || (!e->tls13 && !e->asked && !e->done && !e->ticket)) &&
		(e->asked || !e->answered) && (e->answered || !e->shown) && (e->done || !e->requested) &&
		(e->done || !e->data) && (e->done || !e->renegotiation) && (!e->renegotiation || !e->tls13) &&
		(!e->done || !e->asked || e->answered);
}

static bool
names(const struct close_verdict *verdict, enum cause cause)
{
	for (size_t i = 0; i < verdict->count; i++) {
		if (verdict->causes[i] == cause)
			return true;
	}
	return false;
}

/* The exit status, as the manual has it. */
static enum err_kind
wanted_kind(const struct close_evidence *e)
{
	if (e->renegotiation)
		return ERR_TLS;
	if (!e->server_hello)
		return ERR_NOT_TLS;
	if (!e->done)
		return e->answered ? ERR_CLIENT_REJECTED : ERR_TLS;
	if (!e->tls13 || !e->asked || e->data || e->associated || e->failed)
		return ERR_ABORTED;
	return ERR_CLIENT_REJECTED;
}

/* Nothing is said that was not seen, whatever was. */
START_TEST(all_combinations)
{
	unsigned possible = 0;

	for (unsigned bits = 0; bits < 1U << BITS; bits++) {
		struct close_evidence e = combination(bits);
		struct close_verdict verdict;

		if (!can_be(&e))
			continue;
		possible++;
		causes_of_close(&e, &verdict);
		ck_assert_int_eq(verdict.kind, wanted_kind(&e));
		ck_assert_uint_ge(verdict.count, 1);
		for (size_t i = 0; i < verdict.count; i++)
			for (size_t k = 0; k < i; k++)
				ck_assert_int_ne(verdict.causes[i], verdict.causes[k]);
		ck_assert(!names(&verdict, CAUSE_REFUSED) || (e.asked && e.shown && !e.data));
		ck_assert(!names(&verdict, CAUSE_WANTED) || (e.asked && !e.shown && !e.data));
		ck_assert(!names(&verdict, CAUSE_AE_TITLE) || (e.requested && !e.data && !e.associated));
		ck_assert(!names(&verdict, CAUSE_PLAIN) || (!e.server_hello && !e.associated));
		ck_assert(!names(&verdict, CAUSE_ADDRESS) || (!e.server_hello && !e.named));
		ck_assert(!names(&verdict, CAUSE_NAME) || (!e.server_hello && e.named));
		ck_assert(!names(&verdict, CAUSE_LARGE_HELLO) || (!e.server_hello && e.hello_large));
		ck_assert(!names(&verdict, CAUSE_RESTART) || e.associated || e.data);
		ck_assert(names(&verdict, CAUSE_RENEGOTIATION) == e.renegotiation);
		/* A port that is TLS's by its number is not first taken for one that is not. */
		ck_assert(!e.tls_port || verdict.causes[0] != CAUSE_PLAIN);
		/* A certificate that opened an association in this run is not suspected any more. */
		ck_assert(!(e.associated && e.done) || !names(&verdict, CAUSE_REFUSED));
	}
	ck_assert_uint_gt(possible, 1000);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("causes");
	TCase *tc = tcase_create("causes");

	tcase_add_rows(tc, ranked, rows, name);
	tcase_add_test(tc, all_combinations);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
