/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/frame.h"

#include <stdlib.h>
#include <string.h>

#include <charls/charls.h>

/* What CharLS has to say, as the end of a sentence. */
static int
fail(charls_jpegls_errc code, struct err *err)
{
	if (code == CHARLS_JPEGLS_ERRC_NOT_ENOUGH_MEMORY)
		return err_nomem(err);
	return err_set(err, ERR_NO_INPUT, "the JPEG-LS decoder says: %s", charls_get_error_message(code));
}

/* Is it what the attributes want? */
static int
check_header(const charls_jpegls_decoder *decoder, const struct decoder_image *image, bool *wide,
	struct err *err)
{
	charls_color_transformation transformation = CHARLS_COLOR_TRANSFORMATION_NONE;
	charls_frame_info info = { 0 };
	charls_jpegls_errc code = charls_jpegls_decoder_get_frame_info(decoder, &info);

	if (code == CHARLS_JPEGLS_ERRC_SUCCESS)
		code = charls_jpegls_decoder_get_color_transformation(decoder, &transformation);
	if (code != CHARLS_JPEGLS_ERRC_SUCCESS)
		return fail(code, err);
	if (info.width != image->columns || info.height != image->rows ||
	    info.component_count != image->samples || info.bits_per_sample > image->allocated)
		return err_set(err, ERR_NO_INPUT, "a JPEG-LS frame contradicts the image's attributes");
	if (transformation != CHARLS_COLOR_TRANSFORMATION_NONE)
		return err_set(err, ERR_NO_INPUT, "a JPEG-LS frame has a color transformation of HP's, which "
			"is not of the standard");
	*wide = info.bits_per_sample > 8;
	return 0;
}

/* From one plane after the other to colour by pixel. */
static int
order_by_pixel(unsigned char *pixels, size_t size, size_t cell, unsigned samples, struct err *err)
{
	unsigned char *planes = malloc(size), *from = planes;

	if (!planes)
		return err_nomem(err);
	memcpy(planes, pixels, size);
	for (unsigned i = 0; i < samples; i++)
		for (size_t at = i * cell; at < size; at += samples * cell, from += cell)
			memcpy(pixels + at, from, cell);
	free(planes);
	return 0;
}

static int
decode(charls_jpegls_decoder *decoder, const struct frame *frame, struct err *err)
{
	const struct decoder_image *image = frame->image;
	charls_interleave_mode mode = CHARLS_INTERLEAVE_MODE_NONE;
	charls_jpegls_errc code;
	size_t count = (size_t)image->rows * image->columns * image->samples, size;
	bool wide = false;

	code = charls_jpegls_decoder_set_source_buffer(decoder, frame->bytes, frame->size);
	if (code == CHARLS_JPEGLS_ERRC_SUCCESS)
		code = charls_jpegls_decoder_read_header(decoder);
	if (code != CHARLS_JPEGLS_ERRC_SUCCESS)
		return fail(code, err);
	if (check_header(decoder, image, &wide, err) < 0)
		return -1;
	size = wide ? 2 * count : count;
	if (size > frame->pixels_size)
		return err_set(err, ERR_NO_INPUT, "a JPEG-LS frame is too large");
	code = charls_jpegls_decoder_decode_to_buffer(decoder, frame->pixels, size, 0);
	if (code == CHARLS_JPEGLS_ERRC_SUCCESS)
		code = charls_jpegls_decoder_get_interleave_mode(decoder, &mode);
	if (code != CHARLS_JPEGLS_ERRC_SUCCESS)
		return fail(code, err);
	if (image->samples > 1 && mode == CHARLS_INTERLEAVE_MODE_NONE &&
	    order_by_pixel(frame->pixels, size, wide ? 2 : 1, image->samples, err) < 0)
		return -1;
	frame_fit(frame, count, wide);
	return 0;
}

int
jpegls_decode(const struct frame *frame, struct decoder_image *after, struct err *err)
{
	charls_jpegls_decoder *decoder = charls_jpegls_decoder_create();
	struct frame whole = *frame;
	int rv;

	if (!decoder)
		return err_nomem(err);
	frame_end(&whole);
	rv = decode(decoder, &whole, err);
	charls_jpegls_decoder_destroy(decoder);
	if (frame->image->samples > 1)
		after->planar = 0;
	return rv;
}
