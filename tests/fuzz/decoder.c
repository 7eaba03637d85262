/* SPDX-License-Identifier: BSD-3-Clause */
/* decoder.h without the helper program: fuzzers are to see into the decoders. */
#include "decode/decoder.h"

#include <stdlib.h>
#include <string.h>

#include "decode/frame.h"
#include "decode/protocol.h"
#include "assertion.h"

struct decoder {
	unsigned oldest, submitted;
	struct {
		struct decoder_image after;
		unsigned char *pixels;
		struct err err;
		int rv;
	} slots[DECODER_SLOTS];
};

struct decoder *
decoder_new(uint64_t memory_max)
{
	(void)memory_max;
	frame_prepare();
	return calloc(1, sizeof(struct decoder));
}

int
decoder_submit(struct decoder *decoder, const char *syntax, const struct decoder_image *image,
	const void *bytes, size_t size, size_t frame_size, struct err *err)
{
	unsigned index = (decoder->oldest + decoder->submitted) % DECODER_SLOTS;
	struct frame frame = { .syntax = syntax, .image = image, .size = size, .pixels_size = frame_size };

	if (decoder->submitted++ == DECODER_SLOTS)
		abort();
	frame.bytes = malloc(size + DECODE_END);
	frame.pixels = malloc(frame_size + 1);
	if (!frame.bytes || !frame.pixels)
		abort();
	(void)err;
	memcpy(frame.bytes, bytes, size);
	decoder->slots[index].after = *image;
	if (may_meet_assertion(frame.bytes, size))
		decoder->slots[index].rv = err_set(&decoder->slots[index].err, ERR_NO_INPUT, "left out");
	else
		decoder->slots[index].rv = frame_decode(&frame, &decoder->slots[index].after,
			&decoder->slots[index].err);
	decoder->slots[index].pixels = frame.pixels;
	free(frame.bytes);
	return 0;
}

int
decoder_take(struct decoder *decoder, void *pixels, size_t frame_size, struct decoder_image *after,
	struct err *err)
{
	unsigned index = decoder->oldest;

	if (decoder->submitted-- == 0)
		abort();
	decoder->oldest = (index + 1) % DECODER_SLOTS;
	memcpy(pixels, decoder->slots[index].pixels, frame_size);
	free(decoder->slots[index].pixels);
	*after = decoder->slots[index].after;
	if (decoder->slots[index].rv < 0)
		*err = decoder->slots[index].err;
	return decoder->slots[index].rv;
}

void
decoder_drop(struct decoder *decoder)
{
	for (; decoder->submitted > 0; decoder->submitted--) {
		free(decoder->slots[decoder->oldest].pixels);
		decoder->oldest = (decoder->oldest + 1) % DECODER_SLOTS;
	}
}

void
decoder_free(struct decoder *decoder)
{
	if (decoder)
		decoder_drop(decoder);
	free(decoder);
}
