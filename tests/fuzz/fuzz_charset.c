/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer (clang -fsanitize=fuzzer,address,undefined): values of Specific
 * Character Set up to a line feed, behind it a text. What is encoded must
 * decode to the very same text, by a decoder that follows PS3.5 6.1.2.5 alone.
 * The first byte picks the delimiters.
 */
#include "dicom/charset.h"

#include <iconv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* A set by its first value's defined term and its escape sequence (PS3.3 C.12.1.1.2). */
struct set {
	const char *alone, *extended, *escape;
	const char *prefix; /* to a character's bytes, for iconv */
	const char *codeset;
	unsigned width;
	bool g0;
};

#define LATIN(n, escape, codeset) { "ISO_IR " n, "ISO 2022 IR " n, escape, "", codeset, 1, false }
static const struct set sets[] = {
	LATIN("100", "-A", "ISO-8859-1"), LATIN("101", "-B", "ISO-8859-2"),
	LATIN("109", "-C", "ISO-8859-3"), LATIN("110", "-D", "ISO-8859-4"),
	LATIN("144", "-L", "ISO-8859-5"), LATIN("127", "-G", "ISO-8859-6"),
	LATIN("126", "-F", "ISO-8859-7"), LATIN("138", "-H", "ISO-8859-8"),
	LATIN("148", "-M", "ISO-8859-9"), LATIN("203", "-b", "ISO-8859-15"),
	LATIN("166", "-T", "TIS-620"), LATIN("13", ")I", "SHIFT_JIS"),
	{ NULL, "", "(B", "", "ASCII", 1, true },
	{ NULL, "", "(J", "", "ASCII", 1, true }, /* but for two, which must not come */
	{ NULL, "", "$B", "\033$B", "ISO-2022-JP", 2, true },
	{ NULL, "", "$(D", "\033$(D", "ISO-2022-JP-2", 2, true },
	{ NULL, "", "$)C", "", "EUC-KR", 2, false },
	{ NULL, "", "$)A", "", "EUC-CN", 2, false },
};

struct decoder {
	const struct set *first, *g0, *g1; /* NULL: none; in G0, ASCII or what stands for it */
	char out[8192];
	size_t len;
};

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
convert(const char *codeset, const char *bytes, size_t size, struct decoder *d)
{
	iconv_t how = iconv_open("UTF-8", codeset);
	char in[4096], *from = in, *to = d->out + d->len;
	size_t room = sizeof d->out - d->len;

	require(how != (iconv_t)-1 && size <= sizeof in);
	memcpy(in, bytes, size);
	require(iconv(how, &from, &size, &to, &room) == 0 && size == 0);
	d->len = sizeof d->out - room;
	iconv_close(how);
}

static void
decode_character(const struct set *set, const char *bytes, struct decoder *d)
{
	char coded[16];
	size_t skip;

	require(set != NULL);
	skip = strlen(set->prefix);
	memcpy(coded, set->prefix, skip);
	memcpy(coded + skip, bytes, set->width);
	convert(set->codeset, coded, skip + set->width, d);
}

/* The bytes of an escape sequence behind ESC. */
static size_t
invoke(struct decoder *d, const char *p)
{
	for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
		const struct set *set = &sets[i];
		size_t len = strlen(set->escape);

		if (strncmp(p, set->escape, len) != 0)
			continue;
		if (set->g0)
			d->g0 = set->width > 1 ? set : NULL;
		else
			d->g1 = set;
		return len;
	}
	abort();
}

/* With code extensions, or one byte to a character. */
static void
decode(struct decoder *d, const char *p, const char *delimiters)
{
	while (*p) {
		const struct set *set = (unsigned char)*p < 0x80 ? d->g0 : d->g1;

		if (*p == '\033') {
			p += 1 + invoke(d, p + 1);
		} else if ((unsigned char)*p < 0x80 && !set) {
			if ((unsigned char)*p < 0x20 || strchr(delimiters, *p))
				d->g1 = d->first;
			require(d->len < sizeof d->out);
			d->out[d->len++] = *p++;
		} else {
			require(set && strlen(p) >= set->width);
			decode_character(set, p, d);
			p += set->width;
		}
	}
	require(d->g0 == NULL);
}

/* The whole code that the terms are, NULL if they are none. */
static const char *
whole_code(const char *terms)
{
	static const char *const codes[][2] = {
		{ "ISO_IR 192", "UTF-8" },
		{ "GB18030", "GB18030" },
		{ "GBK", "GBK" },
	};
	size_t begin = strspn(terms, " "), len = strlen(terms);

	while (len > begin && terms[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		if (strlen(codes[i][0]) == len - begin &&
		    memcmp(terms + begin, codes[i][0], len - begin) == 0)
			return codes[i][1];
	}
	return NULL;
}

/* What is in G1 before anything is invoked: the first value's. */
static const struct set *
first_set(const char *terms)
{
	size_t end = strcspn(terms, "\\"), begin = strspn(terms, " ");

	while (end > begin && terms[end - 1] == ' ')
		end--;
	for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
		const char *const names[] = { sets[i].alone, sets[i].extended };

		for (size_t n = 0; sets[i].alone && n < 2; n++) {
			if (strlen(names[n]) == end - begin &&
			    memcmp(names[n], terms + begin, end - begin) == 0)
				return &sets[i];
		}
	}
	return NULL;
}

static void
check(const char *terms, const char *text, const char *delimiters, const char *coded)
{
	struct decoder d = { .len = 0 };

	if (whole_code(terms)) {
		convert(whole_code(terms), coded, strlen(coded), &d);
	} else {
		d.first = d.g1 = first_set(terms);
		decode(&d, coded, delimiters);
	}
	require(d.len == strlen(text) && memcmp(d.out, text, d.len) == 0);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const char *const delimiters[] = { "\\", "\\^=", "" };
	struct err err = ERR_INIT;
	char terms[1024], *text, *coded;

	if (size == 0 || size >= sizeof terms)
		return 0;
	memcpy(terms, data + 1, size - 1);
	terms[size - 1] = '\0';
	text = strchr(terms, '\n');
	if (!text)
		return 0;
	*text++ = '\0';
	coded = charset_encode(terms, text, delimiters[data[0] % 3], &err);
	if (coded)
		check(terms, text, delimiters[data[0] % 3], coded);
	else
		require(err.kind == ERR_NO_INPUT && err.text[0]);
	free(coded);
	return 0;
}
