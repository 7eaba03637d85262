/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/finding.h"

#include <string.h>

#include "check_main.h"

START_TEST(test_ids_are_unique)
{
	for (int i = 0; i < FIND_COUNT; i++)
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(finding_table[i].id, finding_table[j].id);
}
END_TEST

START_TEST(test_row)
{
	const struct finding_row *row = &finding_table[_i];
	size_t len = strlen(row->id);

	ck_assert_uint_gt(len, 0);
	ck_assert_uint_eq(strspn(row->id, "abcdefghijklmnopqrstuvwxyz0123456789-"), len);
	ck_assert(row->id[0] != '-' && row->id[len - 1] != '-' && !strstr(row->id, "--"));
	ck_assert_int_lt(row->step, STEP_COUNT);
	ck_assert_int_ne(row->severity, FINDING_NOT_REACHED);
	ck_assert_uint_gt(strlen(row->meaning), 0);
	ck_assert_msg(row->meaning[strlen(row->meaning) - 1] != '.', "%s: a full stop", row->id);
	/* What is amiss lies somewhere, unless it is nobody's fault. */
	if (row->severity == FINDING_OK)
		ck_assert_int_eq(row->side, SIDE_NONE);
	else if (row->severity == FINDING_INFORMATION)
		ck_assert_int_ne(row->side, SIDE_NONE);
	else if (row->severity == FINDING_FAILED)
		ck_assert_int_ne(row->side, SIDE_NONE);
}
END_TEST

/* --ignore: warnings and what side steps find, nothing that fails the path or is about to. */
static const struct {
	const char *id;
	bool known, allowed;
} ignored[] = {
	{ "server-wildcard", true, true },
	{ "client-expires-soon", true, true },
	{ "let-in-without", true, true },
	{ "enforced-undecided", true, true },
	{ "range-not-bcp195", true, true },
	{ "client-expires-critical", true, false },
	{ "server-expires-critical", true, false },
	{ "server-expired", true, false },
	{ "accepted-undecided", true, false },
	{ "server-root-sent", true, false },
	{ "tls-ok", true, false },
	{ "internal", true, false },
	{ "interrupted", true, false },
	{ "no-such-thing", false, false },
	{ "", false, false },
};

START_TEST(test_ignored)
{
	const struct finding_row *row = finding_named(ignored[_i].id);

	ck_assert_int_eq(row != NULL, ignored[_i].known);
	if (row)
		ck_assert_int_eq(finding_may_be_ignored(row), ignored[_i].allowed);
}
END_TEST

/* Each step can be passed, and can be found wanting. */
START_TEST(test_every_step_has_some)
{
	bool good = false, bad = false;

	for (int i = 0; i < FIND_COUNT; i++) {
		if (finding_table[i].step != (enum step)_i)
			continue;
		good |= finding_table[i].severity == FINDING_OK;
		bad |= finding_table[i].severity != FINDING_OK;
	}
	ck_assert(good);
	ck_assert(bad);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("finding");
	TCase *tc = tcase_create("finding");

	tcase_add_test(tc, test_ids_are_unique);
	tcase_add_loop_test(tc, test_ignored, 0, (int)(sizeof ignored / sizeof ignored[0]));
	tcase_add_loop_test(tc, test_row, 0, FIND_COUNT);
	tcase_add_loop_test(tc, test_every_step_has_some, 0, STEP_COUNT);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
