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
	ck_assert_int_lt(row->rung, RUNG_COUNT);
	ck_assert_int_ne(row->severity, FINDING_NOT_REACHED);
	ck_assert_uint_gt(strlen(row->meaning), 0);
	ck_assert_msg(row->meaning[strlen(row->meaning) - 1] != '.', "%s: a full stop", row->id);
	/* What is amiss lies somewhere, unless it is nobody's fault. */
	if (row->severity == FINDING_OK)
		ck_assert_int_eq(row->side, SIDE_NONE);
	else if (row->severity == FINDING_FAILED)
		ck_assert_int_ne(row->side, SIDE_NONE);
}
END_TEST

/* Each rung can be passed, and can be found wanting. */
START_TEST(test_every_rung_has_some)
{
	bool good = false, bad = false;

	for (int i = 0; i < FIND_COUNT; i++) {
		if (finding_table[i].rung != (enum rung)_i)
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
	tcase_add_loop_test(tc, test_row, 0, FIND_COUNT);
	tcase_add_loop_test(tc, test_every_rung_has_some, 0, RUNG_COUNT);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
