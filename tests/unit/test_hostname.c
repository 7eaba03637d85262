/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/hostname.h"

#include <stdlib.h>
#include <string.h>

#include "check_main.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])

static const struct {
	const char *text, *ascii;
} names[] = {
	{ "iris", "iris" },
	{ "IRIS.Example.ORG", "IRIS.Example.ORG" },
	{ "pacs_1.test", "pacs_1.test" },
	{ "xn--mller-kva.test", "xn--mller-kva.test" },
	{ "192.0.2.1", "192.0.2.1" },
	{ "fe80::1%eth0", "fe80::1%eth0" },
	{ "müller.test", "xn--mller-kva.test" },
	{ "MÜLLER.Test", "xn--mller-kva.test" },
	{ "mu\xcc\x88ller.test", "xn--mller-kva.test" }, /* decomposed */
	{ "straße.test", "xn--strae-oqa.test" },
	{ "病院.example", "xn--0rys90e.example" },
	{ "病院。example", "xn--0rys90e.example" }, /* an ideographic full stop */
	{ "pacs_ä.test", "xn--pacs_-kra.test" },
};

START_TEST(ascii)
{
	struct err err = ERR_INIT;
	char *out;

	if (hostname_to_ascii(names[_i].text, strlen(names[_i].text), &out, &err) < 0)
		ck_abort_msg("%s", err.text);
	ck_assert_str_eq(out, names[_i].ascii);
	free(out);
}
END_TEST

static const char *const bad[] = {
	"m\xfcller.test", /* ISO 8859-1 */
	"müller\xe2\x80\xaetest", /* a right-to-left override */
	"-ü.test",
	"\xe2\x98\x83\xef\xbf\xbd.test", /* U+FFFD */
	"üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü.test",
};

START_TEST(refused)
{
	struct err err = ERR_INIT;
	char *out;

	ck_assert_int_eq(hostname_to_ascii(bad[_i], strlen(bad[_i]), &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	ck_assert_ptr_null(out);
	ck_assert_ptr_nonnull(strstr(err.text, "cannot be a host name: "));
}
END_TEST

static const struct {
	const char *host, *text;
} shown[] = {
	{ "iris", "iris" },
	{ "ir\x1bis", "ir?is" },
	{ "xn--mller-kva.test", "xn--mller-kva.test (müller.test)" },
	{ "pacs.xn--mller-kva.test", "pacs.xn--mller-kva.test (pacs.müller.test)" },
	{ "my-xn--x.test", "my-xn--x.test" },
	{ "xn--.test", "xn--.test" },
	{ "", "" },
};

START_TEST(both_forms)
{
	char out[600];

	ck_assert_str_eq(hostname_shown(out, sizeof out, shown[_i].host), shown[_i].text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("hostname");
	TCase *tc = tcase_create("hostname");

	tcase_add_loop_test(tc, ascii, 0, COUNT(names));
	tcase_add_loop_test(tc, refused, 0, COUNT(bad));
	tcase_add_loop_test(tc, both_forms, 0, COUNT(shown));
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
