/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/frames.h"

#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "dicom_bytes.h"

#define LE    ENCODING_EXPLICIT_LE
#define SOI   "\xff\xd8\xff\xc0" /* a frame of JPEG begins */
#define BYTES(literal) literal, sizeof(literal) - 1

/* Numbers of a table, up to the first of END. */
#define END UINT64_MAX
#define NUMBERS 8

/* Fragments are given as letters, a word each: "a" stands for 8 bytes of it, a capital letter for
 * that behind a start marker, "-" for none, "t" for two bytes. 16 or 20 bytes per item but for those. */
static const struct {
	const char *name;
	uint64_t extended[NUMBERS], lengths[NUMBERS], basic[NUMBERS];
	const char *fragments;
	uint32_t count;
	bool rle;
	enum frames_way way;
	const char *frames; /* as fragments, joined; NULL: refused */
	const char *sentence;
} rows[] = {
	{ "one", { END }, { END }, { END }, "A", 1, false, FRAMES_EACH, "A", NULL },
	{ "one in three", { END }, { END }, { END }, "A b c", 1, false, FRAMES_MARKED, "Abc", NULL },
	{ "each", { END }, { END }, { END }, "A B C", 3, false, FRAMES_EACH, "A B C", NULL },
	{ "each, RLE", { END }, { END }, { END }, "a b c", 3, true, FRAMES_EACH, "a b c", NULL },
	{ "marked", { END }, { END }, { END }, "A b C D e f", 3, false, FRAMES_MARKED, "Ab C Def", NULL },
	{ "without bytes", { END }, { END }, { END }, "- A - B -", 2, false, FRAMES_EACH, "A B", NULL },
	{ "without bytes, RLE", { END }, { END }, { END }, "a - b", 2, true, FRAMES_EACH, "a b", NULL },
	{ "basic", { END }, { END }, { 0, 36, END }, "A b C", 2, false, FRAMES_BASIC, "Ab C", NULL },
	{ "basic, RLE in two", { END }, { END }, { 0, 32, END }, "a b c", 2, true, FRAMES_BASIC, "ab c", NULL },
	{ "basic, a short fragment", { END }, { END }, { 0, 30, END }, "A t C", 2, false, FRAMES_BASIC, "At C",
		NULL },
	{ "basic, of one", { END }, { END }, { 0, END }, "A b c", 1, false, FRAMES_BASIC, "Abc", NULL },
	{ "extended", { 0, 36, END }, { 20, 11, END }, { END }, "A b C", 2, false, FRAMES_EXTENDED, "Ab C", NULL },
	{ "extended, without lengths", { 0, 36, END }, { END }, { END }, "A b C", 2, false, FRAMES_EXTENDED,
		"Ab C", NULL },
	{ "extended comes first", { 0, 20, END }, { END }, { 0, 36, END }, "A b C", 2, false, FRAMES_EXTENDED,
		"A bC", NULL },

	/* tables that do not go with the fragments: the next way */
	{ "extended, beyond the end", { 0, 360, END }, { END }, { 0, 36, END }, "A b C", 2, false, FRAMES_BASIC,
		"Ab C", NULL },
	{ "extended, overflowing", { 0, END - 7, END }, { END }, { END }, "A b C", 2, false, FRAMES_MARKED,
		"Ab C", NULL },
	{ "extended, lengths overlap", { 0, 36, END }, { 37, 12, END }, { END }, "A b C", 2, false, FRAMES_MARKED,
		"Ab C", NULL },
	{ "extended, lengths overflow", { 0, 36, END }, { 20, END - 1, END }, { END }, "A b C", 2, false,
		FRAMES_MARKED, "Ab C", NULL },
	{ "extended, a length is missing", { 0, 36, END }, { 20, END }, { END }, "A b C", 2, false, FRAMES_MARKED,
		"Ab C", NULL },
	{ "basic, descending", { END }, { END }, { 36, 0, END }, "A b C", 2, false, FRAMES_MARKED, "Ab C", NULL },
	{ "basic, twice the same", { END }, { END }, { 0, 0, END }, "A b C", 2, false, FRAMES_MARKED, "Ab C", NULL },
	{ "basic, not the first", { END }, { END }, { 20, 36, END }, "A b C", 2, false, FRAMES_MARKED, "Ab C", NULL },
	{ "basic, within a fragment", { END }, { END }, { 0, 34, END }, "A b C", 2, false, FRAMES_MARKED, "Ab C",
		NULL },
	{ "basic, beyond the end", { END }, { END }, { 0, 56, END }, "A b C", 2, false, FRAMES_MARKED, "Ab C", NULL },
	{ "basic, too many", { END }, { END }, { 0, 20, 36, END }, "A b C", 2, false, FRAMES_MARKED, "Ab C", NULL },
	{ "basic, too few", { END }, { END }, { 0, END }, "A b C", 2, false, FRAMES_MARKED, "Ab C", NULL },
	{ "basic, without bytes", { END }, { END }, { 0, 20, END }, "A - C", 2, false, FRAMES_EACH, "A C", NULL },
	{ "basic, descending, RLE", { END }, { END }, { 16, 0, END }, "a b", 2, true, FRAMES_EACH, "a b", NULL },

	/* no way */
	{ "too few", { END }, { END }, { END }, "A b C", 3 - 2, false, 0, NULL,
		"it has 2 compressed frames, but its Number of Frames says 1" },
	{ "too many", { END }, { END }, { END }, "A b C", 4, false, 0, NULL,
		"it has 2 compressed frames, but its Number of Frames says 4" },
	{ "none", { END }, { END }, { END }, "-", 1, false, 0, NULL, "it has 0 compressed frames" },
	{ "a frame within a frame of the table", { END }, { END }, { 0, 40, END }, "A B C", 2, false, 0, NULL,
		"it has 3 compressed frames, but its Number of Frames says 2" },
	{ "RLE, too few", { END }, { END }, { END }, "a b c", 2, true, 0, NULL,
		"it has 3 RLE fragments, but its Number of Frames says 2" },
	{ "RLE, in two", { END }, { END }, { 0, 16, END }, "a b c", 1, true, 0, NULL, "it has 3 RLE fragments" },
};

/* The bytes that a letter stands for. */
static void
put_letter(struct bytes *b, char letter)
{
	char value[9];

	if (letter == '-')
		return;
	memset(value, letter, 8);
	if (letter >= 'A' && letter <= 'Z')
		bytes_put(b, SOI, 4);
	bytes_put(b, value, letter == 't' ? 2 : 8);
}

static size_t
put_numbers(struct bytes *b, const uint64_t *numbers, size_t width)
{
	size_t count = 0;

	for (; numbers[count] != END; count++)
		bytes_put(b, &numbers[count], width); /* of a little endian machine */
	return count * width;
}

static void
put_table(struct bytes *b, uint32_t tag, const uint64_t *numbers)
{
	struct bytes table = { 0 };
	size_t size = put_numbers(&table, numbers, 8);

	if (size > 0)
		bytes_value(b, LE, tag, "OV", table.data, size);
	bytes_free(&table);
}

static void
put_items(struct bytes *b, const uint64_t *basic, const char *fragments)
{
	struct bytes item = { 0 };
	size_t size = put_numbers(&item, basic, 4);

	bytes_header(b, LE, 0x7fe00010, "OB", ELEMENT_UNDEFINED);
	bytes_header(b, LE, TAG_ITEM, NULL, (uint32_t)size);
	if (size > 0)
		bytes_put(b, item.data, size);
	for (; *fragments; fragments++) {
		if (*fragments == ' ')
			continue;
		item.len = 0;
		put_letter(&item, *fragments);
		bytes_header(b, LE, TAG_ITEM, NULL, (uint32_t)item.len);
		if (item.len > 0)
			bytes_put(b, item.data, item.len);
	}
	bytes_header(b, LE, TAG_SEQUENCE_END, NULL, 0);
	bytes_free(&item);
}

/* A data set from offset 0 of a file on, and what is known of it. */
static int
make(struct bytes *b, struct instance *instance)
{
	memset(instance, 0, sizeof *instance);
	instance->data_size = b->len;
	return bytes_fd(b);
}

/* The frame that comes next is what the letters stand for, whole and in part. */
static void
check_frame(struct frames *frames, const char *letters, size_t count)
{
	struct bytes wanted = { 0 };
	unsigned char got[64];
	struct err err = ERR_INIT;
	struct frames before = *frames;
	uint64_t size;

	for (size_t i = 0; i < count; i++)
		put_letter(&wanted, letters[i]);
	ck_assert_msg(frames_next(frames, got, sizeof got, &size, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(size, wanted.len);
	ck_assert_mem_eq(got, wanted.data, wanted.len);
	ck_assert_uint_le(size, frames->longest);
	memset(got, 0, sizeof got);
	*frames = before;
	ck_assert_int_eq(frames_next(frames, got, 5, &size, &err), 0);
	ck_assert_uint_eq(size, wanted.len);
	ck_assert_mem_eq(got, wanted.data, 5);
	ck_assert_int_eq(got[5], 0);
	bytes_free(&wanted);
}

START_TEST(walk)
{
	struct bytes b = { 0 };
	struct instance instance;
	struct pixel_place place;
	struct frames frames;
	struct err err = ERR_INIT;
	uint64_t size;
	int fd;

	bytes_group8(&b, LE);
	put_table(&b, 0x7fe00001, rows[_i].extended);
	put_table(&b, 0x7fe00002, rows[_i].lengths);
	put_items(&b, rows[_i].basic, rows[_i].fragments);
	bytes_text(&b, LE, 0xfffcfffc, "OB", "padding");
	fd = make(&b, &instance);
	ck_assert_msg(frames_find(fd, &instance, &place, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(place.element.offset + place.element.size, b.len - 12 - 8);
	if (!rows[_i].frames) {
		ck_assert_int_eq(frames_open(&frames, fd, &place, rows[_i].count, rows[_i].rle, &err), -1);
		ck_assert_int_eq(err.kind, ERR_NO_INPUT);
		ck_assert_msg(strstr(err.text, rows[_i].sentence), "%s", err.text);
	} else {
		const char *letters = rows[_i].frames;

		ck_assert_msg(frames_open(&frames, fd, &place, rows[_i].count, rows[_i].rle, &err) == 0, "%s",
			err.text);
		ck_assert_int_eq(frames.way, rows[_i].way);
		for (size_t n; *letters; letters += n + (letters[n] == ' ')) {
			n = strcspn(letters, " ");
			check_frame(&frames, letters, n);
		}
		ck_assert_int_eq(frames_next(&frames, NULL, 0, &size, &err), -1);
		ck_assert(strstr(err.text, "changed meanwhile"));
		ck_assert_int_eq(frames_rewind(&frames, &err), 0);
		check_frame(&frames, rows[_i].frames, strcspn(rows[_i].frames, " "));
	}
	close(fd);
	bytes_free(&b);
}
END_TEST

/* Items that are not what they should be. */
static const struct {
	const char *name;
	const char *bytes;
	size_t size;
	const char *sentence;
} damaged[] = {
	{ "nothing", BYTES(""), "have no end" },
	{ "no delimiter", BYTES("\xfe\xff\0\xe0\0\0\0\0"), "have no end" },
	{ "a short header", BYTES("\xfe\xff\0\xe0\0\0"), "are not a data element" },
	{ "a table that is too long", BYTES("\xfe\xff\0\xe0\xff\xff\xff\x7f"), "end within a fragment" },
	{ "a fragment that is too long", BYTES("\xfe\xff\0\xe0\0\0\0\0\xfe\xff\0\xe0\6\0\0\0\1\2\3\4"),
		"end within a fragment" },
	{ "an undefined length", BYTES("\xfe\xff\0\xe0\0\0\0\0\xfe\xff\0\xe0\xff\xff\xff\xff"),
		"have a fragment of undefined length" },
	{ "another element", BYTES("\xfe\xff\0\xe0\0\0\0\0\x08\0\0\0UL\4\0\1\0\0\0"),
		"hold something that is not a fragment" },
	{ "no table", BYTES("\xfe\xff\xdd\xe0\0\0\0\0"), "it has 0 compressed frames" },
};

START_TEST(broken)
{
	struct pixel_place place = { .element = { 0, 12 + damaged[_i].size }, .items = 12 };
	struct bytes b = { 0 };
	struct frames frames;
	struct err err = ERR_INIT;
	int fd;

	bytes_header(&b, LE, 0x7fe00010, "OB", ELEMENT_UNDEFINED);
	bytes_put(&b, damaged[_i].bytes, damaged[_i].size);
	fd = bytes_fd(&b);
	ck_assert_int_eq(frames_open(&frames, fd, &place, 1, false, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NO_INPUT);
	ck_assert_msg(strstr(err.text, damaged[_i].sentence), "%s", err.text);
	close(fd);
	bytes_free(&b);
}
END_TEST

/* Pixel Data that is plain, or absent, or behind what cannot be judged. */
START_TEST(find)
{
	struct bytes b = { 0 };
	struct instance instance;
	struct pixel_place place;
	struct err err = ERR_INIT;
	int fd;

	bytes_group8(&b, LE);
	fd = make(&b, &instance);
	ck_assert_int_eq(frames_find(fd, &instance, &place, &err), 0);
	ck_assert_uint_eq(place.element.size, 0);
	close(fd);
	bytes_value(&b, LE, 0x7fe00010, "OW", "pixels", 6);
	fd = make(&b, &instance);
	ck_assert_int_eq(frames_find(fd, &instance, &place, &err), 0);
	ck_assert_uint_eq(place.element.size, 18);
	ck_assert_uint_eq(place.items, 0);
	close(fd);
	b.len = 0;
	bytes_put(&b, "\x08\0\x05\0\0\0\0\0", 8);
	fd = make(&b, &instance);
	ck_assert_int_eq(frames_find(fd, &instance, &place, &err), -1);
	ck_assert_msg(strstr(err.text, "(0008,0005) near offset 0 has no value representation"), "%s", err.text);
	close(fd);
	bytes_free(&b);
}
END_TEST

/* A fragment that is longer than what is read at a time: whole, and from a file cut short meanwhile. */
START_TEST(cut)
{
	enum { LONG = 3 * INPUT_WINDOW };
	struct bytes b = { 0 };
	struct pixel_place place = { .element = { 0, 12 + 8 + 8 + LONG + 8 }, .items = 12 };
	unsigned char *got = calloc(1, LONG);
	struct frames frames;
	struct err err = ERR_INIT;
	uint64_t size;
	int fd;

	bytes_header(&b, LE, 0x7fe00010, "OB", ELEMENT_UNDEFINED);
	bytes_header(&b, LE, TAG_ITEM, NULL, 0);
	bytes_header(&b, LE, TAG_ITEM, NULL, LONG);
	bytes_zero(&b, LONG);
	for (size_t i = 28; i < b.len; i++)
		b.data[i] = (unsigned char)(i % 251);
	bytes_header(&b, LE, TAG_SEQUENCE_END, NULL, 0);
	fd = bytes_fd(&b);
	ck_assert_msg(frames_open(&frames, fd, &place, 1, false, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(frames.longest, LONG);
	ck_assert_int_eq(frames_next(&frames, got, LONG, &size, &err), 0);
	ck_assert_uint_eq(size, LONG);
	ck_assert_mem_eq(got, b.data + 28, LONG);
	ck_assert_int_eq(frames_rewind(&frames, &err), 0);
	ck_assert_int_eq(ftruncate(fd, LONG), 0);
	ck_assert_int_eq(frames_next(&frames, got, LONG, &size, &err), -1);
	ck_assert_msg(strstr(err.text, "cannot be read"), "%s", err.text);
	close(fd);
	free(got);
	bytes_free(&b);
}
END_TEST

static Suite *
suite_frames(void)
{
	Suite *suite = suite_create("frames");
	TCase *tcase = tcase_create("fragments");

	tcase_add_rows(tcase, walk, rows, name);
	tcase_add_rows(tcase, broken, damaged, name);
	tcase_add_test(tcase, find);
	tcase_add_test(tcase, cut);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return check_run(suite_frames());
}
