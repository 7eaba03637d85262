/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/codestream.h"

#include <stdlib.h>
#include <string.h>

#include "check_main.h"

#define JPEG	  "\xff\xd8"
#define JFIF	  "\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0"
#define ADOBE(n)  "\xff\xee\x00\x0e" "Adobe\0\x64\0\0\0\0" n
#define SOF(n, p) "\xff" n "\x00\x11" p "\x00\x40\x00\x20\x03"
#define YBR	  "\x01\x11\x00\x02\x11\x01\x03\x11\x01"
#define YBR_420	  "\x01\x22\x00\x02\x11\x01\x03\x11\x01"
#define RGB	  "R\x11\x00G\x11\x00" "B\x11\x00"
#define GREY	  "\xff\xc3\x00\x0b\x10\x00\x40\x00\x20\x01\x01\x11\x00"
#define SOS	  "\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00"
#define SOS_GREY  "\xff\xda\x00\x08\x01\x01\x00\x01\x00\x00"
#define LS(near)  "\xff\xda\x00\x08\x01\x01\x00" near "\x00\x00"
#define LS_GREY	  "\xff\xf7\x00\x0b\x0c\x00\x40\x00\x20\x01\x01\x11\x00"

#define DHT(class, symbol) "\xff\xc4\x00\x14" class "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" symbol

#define J2K	  "\xff\x4f"
#define EXTENT	  "\x00\x00\x00\x24\x00\x00\x00\x48\x00\x00\x00\x04\x00\x00\x00\x08" /* 32 x 64 */
#define WHOLE	  "\x00\x00\x00\x24\x00\x00\x00\x48\x00\x00\x00\x00\x00\x00\x00\x00"
#define TILED	  "\x00\x00\x00\x10\x00\x00\x00\x10\x00\x00\x00\x04\x00\x00\x00\x08"
#define ONE_LESS  "\x00\x00\x00\x1f\x00\x00\x00\x3f\x00\x00\x00\x04\x00\x00\x00\x08" /* than the extent */
#define ONE_MORE  "\x00\x00\x00\x21\x00\x00\x00\x41\x00\x00\x00\x04\x00\x00\x00\x08"
#define NO_TILE	  "\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00"
#define EMPTY	  "\x00\x00\x00\x04\x00\x00\x00\x48\x00\x00\x00\x04\x00\x00\x00\x08"
#define SIZ3(extent, tile, a, b) \
	"\xff\x51\x00\x2f\x00\x00" extent tile "\x00\x03" a "\x01\x01" a "\x01\x01" b
#define SIZ1(a)	  "\xff\x51\x00\x29\x00\x00" EXTENT WHOLE "\x00\x01" a "\x01\x01"
#define COD(mct, wavelet) "\xff\x52\x00\x0c\x00\x00\x00\x01" mct "\x05\x04\x04\x00" wavelet
#define SOT	  "\xff\x90\x00\x0a\x00\x00\x00\x00\x00\x00\x00\x01"
#define SIGNATURE "\0\0\0\x0cjP  \r\n\x87\n"
#define FTYP	  "\0\0\0\x14" "ftypjp2 \0\0\0\0jp2 "
#define GREY_J2K  J2K SIZ1("\x0f") COD("\0", "\1")

/* A tile-part of 16 bytes: which tile, its length as told, which part of how many. */
#define PART(tile, length, part, parts) \
	"\xff\x90\x00\x0a\x00" tile "\0\0\0" length part parts "\xff\x93" "hi"
#define WHOLE_PART PART("\0", "\x10", "\0", "\1")
#define TWO_TILES J2K SIZ3(EXTENT, HALF, "\7", "\7\1\1") COD("\0", "\1")
#define HALF	  "\x00\x00\x00\x24\x00\x00\x00\x20\x00\x00\x00\x00\x00\x00\x00\x08"
#define EOC	  "\xff\xd9"

#define BYTES(literal) (literal), sizeof(literal) - 1

/* Traits */
enum { SIGNED = 1, DIFFERING = 2, SUBSAMPLED = 4, LOSSY = 8, TRANSFORMED = 16 };

static const struct {
	const char *bytes;
	size_t size;
	enum codestream_kind kind;
	enum codestream_colour colour;
	unsigned components, precision;
	int traits;
	uint64_t tiles;
} good[] = {
	{ BYTES(JPEG SOF("\xc0", "\x08") YBR SOS), CODESTREAM_JPEG, COLOUR_UNSAID, 3, 8, LOSSY, 1 },
	{ BYTES(JPEG JFIF SOF("\xc0", "\x08") YBR SOS), CODESTREAM_JPEG, COLOUR_YBR, 3, 8, LOSSY, 1 },
	{ BYTES(JPEG JFIF ADOBE("\0") SOF("\xc1", "\x0c") YBR SOS), CODESTREAM_JPEG, COLOUR_RGB, 3, 12, LOSSY,
		1 },
	{ BYTES(JPEG ADOBE("\1") JFIF SOF("\xc0", "\x08") RGB SOS), CODESTREAM_JPEG, COLOUR_YBR, 3, 8, LOSSY,
		1 },
	{ BYTES(JPEG SOF("\xc0", "\x08") RGB SOS), CODESTREAM_JPEG, COLOUR_RGB, 3, 8, LOSSY, 1 },
	{ BYTES(JPEG SOF("\xc2", "\x08") YBR_420 SOS), CODESTREAM_JPEG, COLOUR_UNSAID, 3, 8,
		LOSSY | SUBSAMPLED, 1 },
	{ BYTES(JPEG GREY SOS_GREY), CODESTREAM_JPEG, COLOUR_UNSAID, 1, 16, 0, 1 },
	{ BYTES(JPEG "\xff\xff" GREY "\xff\xff\xff" SOS_GREY), CODESTREAM_JPEG, COLOUR_UNSAID, 1, 16, 0, 1 },
	{ BYTES(JPEG "\xff\xfe\x00\x04hi" GREY "\xff\xc4\x00\x02" SOS_GREY "\xff\xd9"), CODESTREAM_JPEG,
		COLOUR_UNSAID, 1, 16, 0, 1 },
	{ BYTES(JPEG DHT("\0", "\x10") GREY SOS_GREY), CODESTREAM_JPEG, COLOUR_UNSAID, 1, 16, 0, 1 },
	{ BYTES(JPEG DHT("\0", "\x0f") DHT("\x11", "\xff") SOF("\xc0", "\x08") YBR SOS), CODESTREAM_JPEG,
		COLOUR_UNSAID, 3, 8, LOSSY, 1 },
	{ BYTES(JPEG LS_GREY LS("\0")), CODESTREAM_JPEG_LS, COLOUR_UNSAID, 1, 12, 0, 1 },
	{ BYTES(JPEG JFIF LS_GREY LS("\2")), CODESTREAM_JPEG_LS, COLOUR_UNSAID, 1, 12, LOSSY, 1 },
	{ BYTES(J2K SIZ1("\x0f") COD("\0", "\1") SOT), CODESTREAM_JPEG_2000, COLOUR_UNSAID, 1, 16, 0, 1 },
	{ BYTES(J2K SIZ1("\x8b") COD("\0", "\0") SOT), CODESTREAM_JPEG_2000, COLOUR_UNSAID, 1, 12,
		SIGNED | LOSSY, 1 },
	{ BYTES(J2K SIZ3(EXTENT, TILED, "\7", "\7\1\1") "\xff\x64\x00\x04hi" COD("\1", "\1") SOT),
		CODESTREAM_JPEG_2000, COLOUR_UNSAID, 3, 8, TRANSFORMED, 8 },
	{ BYTES(J2K SIZ3(EXTENT, ONE_LESS, "\7", "\7\1\1") COD("\1", "\1") SOT), CODESTREAM_JPEG_2000,
		COLOUR_UNSAID, 3, 8, TRANSFORMED, 4 },
	{ BYTES(J2K SIZ3(EXTENT, ONE_MORE, "\7", "\7\1\1") COD("\1", "\1") SOT), CODESTREAM_JPEG_2000,
		COLOUR_UNSAID, 3, 8, TRANSFORMED, 1 },
	{ BYTES(SIGNATURE FTYP "\0\0\0\0jp2c" GREY_J2K SOT), CODESTREAM_JPEG_2000, COLOUR_UNSAID, 1, 16, 0, 1 },
	{ BYTES(SIGNATURE FTYP "\0\1\0\0jp2c" GREY_J2K SOT), CODESTREAM_JPEG_2000, COLOUR_UNSAID, 1, 16, 0, 1 },
	{ BYTES(SIGNATURE "\0\0\0\1free\0\0\0\0\0\0\0\x10" "\0\0\0\1jp2c\0\0\0\0\0\1\0\0" GREY_J2K SOT),
		CODESTREAM_JPEG_2000, COLOUR_UNSAID, 1, 16, 0, 1 },
	{ BYTES(J2K SIZ3(EXTENT, WHOLE, "\7", "\7\2\1") COD("\1", "\1") SOT), CODESTREAM_JPEG_2000,
		COLOUR_UNSAID, 3, 8, TRANSFORMED | SUBSAMPLED, 1 },
	{ BYTES(J2K SIZ3(EXTENT, WHOLE, "\7", "\x87\1\1") COD("\0", "\1") SOT), CODESTREAM_JPEG_2000,
		COLOUR_UNSAID, 3, 8, DIFFERING, 1 },
};

START_TEST(read)
{
	struct codestream got;
	struct err err = ERR_INIT;
	int traits = good[_i].traits;

	ck_assert(codestream_starts(good[_i].bytes, good[_i].size));
	ck_assert_int_eq(codestream_parse(good[_i].bytes, good[_i].size, &got, &err), 0);
	ck_assert_int_eq(got.kind, good[_i].kind);
	ck_assert_int_eq(got.colour, good[_i].colour);
	ck_assert_uint_eq(got.rows, 64);
	ck_assert_uint_eq(got.columns, 32);
	ck_assert_uint_eq(got.components, good[_i].components);
	ck_assert_uint_eq(got.precision, good[_i].precision);
	ck_assert_uint_eq(got.tiles, good[_i].tiles);
	ck_assert_int_eq(got.is_signed, (traits & SIGNED) != 0);
	ck_assert_int_eq(got.uniform, (traits & DIFFERING) == 0);
	ck_assert_int_eq(got.subsampled, (traits & SUBSAMPLED) != 0);
	ck_assert_int_eq(got.lossy, (traits & LOSSY) != 0);
	ck_assert_int_eq(got.transformed, (traits & TRANSFORMED) != 0);
}
END_TEST

/* Every beginning of a header is refused, and read no further than it goes. */
START_TEST(cut_short)
{
	struct codestream got;
	struct err err = ERR_INIT;
	size_t header = good[_i].size;

	for (size_t size = 0; size < header; size++) {
		unsigned char *bytes = malloc(size + 1); /* of its own, for a sanitizer to watch */

		ck_assert_ptr_nonnull(bytes);
		memcpy(bytes, good[_i].bytes, size);
		if (codestream_parse(bytes, size, &got, &err) == 0)
			ck_assert_uint_ge(size + 2, header); /* one row goes on to EOI */
		else
			ck_assert_int_eq(err.kind, ERR_NO_INPUT);
		free(bytes);
	}
}
END_TEST

static const struct {
	const char *bytes;
	size_t size;
	const char *text;
} bad[] = {
	{ BYTES(""), "is invalid" },
	{ BYTES("\xff\xd8"), "is invalid" },
	{ BYTES("hello, world"), "is invalid" },
	{ BYTES("\x00\x00\x00\x0cjP  \r\n\x87\n"), "is invalid" }, /* JP2, no bare code stream */
	{ BYTES(SIGNATURE FTYP "\0\0\0\7free" GREY_J2K SOT), "is invalid" },
	{ BYTES(SIGNATURE FTYP "\0\0\0\0free" GREY_J2K SOT), "is invalid" },
	{ BYTES(SIGNATURE FTYP "\0\0\0\1jp2c\0\0\0"), "is invalid" },
	{ BYTES(SIGNATURE FTYP "\0\0\0\0jp2c" JPEG GREY SOS_GREY), "is invalid" },
	{ BYTES(SIGNATURE FTYP "\0\0\0\0jp2c"), "is invalid" },
	{ BYTES(SIGNATURE "\0\0\0\1free\xff\xff\xff\xff\xff\xff\xff\xff" GREY_J2K SOT), "is invalid" },
	{ BYTES(J2K COD("\0", "\1") SIZ1("\7") SOT), "is invalid" },
	{ BYTES(JPEG "\xff\xd9\xff\xd9"), "is damaged" },
	{ BYTES(JPEG SOS), "is damaged" },
	{ BYTES(JPEG GREY GREY SOS_GREY), "is damaged" },
	{ BYTES(JPEG GREY "\x00\x00\x00\x00" SOS_GREY), "is damaged" },
	{ BYTES(JPEG GREY "\xff\xfe\x00\x00" SOS_GREY), "is damaged" },
	{ BYTES(JPEG GREY "\xff\xfe\x00\x01" SOS_GREY), "is damaged" },
	{ BYTES(JPEG GREY "\xff\xfe\xff\xff" SOS_GREY), "is damaged" },
	{ BYTES(JPEG GREY DHT("\1", "\x11") SOS_GREY), "is damaged" }, /* no such difference */
	{ BYTES(JPEG DHT("\0", "\x10") SOF("\xc0", "\x08") YBR SOS), "is damaged" },
	{ BYTES(JPEG GREY "\xff\xc4\x00\x05\x00\1\0" SOS_GREY), "is damaged" },
	{ BYTES(JPEG GREY "\xff\xc4\x00\x13\x00\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" SOS_GREY), "is damaged" },
	{ BYTES(JPEG "\xff\xc0\x00\x08\x08\x00\x40\x00\x20\x03" SOS), "is damaged" }, /* no components */
	{ BYTES(JPEG "\xff\xc0\x00\x08\x08\x00\x40\x00\x20\x00" SOS), "is damaged" },
	{ BYTES(JPEG LS_GREY "\xff\xda\x00\x03\xff"), "is damaged" },
	{ BYTES(J2K SIZ1("\7") SOT), "is damaged" }, /* no COD */
	{ BYTES(J2K SIZ3(EMPTY, WHOLE, "\7", "\7\1\1") COD("\0", "\1") SOT), "is damaged" },
	{ BYTES(J2K SIZ3(EXTENT, NO_TILE, "\7", "\7\1\1") COD("\0", "\1") SOT), "is damaged" },
	{ BYTES(J2K "\xff\x51\x00\x29\x00\x00" EXTENT WHOLE "\x40\x00\7\1\1" COD("\0", "\1") SOT),
		"is damaged" }, /* more components than there are */
	{ BYTES(J2K "\xff\x51\x00\x26\x00\x00" EXTENT WHOLE "\x00\x00" COD("\0", "\1") SOT), "is damaged" },
	{ BYTES(J2K SIZ1("\7") "\xff\x52\x00\x05\x00\x00\x00" SOT), "is damaged" },
	{ BYTES(GREY_J2K "\xff\x53\x00\x08\0\0\1\4\4\0" SOT), "is damaged" }, /* COC, cut short */
	{ BYTES(GREY_J2K "\xff\x53\x00\x0a\0\1\1\4\4\0\1\x77" SOT), "is damaged" }, /* a precinct */
};

START_TEST(refused)
{
	struct codestream got;
	struct err err = ERR_INIT;

	ck_assert_int_eq(codestream_parse(bad[_i].bytes, bad[_i].size, &got, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NO_INPUT);
	ck_assert_msg(strstr(err.text, bad[_i].text) != NULL, "%s", err.text);
}
END_TEST

static const struct {
	const char *bytes;
	size_t size;
	unsigned blocks, layers, levels;
} blocks[] = {
	{ BYTES(GREY_J2K SOT), 6, 1, 5 },
	{ BYTES(J2K SIZ1("\7") "\xff\x52\x00\x0c\0\0\1\2\0\1\0\1\0\1" SOT), 2 + 64 + 16, 258, 1 },
	{ BYTES(J2K SIZ1("\7") "\xff\x52\x00\x0e\1\0\0\1\0\1\4\4\0\1\x88\x77" SOT), 2, 1, 1 },
	{ BYTES(J2K SIZ1("\7") "\xff\x52\x00\x0e\1\0\0\1\0\1\4\4\0\1\x88\x33" SOT), 2 + 128, 1, 1 },
	{ BYTES(J2K SIZ1("\7") "\xff\x52\x00\x0e\1\0\0\1\0\1\4\4\0\1\x00\x11" SOT), 2 + 2048 + 512, 1, 1 },
	{ BYTES(GREY_J2K "\xff\x53\x00\x09\0\0\7\0\0\0\1" SOT), 8 + 128 + 32 + 8 + 2, 1, 7 },
};

/* What a decoder has to keep account of. */
START_TEST(blocked)
{
	struct codestream got;
	struct err err = ERR_INIT;

	ck_assert_int_eq(codestream_parse(blocks[_i].bytes, blocks[_i].size, &got, &err), 0);
	ck_assert_uint_eq(got.blocks, blocks[_i].blocks);
	ck_assert_uint_eq(got.layers, blocks[_i].layers);
	ck_assert_uint_eq(got.levels, blocks[_i].levels);
}
END_TEST

static const struct {
	const char *bytes;
	size_t size, begin, end; /* of the code stream without EOC; end 0: it is not whole */
} frames[] = {
	{ BYTES(GREY_J2K WHOLE_PART EOC), 0, sizeof(GREY_J2K WHOLE_PART) - 1 },
	{ BYTES(GREY_J2K WHOLE_PART EOC "\0"), 0, sizeof(GREY_J2K WHOLE_PART) - 1 },
	{ BYTES(GREY_J2K WHOLE_PART), 0, sizeof(GREY_J2K WHOLE_PART) - 1 },
	{ BYTES(GREY_J2K WHOLE_PART "\0"), 0, sizeof(GREY_J2K WHOLE_PART) - 1 },
	{ BYTES(SIGNATURE "\0\0\0\0jp2c" GREY_J2K WHOLE_PART EOC), 20, 20 + sizeof(GREY_J2K WHOLE_PART) - 1 },
	{ BYTES(GREY_J2K PART("\0", "\0", "\0", "\1") EOC "\0"), 0, sizeof(GREY_J2K WHOLE_PART) - 1 },
	{ BYTES(GREY_J2K PART("\0", "\0", "\0", "\1")), 0, 0 }, /* up to an EOC that is missing */
	{ BYTES(GREY_J2K PART("\0", "\x11", "\0", "\1")), 0, 0 },
	{ BYTES(GREY_J2K PART("\0", "\x0d", "\0", "\1") EOC), 0, 0 },
	{ BYTES(GREY_J2K PART("\1", "\x10", "\0", "\1") EOC), 0, 0 }, /* no such tile */
	{ BYTES(GREY_J2K PART("\0", "\x10", "\0", "\2") EOC), 0, 0 }, /* the second part is missing */
	{ BYTES(GREY_J2K PART("\0", "\x10", "\0", "\0") PART("\0", "\x10", "\1", "\2") EOC), 0,
		sizeof(GREY_J2K WHOLE_PART WHOLE_PART) - 1 },
	{ BYTES(GREY_J2K PART("\0", "\x10", "\0", "\1") "hello"), 0, 0 },
	{ BYTES(TWO_TILES WHOLE_PART PART("\1", "\x10", "\0", "\1") EOC), 0,
		sizeof(TWO_TILES WHOLE_PART WHOLE_PART) - 1 },
	{ BYTES(TWO_TILES WHOLE_PART EOC), 0, 0 },
	{ BYTES(TWO_TILES EOC), 0, 0 },
	{ BYTES(JPEG GREY SOS_GREY), 0, 0 },
	{ BYTES(SIGNATURE), 0, 0 },
};

START_TEST(tiles)
{
	size_t begin, size;
	unsigned char *bytes = malloc(frames[_i].size); /* of its own, for a sanitizer to watch */
	struct err err = ERR_INIT;
	int rv;

	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, frames[_i].bytes, frames[_i].size);
	rv = codestream_tiles(bytes, frames[_i].size, &begin, &size, &err);
	free(bytes);
	ck_assert_int_eq(rv, frames[_i].end > 0 ? 0 : -1);
	if (rv < 0) {
		ck_assert_int_eq(err.kind, ERR_NO_INPUT);
		return;
	}
	ck_assert_uint_eq(begin, frames[_i].begin);
	ck_assert_uint_eq(begin + size, frames[_i].end);
}
END_TEST

#define ROWS(array) (int)(sizeof(array) / sizeof(array)[0])

static Suite *
suite_codestream(void)
{
	Suite *suite = suite_create("codestream");
	TCase *tcase = tcase_create("codestream");

	tcase_add_rows(tcase, read, good, bytes);
	tcase_add_rows(tcase, cut_short, good, bytes);
	tcase_add_rows(tcase, refused, bad, bytes);
	tcase_add_rows(tcase, blocked, blocks, bytes);
	tcase_add_rows(tcase, tiles, frames, bytes);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return check_run(suite_codestream());
}
