/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/rle.h"

#include "base/bytes.h"

#define HEADER	     64 /* bytes: how many segments there are, and where each begins */
#define SEGMENTS_MAX 15

/* Is there one segment for each byte of a pixel, one after the other? */
static int
check_header(const struct frame *frame, unsigned wanted, struct err *err)
{
	uint32_t count, before = HEADER - 1;

	if (frame->size < HEADER)
		return err_set(err, ERR_NO_INPUT, "an RLE frame has no header");
	count = get_le32(frame->bytes);
	if (count > SEGMENTS_MAX)
		return err_set(err, ERR_NO_INPUT, "the header of an RLE frame is damaged");
	if (count != wanted)
		return err_set(err, ERR_NO_INPUT, "an RLE frame has %u segments, but its pixels have %u "
			"bytes", count, wanted);
	for (uint32_t i = 1; i <= count; i++) {
		uint32_t at = get_le32(frame->bytes + 4 * i);

		if (at <= before || at >= frame->size)
			return err_set(err, ERR_NO_INPUT, "the header of an RLE frame is damaged");
		before = at;
	}
	return 0;
}

/* Into every step-th byte. What a segment has behind its last pixel is passed over. */
static bool
unpack(const unsigned char *in, size_t size, unsigned char *out, size_t count, size_t step)
{
	while (count > 0 && size > 1) {
		const bool literal = *in < 128;
		const size_t len = literal ? *in + 1u : 257u - *in, most = len < count ? len : count;

		if (*in == 128) { /* nothing */
			in++;
			size--;
			continue;
		}
		if (literal && most >= size)
			return false;
		for (size_t i = 0; i < most; i++, out += step)
			*out = in[literal ? i + 1 : 1];
		count -= most;
		in += literal ? most + 1 : 2;
		size -= literal ? most + 1 : 2;
	}
	return count == 0;
}

int
rle_decode(const struct frame *frame, struct err *err)
{
	const struct decoder_image *image = frame->image;
	const size_t pixels = (size_t)image->rows * image->columns, cell = image->allocated / 8u;
	const unsigned count = (unsigned)(image->samples * cell);
	const bool by_plane = image->samples > 1 && image->planar == 1;

	if (check_header(frame, count, err) < 0)
		return -1;
	if (frame->pixels_size != pixels * count)
		return err_set(err, ERR_INTERNAL, "a frame's size is not that of its pixels");
	for (unsigned i = 0; i < count; i++) {
		const size_t begin = get_le32(frame->bytes + 4 * (i + 1));
		const size_t end = i + 1 < count ? get_le32(frame->bytes + 4 * (i + 2)) : frame->size;
		/* The highest byte of a sample first. */
		const size_t at = i / cell * cell * (by_plane ? pixels : 1) + cell - 1 - i % cell;

		if (!unpack(frame->bytes + begin, end - begin, frame->pixels + at, pixels,
			    by_plane ? cell : count))
			return err_set(err, ERR_NO_INPUT, "an RLE segment ends before its pixels do");
	}
	return 0;
}
