/* SPDX-License-Identifier: BSD-3-Clause */
/* Pins as users write them, and as certificates have them. */
#include "tls/pin.h"

#include "check_main.h"
#include "testpki.h"

#include <string.h>

#include <openssl/err.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define HEX    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff"
#define COLONS "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:FF"
#define BASE64 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8="

static const char *const good[] = { HEX, COLONS, BASE64 };

static const char *const bad[] = {
	"", "0", HEX "0", HEX "00", "0x" HEX, "g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff",
	COLONS ":", "00:0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff",
	"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8", BASE64 "=", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==",
	"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv\033=", "    AwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8=",
};

START_TEST(good_text)
{
	unsigned char pin[PIN_SIZE];
	char text[PIN_TEXT_SIZE];
	struct err err = ERR_INIT;

	ck_assert_msg(pin_parse(good[_i], pin, &err) == 0, "%s", err.text);
	for (unsigned i = 0; i + 1 < PIN_SIZE; i++)
		ck_assert_uint_eq(pin[i], i);
	ck_assert_uint_eq(pin[PIN_SIZE - 1], 0xff);
	ck_assert_str_eq(pin_text(pin, text, sizeof text), BASE64);
}
END_TEST

START_TEST(bad_text)
{
	unsigned char pin[PIN_SIZE];
	struct err err = ERR_INIT;

	ck_assert_msg(pin_parse(bad[_i], pin, &err) == -1, "%s", bad[_i]);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(err.text, "is not a pin"));
	ck_assert_ptr_nonnull(strstr(err.hint, "openssl sha256"));
	ck_assert_ptr_null(strchr(err.text, '\033'));
	ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

/* The public key alone counts: a renewed certificate with the same key keeps its pin. */
START_TEST(certificates)
{
	struct testpki one = testpki_make(&(struct testpki_spec){ .cn = "iris" });
	struct testpki other = testpki_make(&(struct testpki_spec){ .cn = "iris" });
	unsigned char pins[2][PIN_SIZE], again[PIN_SIZE];
	X509 *renewed = X509_dup(one.cert);

	ck_assert_int_eq(pin_of(one.cert, pins[0]), 0);
	ck_assert_int_eq(pin_of(other.cert, pins[1]), 0);
	ck_assert_mem_ne(pins[0], pins[1], PIN_SIZE);
	X509_gmtime_adj(X509_getm_notAfter(renewed), 1000000);
	ck_assert_int_gt(X509_sign(renewed, one.key, EVP_sha256()), 0);
	ck_assert_int_eq(pin_of(renewed, again), 0);
	ck_assert_mem_eq(pins[0], again, PIN_SIZE);
	ck_assert(pin_matches(other.cert, (const unsigned char (*)[PIN_SIZE])pins, 2));
	ck_assert(!pin_matches(other.cert, (const unsigned char (*)[PIN_SIZE])pins, 1));
	ck_assert(!pin_matches(other.cert, NULL, 0));
	ck_assert(!pin_matches(NULL, (const unsigned char (*)[PIN_SIZE])pins, 1));
	X509_free(renewed);
	testpki_free(&one);
	testpki_free(&other);
}
END_TEST

/* Each byte counts, the last one as well. */
START_TEST(one_byte_differs)
{
	struct testpki one = testpki_make(&(struct testpki_spec){ .cn = "iris" });
	unsigned char pins[1][PIN_SIZE];

	ck_assert_int_eq(pin_of(one.cert, pins[0]), 0);
	pins[0][_i] ^= 1;
	ck_assert(!pin_matches(one.cert, (const unsigned char (*)[PIN_SIZE])pins, 1));
	pins[0][_i] ^= 1;
	ck_assert(pin_matches(one.cert, (const unsigned char (*)[PIN_SIZE])pins, 1));
	testpki_free(&one);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pin");
	TCase *tc = tcase_create("pin");

	tcase_add_texts(tc, good_text, good);
	tcase_add_texts(tc, bad_text, bad);
	tcase_add_test(tc, certificates);
	tcase_add_loop_test(tc, one_byte_differs, 0, PIN_SIZE);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
