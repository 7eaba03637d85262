/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer (clang -fsanitize=fuzzer,address,undefined): the helper program's
 * decoders on a compressed frame somewhere in any bytes, such as a whole DICOM
 * file; where there is none, on what follows four bytes as RLE, which has to give
 * the pixels that DCMTK makes of it. (Its JPEG-LS decoder and CharLS have symbols of
 * one name, and cannot be in one process.)
 */
#include <stdlib.h>
#include <string.h>
#include <vector>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dctk.h"
#include "dcmtk/dcmdata/dcpxitem.h"
#include "dcmtk/dcmdata/dcrledrg.h"

extern "C" {
#include "base/text.h"
#include "decode/frame.h"
#include "decode/protocol.h"
#include "assertion.h"
#include "dicom/codestream.h"
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
}

namespace {

const size_t pixels_max = 1 << 18;

void
require(bool holds)
{
	if (!holds)
		abort();
}

/* The attributes that go with the header. False if it would take long. */
bool
set_image(const struct codestream &stream, struct decoder_image *image)
{
	const uint64_t pixels = static_cast<uint64_t>(stream.rows) * stream.columns;

	if (pixels == 0 || pixels > pixels_max || stream.rows > UINT16_MAX || stream.columns > UINT16_MAX ||
	    (stream.components != 1 && stream.components != 3) || stream.precision == 0 ||
	    stream.precision > 16 || !stream.uniform || stream.tiles > 64 || stream.blocks > 10000 ||
	    stream.layers > 100)
		return false;
	image->rows = static_cast<uint16_t>(stream.rows);
	image->columns = static_cast<uint16_t>(stream.columns);
	image->samples = static_cast<uint16_t>(stream.components);
	image->allocated = stream.precision > 8 ? 16 : 8;
	image->stored = static_cast<uint16_t>(stream.precision);
	image->high_bit = static_cast<uint16_t>(stream.precision - 1);
	image->is_signed = stream.is_signed;
	text_format(image->photometric, sizeof image->photometric, "%s",
		stream.components == 1 ? "MONOCHROME2" : stream.transformed ? "YBR_RCT" : "YBR_FULL");
	return true;
}

/* As the helper program does it: 0, or -1. */
int
decode(const char *syntax, const struct decoder_image &image, const unsigned char *data, size_t size,
	std::vector<unsigned char> *pixels)
{
	std::vector<unsigned char> bytes(data, data + size);
	struct decoder_image after = image;
	struct err err = {};
	struct frame frame = {};
	int rv;

	pixels->resize(static_cast<size_t>(image.rows) * image.columns * image.samples * (image.allocated / 8u));
	bytes.resize(size + DECODE_END);
	frame.syntax = syntax;
	frame.image = &image;
	frame.bytes = bytes.data();
	frame.size = size;
	frame.pixels = pixels->data();
	frame.pixels_size = pixels->size();
	if (may_meet_assertion(frame.bytes, size))
		return -1;
	rv = frame_decode(&frame, &after, &err);
	require(rv == 0 || (rv == -1 && err.text[0]));
	require(rv < 0 || (after.rows == image.rows && after.columns == image.columns &&
		after.samples == image.samples && after.allocated == image.allocated));
	return rv;
}

/* What DCMTK makes of it; empty if it does not. */
std::vector<unsigned char>
decode_otherwise(const struct decoder_image &image, const unsigned char *data, size_t size)
{
	DcmPixelSequence *fragments = new DcmPixelSequence(DcmTag(DCM_PixelSequenceTag, EVR_OB));
	DcmPixelItem *bytes = new DcmPixelItem(DcmTag(DCM_PixelItemTag, EVR_OB));
	DcmPixelData *pixels = new DcmPixelData(DCM_PixelData);
	std::vector<unsigned char> out;
	DcmDataset dataset;
	Uint16 *words = nullptr;

	bytes->putUint8Array(data, static_cast<unsigned long>(size));
	fragments->insert(new DcmPixelItem(DcmTag(DCM_PixelItemTag, EVR_OB)));
	fragments->insert(bytes);
	pixels->putOriginalRepresentation(EXS_RLELossless, nullptr, fragments);
	dataset.insert(pixels);
	dataset.putAndInsertUint16(DCM_SamplesPerPixel, image.samples);
	dataset.putAndInsertUint16(DCM_Rows, image.rows);
	dataset.putAndInsertUint16(DCM_Columns, image.columns);
	dataset.putAndInsertUint16(DCM_BitsAllocated, image.allocated);
	dataset.putAndInsertUint16(DCM_BitsStored, image.stored);
	dataset.putAndInsertUint16(DCM_HighBit, image.high_bit);
	dataset.putAndInsertUint16(DCM_PixelRepresentation, image.is_signed);
	dataset.putAndInsertUint16(DCM_PlanarConfiguration, image.planar);
	dataset.putAndInsertString(DCM_PhotometricInterpretation, image.photometric);
	if (dataset.chooseRepresentation(EXS_LittleEndianExplicit, nullptr).good() &&
	    pixels->getUint16Array(words).good() && words)
		out.assign(reinterpret_cast<unsigned char *>(words),
			reinterpret_cast<unsigned char *>(words) + pixels->getLength());
	return out;
}

/* The header of as many segments as the image has, cut from the bytes evenly. */
std::vector<unsigned char>
rle_frame(const struct decoder_image &image, const unsigned char *data, size_t size)
{
	const size_t count = image.samples * (image.allocated / 8u);
	std::vector<unsigned char> out(64);

	out[0] = static_cast<unsigned char>(count);
	for (size_t i = 0; i < count; i++) {
		const size_t at = 64 + i * size / count;

		for (size_t byte = 0; byte < 4; byte++)
			out[4 * (i + 1) + byte] = static_cast<unsigned char>(at >> 8 * byte);
	}
	out.insert(out.end(), data, data + size);
	return out;
}

void
try_rle(const unsigned char *data, size_t size)
{
	struct decoder_image image = {};
	std::vector<unsigned char> pixels, others, bytes;

	if (size < 4)
		return;
	image.rows = static_cast<uint16_t>(data[0] % 16 + 1);
	image.columns = static_cast<uint16_t>(data[1] % 16 + 1);
	image.samples = data[2] & 1 ? 3 : 1;
	image.allocated = static_cast<uint16_t>(8 << data[3] % 3);
	image.stored = image.allocated;
	image.high_bit = static_cast<uint16_t>(image.allocated - 1);
	image.planar = data[2] >> 1 & 1;
	text_format(image.photometric, sizeof image.photometric, "%s",
		image.samples == 1 ? "MONOCHROME2" : "RGB");
	bytes.assign(data + 4, data + size);
	if (data[2] & 4)
		bytes = rle_frame(image, data + 4, size - 4);
	/* A byte 80 stands for nothing (PS3.5 G.3.2), but not for DCMTK. */
	if (decode("1.2.840.10008.1.2.5", image, bytes.data(), bytes.size(), &pixels) < 0 ||
	    memchr(bytes.data() + 64, 0x80, bytes.size() - 64))
		return;
	others = decode_otherwise(image, bytes.data(), bytes.size());
	require(others.size() >= pixels.size() && memcmp(pixels.data(), others.data(), pixels.size()) == 0);
}

} /* namespace */

int
LLVMFuzzerInitialize(int *, char ***)
{
	frame_prepare();
	DcmRLEDecoderRegistration::registerCodecs();
	return 0;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const unsigned char *begin = data, *const end = data + size;
	struct decoder_image image = {};
	std::vector<unsigned char> pixels;
	struct codestream stream;
	struct err err = {};

	while (begin < end && !codestream_starts(begin, static_cast<size_t>(end - begin)))
		begin++;
	if (begin == end) {
		try_rle(data, size);
		return 0;
	}
	size = static_cast<size_t>(end - begin);
	if (codestream_parse(begin, size, &stream, &err) == 0 && set_image(stream, &image))
		decode("1.2.840.10008.1.2.4.90", image, begin, size, &pixels);
	return 0;
}
