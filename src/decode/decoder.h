/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Compressed frames made plain in a process of their own, which holds no key, no
 * file and no connection: decoders parse bytes that anyone may have made. The
 * helper program (program.c) is started when the first frame is submitted, and a
 * second time when another is submitted before that one is taken. Frames go to the
 * two in turn. A decoder belongs to one thread: when that thread ends, they end.
 */
#ifndef MTLS_DECODE_DECODER_H
#define MTLS_DECODE_DECODER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct decoder;

/* How a frame's pixels are to be read (PS3.3 C.7.6.3), before it is decoded and after. */
struct decoder_image {
	uint16_t samples, rows, columns;
	uint16_t allocated, stored, high_bit; /* bits */
	uint16_t is_signed, planar;	      /* planar: 0xffff if absent */
	char photometric[17];
};

/* A helper's decoders may take memory_max bytes for one frame. NULL: no memory. Starts nothing yet. */
struct decoder *decoder_new(uint64_t memory_max);

/* Ends the helpers. Takes NULL. */
void decoder_free(struct decoder *decoder);

/* Frames that may be submitted before one has to be taken. */
#define DECODER_SLOTS 4

/* Of them, those that are decoded at a time. */
#define DECODER_HELPERS 2

/*
 * Have a frame decoded: its compressed bytes (all fragments of it joined), its transfer
 * syntax, what the attributes say, and the bytes that its pixels take (rows x columns x
 * samples x allocated / 8). Returns at once; the bytes are copied. -1 with ERR_NO_INPUT,
 * the end of a sentence about the file: the helper cannot be started, or there is no memory.
 */
int decoder_submit(struct decoder *decoder, const char *syntax, const struct decoder_image *image,
	const void *bytes, size_t size, size_t frame_size, struct err *err);

/*
 * Wait for the oldest frame submitted: exactly frame_size bytes into `pixels`, little endian,
 * and what the attributes have to say of them now; rows, columns, samples, allocated bits and
 * sign are those that were submitted. -1 with ERR_NO_INPUT, the end of a sentence about the
 * file: the frame is damaged, or its helper died, took too long or answered with nonsense. That one
 * is ended then, and the next submit starts another. The frames that were submitted to it
 * later fail too, by no fault of theirs; those that are with the other helper do not.
 */
int decoder_take(struct decoder *decoder, void *pixels, size_t frame_size, struct decoder_image *after,
	struct err *err);

/* Forget all frames submitted and not taken. */
void decoder_drop(struct decoder *decoder);

#endif
