/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * j2k COLUMNS ROWS COMPONENTS BITS FLAGS <PIXELS >CODESTREAM: raw pixels, by
 * pixel, little endian, in one byte up to 8 bits, else in two, as a JPEG 2000
 * code stream (ISO/IEC 15444-1). FLAGS, any of: s signed, c colour
 * transformation, l lossy (9-7 wavelet, 10:1), t tiles of 16 x 16, h the second
 * component with half the samples; - for none.
 */
#include <openjpeg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The encoder comes back to lengths that it has left open. */
struct buffer {
	unsigned char bytes[1 << 20];
	size_t at, size;
};

static OPJ_SIZE_T
buffer_write(void *from, OPJ_SIZE_T size, void *data)
{
	struct buffer *buffer = data;

	if (size > sizeof buffer->bytes - buffer->at)
		return (OPJ_SIZE_T)-1;
	memcpy(buffer->bytes + buffer->at, from, size);
	buffer->at += size;
	if (buffer->at > buffer->size)
		buffer->size = buffer->at;
	return size;
}

static OPJ_BOOL
buffer_seek(OPJ_OFF_T offset, void *data)
{
	((struct buffer *)data)->at = (size_t)offset;
	return offset >= 0 && (size_t)offset <= sizeof ((struct buffer *)data)->bytes;
}

static OPJ_OFF_T
buffer_skip(OPJ_OFF_T size, void *data)
{
	return buffer_seek((OPJ_OFF_T)((struct buffer *)data)->at + size, data) ? size : -1;
}

static void
complain(const char *message, void *data)
{
	(void)data;
	fputs(message, stderr);
}

static opj_image_t *
make_image(char **argv)
{
	opj_image_cmptparm_t parameters[3] = { { 0 } };
	unsigned columns = (unsigned)atoi(argv[1]), rows = (unsigned)atoi(argv[2]);
	unsigned count = (unsigned)atoi(argv[3]);
	opj_image_t *image;

	for (unsigned i = 0; i < count; i++) {
		unsigned step = i == 1 && strchr(argv[5], 'h') ? 2 : 1;

		parameters[i].dx = parameters[i].dy = step;
		parameters[i].w = columns / step;
		parameters[i].h = rows / step;
		parameters[i].prec = (unsigned)atoi(argv[4]);
		parameters[i].sgnd = strchr(argv[5], 's') != NULL;
	}
	image = opj_image_create(count, parameters, count == 3 ? OPJ_CLRSPC_SRGB : OPJ_CLRSPC_GRAY);
	image->x1 = columns;
	image->y1 = rows;
	return image;
}

static void
read_pixels(opj_image_t *image)
{
	for (unsigned i = 0; i < image->x1 * image->y1; i++) {
		for (unsigned c = 0; c < image->numcomps; c++) {
			int value = getchar();

			if (image->comps[c].prec > 8)
				value |= getchar() << 8;
			if (image->comps[c].sgnd)
				value = (short)value;
			if (i < image->comps[c].w * image->comps[c].h)
				image->comps[c].data[i] = value;
		}
	}
}

static void
set_up(opj_cparameters_t *parameters, const char *flags)
{
	opj_set_default_encoder_parameters(parameters);
	parameters->cp_disto_alloc = 1;
	parameters->tcp_numlayers = 1;
	parameters->tcp_rates[0] = strchr(flags, 'l') ? 10 : 0;
	parameters->irreversible = strchr(flags, 'l') != NULL;
	parameters->tcp_mct = strchr(flags, 'c') != NULL;
	parameters->numresolution = 4;
	parameters->tile_size_on = strchr(flags, 't') != NULL;
	parameters->cp_tdx = parameters->cp_tdy = 16;
}

int
main(int argc, char **argv)
{
	static struct buffer buffer;
	opj_codec_t *codec = opj_create_compress(OPJ_CODEC_J2K);
	opj_stream_t *stream = opj_stream_default_create(OPJ_FALSE);
	opj_cparameters_t parameters;
	opj_image_t *image;
	int ok;

	if (argc != 6) {
		fputs("usage: j2k COLUMNS ROWS COMPONENTS BITS FLAGS <PIXELS >CODESTREAM\n", stderr);
		return 2;
	}
	image = make_image(argv);
	read_pixels(image);
	set_up(&parameters, argv[5]);
	opj_set_error_handler(codec, complain, NULL);
	opj_stream_set_user_data(stream, &buffer, NULL);
	opj_stream_set_write_function(stream, buffer_write);
	opj_stream_set_seek_function(stream, buffer_seek);
	opj_stream_set_skip_function(stream, buffer_skip);
	ok = opj_setup_encoder(codec, &parameters, image) && opj_start_compress(codec, image, stream) &&
		opj_encode(codec, stream) && opj_end_compress(codec, stream);
	opj_image_destroy(image);
	opj_stream_destroy(stream);
	opj_destroy_codec(codec);
	return !ok || fwrite(buffer.bytes, 1, buffer.size, stdout) != buffer.size || fflush(stdout);
}
