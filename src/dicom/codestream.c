/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/codestream.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

/* The signature box, with which every JP2 file begins, and the type of the box with the code stream. */
static const unsigned char jp2_signature[12] = { 0, 0, 0, 12, 'j', 'P', ' ', ' ', '\r', '\n', 0x87, '\n' };
static const unsigned char jp2_code_stream[4] = { 'j', 'p', '2', 'c' };

/* Second bytes of the markers used here; the first is FF. */
enum {
	SOF0 = 0xc0, SOF3 = 0xc3, DHT = 0xc4, JPG = 0xc8, DAC = 0xcc, SOF15 = 0xcf, /* JPEG */
	SOI = 0xd8, EOI = 0xd9, SOS = 0xda, APP0 = 0xe0, APP14 = 0xee,
	SOF55 = 0xf7,							    /* JPEG-LS */
	SOC = 0x4f, SIZ = 0x51, COD = 0x52, COC = 0x53, SOT = 0x90, EOC = 0xd9,	    /* JPEG 2000 */
};

#define SOT_SIZE      12 /* bytes: the marker and its segment */
#define TILE_PART_MIN 14 /* bytes: that, and SOD */

/* What is left of the header, and the last segment read from it. */
struct reader {
	const unsigned char *at;
	size_t left;
	unsigned marker;
	const unsigned char *body;
	size_t size;
};

static bool
begins(const unsigned char *data, size_t size, unsigned first, unsigned second)
{
	return size >= 4 && data[0] == 0xff && data[1] == first && data[2] == 0xff &&
		(second == 0 || data[3] == second);
}

static bool
is_jp2(const unsigned char *data, size_t size)
{
	return size >= sizeof jp2_signature && memcmp(data, jp2_signature, sizeof jp2_signature) == 0;
}

bool
codestream_starts(const void *data, size_t size)
{
	return begins(data, size, SOI, 0) || begins(data, size, SOC, SIZ) || is_jp2(data, size);
}

/* The beginning of the box with the code stream in a JP2 file; other boxes are skipped. */
static bool
enter_boxes(struct reader *in)
{
	while (in->left >= 8) {
		uint64_t size = get_be32(in->at), header = 8;

		if (size == 1 && in->left >= 16) {
			size = (uint64_t)get_be32(in->at + 8) << 32 | get_be32(in->at + 12);
			header = 16;
		}
		if (memcmp(in->at + 4, jp2_code_stream, sizeof jp2_code_stream) == 0 && size != 1) {
			in->at += header;
			in->left -= header;
			/* 0: to the end; and there may be more fragments. */
			if (size > header && size - header < in->left)
				in->left = size - header;
			return begins(in->at, in->left, SOC, SIZ);
		}
		if (size < header || size > in->left)
			return false;
		in->at += size;
		in->left -= size;
	}
	return false;
}

/* The next marker and its segment. Fill bytes may precede it (10918-1 B.1.1.2). */
static bool
next_segment(struct reader *in)
{
	while (in->left >= 2 && in->at[0] == 0xff && in->at[1] == 0xff) {
		in->at++;
		in->left--;
	}
	if (in->left < 4 || in->at[0] != 0xff)
		return false;
	in->marker = in->at[1];
	in->size = get_be16(in->at + 2);
	if (in->size < 2 || in->size > in->left - 2)
		return false;
	in->body = in->at + 4;
	in->at += 2 + in->size;
	in->left -= 2 + in->size;
	in->size -= 2;
	return true;
}

static bool
is_frame_header(unsigned marker)
{
	return marker == SOF55 || (marker >= SOF0 && marker <= SOF15 && marker != DHT && marker != JPG &&
		marker != DAC);
}

static bool
is_named_rgb(const unsigned char *components)
{
	return components[0] == 'R' && components[3] == 'G' && components[6] == 'B';
}

/* P, Y, X, Nf, then for each component its name, sampling factors and table. */
static bool
take_frame_header(const struct reader *in, struct codestream *out)
{
	if (in->size < 6 || in->size < 6 + 3 * (size_t)in->body[5])
		return false;
	out->kind = in->marker == SOF55 ? CODESTREAM_JPEG_LS : CODESTREAM_JPEG;
	out->lossy = in->marker != SOF3;
	out->precision = in->body[0];
	out->rows = get_be16(in->body + 1);
	out->columns = get_be16(in->body + 3);
	out->components = in->body[5];
	for (const unsigned char *p = in->body + 6; p < in->body + 6 + (size_t)3 * out->components; p += 3) {
		if (p[1] != in->body[7])
			out->subsampled = true;
	}
	if (out->components == 3 && out->colour == COLOUR_UNSAID && is_named_rgb(in->body + 6))
		out->colour = COLOUR_RGB;
	return out->components > 0;
}

/* Application markers take precedence over the components' names, Adobe's over all. */
static void
take_application(const struct reader *in, struct codestream *out, bool *adobe)
{
	if (in->marker == APP0 && !*adobe && in->size >= 5 && memcmp(in->body, "JFIF", 5) == 0)
		out->colour = COLOUR_YBR;
	if (in->marker != APP14 || in->size < 12 || memcmp(in->body, "Adobe", 5) != 0)
		return;
	out->colour = in->body[11] == 0 ? COLOUR_RGB : COLOUR_YBR;
	*adobe = true;
}

/* JPEG-LS: NEAR follows the scan's components; 0 is lossless. */
static bool
take_scan_header(const struct reader *in, struct codestream *out)
{
	size_t at; /* of NEAR */

	if (in->size < 1)
		return false;
	at = 1 + 2 * (size_t)in->body[0];
	if (at >= in->size)
		return false;
	if (out->kind == CODESTREAM_JPEG_LS) {
		out->lossy = in->body[at] != 0;
		out->colour = COLOUR_UNSAID;
	}
	return true;
}

/* Huffman tables (10918-1 B.2.4.2): class and place, how many codes of each of 16 lengths, their
 * symbols. In class 0 they are categories of differences; *category is the highest so far. */
static bool
take_tables(const struct reader *in, unsigned *category)
{
	const unsigned char *p = in->body;
	size_t left = in->size, symbols;

	for (; left > 0; p += symbols, left -= symbols) {
		bool differences;

		if (left < 17)
			return false;
		differences = p[0] >> 4 == 0;
		symbols = 0;
		for (size_t i = 1; i <= 16; i++)
			symbols += p[i];
		p += 17;
		left -= 17;
		if (symbols > left)
			return false;
		for (size_t i = 0; differences && i < symbols; i++) {
			if (p[i] > *category)
				*category = p[i];
		}
	}
	return true;
}

static bool
parse_jpeg(struct reader *in, struct codestream *out)
{
	bool framed = false, adobe = false;
	unsigned category = 0;

	while (next_segment(in) && in->marker != EOI) {
		/* Up to 15, or 16 if lossless (10918-1 F.1.2.1, H.1.2.2): DCMTK's decoder uses it as an
		 * index. */
		if (in->marker == SOS)
			return framed && category <= (out->lossy ? 15 : 16) && take_scan_header(in, out);
		if (in->marker == DHT && !take_tables(in, &category))
			return false;
		take_application(in, out, &adobe);
		if (!is_frame_header(in->marker))
			continue;
		if (framed || !take_frame_header(in, out))
			return false;
		framed = true;
	}
	return false;
}

/* How many tiles cover the extent from `origin` to `end`; 0 if that is invalid. */
static uint64_t
count_tiles(uint32_t origin, uint32_t end, uint32_t tile)
{
	if (tile == 0 || origin >= end)
		return 0;
	return ((uint64_t)end - origin + tile - 1) / tile;
}

/* Rsiz, then X, Y: end, origin, tile, tile origin; Csiz; per component depth and sampling. */
static bool
take_siz(const struct reader *in, struct codestream *out)
{
	const unsigned char *p = in->body;

	if (in->size < 36 || in->size != 36 + 3 * (size_t)get_be16(p + 34))
		return false;
	if (get_be32(p + 2) <= get_be32(p + 10) || get_be32(p + 6) <= get_be32(p + 14))
		return false;
	out->columns = get_be32(p + 2) - get_be32(p + 10);
	out->rows = get_be32(p + 6) - get_be32(p + 14);
	out->tiles = count_tiles(get_be32(p + 26), get_be32(p + 2), get_be32(p + 18)) *
		count_tiles(get_be32(p + 30), get_be32(p + 6), get_be32(p + 22));
	out->components = get_be16(p + 34);
	if (out->components == 0 || out->tiles == 0)
		return false;
	out->precision = (p[36] & 0x7fu) + 1;
	out->is_signed = p[36] >> 7;
	for (const unsigned char *component = p + 36; component < p + in->size; component += 3) {
		if (component[0] != p[36])
			out->uniform = false;
		if (component[1] != 1 || component[2] != 1)
			out->subsampled = true;
	}
	return true;
}

/* log2 of a code block's width or height, in a precinct, of which it may cover half. */
static unsigned
block_exponent(unsigned block, unsigned precinct, unsigned half)
{
	if (precinct >= half)
		precinct -= half;
	return block < precinct ? block : precinct;
}

/* Levels, width and height of code blocks, style, wavelet (15444-1 A.6.1); then, if present, the precincts
 * of each level, which limit its code blocks: to half of their size, except on the lowest level. */
static bool
take_blocks(const unsigned char *p, size_t size, bool precincts, struct codestream *out)
{
	uint64_t samples = (uint64_t)out->rows * out->columns * out->components, blocks = 0;
	unsigned levels;

	if (size < 5 || p[0] > 32 || (precincts && size < 6 + (size_t)p[0]))
		return false;
	levels = p[0];
	for (unsigned i = 0; i <= levels; i++) {
		unsigned half = i > 0, precinct = precincts ? p[5 + i] : 0xff;
		unsigned bits = 2 * (levels - i) + block_exponent((p[1] & 15u) + 2, precinct & 15u, half) +
			block_exponent((p[2] & 15u) + 2, precinct >> 4, half);

		blocks += 1 + (bits < 64 ? samples >> bits : 0);
	}
	if (blocks > out->blocks)
		out->blocks = blocks;
	if (levels > out->levels)
		out->levels = levels;
	return true;
}

/* Scod, progression, layers, transformation of components; then what take_blocks reads. */
static bool
take_cod(const struct reader *in, struct codestream *out)
{
	if (in->size < 10 || !take_blocks(in->body + 5, in->size - 5, in->body[0] & 1, out))
		return false;
	out->layers = get_be16(in->body + 2);
	out->transformed = in->body[4] != 0;
	out->lossy = in->body[9] == 0;
	return true;
}

/* The component, Scoc, then likewise. */
static bool
take_coc(const struct reader *in, struct codestream *out)
{
	size_t name = out->components < 257 ? 1 : 2;

	return in->size > name &&
		take_blocks(in->body + name + 1, in->size - name - 1, in->body[name] & 1, out);
}

static bool
parse_jpeg_2000(struct reader *in, struct codestream *out)
{
	bool sized = false, coded = false;

	out->kind = CODESTREAM_JPEG_2000;
	/* Only SOT's segment has to be present. */
	while (next_segment(in)) {
		if (in->marker == SOT)
			return sized && coded;
		if (in->marker == SIZ)
			sized = take_siz(in, out);
		if (in->marker == COD)
			coded = take_cod(in, out);
		if ((in->marker == SIZ && !sized) || (in->marker == COD && !coded) ||
		    (in->marker == COC && !take_coc(in, out)))
			return false;
	}
	return false;
}

int
codestream_parse(const void *data, size_t size, struct codestream *out, struct err *err)
{
	struct reader in = { .at = data, .left = size };
	bool parsed = false;

	memset(out, 0, sizeof *out);
	out->uniform = true;
	out->tiles = 1;
	if (!codestream_starts(data, size) || (is_jp2(data, size) && !enter_boxes(&in)))
		return err_set(err, ERR_NO_INPUT, "the start of a compressed frame is invalid");
	in.at += 2;
	in.left -= 2;
	parsed = begins(data, size, SOI, 0) ? parse_jpeg(&in, out) : parse_jpeg_2000(&in, out);
	if (!parsed)
		return err_set(err, ERR_NO_INPUT, "the header of a compressed frame is damaged");
	return 0;
}

/* How many parts of each tile there are, and how many there should be (0: not given). */
struct tile {
	uint8_t present, wanted;
};

/* One tile-part (15444-1 A.4.2): SOT, then the tile's number, the part's length from SOT on (0: up to EOC,
 * which is not skipped), its number and how many there are. */
static bool
pass_tile_part(struct reader *in, struct tile *tiles, uint64_t count)
{
	unsigned number;
	size_t length;

	if (in->left < TILE_PART_MIN || in->at[0] != 0xff || in->at[1] != SOT)
		return false;
	number = get_be16(in->at + 4);
	length = get_be32(in->at + 6);
	if (length == 0) {
		for (length = in->left; length > 0 && in->at[length - 1] == 0; length--)
			continue;
		if (length < 2 || in->at[length - 2] != 0xff || in->at[length - 1] != EOC)
			return false;
		length -= 2;
	}
	if (number >= count || length < TILE_PART_MIN || length > in->left || tiles[number].present ==
		UINT8_MAX)
		return false;
	tiles[number].present++;
	if (in->at[11] != 0)
		tiles[number].wanted = in->at[11];
	in->at += length;
	in->left -= length;
	return true;
}

/* Skip all tile-parts, up to EOC or the end, where a NUL may pad it to an even length. */
static bool
pass_tiles(struct reader *in, struct tile *tiles, uint64_t count)
{
	while (in->left > 1 && !(in->at[0] == 0xff && in->at[1] == EOC)) {
		if (!pass_tile_part(in, tiles, count))
			return false;
	}
	for (uint64_t i = 0; i < count; i++) {
		if (tiles[i].present == 0 || tiles[i].present < tiles[i].wanted)
			return false;
	}
	return true;
}

int
codestream_tiles(const void *data, size_t frame_size, size_t *begin, size_t *size, struct err *err)
{
	struct reader in = { .at = data, .left = frame_size };
	struct codestream stream = { .tiles = 0 };
	const unsigned char *first;
	struct tile *tiles;
	bool whole;

	if ((is_jp2(data, frame_size) && !enter_boxes(&in)) || !begins(in.at, in.left, SOC, SIZ))
		return err_set(err, ERR_NO_INPUT, "the start of a JPEG 2000 frame is invalid");
	first = in.at;
	in.at += 2;
	in.left -= 2;
	if (!parse_jpeg_2000(&in, &stream) || stream.tiles > UINT16_MAX)
		return err_set(err, ERR_NO_INPUT, "the header of a compressed frame is damaged");
	in.at -= SOT_SIZE; /* that ended the header */
	in.left += SOT_SIZE;
	tiles = calloc((size_t)stream.tiles, sizeof *tiles);
	if (!tiles)
		return err_nomem(err);
	whole = pass_tiles(&in, tiles, stream.tiles);
	free(tiles);
	if (!whole)
		return err_set(err, ERR_NO_INPUT, "a JPEG 2000 frame is cut short, or lacks a tile");
	*begin = (size_t)(first - (const unsigned char *)data);
	*size = (size_t)(in.at - first);
	return 0;
}

int
codestream_check_rle(const void *data, uint64_t size, unsigned bytes_of_pixel, struct err *err)
{
	const unsigned most = CODESTREAM_RLE_HEADER / 4 - 1; /* segments */
	uint32_t count = size < CODESTREAM_RLE_HEADER ? UINT32_MAX : get_le32(data);
	uint32_t before = CODESTREAM_RLE_HEADER - 1;

	if (count <= most && count != bytes_of_pixel)
		return err_set(err, ERR_NO_INPUT, "an RLE frame has %u segments, but its pixels have %u "
			"bytes", count, bytes_of_pixel);
	for (uint32_t i = 1; i <= count; i++) {
		uint32_t at = count <= most ? get_le32((const unsigned char *)data + 4 * i) : 0;

		if (at <= before || at >= size)
			return err_set(err, ERR_NO_INPUT, "the header of an RLE frame is damaged");
		before = at;
	}
	return 0;
}
