/* SPDX-License-Identifier: BSD-3-Clause */
/* The helper program's work: one frame decoded. What runs here may be anything's victim. */
#ifndef MTLS_DECODE_FRAME_H
#define MTLS_DECODE_FRAME_H

#include "decode/decoder.h"

struct frame {
	const char *syntax; /* UID */
	const struct decoder_image *image;
	unsigned char *bytes; /* compressed; behind them is room for DECODE_END more */
	size_t size;
	unsigned char *pixels; /* to be filled: little endian, colour by pixel but for RLE */
	size_t pixels_size;
};

/* Load all that decoders need from files. Once, before the first frame. */
void frame_prepare(void);

/* -1 with ERR_NO_INPUT, the end of a sentence; or ERR_INTERNAL: there is no memory. *after is a copy of the image: what is not so any
 * more is to be changed. */
int frame_decode(const struct frame *frame, struct decoder_image *after, struct err *err);

/* Append the marker EOI or EOC, FF D9, unless the bytes end in it, zeros behind it or not. */
void frame_end(struct frame *frame);

/* Make each of `count` bytes in the front of the pixels a cell of 16 bits. */
void frame_widen(unsigned char *pixels, size_t count);

/* Put the bytes of `count` cells of 16 bits in little endian order, from this machine's. */
void frame_order_bytes(unsigned char *pixels, size_t count);

#endif
