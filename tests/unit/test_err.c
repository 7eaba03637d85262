/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/err.h"

#include <string.h>

#include "check_main.h"

START_TEST(set_replaces)
{
	struct err err = { .kind = ERR_DNS, .detail = 7, .phase = "resolve", .hint = "Old." };

	ck_assert_int_eq(err_set(&err, ERR_CONNECT, "cannot connect to %s:%d", "iris", 2010), -1);
	ck_assert_int_eq(err.kind, ERR_CONNECT);
	ck_assert_int_eq(err.detail, 0);
	ck_assert_ptr_null(err.phase);
	ck_assert_str_eq(err.text, "cannot connect to iris:2010");
	ck_assert_str_eq(err.hint, "");
}
END_TEST

START_TEST(set_from_its_own_text)
{
	struct err err = ERR_INIT;

	err_set(&err, ERR_DNS, "no such name");
	err_set(&err, ERR_USAGE, "--bind: %s", err.text);
	ck_assert_str_eq(err.text, "--bind: no such name");
}
END_TEST

START_TEST(first_hint_stays)
{
	struct err err = ERR_INIT;

	ck_assert_int_eq(err_hint(&err, "Check the %s.", "port"), -1);
	ck_assert_int_eq(err_hint(&err, "Call somebody."), -1);
	ck_assert_str_eq(err.hint, "Check the port.");
}
END_TEST

START_TEST(wrap_goes_in_front)
{
	struct err err = ERR_INIT;

	err_set(&err, ERR_CREDENTIALS, "wrong password");
	err_hint(&err, "Check it.");
	ck_assert_int_eq(err_wrap(&err, "key store \"%s\"", "scu1.p12"), -1);
	err_wrap(&err, "scu");
	ck_assert_str_eq(err.text, "scu: key store \"scu1.p12\": wrong password");
	ck_assert_int_eq(err.kind, ERR_CREDENTIALS);
	ck_assert_str_eq(err.hint, "Check it.");
}
END_TEST

START_TEST(deepest_phase_stays)
{
	struct err err = ERR_INIT;

	ck_assert_int_eq(err_phase(&err, "tcp"), -1);
	err_phase(&err, "association");
	ck_assert_str_eq(err.phase, "tcp");
}
END_TEST

START_TEST(long_texts_are_cut)
{
	struct err err = ERR_INIT;
	char much[4096];

	memset(much, 'x', sizeof much - 1);
	much[sizeof much - 1] = '\0';
	err_set(&err, ERR_INTERNAL, "%s", much);
	err_hint(&err, "%s", much);
	ck_assert_uint_eq(strlen(err.text), sizeof err.text - 1);
	ck_assert_uint_eq(strlen(err.hint), sizeof err.hint - 1);
	ck_assert_str_eq(err.text + sizeof err.text - 5, "x...");
	err_wrap(&err, "file");
	ck_assert_mem_eq(err.text, "file: xxx", 9);
	ck_assert_str_eq(err.text + sizeof err.text - 5, "x...");
	err_wrap(&err, "%s", much); /* leaves room for the cause */
	ck_assert_ptr_nonnull(strstr(err.text, "...: file: xxx"));
}
END_TEST

START_TEST(nomem)
{
	struct err err = ERR_INIT;

	ck_assert_int_eq(err_nomem(&err), -1);
	ck_assert_int_eq(err.kind, ERR_INTERNAL);
	ck_assert_str_eq(err.text, "out of memory");
}
END_TEST

/* What scripts rely on: the exit status and the word of each kind. */
static const struct {
	enum err_kind kind;
	int status;
	const char *word;
	bool retry;
} kinds[] = {
	{ ERR_NONE, 0, "ok", false },
	{ ERR_INTERNAL, 1, "internal", false },
	{ ERR_USAGE, 2, "usage", false },
	{ ERR_NO_INPUT, 3, "no-input", false },
	{ ERR_EMPTY, 4, "empty", false },
	{ ERR_PARTIAL, 10, "partial", false },
	{ ERR_NOTHING, 11, "none", false },
	{ ERR_WARNED, 12, "warned", false },
	{ ERR_DNS, 20, "dns", true },
	{ ERR_CONNECT, 21, "connect", true },
	{ ERR_CREDENTIALS, 30, "credentials", false },
	{ ERR_UNTRUSTED, 31, "untrusted", false },
	{ ERR_WRONG_HOST, 32, "wrong-host", false },
	{ ERR_CLIENT_REJECTED, 33, "client-rejected", false },
	{ ERR_NO_COMMON_TLS, 34, "no-common-tls", false },
	{ ERR_NOT_TLS, 35, "not-tls", false },
	{ ERR_NOT_ENFORCED, 36, "mtls-not-enforced", false },
	{ ERR_TLS, 37, "tls", false },
	{ ERR_REJECTED, 40, "rejected", false },
	{ ERR_NO_CONTEXT, 41, "no-context", false },
	{ ERR_ABORTED, 42, "aborted", true },
	{ ERR_ECHO_REFUSED, 43, "echo-refused", false },
	{ ERR_TIMEOUT, 50, "timeout", true },
	{ ERR_JOURNAL, 60, "journal", false },
	{ ERR_OUTPUT, 61, "output", false },
	{ ERR_SIGHUP, 129, "interrupted", false },
	{ ERR_SIGINT, 130, "interrupted", false },
	{ ERR_SIGTERM, 143, "interrupted", false },
};

START_TEST(kind)
{
	ck_assert_int_eq(err_status(kinds[_i].kind), kinds[_i].status);
	ck_assert_str_eq(err_word(kinds[_i].kind), kinds[_i].word);
	ck_assert_int_eq(err_retryable(kinds[_i].kind), kinds[_i].retry);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("err");
	TCase *tc = tcase_create("err");

	tcase_add_test(tc, set_replaces);
	tcase_add_test(tc, set_from_its_own_text);
	tcase_add_test(tc, first_hint_stays);
	tcase_add_test(tc, wrap_goes_in_front);
	tcase_add_test(tc, deepest_phase_stays);
	tcase_add_test(tc, long_texts_are_cut);
	tcase_add_test(tc, nomem);
	tcase_add_rows(tc, kind, kinds, word);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
