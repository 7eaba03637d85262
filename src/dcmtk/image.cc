/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/image.h"

#include <string.h>

#include "dcmtk/dcmdata/dcdeftag.h"

extern "C" {
#include "base/text.h"
}

namespace {

/* Number of Frames is absent from objects that cannot have several. */
int
read_frames(DcmItem &item, uint32_t *out, struct err *err)
{
	Sint32 frames = 1;

	if (item.tagExistsWithValue(DCM_NumberOfFrames) &&
	    (item.findAndGetSint32(DCM_NumberOfFrames, frames).bad() || frames < 1))
		return err_set(err, ERR_NO_INPUT, "its Number of Frames is not a positive number");
	*out = static_cast<uint32_t>(frames);
	return 0;
}

int
check(const struct image *image, struct err *err)
{
	if (image->rows == 0 || image->columns == 0)
		return err_set(err, ERR_NO_INPUT, "its Rows or Columns is 0");
	if (image->samples != 1 && image->samples != 3)
		return err_set(err, ERR_NO_INPUT, "its Samples per Pixel is %u, neither 1 nor 3",
			image->samples);
	if (image->allocated == 1) { /* segmentations, which RLE may compress (PS3.5 8.2.2) */
		err_set(err, ERR_NO_INPUT, "its Bits Allocated is 1, which this program does not decode");
		return err_hint(err, "Have the receiver accept the file's transfer syntax, so that it is "
			"sent unchanged: this program decompresses pixels of 8, 16 and 32 bits.");
	}
	if (image->allocated != 8 && image->allocated != 16 && image->allocated != 32)
		return err_set(err, ERR_NO_INPUT, "its Bits Allocated is %u, none of 8, 16 and 32",
			image->allocated);
	if (image->stored == 0 || image->stored > image->allocated || image->high_bit >= image->allocated ||
	    image->high_bit + 1 < image->stored)
		return err_set(err, ERR_NO_INPUT, "its Bits Allocated, Bits Stored and High Bit (%u, %u, %u) "
			"contradict each other", image->allocated, image->stored, image->high_bit);
	return 0;
}

} /* namespace */

int
image_read(DcmItem &item, struct image *out, struct err *err)
{
	const struct {
		DcmTagKey tag;
		const char *name;
		uint16_t *to;
	} numbers[] = {
		{ DCM_SamplesPerPixel, "Samples per Pixel", &out->samples },
		{ DCM_Rows, "Rows", &out->rows },
		{ DCM_Columns, "Columns", &out->columns },
		{ DCM_BitsAllocated, "Bits Allocated", &out->allocated },
		{ DCM_BitsStored, "Bits Stored", &out->stored },
		{ DCM_HighBit, "High Bit", &out->high_bit },
		{ DCM_PixelRepresentation, "Pixel Representation", &out->is_signed },
	};
	const char *photometric = nullptr;

	*out = {};
	for (const auto &number : numbers)
		if (item.findAndGetUint16(number.tag, *number.to).bad())
			return err_set(err, ERR_NO_INPUT, "its %s is missing or not a number", number.name);
	if (read_frames(item, &out->frames, err) < 0)
		return -1;
	if (out->is_signed > 1)
		return err_set(err, ERR_NO_INPUT, "its Pixel Representation is %u, neither 0 nor 1",
			out->is_signed);
	if (item.findAndGetUint16(DCM_PlanarConfiguration, out->planar).bad())
		out->planar = PLANAR_ABSENT;
	if (item.findAndGetString(DCM_PhotometricInterpretation, photometric).bad() || !photometric)
		return err_set(err, ERR_NO_INPUT, "its Photometric Interpretation is missing");
	text_harmless_str(out->photometric, sizeof out->photometric, photometric);
	for (size_t n = strlen(out->photometric); n > 0 && out->photometric[n - 1] == ' '; n--)
		out->photometric[n - 1] = '\0';
	return check(out, err);
}

uint64_t
image_frame_size(const struct image *image)
{
	return static_cast<uint64_t>(image->rows) * image->columns * image->samples * (image->allocated / 8u);
}

uint64_t
image_size(const struct image *image)
{
	uint64_t frame = image_frame_size(image);

	return frame > 0 && image->frames > UINT64_MAX / frame ? UINT64_MAX : frame * image->frames;
}
