/* SPDX-License-Identifier: BSD-3-Clause */
/* Hellos, certificates and alerts as bytes, whole, cut short and hostile. */
#include "tls/wire.h"

#include "check_main.h"

#include <string.h>

#include <openssl/ssl.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A ClientHello for "iris": TLS 1.3 and 1.2, two suites, groups x25519 and P-256. */
static const uint8_t offer[] = {
	1, 0, 0, 86, 3, 3, /* head, legacy version */
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, /* random */
	16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
	0, 0, 4, 0x13, 0x02, 0xc0, 0x2f, 1, 0, /* no session, suites, compression */
	0, 37, /* extensions */
	0, 0, 0, 9, 0, 7, 0, 0, 4, 'i', 'r', 'i', 's',
	0, 10, 0, 6, 0, 4, 0, 29, 0, 23,
	0, 43, 0, 5, 4, 3, 4, 3, 3,
	0, 35, 0, 1, 0,
};

START_TEST(offer_whole)
{
	struct wire_offer got;

	ck_assert_int_eq(wire_offer_parse(offer, sizeof offer, &got), 0);
	ck_assert_uint_eq(got.versions.count, 2);
	ck_assert_uint_eq(got.versions.value[0], TLS1_3_VERSION);
	ck_assert_uint_eq(got.suites.count, 2);
	ck_assert_uint_eq(got.suites.value[1], 0xc02f);
	ck_assert_uint_eq(got.groups.count, 2);
	ck_assert_uint_eq(got.groups.value[0], 29);
	ck_assert_str_eq(got.name, "iris");
}
END_TEST

/* No length makes it read beyond: each prefix lies in a block of its own size. */
START_TEST(offer_cut)
{
	size_t len = (size_t)_i;
	uint8_t *copy = malloc(len ? len : 1);
	struct wire_offer got;
	struct wire_choice choice;

	memcpy(copy, offer, len);
	ck_assert_int_eq(wire_offer_parse(copy, len, &got), -1);
	(void)!wire_choice_parse(copy, len, &choice);
	wire_find_alert(copy, len);
	free(copy);
}
END_TEST

START_TEST(choice_whole)
{
	uint8_t msg[4 + 2 + 32 + 1 + 2 + 1 + 2 + 6 + 8] = { 2, 0, 0, sizeof msg - 4, 3, 3 };
	static const uint8_t tail[] = { 0, 0x13, 0x01, 0, /* no session, suite, compression */
		0, 14, 0, 43, 0, 2, 3, 4, 0, 51, 0, 4, 0, 29, 0, 0 };
	struct wire_choice got;

	memcpy(msg + 38, tail, sizeof tail);
	ck_assert_int_eq(wire_choice_parse(msg, sizeof msg, &got), 0);
	ck_assert_uint_eq(got.version, TLS1_3_VERSION);
	ck_assert_uint_eq(got.suite, 0x1301);
	ck_assert_uint_eq(got.group, 29);
	ck_assert(!got.retry);
	/* TLS 1.2 may leave the extensions out. */
	ck_assert_int_eq(wire_choice_parse(msg, 42, &got), 0);
	ck_assert_uint_eq(got.version, TLS1_2_VERSION);
	ck_assert_int_eq(wire_choice_parse(msg, sizeof msg - 1, &got), -1);
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
	int code;
} alerts[] = {
	{ "", 0, -1 },
	{ "\x15\x03\x03\0\x02\x02\x30", 7, 48 },
	{ "\x15\x03\x03\0\x02\x01\x70", 7, -1 }, /* a warning */
	{ "\x14\x03\x03\0\x01\x01\x15\x03\x03\0\x02\x02\x28", 13, 40 },
	{ "\x15\x03\x03\0\x1a\x02\x30", 7, -1 }, /* encrypted, cut short */
	{ "\x15\x03\x03\0\x02\x02", 6, -1 },
	{ "HTTP/1.1 400 Bad Request", 24, -1 },
};

START_TEST(find_alert)
{
	ck_assert_int_eq(wire_find_alert((const uint8_t *)alerts[_i].bytes, alerts[_i].len), alerts[_i].code);
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
	const char *text;
	bool dicom;
} answers[] = {
	{ "HTTP/1.0 200 OK\r\nX: y\r\n", 23, "HTTP: \"HTTP/1.0 200 OK\"", false },
	{ "SSH-2.0-x\n", 10, "SSH: \"SSH-2.0-x\"", false },
	{ "\x01\0\0\0\0", 5, "a DICOM A-ASSOCIATE-RQ in clear", true },
	{ "\x07\0\0\0\0\x04", 6, "a DICOM A-ABORT in clear", true },
	{ "\x07\x01", 2, "\"??\"", false },
	{ "\x08\0\0", 3, "\"???\"", false },
	{ "\0", 1, "\"?\"", false },
	{ "\r\n", 2, "\"\"", false },
	{ "", 0, "\"\"", false },
	{ "\x1b]0;title\x07", 10, "\"?]0;title?\"", false },
};

START_TEST(describe)
{
	char text[128];
	bool dicom;

	wire_describe((const uint8_t *)answers[_i].bytes, answers[_i].len, text, sizeof text, &dicom);
	ck_assert_str_eq(text, answers[_i].text);
	ck_assert_int_eq(dicom, answers[_i].dicom);
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(wire_alert_name(48), "unknown_ca");
	ck_assert_str_eq(wire_alert_name(116), "certificate_required");
	ck_assert_str_eq(wire_alert_name(99), "unknown");
	ck_assert_str_eq(wire_version_name(TLS1_2_VERSION), "TLSv1.2");
	ck_assert_str_eq(wire_version_name(0x7f1c), "an unknown version");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("wire");
	TCase *tc = tcase_create("wire");

	tcase_add_test(tc, offer_whole);
	tcase_add_loop_test(tc, offer_cut, 0, (int)sizeof offer);
	tcase_add_test(tc, choice_whole);
	tcase_add_rows(tc, find_alert, alerts, bytes);
	tcase_add_rows(tc, describe, answers, bytes);
	tcase_add_test(tc, names);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
