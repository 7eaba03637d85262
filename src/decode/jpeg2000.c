/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/frame.h"

#include <openjpeg.h>
#include <string.h>

#include "base/text.h"
#include "dicom/codestream.h"

/* One frame's bytes, and how far OpenJPEG has read. */
struct source {
	const unsigned char *bytes;
	size_t size, at;
};

/* -1 casts into what OpenJPEG takes for the end. */
static OPJ_SIZE_T
source_read(void *to, OPJ_SIZE_T size, void *data)
{
	struct source *source = data;
	size_t left = source->size - source->at;

	if (left == 0)
		return (OPJ_SIZE_T)-1;
	size = size < left ? size : left;
	memcpy(to, source->bytes + source->at, size);
	source->at += size;
	return size;
}

static OPJ_BOOL
source_seek(OPJ_OFF_T offset, void *data)
{
	struct source *source = data;

	if (offset < 0 || (uint64_t)offset > source->size)
		return OPJ_FALSE;
	source->at = (size_t)offset;
	return OPJ_TRUE;
}

static OPJ_OFF_T
source_skip(OPJ_OFF_T size, void *data)
{
	struct source *source = data;

	if (size < 0 || (uint64_t)size > source->size - source->at)
		return -1;
	source->at += (size_t)size;
	return size;
}

/* Keeps the first thing that OpenJPEG has to say: an error, or a warning,
 * after which the pixels could be anything. Not so if a tile has one part more
 * than it says, as old encoders wrote it: that one is decoded as well. */
static void
take_message(const char *message, void *data)
{
	struct err *err = data;
	char text[256];

	if (err->kind == ERR_NONE && strncmp(message, "Non conformant codestream TPsot==TNsot", 38) != 0)
		err_set(err, ERR_NO_INPUT, "the JPEG 2000 decoder says: %s",
			text_harmless(text, sizeof text, message, strcspn(message, "\n")));
}

static bool
setup(opj_codec_t *codec, opj_stream_t *stream, struct source *source, struct err *said)
{
	opj_dparameters_t parameters;

	if (!codec || !stream)
		return false;
	opj_stream_set_user_data(stream, source, NULL);
	opj_stream_set_user_data_length(stream, source->size);
	opj_stream_set_read_function(stream, source_read);
	opj_stream_set_seek_function(stream, source_seek);
	opj_stream_set_skip_function(stream, source_skip);
	opj_set_error_handler(codec, take_message, said);
	opj_set_warning_handler(codec, take_message, said);
	opj_set_default_decoder_parameters(&parameters);
	/* Strict: a stream that is cut short is an error, not a grey corner. */
	return opj_setup_decoder(codec, &parameters) && opj_decoder_set_strict_mode(codec, OPJ_TRUE);
}

/* Are the components what the attributes want: as large as the image, equally deep and signed? */
static bool
is_as_wanted(const opj_image_t *got, const struct decoder_image *image)
{
	if (got->numcomps != image->samples || (image->allocated != 8 && image->allocated != 16))
		return false;
	for (OPJ_UINT32 i = 0; i < got->numcomps; i++) {
		const opj_image_comp_t *component = &got->comps[i];

		if (!component->data || component->w != image->columns || component->h != image->rows ||
		    component->prec > image->allocated || component->sgnd != image->is_signed)
			return false;
	}
	return true;
}

/* Each component's samples into every so many cells. -1: one has no room in the bits up to the high bit. */
static int
copy_pixels(const opj_image_t *from, const struct decoder_image *image, unsigned char *pixels,
	struct err *err)
{
	const OPJ_INT32 low = image->is_signed ? -(1 << image->high_bit) : 0;
	const OPJ_INT32 high = (image->is_signed ? 1 << image->high_bit : 2 << image->high_bit) - 1;
	const size_t count = (size_t)image->rows * image->columns, cell = image->allocated / 8;

	for (OPJ_UINT32 c = 0; c < from->numcomps; c++) {
		unsigned char *to = pixels + c * cell;

		for (size_t i = 0; i < count; i++, to += from->numcomps * cell) {
			const OPJ_INT32 value = from->comps[c].data[i];

			if (value < low || value > high)
				return err_set(err, ERR_NO_INPUT, "a pixel is out of the range of its %u "
					"Bits Stored", image->stored);
			to[0] = (unsigned char)value;
			if (cell == 2)
				to[1] = (unsigned char)((OPJ_UINT32)value >> 8);
		}
	}
	return 0;
}

static int
decode(struct source *source, const struct frame *frame, struct err *err)
{
	opj_codec_t *codec = opj_create_decompress(OPJ_CODEC_J2K);
	opj_stream_t *stream = opj_stream_default_create(OPJ_TRUE);
	opj_image_t *image = NULL;
	struct err said = ERR_INIT;
	int rv = -1;

	if (!setup(codec, stream, source, &said))
		err_nomem(err);
	else if (!opj_read_header(stream, codec, &image) || !opj_decode(codec, stream, image) ||
		 !opj_end_decompress(codec, stream) || said.kind != ERR_NONE)
		err_set(err, ERR_NO_INPUT, "%s",
			said.kind != ERR_NONE ? said.text : "the JPEG 2000 decoder failed");
	else if (!is_as_wanted(image, frame->image))
		err_set(err, ERR_NO_INPUT, "a JPEG 2000 frame contradicts the image's attributes");
	else
		rv = copy_pixels(image, frame->image, frame->pixels, err);
	opj_image_destroy(image);
	opj_stream_destroy(stream);
	opj_destroy_codec(codec);
	return rv;
}

int
jpeg2000_decode(const struct frame *frame, struct decoder_image *after, struct err *err)
{
	struct source source = { 0 };
	size_t begin;

	/* The code stream alone, without boxes around it, ended by EOC, which is missing from some:
	 * OpenJPEG would want it, and not miss a tile. */
	if (codestream_tiles(frame->bytes, frame->size, &begin, &source.size, err) < 0)
		return -1;
	source.bytes = frame->bytes + begin;
	frame->bytes[begin + source.size++] = 0xff;
	frame->bytes[begin + source.size++] = 0xd9;
	if (decode(&source, frame, err) < 0)
		return -1;
	if (frame->image->samples > 1)
		after->planar = 0;
	/* The transformation is undone. */
	if (strcmp(after->photometric, "YBR_ICT") == 0 || strcmp(after->photometric, "YBR_RCT") == 0)
		text_format(after->photometric, sizeof after->photometric, "RGB");
	return 0;
}
