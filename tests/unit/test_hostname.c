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

#define L63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static const struct {
	const char *text, *problem;
} rows[] = {
	{ "iris", NULL },
	{ "IRIS.Example.COM", NULL },
	{ "iris.example.com.", NULL },
	{ "ris_archive-2.ward", NULL },
	{ "1.example", NULL },
	{ "2010a", NULL },
	{ "xn--mnchen-3ya.example", NULL },
	{ L63 ".x", NULL },
	{ "127.0.0.1", NULL },
	{ "::1", NULL },
	{ "fe80::1%eth0", NULL },
	{ "::ffff:192.0.2.7", NULL },
	{ "", "is empty" },
	{ ".", "empty label" },
	{ "..", "empty label" },
	{ ".example.com", "empty label" },
	{ "iris..example", "empty label" },
	{ "iris..", "empty label" },
	{ "*.example.com", "wildcard" },
	{ "i*.example.com", "wildcard" },
	{ "*", "wildcard" },
	{ "m\xc3\xbcnchen.example", "non-ASCII" },
	{ "iris example", "not allowed in host names" },
	{ " iris", "not allowed in host names" },
	{ "iris\t", "not allowed in host names" },
	{ "iris/x", "not allowed in host names" },
	{ "iris%eth0", "not allowed in host names" },
	{ "a@iris", "not allowed in host names" },
	{ L63 "l.x", "more than 63" },
	{ L63 "." L63 "." L63 "." L63, "more than 253" },
	{ "[::1]", "brackets" },
	{ "[fe80::1%eth0]", "brackets" },
	{ "iris:2010", "colon" },
	{ "::1::", "colon" },
	{ "127.1", "ends in a number" },
	{ "256.0.0.1", "ends in a number" },
	{ "127.0.0.1.", "ends in a number" },
	{ "2010", "ends in a number" },
};

START_TEST(name)
{
	const char *problem = hostname_problem(rows[_i].text);

	ck_assert_msg((problem != NULL) == (rows[_i].problem != NULL), "%s: %s", rows[_i].text, problem ?
		problem : "good");
	if (problem)
		ck_assert_msg(strstr(problem, rows[_i].problem) != NULL, "%s: %s", rows[_i].text, problem);
}
END_TEST

START_TEST(address)
{
	ck_assert(hostname_is_address("192.0.2.7") && hostname_is_address("fe80::1%eth0"));
	ck_assert(!hostname_is_address("192.0.2.7%eth0") && !hostname_is_address("127.1"));
	ck_assert(!hostname_is_address("iris") && !hostname_is_address("") && !hostname_is_address("%"));
	ck_assert(!hostname_is_address("0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"));
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
	tcase_add_loop_test(tc, name, 0, COUNT(rows));
	tcase_add_test(tc, address);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
