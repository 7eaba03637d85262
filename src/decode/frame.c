/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/frame.h"

#include <endian.h>
#include <string.h>

void
frame_end(struct frame *frame)
{
	size_t end = frame->size;

	while (end > 0 && frame->bytes[end - 1] == 0)
		end--;
	if (end >= 2 && frame->bytes[end - 2] == 0xff && frame->bytes[end - 1] == 0xd9)
		return;
	frame->bytes[frame->size++] = 0xff;
	frame->bytes[frame->size++] = 0xd9;
}

void
frame_fit(const struct frame *frame, size_t count, bool wide)
{
	unsigned char *pixels = frame->pixels;
	uint16_t cell;

	if (wide ? BYTE_ORDER == LITTLE_ENDIAN : frame->image->allocated == 8)
		return;
	/* Backwards: what is made wider overtakes what is to come. */
	while (count-- > 0) {
		if (wide)
			memcpy(&cell, pixels + 2 * count, sizeof cell);
		else
			cell = pixels[count];
		cell = htole16(cell);
		memcpy(pixels + 2 * count, &cell, sizeof cell);
	}
}
