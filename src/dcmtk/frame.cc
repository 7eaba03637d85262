/* SPDX-License-Identifier: BSD-3-Clause */
/* The helper program's decoders: DCMTK's for JPEG and RLE, through a data set of one frame. */
#include "dcmtk/warnings.h"

#include <memory>
#include <new>
#include <string.h>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcdatset.h"
#include "dcmtk/dcmdata/dcdeftag.h"
#include "dcmtk/dcmdata/dcpixel.h"
#include "dcmtk/dcmdata/dcpixseq.h"
#include "dcmtk/dcmdata/dcpxitem.h"
#include "dcmtk/dcmdata/dcrledrg.h"
#include "dcmtk/dcmdata/dcxfer.h"
#include "dcmtk/dcmjpeg/djcparam.h"
#include "dcmtk/dcmjpeg/djdecbas.h"
#include "dcmtk/dcmjpeg/djdecext.h"
#include "dcmtk/dcmjpeg/djdeclol.h"
#include "dcmtk/dcmjpeg/djdecsv1.h"

extern "C" {
#include "base/text.h"
#include "decode/frame.h"
#include "decode/jpeg2000.h"
#include "decode/jpegls.h"
}

namespace {

/* Of what DCMTK's decoders warn of, what cannot make a pixel wrong: a scan of a sequential process
 * has all coefficients whatever its header says of them (NEMA's own samples say otherwise), and
 * revisions of JFIF are of no consequence. */
const char *const harmless[] = { "Invalid SOS parameters for sequential JPEG",
	"unknown JFIF revision number", nullptr };

/*
 * DCMTK's decoders, known to it from here on. Of JPEG, what is lossless stays as
 * it is; what is not comes as RGB if the attribute calls it YBR: YBR_FULL_422
 * has no plain form that everyone reads.
 */
void
register_decoders()
{
	static const DJDecoderBaseline baseline = {};
	static const DJDecoderExtended extended = {};
	static const DJDecoderLossless lossless = {};
	static const DJDecoderP14SV1 first_order = {};
	static const DJCodecParameter rgb(ECC_lossyYCbCr, EDC_photometricInterpretation, EUC_never,
		EPC_colorByPixel);
	static const DJCodecParameter same(ECC_lossyYCbCr, EDC_never, EUC_never, EPC_colorByPixel);

	DcmCodecList::registerCodec(&baseline, nullptr, &rgb);
	DcmCodecList::registerCodec(&extended, nullptr, &rgb);
	DcmCodecList::registerCodec(&lossless, nullptr, &same);
	DcmCodecList::registerCodec(&first_order, nullptr, &same);
	DcmRLEDecoderRegistration::registerCodecs();
}

OFCondition
describe(DcmItem &item, const struct decoder_image *image)
{
	const struct {
		const DcmTagKey tag;
		uint16_t value;
	} numbers[] = {
		{ DCM_SamplesPerPixel, image->samples },
		{ DCM_Rows, image->rows },
		{ DCM_Columns, image->columns },
		{ DCM_BitsAllocated, image->allocated },
		{ DCM_BitsStored, image->stored },
		{ DCM_HighBit, image->high_bit },
		{ DCM_PixelRepresentation, image->is_signed },
		{ DCM_PlanarConfiguration, image->planar },
	};
	OFCondition cond = item.putAndInsertString(DCM_PhotometricInterpretation, image->photometric);

	for (const auto &number : numbers)
		if (cond.good() && (image->samples > 1 || number.tag != DCM_PlanarConfiguration))
			cond = item.putAndInsertUint16(number.tag, number.value);
	return cond;
}

/* What the attributes say now. */
OFCondition
read_back(DcmItem &item, struct decoder_image *image)
{
	const char *photometric = nullptr;
	OFCondition cond = item.findAndGetUint16(DCM_BitsAllocated, image->allocated);

	if (cond.good())
		cond = item.findAndGetUint16(DCM_BitsStored, image->stored);
	if (cond.good())
		cond = item.findAndGetUint16(DCM_HighBit, image->high_bit);
	if (cond.good() && image->samples > 1)
		cond = item.findAndGetUint16(DCM_PlanarConfiguration, image->planar);
	if (cond.good())
		cond = item.findAndGetString(DCM_PhotometricInterpretation, photometric);
	if (cond.good() && photometric)
		text_format(image->photometric, sizeof image->photometric, "%s", photometric);
	return cond;
}

/* The frame as pixel data of the data set, which owns them. */
OFCondition
insert_fragments(DcmItem &item, const struct frame *frame, E_TransferSyntax own, DcmPixelData **out)
{
	const DcmTag sequence_tag(DCM_PixelSequenceTag, EVR_OB), item_tag(DCM_PixelItemTag, EVR_OB);
	std::unique_ptr<DcmPixelSequence> fragments(new DcmPixelSequence(sequence_tag));
	std::unique_ptr<DcmPixelItem> bytes(new DcmPixelItem(item_tag));
	std::unique_ptr<DcmPixelData> pixels(new DcmPixelData(DCM_PixelData));
	OFCondition cond = bytes->putUint8Array(frame->bytes, static_cast<unsigned long>(frame->size));

	if (cond.good())
		cond = fragments->insert(new DcmPixelItem(item_tag)); /* the offset table: none */
	if (cond.good())
		cond = fragments->insert(bytes.get());
	if (cond.bad())
		return cond;
	bytes.release();
	pixels->putOriginalRepresentation(own, nullptr, fragments.release());
	cond = item.insert(pixels.get());
	if (cond.good())
		*out = pixels.release();
	return cond;
}

/* The decoded bytes; of 8 bits where the attributes want 16, if the frame has no more. */
OFCondition
copy_pixels(DcmPixelData *pixels, const struct frame *frame, struct decoder_image *after)
{
	const size_t count = static_cast<size_t>(after->rows) * after->columns * after->samples;
	const size_t size = count * (after->allocated / 8u);
	Uint16 *words = nullptr;
	OFCondition cond = pixels->getUint16Array(words);

	if (cond.bad())
		return cond;
	if (!words || pixels->getLength() != (size + 1) / 2 * 2 || size > frame->pixels_size)
		return EC_CorruptedData;
	memcpy(frame->pixels, words, size);
	frame_order_bytes(frame->pixels, size / 2);
	if (after->allocated == 8 && frame->image->allocated == 16) {
		frame_widen(frame->pixels, count);
		after->allocated = 16;
	}
	return cond;
}

/* What went wrong, as the end of a sentence: the decoder's own first words on it, if it had any. */
int
explain(const WarningCatcher &said, const OFCondition &cond, struct err *err)
{
	char text[256];
	size_t len;

	if (*said.text())
		text_harmless_str(text, sizeof text, said.text());
	else if (cond == EC_IllegalCall) /* a fragment was wanted after the last */
		text_format(text, sizeof text, "its compressed pixel data end too early");
	else
		text_harmless_str(text, sizeof text, cond.text());
	len = strlen(text);
	if (len > 0 && text[len - 1] == '.')
		text[len - 1] = '\0';
	return err_set(err, ERR_NO_INPUT, cond.good() ? "the decoder has doubts: %s" : "%s", text);
}

int
decode(const struct frame *frame, E_TransferSyntax own, struct decoder_image *after, struct err *err)
{
	WarningCatcher said("", harmless);
	DcmPixelData *pixels = nullptr;
	DcmDataset dataset;
	OFCondition cond = describe(dataset, frame->image);

	if (cond.good())
		cond = insert_fragments(dataset, frame, own, &pixels);
	if (cond.good())
		cond = dataset.chooseRepresentation(EXS_LittleEndianExplicit, nullptr);
	if (cond.good())
		cond = read_back(dataset, after);
	if (cond.good())
		cond = copy_pixels(pixels, frame, after);
	return cond.bad() || *said.text() ? explain(said, cond, err) : 0;
}

} /* namespace */

void
frame_prepare()
{
	const struct decoder_image image = {};
	DcmDataset dataset;

	warnings_init(false);
	register_decoders();
	/* What comes from a file when it is first used: the dictionary. */
	describe(dataset, &image);
}

int
frame_decode(const struct frame *frame, struct decoder_image *after, struct err *err)
{
	const E_TransferSyntax own = DcmXfer(frame->syntax).getXfer();
	struct frame whole = *frame;

	try {
		switch (own) {
		case EXS_JPEGLSLossless:
		case EXS_JPEGLSLossy:
			return jpegls_decode(frame, after, err);
		case EXS_RLELossless:
			return decode(frame, own, after, err);
		case EXS_JPEGProcess1:
		case EXS_JPEGProcess2_4:
		case EXS_JPEGProcess14:
		case EXS_JPEGProcess14SV1:
			frame_end(&whole);
			return decode(&whole, own, after, err);
		default:
			return jpeg2000_decode(frame, after, err);
		}
	} catch (const std::bad_alloc &) {
		return err_set(err, ERR_NO_INPUT, "there is not enough memory for its pixels");
	}
}
