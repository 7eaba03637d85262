/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SETS_MAX  16 /* values of (0008,0005) that are read; there are 15 sets for code extensions */
#define CODED_MAX 8  /* bytes of one character in any of the encodings used here */

/*
 * A character set: its defined terms, alone or with code extensions (PS3.3 tables C.12-2 to C.12-5), and an
 * encoding of iconv(3) that contains it, in which its characters are `width` bytes above 9F after `prefix`.
 * Without width: a complete encoding, without escape sequences.
 */
struct repertoire {
	const char *alone, *extended;
	const char *escape;
	const char *codeset;
	unsigned char prefix, width;
	bool g0; /* invoked in place of ASCII, eighth bit clear */
};

static const struct repertoire repertoires[] = {
	{ "ISO_IR 100", "ISO 2022 IR 100", "\033-A", "ISO-8859-1", 0, 1, false },
	{ "ISO_IR 101", "ISO 2022 IR 101", "\033-B", "ISO-8859-2", 0, 1, false },
	{ "ISO_IR 109", "ISO 2022 IR 109", "\033-C", "ISO-8859-3", 0, 1, false },
	{ "ISO_IR 110", "ISO 2022 IR 110", "\033-D", "ISO-8859-4", 0, 1, false },
	{ "ISO_IR 144", "ISO 2022 IR 144", "\033-L", "ISO-8859-5", 0, 1, false },
	{ "ISO_IR 127", "ISO 2022 IR 127", "\033-G", "ISO-8859-6", 0, 1, false },
	{ "ISO_IR 126", "ISO 2022 IR 126", "\033-F", "ISO-8859-7", 0, 1, false },
	{ "ISO_IR 138", "ISO 2022 IR 138", "\033-H", "ISO-8859-8", 0, 1, false },
	{ "ISO_IR 148", "ISO 2022 IR 148", "\033-M", "ISO-8859-9", 0, 1, false },
	{ "ISO_IR 203", "ISO 2022 IR 203", "\033-b", "ISO-8859-15", 0, 1, false },
	{ "ISO_IR 13", "ISO 2022 IR 13", "\033)I", "EUC-JP", 0x8e, 1, false },
	{ "ISO_IR 166", "ISO 2022 IR 166", "\033-T", "TIS-620", 0, 1, false },
	{ NULL, "ISO 2022 IR 87", "\033$B", "EUC-JP", 0, 2, true },
	{ NULL, "ISO 2022 IR 159", "\033$(D", "EUC-JP", 0x8f, 2, true },
	{ NULL, "ISO 2022 IR 149", "\033$)C", "EUC-KR", 0, 2, false },
	{ NULL, "ISO 2022 IR 58", "\033$)A", "EUC-CN", 0, 2, false },
	{ "ISO_IR 192", NULL, NULL, "UTF-8", 0, 0, false },
	{ "GB18030", NULL, NULL, "GB18030", 0, 0, false },
	{ "GBK", NULL, NULL, "GBK", 0, 0, false },
};

struct set {
	const struct repertoire *repertoire;
	iconv_t from_utf8, to_utf8;
};

struct encoder {
	struct set sets[SETS_MAX]; /* those named and known, in their order */
	size_t count;
	bool roman;	/* G0 begins as JIS X 0201's Roman letters (ISO-IR 14), not as ASCII */
	const struct repertoire *first; /* in G1 at the beginning, or the complete encoding; NULL: none */
	const struct repertoire *g0, *g1; /* currently invoked; NULL in G0: that of the beginning */
	char *out;
	size_t len;
};

static const struct repertoire *
find_repertoire(const char *term, size_t len)
{
	for (size_t i = 0; i < sizeof repertoires / sizeof *repertoires; i++) {
		const struct repertoire *r = &repertoires[i];

		if ((r->alone && strlen(r->alone) == len && memcmp(r->alone, term, len) == 0) ||
		    (r->extended && strlen(r->extended) == len && memcmp(r->extended, term, len) == 0))
			return r;
	}
	return NULL;
}

/* The first of the terms, without surrounding spaces. Returns what follows its backslash, or NULL. */
static const char *
take_term(const char *terms, const char **term, size_t *size)
{
	size_t len = strcspn(terms, "\\"), begin = strspn(terms, " "), end = len;

	while (end > begin && terms[end - 1] == ' ')
		end--;
	*term = terms + begin;
	*size = begin < end ? end - begin : 0;
	return terms[len] ? terms + len + 1 : NULL;
}

/* The sets for the terms. Unknown ones are ignored. */
static int
open_sets(struct encoder *e, const char *terms, struct err *err)
{
	for (bool first = true; terms && e->count < SETS_MAX; first = false) {
		struct set *set = &e->sets[e->count];
		const struct repertoire *r;
		const char *term;
		size_t size;

		terms = take_term(terms, &term, &size);
		r = size > 0 ? find_repertoire(term, size) : NULL;
		/* A complete encoding is used alone, by PS3.3 C.12.1.1.2. */
		if (r && (r->width > 0 || (first && !terms))) {
			set->repertoire = r;
			set->from_utf8 = iconv_open(r->codeset, "UTF-8");
			set->to_utf8 = iconv_open("UTF-8", r->codeset);
			e->count++;
			if (set->from_utf8 == (iconv_t)-1 || set->to_utf8 == (iconv_t)-1)
				return err_set(err, ERR_NO_INPUT, "cannot convert text to %s on this "
					"system: %s",
					r->codeset, strerror(errno));
			if (first && r->alone)
				e->first = r;
		}
	}
	e->g1 = e->first;
	e->roman = e->first && e->first->prefix == 0x8e;
	return 0;
}

static void
close_sets(struct encoder *e)
{
	for (size_t i = 0; i < e->count; i++) {
		if (e->sets[i].from_utf8 != (iconv_t)-1)
			iconv_close(e->sets[i].from_utf8);
		if (e->sets[i].to_utf8 != (iconv_t)-1)
			iconv_close(e->sets[i].to_utf8);
	}
}

/* Bytes of the conversion, 0 if there is none. */
static size_t
convert(iconv_t how, const char *in, size_t size, char out[CODED_MAX])
{
	char copy[CODED_MAX];
	char *from = copy, *to = out;
	size_t room = CODED_MAX;

	if (size > sizeof copy)
		return 0;
	memcpy(copy, in, size);
	if (iconv(how, &from, &size, &to, &room) != 0 || size > 0)
		return 0;
	return CODED_MAX - room;
}

/* The character's bytes in this set, 0 if it lacks the character or its bytes also mean another one. */
static size_t
encode_in_set(const struct set *set, const char *character, size_t size, char out[CODED_MAX])
{
	const struct repertoire *r = set->repertoire;
	size_t skip = r->prefix ? 1 : 0;
	char coded[CODED_MAX], back[CODED_MAX];
	size_t n = convert(set->from_utf8, character, size, coded);

	if (n == 0 || convert(set->to_utf8, coded, n, back) != size || memcmp(back, character, size) != 0)
		return 0;
	if (r->width > 0 && (n != skip + r->width || (skip && (unsigned char)coded[0] != r->prefix)))
		return 0;
	for (size_t i = skip; i < n; i++) {
		if (r->width > 0 && (unsigned char)coded[i] < 0xa0)
			return 0;
		out[i - skip] = (char)(r->g0 ? coded[i] & 0x7f : coded[i]);
	}
	return n - skip;
}

static void
append(struct encoder *e, const char *bytes, size_t size)
{
	memcpy(e->out + e->len, bytes, size);
	e->len += size;
}

static void
begin_g0(struct encoder *e)
{
	if (e->g0)
		append(e, e->roman ? "\033(J" : "\033(B", 3);
	e->g0 = NULL;
}

/* Back to the state at the beginning of a value (PS3.5 6.1.2.5.3). If G1 is empty at the beginning, no
 * escape is needed, but the next character needs one again. */
static void
return_to_first_sets(struct encoder *e)
{
	begin_g0(e);
	if (e->g1 != e->first && e->first)
		append(e, e->first->escape, strlen(e->first->escape));
	e->g1 = e->first;
}

static void
invoke(struct encoder *e, const struct repertoire *r)
{
	const struct repertoire **place = r->g0 ? &e->g0 : &e->g1;

	if (*place != r)
		append(e, r->escape, strlen(r->escape));
	*place = r;
}

/* One of ASCII. ISO-IR 14 has a yen sign and an overline where ASCII has a backslash and a tilde. */
static bool
encode_ascii(struct encoder *e, char c, const char *delimiters)
{
	bool delimiter = strchr(delimiters, c) || (unsigned char)c < 0x20;

	if (e->roman && (c == '~' || (c == '\\' && !delimiter)))
		return false;
	if (delimiter)
		return_to_first_sets(e);
	else
		begin_g0(e);
	append(e, &c, 1);
	return true;
}

/* A character of several bytes in UTF-8, in the first set that has it. */
static bool
encode_multibyte(struct encoder *e, const char *character, size_t size)
{
	char coded[CODED_MAX];

	for (size_t i = 0; i < e->count; i++) {
		size_t n = encode_in_set(&e->sets[i], character, size, coded);

		if (n == 0)
			continue;
		invoke(e, e->sets[i].repertoire);
		append(e, coded, n);
		return true;
	}
	return false;
}

static int
encode(struct encoder *e, const char *text, const char *delimiters, const char *terms, struct err *err)
{
	char shown[64];
	size_t n;

	for (const char *p = text; *p; p += n) {
		n = text_utf8_len((const unsigned char *)p, strlen(p));
		if (n == 0)
			return err_set(err, ERR_NO_INPUT, "the text is not UTF-8");
		if (*p == '\033')
			return err_set(err, ERR_NO_INPUT, "the text contains an escape character (1B hex), "
				"which would change its character set");
		if (n == 1 ? encode_ascii(e, *p, delimiters) : encode_multibyte(e, p, n))
			continue;
		return err_set(err, ERR_NO_INPUT, "the character \"%s\" is not in its character set, %s",
			text_harmless(shown, sizeof shown, p, n),
			*terms ? TEXT_SHOWN(terms, 128) : "ASCII");
	}
	return_to_first_sets(e);
	return 0;
}

char *
charset_encode(const char *terms, const char *text, const char *delimiters, struct err *err)
{
	struct encoder e = { .count = 0 };
	/* Bytes for one byte of UTF-8: at most, two sets are left and two are invoked. */
	const size_t worst = 12;

	e.out = malloc(worst * strlen(text) + worst);
	if (!e.out) {
		err_nomem(err);
		return NULL;
	}
	if (open_sets(&e, terms, err) < 0 || encode(&e, text, delimiters, terms, err) < 0) {
		free(e.out);
		e.out = NULL;
	} else {
		e.out[e.len] = '\0';
	}
	close_sets(&e);
	return e.out;
}

bool
charset_is_ascii(const char *terms, const char *bytes, size_t size, const char *delimiters)
{
	const struct repertoire *first;
	const char *term;
	size_t term_size;
	bool roman;

	(void)take_term(terms, &term, &term_size);
	first = find_repertoire(term, term_size);
	roman = first && first->alone && first->prefix == 0x8e;
	for (size_t i = 0; i < size; i++) {
		if ((unsigned char)bytes[i] >= 0x80 || bytes[i] == '\033')
			return false;
		if (roman && (bytes[i] == '~' || (bytes[i] == '\\' && !strchr(delimiters, '\\'))))
			return false;
	}
	return true;
}

bool
charset_is_named(const char *terms)
{
	static const char *const ascii[] = { "ISO_IR 6", "ISO 2022 IR 6" };

	while (terms) {
		const char *term;
		size_t size;
		bool named;

		terms = take_term(terms, &term, &size);
		named = size > 0;
		for (size_t i = 0; i < sizeof ascii / sizeof *ascii; i++)
			named = named && (size != strlen(ascii[i]) || memcmp(term, ascii[i], size) != 0);
		if (named)
			return true;
	}
	return false;
}
