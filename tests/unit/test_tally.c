/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/tally.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/wait.h"
#include "check_main.h"
#include "home.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])

static struct tally *tally;
static char told[256];
static struct report_study last_study;

static void
emit_study(void *self, const struct report_study *event)
{
	(void)self;
	sprintf(told + strlen(told), "study %s;", event->uid);
	last_study = *event;
}

static void
emit_instance(void *self, const struct report_instance *event)
{
	(void)self;
	sprintf(told + strlen(told), "%s;", event->path);
}

static void
emit_alarm(void *self, const char *text)
{
	(void)self;
	sprintf(told + strlen(told), "alarm %s;", text);
}

static void
begin(struct journal *journal)
{
	static const struct reporter reporter = { .study = emit_study, .instance = emit_instance, .alarm =
		emit_alarm };
	struct err err = ERR_INIT;

	tally = tally_new(&reporter, journal, &err);
	ck_assert_msg(tally, "%s", err.text);
	told[0] = '\0';
}

static void
record_result(struct study *study, enum result_class result)
{
	struct report_instance event = { .path = "a", .study = "", .result = result, .bytes = 10 };

	tally_finish(tally, study, &event);
}

/* A study is told of once the walk has left it and all of it has its result, and then once. */
START_TEST(study_told)
{
	static const enum result_class results[] = { RESULT_SUCCESS, RESULT_WARNING, RESULT_FAILURE,
		RESULT_UNCERTAIN, RESULT_NOT_SENT, RESULT_DUPLICATE };
	struct study *study, *empty, *open;

	begin(NULL);
	study = tally_study(tally, "1.2");
	empty = tally_study(tally, "1.3");
	open = tally_study(tally, "1.4");
	ck_assert(study && empty && open);
	ck_assert_uint_eq(tally_totals(tally).studies, 3);
	for (int i = 0; i < COUNT(results); i++)
		tally_found(tally, study, 100);
	tally_found(tally, open, 100);
	tally_found(tally, NULL, 0);
	ck_assert(!tally_is_finished(tally));
	tally_begun(tally, study);
	for (int i = 0; i < COUNT(results); i++) {
		if (i == COUNT(results) - 1)
			tally_close_study(tally, study);
		record_result(study, results[i]);
	}
	ck_assert_str_eq(told, "a;a;a;a;a;a;study 1.2;");
	ck_assert_uint_eq(last_study.found, 6);
	ck_assert_uint_eq(last_study.acknowledged, 2);
	ck_assert_uint_eq(last_study.warned, 1);
	ck_assert_uint_eq(last_study.failed, 1);
	ck_assert_uint_eq(last_study.uncertain, 1);
	ck_assert_uint_eq(last_study.not_sent, 1);
	ck_assert_uint_eq(last_study.duplicates, 1);
	ck_assert_uint_eq(last_study.bytes, 20);
	tally_close_study(tally, empty); /* nothing of it was found: nothing to tell */
	record_result(open, RESULT_SUCCESS);
	ck_assert(!tally_is_finished(tally));
	record_result(NULL, RESULT_FAILURE);
	ck_assert(tally_is_finished(tally));
	ck_assert_uint_eq(tally_totals(tally).failed, 2);
	ck_assert_str_eq(told, "a;a;a;a;a;a;study 1.2;a;a;");
	tally_free(tally);
	ck_assert_str_eq(told, "a;a;a;a;a;a;study 1.2;a;a;study 1.4;");
}
END_TEST

/* The cause: the first, but a journal's before others; a refusal only if there is nothing else. */
static const struct {
	const char *name;
	enum err_kind ends[3], refused, cause;
	bool over;
} causes[] = {
	{ "none", { ERR_NONE }, ERR_NONE, ERR_NONE, false },
	{ "the first", { ERR_CONNECT, ERR_TIMEOUT }, ERR_NONE, ERR_CONNECT, true },
	{ "the journal", { ERR_CONNECT, ERR_JOURNAL, ERR_TIMEOUT }, ERR_NONE, ERR_JOURNAL, true },
	{ "the refusal", { ERR_NONE }, ERR_NO_CONTEXT, ERR_NO_CONTEXT, false },
	{ "not the refusal", { ERR_CONNECT }, ERR_NO_CONTEXT, ERR_CONNECT, true },
};

START_TEST(cause)
{
	struct err why = ERR_INIT;

	begin(NULL);
	why.kind = causes[_i].refused;
	tally_refused(tally, &why);
	for (int i = 0; i < 3; i++) {
		why.kind = causes[_i].ends[i];
		if (why.kind != ERR_NONE)
			tally_end(tally, &why);
	}
	ck_assert_int_eq(tally_cause(tally)->kind, causes[_i].cause);
	ck_assert_int_eq(tally_is_over(tally), causes[_i].over);
	tally_free(tally);
}
END_TEST

START_TEST(over_by_a_signal)
{
	ck_assert_int_eq(interrupt_install(), 0);
	begin(NULL);
	ck_assert(!tally_is_over(tally));
	raise(SIGTERM);
	ck_assert(tally_is_over(tally));
	ck_assert_int_eq(tally_cause(tally)->kind, ERR_NONE);
	tally_free(tally);
}
END_TEST

START_TEST(in_flight)
{
	struct study *study;

	begin(NULL);
	study = tally_study(tally, "1.2");
	tally_begun(tally, study);
	tally_begun(tally, study);
	ck_assert_uint_eq(tally_in_flight(tally), 2);
	tally_answered(tally);
	ck_assert_uint_eq(tally_in_flight(tally), 1);
	ck_assert_int_ne(study->start_us, 0);
	tally_free(tally);
}
END_TEST

/* A journal that is gone ends the run, and each acknowledgement that it lacks is named. */
START_TEST(unrecorded)
{
	static const struct journal_key key = { "IRIS", "iris.example", 2762, "STORESCU", "" };
	char path[] = "a.dcm", other[] = "b.dcm";
	struct instance instances[2] = { { .path = path, .sop_instance = "1.1" },
		{ .path = other, .sop_instance = "1.2" } };
	struct journal_result results[2] = { { .instance = &instances[0], .state = JOURNAL_ACKNOWLEDGED },
		{ .instance = &instances[1], .state = JOURNAL_FAILED } };
	struct err err = ERR_INIT;
	struct journal *journal = journal_open(at("j"), &key, &err);

	ck_assert_msg(journal, "%s", err.text);
	begin(journal);
	tally_record(tally, results, 2);
	ck_assert(!tally_is_over(tally));
	ck_assert_int_eq(unlink(at("j")), 0);
	tally_record(tally, results, 0);
	ck_assert(!tally_is_over(tally));
	tally_record(tally, results, 2);
	ck_assert(tally_is_over(tally));
	ck_assert_int_eq(tally_cause(tally)->kind, ERR_JOURNAL);
	ck_assert_str_eq(told, "alarm acknowledged, but not recorded in the journal: a.dcm;");
	tally_free(tally);
	journal_close(journal, &err);
}
END_TEST

static Suite *
suite_tally(void)
{
	Suite *suite = suite_create("tally");
	TCase *tc = tcase_create("tally");

	tcase_add_checked_fixture(tc, home_make, home_remove);
	tcase_add_test(tc, study_told);
	tcase_add_rows(tc, cause, causes, name);
	tcase_add_test(tc, over_by_a_signal);
	tcase_add_test(tc, in_flight);
	tcase_add_test(tc, unrecorded);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return check_run(suite_tally());
}
