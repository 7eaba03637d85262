/* SPDX-License-Identifier: BSD-3-Clause */
/* What every Check program here needs: run the one suite, print TAP, exit. */
#ifndef MTLS_TESTS_CHECK_MAIN_H
#define MTLS_TESTS_CHECK_MAIN_H

#include <check.h>
#include <stdlib.h>

/* Make check_main's caller read as: return check_run(suite_x()); */
static inline int
check_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
