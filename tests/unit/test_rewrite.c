/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/rewrite.h"

#include "check_main.h"
#include "dicom_bytes.h"

#define XL ENCODING_EXPLICIT_LE
#define IL ENCODING_IMPLICIT_LE

#define UNDEFINED ELEMENT_UNDEFINED
#define ITEM	  0xfffee000u
#define ITEM_END  0xfffee00du
#define SEQ_END	  0xfffee0ddu
#define SEQ	  0x00081140u
#define PIXELS	  0x7fe00010u
#define PRIVATE	  0x00091010u

static void
check_bytes(const struct bytes *wanted, const struct bytes *got, const char *what, size_t size)
{
	size_t same = 0;

	while (same < wanted->len && same < got->len && wanted->data[same] == got->data[same])
		same++;
	ck_assert_msg(wanted->len == got->len && same == got->len,
		"%s in bites of %zu: %zu bytes instead of %zu, other ones from %zu on", what, size, got->len,
		wanted->len, same);
}

static int
fill(struct rewrite *rewrite, unsigned char *data, size_t size, struct err *err)
{
	struct scatter out = { .left = 0 };

	ck_assert(scatter_add(&out, data, size));
	return rewrite_fill(rewrite, &out, err);
}

/* All of it, into five places of size bytes at a time. */
static void
fill_all(struct rewrite *rewrite, size_t size, struct bytes *out)
{
	struct err err = ERR_INIT;

	bytes_zero(out, rewrite->total);
	for (size_t at = 0; at < out->len;) {
		struct scatter places = { .left = 0 };

		for (int i = 0; i < 5 && at < out->len; i++) {
			size_t n = size < out->len - at ? size : out->len - at;

			ck_assert(scatter_add(&places, out->data + at, n));
			at += n;
		}
		ck_assert_msg(rewrite_fill(rewrite, &places, &err) == 0, "%s", err.text);
	}
}

/* Kept in memory, it becomes the same. */
static void
check_kept(const struct bytes *b, size_t begin, size_t size, bool can, const struct bytes *wanted)
{
	static struct rewrite rewrite;
	struct bytes kept = { 0 };

	if (b->len - begin > INPUT_WINDOW)
		return;
	ck_assert_int_eq(rewrite_init(&rewrite, -1, b->data + begin, 0, b->len - begin), can);
	if (!can)
		return;
	fill_all(&rewrite, size, &kept);
	check_bytes(wanted, &kept, "what was kept", size);
	bytes_free(&kept);
}

/* Rewrite what stands behind `begin` bytes of b, size bytes at a time. False: it cannot be. */
static bool
rewrite_bytes(const struct bytes *b, size_t begin, size_t size, struct bytes *out)
{
	static struct rewrite rewrite;
	int fd = bytes_fd(b);
	bool can = rewrite_init(&rewrite, fd, NULL, begin, b->len);

	if (can)
		fill_all(&rewrite, size, out);
	close(fd);
	check_kept(b, begin, size, can, out);
	return can;
}

/* --- what becomes of it: the same element by element, in both encodings */

static void
plain(struct bytes *b, struct encoding e)
{
	bytes_object(b, e, 64);
}

static void
nothing(struct bytes *b, struct encoding e)
{
	(void)e;
	bytes_zero(b, 0);
}

static void
empty_values(struct bytes *b, struct encoding e)
{
	bytes_header(b, e, 0x00080005, "CS", 0);
	bytes_header(b, e, 0x00080006, "UT", 0);
	bytes_header(b, e, PIXELS, "OW", 0);
}

static void
every_vr(struct bytes *b, struct encoding e)
{
	static const char vrs[][3] = { "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT",
		"OB", "OD", "OF", "OL", "OV", "OW", "PN", "SH", "SL", "SS", "ST", "SV", "TM", "UC", "UI",
		"UL", "UN", "UR", "US", "UT", "UV" };

	for (uint32_t i = 0; i < sizeof vrs / sizeof vrs[0]; i++)
		bytes_value(b, e, PRIVATE + i, vrs[i], "\0\xff\xfe\0 \xe0\r\0", 8);
	/* Lengths that need all their bytes. */
	bytes_header(b, e, 0x00281201, "OW", 0x00010102);
	bytes_zero(b, 0x00010102);
	bytes_header(b, e, 0x00400000 + 0xa160, "UT", 0x00020000);
	bytes_zero(b, 0x00020000);
	bytes_header(b, e, 0x00410010, "LT", 0xfffe);
	bytes_zero(b, 0xfffe);
}

static void
end(struct bytes *b, struct encoding e, uint32_t tag)
{
	bytes_header(b, e, tag, NULL, 0);
}

/* Sequences of undefined lengths: empty, with an empty item, and within one another. */
static void
nested(struct bytes *b, struct encoding e)
{
	bytes_header(b, e, SEQ, "SQ", UNDEFINED);
	end(b, e, SEQ_END);
	bytes_header(b, e, SEQ + 1, "SQ", UNDEFINED);
	bytes_header(b, e, ITEM, NULL, UNDEFINED);
	end(b, e, ITEM_END);
	bytes_header(b, e, ITEM, NULL, UNDEFINED);
	bytes_text(b, e, 0x00080050, "SH", "first");
	bytes_header(b, e, SEQ, "SQ", UNDEFINED);
	bytes_header(b, e, ITEM, NULL, UNDEFINED);
	bytes_text(b, e, 0x00080050, "SH", "second");
	bytes_value(b, e, 0x00091010, "OB", "\376\377\335\340\0\0\0\0", 8);
	end(b, e, ITEM_END);
	end(b, e, SEQ_END);
	bytes_text(b, e, 0x00100010, "PN", "behind");
	end(b, e, ITEM_END);
	end(b, e, SEQ_END);
	bytes_text(b, e, 0x00100010, "PN", "behind all");
}

/* The same in defined lengths, where e is explicit. */
static void
nested_defined(struct bytes *b, struct encoding e)
{
	if (!e.explicit_vr) {
		nested(b, e);
		return;
	}
	bytes_header(b, e, SEQ, "SQ", 0);
	bytes_header(b, e, SEQ + 1, "SQ", 98);
	bytes_header(b, e, ITEM, NULL, 0);
	bytes_header(b, e, ITEM, NULL, 82);
	bytes_text(b, e, 0x00080050, "SH", "first");
	bytes_header(b, e, SEQ, "SQ", 42);
	bytes_header(b, e, ITEM, NULL, 34);
	bytes_text(b, e, 0x00080050, "SH", "second");
	bytes_value(b, e, 0x00091010, "OB", "\376\377\335\340\0\0\0\0", 8);
	bytes_text(b, e, 0x00100010, "PN", "behind");
	bytes_text(b, e, 0x00100010, "PN", "behind all");
}

/* One kind within the other. */
static void
nested_mixed(struct bytes *b, struct encoding e)
{
	bool x = e.explicit_vr;

	bytes_header(b, e, SEQ, "SQ", UNDEFINED);
	bytes_header(b, e, ITEM, NULL, x ? 12 + 8 + 10 + 8 : UNDEFINED);
	bytes_header(b, e, SEQ, "SQ", UNDEFINED);
	bytes_header(b, e, ITEM, NULL, x ? 10 : UNDEFINED);
	bytes_value(b, e, 0x00080050, "US", "ab", 2);
	if (!x)
		end(b, e, ITEM_END);
	end(b, e, SEQ_END);
	if (!x)
		end(b, e, ITEM_END);
	end(b, e, SEQ_END);
	bytes_header(b, e, SEQ + 1, "SQ", x ? 8 + 10 + 8 : UNDEFINED);
	bytes_header(b, e, ITEM, NULL, UNDEFINED);
	bytes_value(b, e, 0x00080050, "US", "cd", 2);
	end(b, e, ITEM_END);
	if (!x)
		end(b, e, SEQ_END);
}

static void
deep(struct bytes *b, struct encoding e)
{
	for (int i = 0; i < REWRITE_SEQUENCES; i++) {
		bytes_header(b, e, SEQ, "SQ", UNDEFINED);
		bytes_header(b, e, ITEM, NULL, UNDEFINED);
	}
	for (int i = 0; i < REWRITE_SEQUENCES; i++) {
		end(b, e, ITEM_END);
		end(b, e, SEQ_END);
	}
}

/* UN of undefined length holds items in implicit VR (PS3.5 6.2.2): those stay as they are. */
static void
unknown(struct bytes *b, struct encoding e)
{
	bytes_value(b, e, PRIVATE, "UN", "SQ\0\0\0\0", 6);
	bytes_header(b, e, PRIVATE + 1, "UN", UNDEFINED);
	bytes_header(b, IL, ITEM, NULL, UNDEFINED);
	bytes_text(b, IL, 0x00080050, "SH", "implicit");
	bytes_header(b, IL, SEQ, "SQ", UNDEFINED);
	bytes_header(b, IL, ITEM, NULL, e.explicit_vr ? 8 + 6 + 8 : UNDEFINED);
	bytes_text(b, IL, 0x00080050, "SH", "inmost");
	bytes_header(b, IL, 0x00081140, "SQ", 0);
	if (!e.explicit_vr)
		end(b, IL, ITEM_END);
	end(b, IL, SEQ_END);
	end(b, IL, ITEM_END);
	end(b, IL, SEQ_END);
	bytes_text(b, e, 0x00100010, "PN", "explicit");
}

/* The length of a group, in whatever VR it comes: nothing in implicit VR. */
static void
group_length(struct bytes *b, struct encoding e, uint32_t tag, const char *vr, size_t size)
{
	if (e.explicit_vr)
		bytes_value(b, e, tag, vr, "\0\1\2\3\4\5\6\7", size);
}

static void
group_lengths(struct bytes *b, struct encoding e)
{
	bool x = e.explicit_vr;

	group_length(b, e, 0x00080000, "UN", 4);
	bytes_value(b, e, 0x00080001, "UL", "abcd", 4);
	bytes_header(b, e, SEQ, "SQ", x ? 8 + 12 + 10 : UNDEFINED);
	bytes_header(b, e, ITEM, NULL, x ? 12 + 10 : UNDEFINED);
	group_length(b, e, 0x00080000, "UL", 4);
	bytes_text(b, e, 0x00080050, "SH", "in");
	if (!x) {
		end(b, e, ITEM_END);
		end(b, e, SEQ_END);
	}
	bytes_header(b, e, SEQ + 1, "UT", 0);
	bytes_text(b, e, 0x00100010, "PN", "none given");
	group_length(b, e, 0x00180000, "UL", 8);
	group_length(b, e, 0x00200000, "LO", 3);
	group_length(b, e, 0x7fe00000, "UL", 0);
	bytes_header(b, e, PIXELS, "OW", 0x8000);
	bytes_zero(b, 0x8000);
}

static void
trailing_padding(struct bytes *b, struct encoding e)
{
	bytes_object(b, e, 64);
	bytes_value(b, e, 0xfffcfffc, "OB", "\0\0\0\0\0\0", 6);
}

static void
unknown_pixels(struct bytes *b, struct encoding e)
{
	bytes_value(b, e, PIXELS, "UN", "pixels", 6);
}

/* Beyond the window that a file is read through, element by element. */
static void
many(struct bytes *b, struct encoding e)
{
	for (uint32_t i = 0; i < 5000; i++)
		bytes_value(b, e, 0x00091001 + i, i % 3 ? "LO" : "OB", "0123456789", i % 7 * 2 % 10);
	bytes_header(b, e, 0x7fe00010, "OB", 100000);
	for (int i = 0; i < 100000; i++)
		bytes_put(b, &i, 1);
	bytes_text(b, e, 0xfffcfffc, "OB", "last");
}

static const struct {
	const char *what;
	void (*build)(struct bytes *b, struct encoding e);
} rewritten[] = {
	{ "an object", plain },
	{ "nothing at all", nothing },
	{ "empty values", empty_values },
	{ "every VR", every_vr },
	{ "nested sequences", nested },
	{ "nested sequences of defined length", nested_defined },
	{ "nested sequences of both kinds", nested_mixed },
	{ "sequences as deep as it goes", deep },
	{ "unknown VR", unknown },
	{ "lengths of groups", group_lengths },
	{ "trailing padding", trailing_padding },
	{ "pixels of unknown VR", unknown_pixels },
	{ "many elements", many },
};

#define ROWS(table) (int)(sizeof table / sizeof table[0])

START_TEST(rewrites)
{
	static const size_t sizes[] = { 1, 2, 3, 7, 8, 9, 12, 16, 100, 4096, 16384, 131072, SIZE_MAX };
	struct bytes from = { 0 }, wanted = { 0 };

	/* What stands before the data set is none of its business. */
	bytes_head(&from, UID_EXPLICIT_LE);
	size_t begin = from.len;

	rewritten[_i].build(&from, XL);
	rewritten[_i].build(&wanted, IL);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct bytes got = { 0 };

		ck_assert_msg(rewrite_bytes(&from, begin, sizes[i], &got), "%s", rewritten[_i].what);
		check_bytes(&wanted, &got, rewritten[_i].what, sizes[i]);
		bytes_free(&got);
	}
	bytes_free(&from);
	bytes_free(&wanted);
}
END_TEST

/* Two bites, parted at every byte. */
START_TEST(parts_anywhere)
{
	struct bytes from = { 0 }, wanted = { 0 };

	rewritten[_i].build(&from, XL);
	rewritten[_i].build(&wanted, IL);
	for (size_t part = 0; part <= wanted.len && wanted.len < 2000; part++) {
		static struct rewrite rewrite;
		struct err err = ERR_INIT;
		struct bytes got = { 0 };
		int fd = bytes_fd(&from);

		ck_assert(rewrite_init(&rewrite, fd, NULL, 0, from.len));
		bytes_zero(&got, rewrite.total);
		ck_assert_int_eq(fill(&rewrite, got.data, part, &err), 0);
		ck_assert_int_eq(fill(&rewrite, got.data + part, got.len - part, &err), 0);
		check_bytes(&wanted, &got, rewritten[_i].what, part);
		bytes_free(&got);
		close(fd);
	}
	bytes_free(&from);
	bytes_free(&wanted);
}
END_TEST

/* --- what it leaves alone */

static void
odd_value(struct bytes *b)
{
	bytes_value(b, XL, 0x00080050, "SH", "odd", 3);
	bytes_value(b, XL, 0x00080051, "SH", "odd", 3);
}

static void
odd_value_within(struct bytes *b)
{
	bytes_header(b, XL, SEQ, "SQ", UNDEFINED);
	bytes_header(b, XL, ITEM, NULL, UNDEFINED);
	odd_value(b);
	end(b, XL, ITEM_END);
	end(b, XL, SEQ_END);
}

static void
twice(struct bytes *b)
{
	bytes_text(b, XL, 0x00080050, "SH", "one");
	bytes_text(b, XL, 0x00080050, "SH", "two");
}

static void
twice_within(struct bytes *b)
{
	bytes_header(b, XL, SEQ, "SQ", 8 + 24);
	bytes_header(b, XL, ITEM, NULL, 24);
	twice(b);
}

static void
descending(struct bytes *b)
{
	bytes_text(b, XL, 0x00100010, "PN", "one");
	bytes_text(b, XL, 0x00080050, "SH", "two");
}

static void
descending_within(struct bytes *b)
{
	bytes_header(b, XL, SEQ, "SQ", UNDEFINED);
	bytes_header(b, XL, ITEM, NULL, UNDEFINED);
	descending(b);
	end(b, XL, ITEM_END);
	end(b, XL, SEQ_END);
}

static void
meta_group(struct bytes *b)
{
	bytes_text(b, XL, 0x00020010, "UI", UID_EXPLICIT_LE);
}

static void
strange_vr(struct bytes *b)
{
	bytes_header(b, XL, 0x00080050, "ZZ", 0);
	bytes_u32(b, XL, 0);
}

static void
no_vr(struct bytes *b)
{
	bytes_object(b, IL, 64);
}

static void
fragments(struct bytes *b)
{
	bytes_header(b, XL, PIXELS, "OB", UNDEFINED);
	bytes_header(b, XL, ITEM, NULL, 0);
	end(b, XL, SEQ_END);
}

static void
fragments_in_unknown(struct bytes *b)
{
	bytes_header(b, XL, PRIVATE, "UN", UNDEFINED);
	bytes_header(b, IL, ITEM, NULL, UNDEFINED);
	bytes_header(b, IL, PIXELS, NULL, UNDEFINED);
	end(b, IL, SEQ_END);
	end(b, IL, ITEM_END);
	end(b, IL, SEQ_END);
}

static void
undefined_text(struct bytes *b)
{
	bytes_header(b, XL, 0x00080050, "UT", UNDEFINED);
	end(b, XL, SEQ_END);
}

static void
pixels_in_doubles(struct bytes *b)
{
	bytes_value(b, XL, PIXELS, "OD", "12345678", 8);
}

static void
voi_lut_in_words(struct bytes *b)
{
	bytes_value(b, XL, 0x00283010, "OW", "12345678", 8);
}

static void
too_deep(struct bytes *b)
{
	bytes_header(b, XL, SEQ, "SQ", UNDEFINED);
	bytes_header(b, XL, ITEM, NULL, UNDEFINED);
	deep(b, XL);
	end(b, XL, ITEM_END);
	end(b, XL, SEQ_END);
}

static void
ends_in_header(struct bytes *b)
{
	bytes_text(b, XL, 0x00080050, "SH", "whole");
	bytes_put(b, "\x08\0\x51", 3);
}

static void
ends_in_long_header(struct bytes *b)
{
	bytes_text(b, XL, 0x00080050, "SH", "whole");
	bytes_put(b, "\x08\0\x51\0UT\0\0\0", 9);
}

static void
ends_in_value(struct bytes *b)
{
	bytes_header(b, XL, PIXELS, "OW", 100000);
	bytes_zero(b, 99998);
}

static void
ends_in_group_length(struct bytes *b)
{
	bytes_header(b, XL, 0x00080000, "UL", 4);
	bytes_zero(b, 2);
}

static void
no_sequence_end(struct bytes *b)
{
	bytes_header(b, XL, SEQ, "SQ", UNDEFINED);
}

static void
no_item_end(struct bytes *b)
{
	bytes_header(b, XL, SEQ, "SQ", UNDEFINED);
	bytes_header(b, XL, ITEM, NULL, UNDEFINED);
	bytes_text(b, XL, 0x00080050, "SH", "whole");
}

static void
end_outside(struct bytes *b)
{
	end(b, XL, ITEM_END);
}

static void
wrong_end(struct bytes *b)
{
	bytes_header(b, XL, SEQ, "SQ", UNDEFINED);
	bytes_header(b, XL, ITEM, NULL, UNDEFINED);
	end(b, XL, SEQ_END);
	end(b, XL, ITEM_END);
}

static void
end_with_length(struct bytes *b)
{
	bytes_header(b, XL, SEQ, "SQ", UNDEFINED);
	bytes_header(b, XL, SEQ_END, NULL, 2);
	bytes_zero(b, 2);
}

static void
end_within_length(struct bytes *b)
{
	bytes_header(b, XL, SEQ, "SQ", 8);
	end(b, XL, SEQ_END);
}

static void
element_for_item(struct bytes *b)
{
	bytes_header(b, XL, SEQ, "SQ", 10);
	bytes_value(b, XL, 0x00080050, "US", "ab", 2);
}

static void
item_for_element(struct bytes *b)
{
	bytes_header(b, XL, ITEM, NULL, 2);
	bytes_zero(b, 2);
}

static void
item_beyond_sequence(struct bytes *b)
{
	bytes_header(b, XL, SEQ, "SQ", 8);
	bytes_header(b, XL, ITEM, NULL, 10);
	bytes_value(b, XL, 0x00080050, "US", "ab", 2);
}

static void
value_beyond_item(struct bytes *b)
{
	bytes_header(b, XL, SEQ, "SQ", 16);
	bytes_header(b, XL, ITEM, NULL, 8);
	bytes_value(b, XL, 0x00080050, "US", "ab", 2);
}

static void
header_beyond_item(struct bytes *b)
{
	bytes_header(b, XL, SEQ, "SQ", 12);
	bytes_header(b, XL, ITEM, NULL, 4);
	bytes_value(b, XL, 0x00080050, "US", "ab", 2);
}

/* An undefined length within a defined one ends with that at the latest. */
static void
end_beyond_item(struct bytes *b)
{
	bytes_header(b, XL, SEQ, "SQ", 8 + 12);
	bytes_header(b, XL, ITEM, NULL, 12);
	bytes_header(b, XL, SEQ, "SQ", UNDEFINED);
	end(b, XL, SEQ_END);
}

static void
sequence_beyond_file(struct bytes *b)
{
	bytes_header(b, XL, SEQ, "SQ", 0xfffffffe);
	bytes_header(b, XL, ITEM, NULL, 0);
}

static const struct {
	const char *what;
	void (*build)(struct bytes *b);
} refused[] = {
#define ROW(function) { #function, function }
	ROW(odd_value),
	ROW(odd_value_within),
	ROW(twice),
	ROW(twice_within),
	ROW(descending),
	ROW(descending_within),
	ROW(meta_group),
	ROW(strange_vr),
	ROW(no_vr),
	ROW(fragments),
	ROW(fragments_in_unknown),
	ROW(undefined_text),
	ROW(pixels_in_doubles),
	ROW(voi_lut_in_words),
	ROW(too_deep),
	ROW(ends_in_header),
	ROW(ends_in_long_header),
	ROW(ends_in_value),
	ROW(ends_in_group_length),
	ROW(no_sequence_end),
	ROW(no_item_end),
	ROW(end_outside),
	ROW(wrong_end),
	ROW(end_with_length),
	ROW(end_within_length),
	ROW(element_for_item),
	ROW(item_for_element),
	ROW(item_beyond_sequence),
	ROW(value_beyond_item),
	ROW(header_beyond_item),
	ROW(end_beyond_item),
	ROW(sequence_beyond_file),
#undef ROW
};

START_TEST(refuses)
{
	struct bytes b = { 0 }, out = { 0 };

	refused[_i].build(&b);
	ck_assert_msg(!rewrite_bytes(&b, 0, 1000, &out), "%s", refused[_i].what);
	bytes_free(&b);
	bytes_free(&out);
}
END_TEST

/* Cut anywhere, it is refused, or ended between two elements of the top level. */
/* What the dictionary has the other way would be misread without its VR; not all is asked about. */
static const struct {
	const char *what;
	uint32_t tag;
	const char *vr, *value;
	bool asked;
} asked_about[] = {
	{ "a text", 0x00100020, "LO", "7", true },
	{ "an empty one", 0x00100020, "LO", "", false },
	{ "one of unknown VR", 0x00100020, "UN", "7", false },
	{ "a private one", 0x00110020, "LO", "7", false },
};

static unsigned questions;

static bool
misread(uint32_t tag, bool sequence)
{
	questions++;
	return tag == 0x00100020 && !sequence;
}

START_TEST(refuses_misread)
{
	struct bytes b = { 0 };
	struct rewrite rewrite;

	bytes_text(&b, ENCODING_EXPLICIT_LE, asked_about[_i].tag, asked_about[_i].vr, asked_about[_i].value);
	memset(&rewrite, 0xff, sizeof rewrite); /* whatever was there before */
	rewrite.misread = misread;
	ck_assert_int_eq(rewrite_init(&rewrite, -1, b.data, 0, b.len), !asked_about[_i].asked);
	ck_assert_uint_eq(questions, asked_about[_i].asked);
	rewrite.misread = NULL;
	ck_assert(rewrite_init(&rewrite, -1, b.data, 0, b.len));
	bytes_free(&b);
}
END_TEST

START_TEST(refuses_every_cut)
{
	struct bytes b = { 0 };
	size_t whole = 0;

	nested(&b, XL);
	for (size_t len = b.len; len-- > 0;) {
		struct bytes cut = { 0 }, out = { 0 };

		bytes_put(&cut, b.data, len);
		whole += rewrite_bytes(&cut, 0, 1000, &out);
		bytes_free(&cut);
		bytes_free(&out);
	}
	ck_assert_uint_eq(whole, 3);
	bytes_free(&b);
}
END_TEST

/* --- files that change under its hands */

static void
fill_changed(void (*change)(int fd), const char *text)
{
	static struct rewrite rewrite;
	static unsigned char out[200000];
	struct err err = ERR_INIT;
	struct bytes b = { 0 };
	int fd;

	many(&b, XL);
	fd = bytes_fd(&b);
	ck_assert(rewrite_init(&rewrite, fd, NULL, 0, b.len));
	ck_assert_uint_le(rewrite.total, sizeof out);
	change(fd);
	ck_assert_int_eq(fill(&rewrite, out, rewrite.total, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NO_INPUT);
	ck_assert_str_eq(err.text, text);
	close(fd);
	bytes_free(&b);
}

static void
cut_value(int fd)
{
	ck_assert_int_eq(ftruncate(fd, lseek(fd, 0, SEEK_END) - 1000), 0);
}

/* In the middle of a header. */
static void
cut_header(int fd)
{
	ck_assert_int_eq(ftruncate(fd, 20006), 0);
}

static void
overwrite(int fd)
{
	for (off_t at = 0; at < 60000; at += 4)
		ck_assert_int_eq(pwrite(fd, "\xff\xff\xff\xff", 4, at), 4);
}

START_TEST(notices_changes)
{
	fill_changed(cut_value, "was truncated while it was being sent");
	fill_changed(cut_header, "cannot be read: it has 162406 bytes, and reading ends after 20006");
	fill_changed(overwrite, "changed while it was being sent");
}
END_TEST

START_TEST(refuses_what_cannot_be_read)
{
	static struct rewrite rewrite;
	int fd = open("/", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert(!rewrite_init(&rewrite, fd, NULL, 0, 1000));
	close(fd);
}
END_TEST

/* Values are never gathered: 6 GiB of a sparse file, to the end of which nobody looks but by hops. */
START_TEST(measures_large_files)
{
	static struct rewrite rewrite;
	struct bytes b = { 0 };
	uint64_t size = 0;
	int fd = memfd_create("large", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	for (uint32_t i = 0; i < 3; i++, size += 12 + UINT64_C(0x80000000)) {
		b.len = 0;
		bytes_header(&b, XL, PRIVATE + i, "OB", 0x80000000);
		ck_assert_int_eq(pwrite(fd, b.data, b.len, (off_t)size), 12);
	}
	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	ck_assert(rewrite_init(&rewrite, fd, NULL, 0, size));
	ck_assert_uint_eq(rewrite.total, size - 3 * UINT64_C(4));
	bytes_free(&b);
	close(fd);
}
END_TEST

static Suite *
suite_rewrite(void)
{
	Suite *suite = suite_create("rewrite");
	TCase *tcase = tcase_create("rewrite");

	tcase_add_rows(tcase, rewrites, rewritten, what);
	tcase_add_rows(tcase, parts_anywhere, rewritten, what);
	tcase_add_rows(tcase, refuses, refused, what);
	tcase_add_rows(tcase, refuses_misread, asked_about, what);
	tcase_add_test(tcase, refuses_every_cut);
	tcase_add_test(tcase, notices_changes);
	tcase_add_test(tcase, refuses_what_cannot_be_read);
	tcase_add_test(tcase, measures_large_files);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return check_run(suite_rewrite());
}
