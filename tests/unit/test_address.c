/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/address.h"

#include <string.h>

#include "check_main.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])

static const struct {
	const char *text, *title;
} titles[] = {
	{ "IRIS_PDF_SCU", "IRIS_PDF_SCU" },
	{ "a", "a" },
	{ "Mixed Case.1-2", "Mixed Case.1-2" },
	{ "  padded  ", "padded" },
	{ "A@B", "A@B" },
	{ "ABCDEFGHIJKLMNOP", "ABCDEFGHIJKLMNOP" },
	{ "   ABCDEFGHIJKLMNOP   ", "ABCDEFGHIJKLMNOP" },
};

START_TEST(title)
{
	char out[AE_TITLE_MAX + 1];
	struct err err = ERR_INIT;

	ck_assert_int_eq(ae_title_parse(titles[_i].text, strlen(titles[_i].text), "--bind", out, &err), 0);
	ck_assert_str_eq(out, titles[_i].title);
}
END_TEST

#define BAD_CHARACTER \
	" has a character that DICOM does not allow in it (only printable ASCII without the backslash)"

static const struct {
	const char *text, *told;
} bad_titles[] = {
	{ "", "--bind: the AE title is empty" },
	{ "    ", "--bind: the AE title is empty" },
	{ "ABCDEFGHIJKLMNOPQ", "--bind: the AE title 'ABCDEFGHIJKLMNOPQ' has 17 characters; DICOM allows "
		"16" },
	{ "A\\B", "--bind: the AE title 'A\\B'" BAD_CHARACTER },
	{ "A\x1b[2J", "--bind: the AE title 'A?[2J'" BAD_CHARACTER },
	{ "\tA", "--bind: the AE title '?A'" BAD_CHARACTER },
	{ "M\xc3\x9cLLER", "--bind: the AE title 'M\xc3\x9cLLER'" BAD_CHARACTER },
};

START_TEST(bad_title)
{
	char out[AE_TITLE_MAX + 1];
	struct err err = ERR_INIT;

	ck_assert_int_eq(ae_title_parse(bad_titles[_i].text, strlen(bad_titles[_i].text), "--bind", out,
		&err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	ck_assert_str_eq(err.text, bad_titles[_i].told);
}
END_TEST

/* Its length counts as it was given, however long. */
START_TEST(endless_title)
{
	char out[AE_TITLE_MAX + 1], much[300];
	struct err err = ERR_INIT;

	memset(much, 'A', sizeof much);
	ck_assert_int_eq(ae_title_parse(much, sizeof much, "--bind", out, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "AAA...' has 300 characters"));
}
END_TEST

#define NO_PORT 7 /* what stood there before stays */

static const struct {
	const char *text, *host;
	uint16_t port;
} hosts[] = {
	{ "iris", "iris", NO_PORT },
	{ "iris:2010", "iris", 2010 },
	{ "iris.example.org:1", "iris.example.org", 1 },
	{ "192.0.2.1:65535", "192.0.2.1", 65535 },
	{ "[2001:db8::1]:2762", "2001:db8::1", 2762 },
	{ "[2001:db8::1]", "2001:db8::1", NO_PORT },
	{ "[::1]:104", "::1", 104 },
	{ "2001:db8::1", "2001:db8::1", NO_PORT },
	{ "::1", "::1", NO_PORT },
	{ "fe80::1%eth0", "fe80::1%eth0", NO_PORT },
	{ "[fe80::1%eth0]:104", "fe80::1%eth0", 104 },
	{ "[iris]:104", "iris", 104 },
	{ "iris:002010", "iris", 2010 },
	{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", NO_PORT },
	{ "2001:db8::ffff", "2001:db8::ffff", NO_PORT },
	{ "::ffff:192.0.2.1", "::ffff:192.0.2.1", NO_PORT },
	{ "[::1:4001]", "::1:4001", NO_PORT },
	{ "müller.test:104", "xn--mller-kva.test", 104 },
	{ "MÜLLER.test", "xn--mller-kva.test", NO_PORT },
};

START_TEST(host)
{
	struct err err = ERR_INIT;
	uint16_t port = NO_PORT;
	char *name = NULL;

	ck_assert_int_eq(host_port_parse(hosts[_i].text, "--connect", &name, &port, &err), 0);
	ck_assert_str_eq(name, hosts[_i].host);
	ck_assert_uint_eq(port, hosts[_i].port);
	free(name);
}
END_TEST

#define NO_ADDRESS " is not an address; write HOST:PORT or [IPv6]:PORT"
#define NO_BRACKETS "--connect: the brackets are missing in "
#define BAD_PORT   " is not a number from 1 to 65535"
#define BAD_NAME   " has a blank, slash or control character in the host name"

static const struct {
	const char *text, *told;
} bad_hosts[] = {
	{ "", "--connect: the host is missing in ''" },
	{ ":104", "--connect: the host is missing in ':104'" },
	{ "[]:104", "--connect: the host is missing in '[]:104'" },
	{ "[::1", "--connect: '[::1'" NO_ADDRESS },
	{ "[::1]104", "--connect: '[::1]104'" NO_ADDRESS },
	{ "iris:", "--connect: the port in 'iris:'" BAD_PORT },
	{ "[::1]:", "--connect: the port in '[::1]:'" BAD_PORT },
	{ "iris:0", "--connect: the port in 'iris:0'" BAD_PORT },
	{ "iris:65536", "--connect: the port in 'iris:65536'" BAD_PORT },
	{ "iris:99999999999999999999", "--connect: the port in 'iris:99999999999999999999'" BAD_PORT },
	{ "iris:-1", "--connect: the port in 'iris:-1'" BAD_PORT },
	{ "iris:+1", "--connect: the port in 'iris:+1'" BAD_PORT },
	{ "iris: 1", "--connect: the port in 'iris: 1'" BAD_PORT },
	{ "iris:104x", "--connect: the port in 'iris:104x'" BAD_PORT },
	{ "iris:dicom", "--connect: the port in 'iris:dicom'" BAD_PORT },
	{ "ir is:104", "--connect: 'ir is:104'" BAD_NAME },
	{ "iris\x1b:104", "--connect: 'iris?:104'" BAD_NAME },
	{ "http://iris:104", "--connect: 'http://iris:104'" BAD_NAME },
	{ "::1:4001", NO_BRACKETS "'::1:4001'" },
	{ "2001:db8::1:104", NO_BRACKETS "'2001:db8::1:104'" },
	{ "1:2:3:4:5:6:7:8:104", NO_BRACKETS "'1:2:3:4:5:6:7:8:104'" },
	{ "fe80::1%eth0:104", NO_BRACKETS "'fe80::1%eth0:104'" },
	{ "::1:dicom", "--connect: '::1:dicom' is not an address" },
	{ "::1:99999", "--connect: '::1:99999' is not an address" },
	{ "::1:", "--connect: '::1:' is not an address" },
	{ "iris:104:105", "--connect: 'iris:104:105' is not an address" },
	{ "a:b:c", "--connect: 'a:b:c' is not an address" },
	{ "m\xfcller.test", "--connect: 'm?ller.test' cannot be a host name: string encoding error" },
	{ "-ü.test", "--connect: '-ü.test' cannot be a host name: string start/ends with forbidden hyphen" },
};

START_TEST(bad_host)
{
	struct err err = ERR_INIT;
	uint16_t port = NO_PORT;
	char *name = NULL;

	ck_assert_int_eq(host_port_parse(bad_hosts[_i].text, "--connect", &name, &port, &err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	ck_assert_str_eq(err.text, bad_hosts[_i].told);
	ck_assert_ptr_null(name);
}
END_TEST

static const struct {
	const char *text, *remedy;
} unbracketed[] = {
	{ "::1:4001", "Write [::1]:4001, or [::1:4001] if 4001 is part of the address." },
	{ "1:2:3:4:5:6:7:8:104", "Write [1:2:3:4:5:6:7:8]:104." },
	{ "fe80::1%eth0:104", "Write [fe80::1%eth0]:104, or [fe80::1%eth0:104] if 104 is part of the address." },
	{ "a:b:c", "Write HOST:PORT; put an IPv6 address in brackets, [::1]:2762." },
};

START_TEST(brackets_are_proposed)
{
	struct err err = ERR_INIT;
	uint16_t port = NO_PORT;
	char *name = NULL;

	ck_assert_int_eq(host_port_parse(unbracketed[_i].text, "--connect", &name, &port, &err), -1);
	ck_assert_str_eq(err.hint, unbracketed[_i].remedy);
}
END_TEST

/* Where there is no port, there is no doubt. */
START_TEST(without_a_port)
{
	struct err err = ERR_INIT;
	char *name;

	ck_assert_int_eq(host_port_parse("::1:4001", "--bind", &name, NULL, &err), 0);
	ck_assert_str_eq(name, "::1:4001");
	free(name);
	ck_assert_int_eq(host_port_parse("[::1]:4001", "--bind", &name, NULL, &err), -1);
	ck_assert_str_eq(err.text, "--bind: the local port cannot be chosen; write AET@ADDRESS");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("address");
	TCase *tc = tcase_create("address");

	tcase_add_rows(tc, title, titles, title);
	tcase_add_rows(tc, bad_title, bad_titles, text);
	tcase_add_test(tc, endless_title);
	tcase_add_rows(tc, host, hosts, text);
	tcase_add_rows(tc, bad_host, bad_hosts, text);
	tcase_add_rows(tc, brackets_are_proposed, unbracketed, text);
	tcase_add_test(tc, without_a_port);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
