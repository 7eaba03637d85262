/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/duration.h"

#include "check_main.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])
#define MOST	    INT64_C(2147483647)

/* bare_ms: what a number without a unit counts. */
static const struct {
	const char *text;
	int64_t bare_ms, ms;
	bool bare;
} good[] = {
	{ "0", 1, 0, true },
	{ "0s", 1, 0, false },
	{ "1", 1, 1, true },
	{ "1", 1000, 1000, true },
	{ "10000", 1, 10000, true },
	{ "1500ms", 1, 1500, false },
	{ "1500ms", 1000, 1500, false },
	{ "10s", 1, 10000, false },
	{ "10s", 1000, 10000, false },
	{ "2m", 1, 120000, false },
	{ "1h", 1000, 3600000, false },
	{ "007s", 1, 7000, false },
	{ "1.5s", 1, 1500, false },
	{ "1.5", 1000, 1500, true },
	{ "2.5m", 1, 150000, false },
	{ "0.25h", 1, 900000, false },
	/* rounded up: no time is cut to nothing */
	{ "1.5", 1, 2, true },
	{ "0.0001ms", 1, 1, false },
	{ "0.0000000001s", 1, 1, false },
	{ "0.00000000000000000000000000000000s", 1, 0, false },
	{ "1.000s", 1, 1000, false },
	{ "2147483647", 1, MOST, true },
	{ "2147483.647s", 1, MOST, false },
};

START_TEST(taken)
{
	struct duration out;

	ck_assert_int_eq(duration_parse(good[_i].text, good[_i].bare_ms, MOST, &out), DURATION_OK);
	ck_assert_int_eq(out.ms, good[_i].ms);
	ck_assert_int_eq(out.bare, good[_i].bare);
}
END_TEST

static const struct {
	const char *text;
	enum duration_result result;
} bad[] = {
	{ "", DURATION_MALFORMED },
	{ "s", DURATION_MALFORMED },
	{ "-5", DURATION_MALFORMED },
	{ "-5s", DURATION_MALFORMED },
	{ "+5s", DURATION_MALFORMED },
	{ " 5s", DURATION_MALFORMED },
	{ "5s ", DURATION_MALFORMED },
	{ "1 s", DURATION_MALFORMED },
	{ "1e3", DURATION_MALFORMED },
	{ "1e3s", DURATION_MALFORMED },
	{ "0x10", DURATION_MALFORMED },
	{ "1.5.5s", DURATION_MALFORMED },
	{ "1,5s", DURATION_MALFORMED },
	{ ".5s", DURATION_MALFORMED },
	{ "5.s", DURATION_MALFORMED },
	{ "5.", DURATION_MALFORMED },
	{ "5sec", DURATION_MALFORMED },
	{ "5S", DURATION_MALFORMED },
	{ "5d", DURATION_MALFORMED },
	{ "1m30s", DURATION_MALFORMED },
	{ "inf", DURATION_MALFORMED },
	{ "nan", DURATION_MALFORMED },
	{ "2147483648", DURATION_TOO_LONG },
	{ "2147483647.5ms", DURATION_TOO_LONG },
	{ "2147484s", DURATION_TOO_LONG },
	{ "99999999999999999999", DURATION_TOO_LONG },
	{ "99999999999999999999999999999999999999h", DURATION_TOO_LONG },
	{ "9223372036854775807h", DURATION_TOO_LONG },
	{ "597h", DURATION_TOO_LONG },
	{ "99999999999999999999d", DURATION_MALFORMED },
};

START_TEST(refused)
{
	struct duration out;

	ck_assert_int_eq(duration_parse(bad[_i].text, 1, MOST, &out), bad[_i].result);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("duration");
	TCase *tc = tcase_create("duration");

	tcase_add_loop_test(tc, taken, 0, COUNT(good));
	tcase_add_loop_test(tc, refused, 0, COUNT(bad));
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
