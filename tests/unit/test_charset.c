/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/charset.h"

#include <stdlib.h>
#include <string.h>

#include "check_main.h"

#define PN   "\\^="
#define LO   "\\"
#define TEXT ""

/* Those of PS3.5 H.3, I.2, J.1, K.2 are the standard's own examples. */
static const struct {
	const char *terms, *text, *delimiters;
	const char *coded; /* NULL: refused */
} rows[] = {
	{ "", "Doe^John", PN, "Doe^John" },
	{ "", "", PN, "" },
	{ "", "Müller", PN, NULL },
	{ "ISO_IR 100", "Äneas^Rüdiger", PN,
		"\xc4neas^R\xfc" "diger" },
	{ " ISO_IR 100 ", "é", LO, "\xe9" },
	{ "ISO_IR 100", "Wałęsa", PN, NULL },
	{ "ISO_IR 100", "€", LO, NULL },
	{ "ISO_IR 203", "€", LO, "\xa4" },
	{ "ISO_IR 101", "Wałęsa", PN, "Wa\xb3\xeasa" },
	{ "ISO_IR 144", "Люкceмбypг", PN,
		"\xbb\xee\xda" "ce\xdc\xd1yp\xd3" },
	{ "ISO_IR 126", "Διονυσιος", PN, "\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2" },
	{ "ISO_IR 127", "قباني^لنزار", PN, "\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1" },
	{ "ISO_IR 138", "שרון^דבורה", PN, "\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4" },
	{ "ISO_IR 166", "ไทย", LO, "\xe4\xb7\xc2" },
	{ "ISO_IR 192", "Wang^XiaoDong=王^小東", PN, "Wang^XiaoDong=王^小東" },
	{ "ISO_IR 192", "😀", TEXT, "😀" },
	{ "GB18030", "Wang^XiaoDong=王^小东", PN, "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab" },
	{ "GB18030", "😀", LO, "\x94\x39\xfc\x36" },
	{ "GBK", "小东", LO, "\xd0\xa1\xb6\xab" },
	{ "GBK", "😀", LO, NULL },
	{ "\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎=やまだ^たろう", PN,
		"Yamada^Tarou=\033$B;3ED\033(B^\033$BB@O:\033(B=\033$B$d$^$@\033(B^\033$B$?$m$&\033(B" },
	{ "ISO 2022 IR 6\\ISO 2022 IR 87", "山", LO, "\033$B;3\033(B" },
	{ "ISO 2022 IR 13\\ISO 2022 IR 87", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう", PN,
		"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\033$B;3ED\033(J^\033$BB@O:\033(J="
		"\033$B$d$^$@\033(J^\033$B$?$m$&\033(J" },
	{ "\\ISO 2022 IR 149", "Hong^Gildong=洪^吉洞=홍^길동", PN,
		"Hong^Gildong=\033$)C\xfb\xf3^\033$)C\xd1\xce\xd4\xd7=\033$)C\xc8\xab^\033$)C\xb1\xe6\xb5\xbf" },
	{ "\\ISO 2022 IR 149", "길동 하나\r\n동", TEXT,
		"\033$)C\xb1\xe6\xb5\xbf \xc7\xcf\xb3\xaa\r\n\033$)C\xb5\xbf" },
	{ "\\ISO 2022 IR 58", "Zhang^XiaoDong=张^小东", PN,
		"Zhang^XiaoDong=\033$)A\xd5\xc5^\033$)A\xd0\xa1\xb6\xab" },
	{ "\\ISO 2022 IR 87\\ISO 2022 IR 159", "山丂山", LO, "\033$B;3\033$(D0!\033$B;3\033(B" },
	{ "ISO 2022 IR 100\\ISO 2022 IR 144", "é\\Л\\é", LO, "\xe9\\\033-L\xbb\033-A\\\xe9" },
	{ "ISO 2022 IR 100\\ISO 2022 IR 144", "éЛ é", LO, "\xe9\033-L\xbb \033-A\xe9" },
	{ "\\ISO 2022 IR 100", "é", LO, "\033-A\xe9" },
	{ "\\ISO 2022 IR 87", "한", LO, NULL },
	{ "\\ISO 2022 IR 87", "ﾔ", LO, NULL },
	{ "ISO_IR 13", "ﾔﾏ^ﾀ", PN, "\xd4\xcf^\xc0" },
	{ "ISO_IR 13", "a~b", LO, NULL },
	{ "ISO_IR 13", "a\\b", TEXT, NULL },
	{ "ISO_IR 13", "ﾔ\\ﾏ", LO, "\xd4\\\xcf" },
	{ "ISO_IR 13", "¥", LO, NULL },
	{ "ISO_IR 100\\ISO_IR 192", "Л", LO, NULL }, /* UTF-8 does not extend another */
	{ "ISO_IR 999", "ASCII is in all of them", LO, "ASCII is in all of them" },
	{ "ISO_IR 999", "é", LO, NULL },
	{ "ISO_IR 192", "a\xff", LO, NULL },
	{ "\\ISO 2022 IR 87", "\033$B;3", LO, NULL },
	{ "", "\033", TEXT, NULL },
	{ "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\ISO 2022 IR 87", "山", LO, "\033$B;3\033(B" },
};

START_TEST(encodes)
{
	struct err err = ERR_INIT;
	char *coded = charset_encode(rows[_i].terms, rows[_i].text, rows[_i].delimiters, &err);

	if (!rows[_i].coded) {
		ck_assert_msg(!coded, "%s in %s", rows[_i].text, rows[_i].terms);
		ck_assert_int_eq(err.kind, ERR_NO_INPUT);
		ck_assert_str_ne(err.text, "");
	} else {
		ck_assert_msg(coded && strcmp(coded, rows[_i].coded) == 0, "%s in %s: %s %s", rows[_i].text,
			rows[_i].terms, coded ? coded : "", err.text);
	}
	free(coded);
}
END_TEST

START_TEST(names_the_character)
{
	struct err err = ERR_INIT;

	ck_assert_ptr_null(charset_encode("ISO_IR 100", "Wałęsa", PN, &err));
	ck_assert_str_eq(err.text, "the character \"ł\" is not in its character set, ISO_IR 100");
	ck_assert_ptr_null(charset_encode("", "ł", PN, &err));
	ck_assert_str_eq(err.text, "the character \"ł\" is not in its character set, ASCII");
}
END_TEST

/* Every character of a set switched to and from at once: the most bytes there can be. */
START_TEST(worst_case)
{
	struct err err = ERR_INIT;
	char text[4096] = "", *coded;

	while (strlen(text) < sizeof text - 32)
		strcat(text, "Л山é丂\\");
	coded = charset_encode("ISO 2022 IR 100\\ISO 2022 IR 144\\ISO 2022 IR 87\\ISO 2022 IR 159", text, LO,
		&err);
	ck_assert_msg(coded != NULL, "%s", err.text);
	free(coded);
}
END_TEST

static const struct {
	const char *terms, *bytes, *delimiters;
	bool ascii;
} ascii_rows[] = {
	{ "", "Doe^John", PN, true },
	{ "", "", PN, true },
	{ "", "M\xfcller", PN, false },
	{ "ISO_IR 6", "a\r\n\t~\\", TEXT, true },
	{ "ISO_IR 192", "M\303\274ller", PN, false },
	{ "\\ISO 2022 IR 87", "Suzuki=\033$BNkLZ\033(B", PN, false },
	{ "\\ISO 2022 IR 87", "NkLZ", PN, true },
	{ "ISO_IR 100", "a~b", LO, true },
	{ "ISO_IR 13", "a~b", LO, false },
	{ "ISO_IR 13", "a\\b", LO, true },
	{ "ISO_IR 13", "a\\b", PN, true },
	{ "ISO_IR 13", "a\\b", TEXT, false },
	{ " ISO 2022 IR 13 \\ISO 2022 IR 87", "a\\b", TEXT, false },
	{ "\\ISO 2022 IR 13", "a\\b~", TEXT, true },
	{ "GB18030", "a~\\", TEXT, true },
};

START_TEST(ascii)
{
	ck_assert_int_eq(charset_is_ascii(ascii_rows[_i].terms, ascii_rows[_i].bytes,
		strlen(ascii_rows[_i].bytes), ascii_rows[_i].delimiters), ascii_rows[_i].ascii);
}
END_TEST

static const struct {
	const char *terms;
	bool named;
} name_rows[] = {
	{ "", false },
	{ "\\", false },
	{ " ", false },
	{ "ISO_IR 6", false },
	{ " ISO_IR 6 \\ISO 2022 IR 6", false },
	{ "ISO_IR 100", true },
	{ "\\ISO 2022 IR 87", true },
	{ "ISO 2022 IR 6\\ISO 2022 IR 87", true },
	{ "ISO_IR 60", true },
	{ "latin1", true },
};

START_TEST(named)
{
	ck_assert_int_eq(charset_is_named(name_rows[_i].terms), name_rows[_i].named);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("charset");
	TCase *tc = tcase_create("charset");

	tcase_add_rows(tc, encodes, rows, terms);
	tcase_add_test(tc, names_the_character);
	tcase_add_rows(tc, ascii, ascii_rows, bytes);
	tcase_add_rows(tc, named, name_rows, terms);
	tcase_add_test(tc, worst_case);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
