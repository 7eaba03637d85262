/* SPDX-License-Identifier: BSD-3-Clause */
/* What every Check program here needs: run the one suite, print TAP, exit. */
#ifndef MTLS_TESTS_CHECK_MAIN_H
#define MTLS_TESTS_CHECK_MAIN_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Seconds for one test. They end a test that hangs, and no other: the machine may be busy. */
#define CHECK_TIMEOUT "600"
#define CHECK_TIMEOUT_SLOW "1800" /* under sanitizers and valgrind */

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CHECK_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CHECK_SANITIZED 1
#endif
#ifndef CHECK_SANITIZED
#define CHECK_SANITIZED 0
#endif

/* A row of a table as a test of its own, since Check has one name for all rows. */
struct check_row {
	TTest test;
	char name[200];
	struct check_row *next;
};

static struct check_row *check_rows;

/* text: what the row is about, or NULL. In TAP "#" begins a directive. */
static inline void
check_add_row(TCase *tc, const TTest *test, int i, const char *text)
{
	struct check_row *row = (struct check_row *)calloc(1, sizeof *row);

	if (!row)
		abort();
	snprintf(row->name, sizeof row->name, "%s[%d]%s%s", test->name, i, text ? " " : "", text ? text : "");
	for (char *c = row->name; *c; c++) {
		if (*c < ' ' || *c > '~' || *c == '#')
			*c = '?';
	}
	row->test = *test;
	row->test.name = row->name;
	row->next = check_rows;
	check_rows = row;
	tcase_add_loop_test(tc, &row->test, i, i + 1);
}

static inline void
check_add_loop(TCase *tc, const TTest *test, int first, int end)
{
	for (int i = first; i < end; i++)
		check_add_row(tc, test, i, NULL);
}

#undef tcase_add_loop_test
#define tcase_add_loop_test(tc, test, first, end) check_add_loop(tc, test, first, end)

/* All rows of an array; the member is a string that says what a row is about. */
#define tcase_add_rows(tc, test, rows, member) \
	do { \
		for (size_t row_ = 0; row_ < sizeof(rows) / sizeof(rows)[0]; row_++) \
			check_add_row(tc, test, (int)row_, (rows)[row_].member); \
	} while (0)

/* The same where the rows are strings themselves. */
#define tcase_add_texts(tc, test, texts) \
	do { \
		for (size_t row_ = 0; row_ < sizeof(texts) / sizeof(texts)[0]; row_++) \
			check_add_row(tc, test, (int)row_, (texts)[row_]); \
	} while (0)

/* Before the suite is made, as Check reads it there. A caller's own setting stands. */
static inline void
check_set_timeout(void)
{
	const char *preload = getenv("LD_PRELOAD");
	int slow = CHECK_SANITIZED || (preload && strstr(preload, "vgpreload"));

	setenv("CK_DEFAULT_TIMEOUT", slow ? CHECK_TIMEOUT_SLOW : CHECK_TIMEOUT, 0);
}

static inline int
check_run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	while (check_rows) {
		struct check_row *row = check_rows;

		check_rows = row->next;
		free(row);
	}
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Make check_main's caller read as: return check_run(suite_x()); */
#define check_run(suite) (check_set_timeout(), check_run_suite(suite))

#endif
