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

/* -1 with ERR_NO_INPUT, the end of a sentence; or with ERR_INTERNAL, if there is no memory. *after
 * is a copy of the image: what is not so any more is to be changed. */
int frame_decode(const struct frame *frame, struct decoder_image *after, struct err *err);

/* Append the marker EOI or EOC, FF D9, unless the bytes end in it, zeros behind it or not. */
void frame_end(struct frame *frame);

/* Make `count` samples at the front of its pixels, of one byte, or of two (wide) in this machine's order, the
 * cells of its image, little endian. */
void frame_fit(const struct frame *frame, size_t count, bool wide);

/* The decoders, likewise: RLE (PS3.5 annex G), which does not change what the attributes say; JPEG-LS
 * (ISO/IEC 14495-1), by CharLS; JPEG 2000 (15444-1), High-Throughput too (15444-15), by OpenJPEG. */
int rle_decode(const struct frame *frame, struct err *err);
int jpegls_decode(const struct frame *frame, struct decoder_image *after, struct err *err);
int jpeg2000_decode(const struct frame *frame, struct decoder_image *after, struct err *err);

#endif
