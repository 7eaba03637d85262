/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "check_main.h"

/* Longer than any output here, so that a byte written too far shows. */
#define ROOM 64
#define FILLER 0x5a

static const struct {
	const char *bytes;
	size_t left, len;
} characters[] = {
	{ "", 0, 0 },
	{ "a", 1, 1 },
	{ "\0", 1, 1 },
	{ "\x7f", 1, 1 },
	{ "\x80", 1, 0 },             /* a continuation alone */
	{ "\xc0\xaf", 2, 0 },         /* overlong '/' */
	{ "\xc1\xbf", 2, 0 },
	{ "\xc2\x80", 2, 2 },
	{ "\xc3\xa9", 2, 2 },
	{ "\xc3\xa9", 1, 0 },         /* cut */
	{ "\xc3\x28", 2, 0 },
	{ "\xe0\x9f\xbf", 3, 0 },     /* overlong */
	{ "\xe0\xa0\x80", 3, 3 },
	{ "\xe6\x97\xa5", 3, 3 },
	{ "\xe6\x97\xa5", 2, 0 },
	{ "\xed\x9f\xbf", 3, 3 },
	{ "\xed\xa0\x80", 3, 0 },     /* surrogate */
	{ "\xed\xbf\xbf", 3, 0 },
	{ "\xef\xbf\xbf", 3, 3 },
	{ "\xf0\x8f\xbf\xbf", 4, 0 }, /* overlong */
	{ "\xf0\x90\x80\x80", 4, 4 },
	{ "\xf0\x9f\xa9\xbb", 4, 4 },
	{ "\xf4\x8f\xbf\xbf", 4, 4 },
	{ "\xf4\x90\x80\x80", 4, 0 }, /* over U+10FFFF */
	{ "\xf5\x80\x80\x80", 4, 0 },
	{ "\xff", 1, 0 },
};

START_TEST(utf8_len)
{
	const unsigned char *p = (const unsigned char *)characters[_i].bytes;

	ck_assert_uint_eq(text_utf8_len(p, characters[_i].left), characters[_i].len);
}
END_TEST

static const struct {
	size_t size;
	const char *in, *out;
} formats[] = {
	{ 8, "", "" },
	{ 8, "1234567", "1234567" },
	{ 8, "12345678", "1234..." },
	{ 4, "1234", "..." },
	{ 5, "12345", "1..." },
	{ 3, "1234", "12" },
	{ 2, "1234", "1" },
	{ 1, "1234", "" },
	/* No half characters, before an ellipsis or without one. */
	{ 8, "123\xc3\xa9" "5678", "123..." },
	{ 9, "123\xc3\xa9" "5678", "123\xc3\xa9..." },
	{ 8, "12\xe6\x97\xa5" "678", "12..." },
	{ 8, "\xf0\x9f\xa9\xbb" "5678", "\xf0\x9f\xa9\xbb..." },
	{ 7, "\xf0\x9f\xa9\xbb" "5678", "..." },
	{ 2, "\xc3\xa9", "" },
	{ 3, "\xc3\xa9" "a", "\xc3\xa9" },
	{ 3, "\xe6\x97\xa5", "" },
};

START_TEST(format)
{
	char out[ROOM];

	memset(out, FILLER, sizeof out);
	text_format(out, formats[_i].size, "%s", formats[_i].in);
	ck_assert_str_eq(out, formats[_i].out);
	ck_assert_int_eq(out[formats[_i].size], FILLER);
}
END_TEST

#define BYTES(s) s, sizeof s - 1

static const struct {
	size_t size;
	const char *in;
	size_t len;
	const char *out;
} texts[] = {
	{ ROOM, BYTES(""), "" },
	{ ROOM, BYTES("DOE^JANE"), "DOE^JANE" },
	{ ROOM, BYTES("Yamada^\xe5\xb1\xb1\xe7\x94\xb0"), "Yamada^\xe5\xb1\xb1\xe7\x94\xb0" },
	{ ROOM, BYTES("a\x1b[2Jb"), "a?[2Jb" },
	{ ROOM, BYTES("a\r\nb\tc"), "a  b?c" },
	{ ROOM, BYTES("a\0b"), "a?b" },
	{ ROOM, BYTES("\x7f"), "?" },
	{ ROOM, BYTES("\xc2\x9b" "31m"), "?31m" },     /* CSI as a C1 control */
	{ ROOM, BYTES("\xc2\xa0"), "\xc2\xa0" },
	{ ROOM, BYTES("\x9b" "31m"), "?31m" },          /* and as a bare byte */
	{ ROOM, BYTES("caf\xe9"), "caf?" },             /* ISO 8859-1 */
	{ ROOM, BYTES("\xed\xa0\x80"), "???" },
	{ ROOM, BYTES("ab\xe6\x97"), "ab??" },          /* ends within a character */
	{ 8, BYTES("1234567"), "1234567" },
	{ 8, BYTES("12345678"), "1234..." },
	{ 8, BYTES("1234\xf0\x9f\xa9\xbb"), "1234..." }, /* exactly the room of the ellipsis is free */
	{ 8, BYTES("123\xc3\xa9" "567"), "123..." },
	{ 8, BYTES("\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b"), "????..." },
	{ 3, BYTES("\xe6\x97\xa5"), "" },
	{ 2, BYTES("\xc3\xa9"), "" },
	{ 1, BYTES("a"), "" },
};

START_TEST(harmless)
{
	char out[ROOM + 1];
	char *in = malloc(texts[_i].len + 1);

	ck_assert_ptr_nonnull(in);
	memset(out, 0x80, sizeof out); /* looks like the rest of a character */
	memcpy(in, texts[_i].in, texts[_i].len);
	ck_assert_ptr_eq(text_harmless(out, texts[_i].size, in, texts[_i].len), out);
	ck_assert_str_eq(out, texts[_i].out);
	ck_assert_int_eq((unsigned char)out[texts[_i].size], 0x80);
	free(in);
}
END_TEST

START_TEST(harmless_str)
{
	char out[ROOM];

	ck_assert_str_eq(text_harmless_str(out, sizeof out, "a\nb"), "a b");
}
END_TEST

static const struct {
	uint64_t bytes;
	const char *out;
} sizes[] = {
	{ 0, "0 bytes" },
	{ 1, "1 byte" },
	{ 999, "999 bytes" },
	{ 1000, "1.00 kB" },
	{ 1234, "1.23 kB" },
	{ 9994, "9.99 kB" },
	{ 9995, "10.0 kB" },
	{ 9996, "10.0 kB" },
	{ 99940, "99.9 kB" },
	{ 99950, "100 kB" },
	{ 99960, "100 kB" },
	{ 228000, "228 kB" },
	{ 999499, "999 kB" },
	{ 999500, "1.00 MB" },
	{ UINT64_C(1073741824), "1.07 GB" },
	{ UINT64_C(12000000000000), "12.0 TB" },
	{ UINT64_MAX, "18447 PB" },
};

START_TEST(bytes)
{
	char out[ROOM];

	ck_assert_str_eq(text_bytes(out, sizeof out, sizes[_i].bytes), sizes[_i].out);
}
END_TEST

#define EIGHT "abcdefgh"
#define SIXTY_FOUR EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT

static const struct {
	const char *a, *b;
	size_t distance;
} pairs[] = {
	{ "", "", 0 },
	{ "plain", "plain", 0 },
	{ "plain", "PLAIN", 0 },
	{ "", "plain", 5 },
	{ "plain", "", 5 },
	{ "conect", "connect", 1 },
	{ "connnect", "connect", 1 },
	{ "konnect", "connect", 1 },
	{ "ocnnect", "connect", 2 },
	{ "kitten", "sitting", 3 },
	{ SIXTY_FOUR, SIXTY_FOUR, 0 },
	{ SIXTY_FOUR, "abc", 61 },
	{ SIXTY_FOUR "a", "abc", SIZE_MAX },
	{ "abc", SIXTY_FOUR "a", SIZE_MAX },
};

START_TEST(distance)
{
	ck_assert_uint_eq(text_distance(pairs[_i].a, pairs[_i].b), pairs[_i].distance);
}
END_TEST

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])

static const struct {
	size_t size;
	const char *held, *between, *in, *out;
} joins[] = {
	{ 16, "", ", ", "one", "one" },
	{ 16, "one", ", ", "two", "one, two" },
	{ 16, "one", "", "two", "onetwo" },
	{ 9, "one", ", ", "two", "one, two" },
	{ 9, "one", ", ", "three", "one, ..." },
	{ 6, "one", ", ", "two", "one, " },
	{ 5, "one", ", ", "two", "one," },
	{ 4, "one", ", ", "two", "one" },
	{ 11, "one", ", ", "a\xc3\xa9zzz", "one, a..." },
};

START_TEST(join)
{
	char out[ROOM];

	memset(out, FILLER, sizeof out);
	snprintf(out, sizeof out, "%s", joins[_i].held);
	text_join(out, joins[_i].size, joins[_i].between, "%s", joins[_i].in);
	ck_assert_str_eq(out, joins[_i].out);
	ck_assert_int_eq(out[joins[_i].size], FILLER);
}
END_TEST

/* Lowest byte first, and highest byte first. */
START_TEST(numbers)
{
	static const unsigned char little[] = { 0x02, 0x81, 0x06, 0x05, 0x84, 0x83 };
	static const unsigned char big[] = { 0x81, 0x02, 0x83, 0x84, 0x05, 0x06 };
	unsigned char out[6];

	ck_assert_ptr_eq(put_le32(put_le16(out, 0x8102), 0x83840506), out + 6);
	ck_assert_mem_eq(out, little, sizeof little);
	ck_assert_uint_eq(get_le16(out), 0x8102);
	ck_assert_uint_eq(get_le32(out + 2), 0x83840506);
	ck_assert_ptr_eq(put_be32(put_be16(out, 0x8102), 0x83840506), out + 6);
	ck_assert_mem_eq(out, big, sizeof big);
	ck_assert_uint_eq(get_be16(out), 0x8102);
	ck_assert_uint_eq(get_be32(out + 2), 0x83840506);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("text");
	TCase *tc = tcase_create("text");

	tcase_add_rows(tc, utf8_len, characters, bytes);
	tcase_add_rows(tc, format, formats, in);
	tcase_add_rows(tc, join, joins, in);
	tcase_add_test(tc, numbers);
	tcase_add_rows(tc, harmless, texts, in);
	tcase_add_test(tc, harmless_str);
	tcase_add_rows(tc, bytes, sizes, out);
	tcase_add_rows(tc, distance, pairs, a);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
