/* SPDX-License-Identifier: BSD-3-Clause */
/* The helper program's JPEG decoders, DCMTK's, and the choice among all decoders. */
#include "dcmtk/warnings.h"

#include <memory>
#include <new>
#include <string.h>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcerror.h"
#include "dcmtk/dcmjpeg/djcparam.h"
#include "dcmtk/dcmjpeg/djdecabs.h"
#include "dcmtk/dcmjpeg/djdijg12.h"
#include "dcmtk/dcmjpeg/djdijg16.h"
#include "dcmtk/dcmjpeg/djdijg8.h"
#include "dcmtk/dcmjpeg/djutils.h"

extern "C" {
#include "base/text.h"
#include "decode/frame.h"
#include "dicom/codestream.h"
}

namespace {

/* Warnings of DCMTK's decoders that cannot affect a pixel: a scan of a sequential process has all
 * coefficients whatever its header says (it is wrong in NEMA's own samples), and the revision of JFIF does
 * not matter. */
const char *const harmless[] = { "Invalid SOS parameters for sequential JPEG",
	"unknown JFIF revision number", nullptr };

/* What went wrong, as the end of a sentence: the decoder's first message, if there is one. */
int
explain(const WarningCatcher &said, const OFCondition &cond, struct err *err)
{
	char text[256];
	size_t len;

	if (*said.text())
		text_harmless_str(text, sizeof text, said.text());
	else if (cond == EJ_Suspension) /* it would read on */
		text_format(text, sizeof text, "its compressed pixel data end too early");
	else
		text_harmless_str(text, sizeof text, cond.text());
	len = strlen(text);
	if (len > 0 && text[len - 1] == '.')
		text[len - 1] = '\0';
	return err_set(err, ERR_NO_INPUT, cond.good() ? "the decoder warned: %s" : "%s", text);
}

/* One of DCMTK's three decoders, each for one sample size. */
std::unique_ptr<DJDecoder>
make_decoder(unsigned precision, const DJCodecParameter &parameters, bool ybr)
{
	if (precision > 12)
		return std::make_unique<DJDecompressIJG16Bit>(parameters, ybr);
	if (precision > 8)
		return std::make_unique<DJDecompressIJG12Bit>(parameters, ybr);
	return std::make_unique<DJDecompressIJG8Bit>(parameters, ybr);
}

/* The attributes of what was decoded. */
void
describe(const DJDecoder &decoder, unsigned precision, struct decoder_image *after)
{
	const char *photometric = decoder.getDecompressedColorModel() == EPI_RGB ? "RGB" : "YBR_FULL";

	if (after->samples > 1) {
		after->planar = 0;
		if (*photometric == 'R' || strcmp(after->photometric, "YBR_FULL_422") == 0)
			text_format(after->photometric, sizeof after->photometric, "%s", photometric);
	}
	if (after->stored > precision)
		after->stored = static_cast<uint16_t>(precision);
	if (after->high_bit >= precision)
		after->high_bit = static_cast<uint16_t>(precision - 1);
}

/*
 * Lossless images keep their colours; lossy ones become RGB if the attribute is YBR, because YBR_FULL_422
 * has no native form that every receiver reads.
 */
int
jpeg_decode(struct frame frame, const struct codestream &stream, struct decoder_image *after,
	struct err *err)
{
	static const DJCodecParameter rgb(ECC_lossyYCbCr, EDC_photometricInterpretation, EUC_never,
		EPC_colorByPixel);
	static const DJCodecParameter same(ECC_lossyYCbCr, EDC_never, EUC_never, EPC_colorByPixel);
	const struct decoder_image *image = frame.image;
	const size_t count = static_cast<size_t>(image->rows) * image->columns * image->samples;
	WarningCatcher said("", harmless);
	OFCondition cond;

	if (stream.rows != image->rows || stream.columns != image->columns ||
	    stream.components != image->samples || stream.precision > image->allocated)
		return err_set(err, ERR_NO_INPUT, "a JPEG frame contradicts the image's attributes");
	frame_end(&frame);
	const std::unique_ptr<DJDecoder> decoder = make_decoder(stream.precision, stream.lossy ? rgb : same,
		strncmp(image->photometric, "YBR_FULL", 8) == 0);
	cond = decoder->init();
	if (cond.good())
		cond = decoder->decode(frame.bytes, static_cast<Uint32>(frame.size), frame.pixels,
			static_cast<Uint32>(count * decoder->bytesPerSample()), image->is_signed != 0);
	if (cond.bad() || *said.text())
		return explain(said, cond, err);
	describe(*decoder, stream.precision, after);
	frame_fit(&frame, count, decoder->bytesPerSample() == 2);
	return 0;
}

} /* namespace */

void
frame_prepare()
{
	warnings_init(false);
}

int
frame_decode(const struct frame *frame, struct decoder_image *after, struct err *err)
{
	struct codestream stream;

	if (strcmp(frame->syntax, "1.2.840.10008.1.2.5") == 0)
		return rle_decode(frame, err);
	if (codestream_parse(frame->bytes, frame->size, &stream, err) < 0)
		return -1;
	if (stream.kind == CODESTREAM_JPEG_2000)
		return jpeg2000_decode(frame, after, err);
	if (stream.kind == CODESTREAM_JPEG_LS)
		return jpegls_decode(frame, after, err);
	try {
		return jpeg_decode(*frame, stream, after, err);
	} catch (const std::bad_alloc &) {
		return err_nomem(err);
	}
}
