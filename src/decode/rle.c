/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/frame.h"

#include "base/bytes.h"
#include "dicom/codestream.h"

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

	if (codestream_check_rle(frame->bytes, frame->size, count, err) < 0)
		return -1;
	if (frame->pixels_size != pixels * count)
		return err_set(err, ERR_NO_INPUT, "a frame's size is not that of its pixels");
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
