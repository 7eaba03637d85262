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
frame_widen(unsigned char *pixels, size_t count)
{
	while (count-- > 0) {
		pixels[2 * count] = pixels[count];
		pixels[2 * count + 1] = 0;
	}
}

void
frame_order_bytes(unsigned char *pixels, size_t count)
{
	uint16_t cell;

	for (; BYTE_ORDER != LITTLE_ENDIAN && count > 0; count--, pixels += sizeof cell) {
		memcpy(&cell, pixels, sizeof cell);
		cell = htole16(cell);
		memcpy(pixels, &cell, sizeof cell);
	}
}
