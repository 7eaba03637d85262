/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/jpeg2000.h"

#include <openjpeg.h>
#include <string.h>
#include <vector>

#include "dcmtk/dcmdata/dcdeftag.h"
#include "dcmtk/dcmdata/dcpixel.h"
#include "dcmtk/dcmdata/dcpixseq.h"
#include "dcmtk/dcmdata/dcpxitem.h"
#include "dcmtk/dcmdata/dcstack.h"
#include "dcmtk/dcmdata/dcswap.h"
#include "dcmtk/image.h"

extern "C" {
#include "base/text.h"
#include "dicom/codestream.h"
}

namespace {

/* One frame's bytes, and how far OpenJPEG has read. */
struct source {
	std::vector<Uint8> bytes;
	size_t at = 0;
};

/* -1 casts into what OpenJPEG takes for the end. */
OPJ_SIZE_T
source_read(void *to, OPJ_SIZE_T size, void *data)
{
	struct source *source = static_cast<struct source *>(data);
	size_t left = source->bytes.size() - source->at;

	if (left == 0)
		return static_cast<OPJ_SIZE_T>(-1);
	size = size < left ? size : left;
	memcpy(to, source->bytes.data() + source->at, size);
	source->at += size;
	return size;
}

OPJ_BOOL
source_seek(OPJ_OFF_T offset, void *data)
{
	struct source *source = static_cast<struct source *>(data);

	if (offset < 0 || static_cast<uint64_t>(offset) > source->bytes.size())
		return OPJ_FALSE;
	source->at = static_cast<size_t>(offset);
	return OPJ_TRUE;
}

OPJ_OFF_T
source_skip(OPJ_OFF_T size, void *data)
{
	struct source *source = static_cast<struct source *>(data);

	if (size < 0 || static_cast<uint64_t>(size) > source->bytes.size() - source->at)
		return -1;
	source->at += static_cast<size_t>(size);
	return size;
}

/* Keeps the first thing that OpenJPEG has to say: an error, or a warning,
 * after which the pixels could be anything. */
void
take_message(const char *message, void *data)
{
	struct err *err = static_cast<struct err *>(data);
	char text[256];

	if (err->kind == ERR_NONE)
		err_set(err, ERR_NO_INPUT, "the JPEG 2000 decoder says: %s",
			text_harmless(text, sizeof text, message, strcspn(message, "\n")));
}

/* OpenJPEG's objects for one frame. */
struct Decoder {
	opj_codec_t *codec = opj_create_decompress(OPJ_CODEC_J2K);
	opj_stream_t *stream = opj_stream_default_create(OPJ_TRUE);
	opj_image_t *image = nullptr;

	Decoder() = default;
	Decoder(const Decoder &) = delete;
	Decoder &operator=(const Decoder &) = delete;
	~Decoder()
	{
		opj_image_destroy(image);
		opj_stream_destroy(stream);
		opj_destroy_codec(codec);
	}
	bool setup(struct source *source, struct err *err);
	bool run();
};

bool
Decoder::setup(struct source *source, struct err *err)
{
	opj_dparameters_t parameters;

	if (!codec || !stream)
		return false;
	opj_stream_set_user_data(stream, source, nullptr);
	opj_stream_set_user_data_length(stream, source->bytes.size());
	opj_stream_set_read_function(stream, source_read);
	opj_stream_set_seek_function(stream, source_seek);
	opj_stream_set_skip_function(stream, source_skip);
	opj_set_error_handler(codec, take_message, err);
	opj_set_warning_handler(codec, take_message, err);
	opj_set_default_decoder_parameters(&parameters);
	/* Strict: a stream that is cut short is an error, not a grey corner. */
	return opj_setup_decoder(codec, &parameters) && opj_decoder_set_strict_mode(codec, OPJ_TRUE);
}

bool
Decoder::run()
{
	return opj_read_header(stream, codec, &image) && opj_decode(codec, stream, image) &&
		opj_end_decompress(codec, stream);
}

/* Are the components what the attributes want: as large as the image, equally deep and signed? */
bool
is_as_wanted(const opj_image_t *got, const struct image *image)
{
	if (got->numcomps != image->samples)
		return false;
	for (OPJ_UINT32 i = 0; i < got->numcomps; i++) {
		const opj_image_comp_t *component = &got->comps[i];

		if (!component->data || component->w != image->columns || component->h != image->rows ||
		    component->prec > image->allocated || (component->sgnd != 0) != image->is_signed)
			return false;
	}
	return true;
}

/* One component's samples into every step-th cell. -1: one has no room in the bits up to the high bit. */
template <typename Cell>
int
copy_component(const opj_image_comp_t *from, const struct image *image, Cell *to)
{
	const OPJ_INT32 low = image->is_signed ? -(1 << image->high_bit) : 0;
	const OPJ_INT32 high = (image->is_signed ? 1 << image->high_bit : 2 << image->high_bit) - 1;
	const size_t count = static_cast<size_t>(image->rows) * image->columns;

	for (size_t i = 0; i < count; i++, to += image->samples) {
		if (from->data[i] < low || from->data[i] > high)
			return -1;
		*to = static_cast<Cell>(from->data[i]);
	}
	return 0;
}

int
copy_pixels(const opj_image_t *from, const struct image *image, void *to, struct err *err)
{
	int rv = 0;

	for (OPJ_UINT32 i = 0; rv == 0 && i < from->numcomps; i++) {
		if (image->allocated == 8)
			rv = copy_component(&from->comps[i], image, static_cast<Uint8 *>(to) + i);
		else
			rv = copy_component(&from->comps[i], image, static_cast<Uint16 *>(to) + i);
	}
	if (rv < 0)
		return err_set(err, ERR_NO_INPUT, "a pixel is out of the range of its %u Bits Stored",
			image->stored);
	return 0;
}

/* Leave the code stream alone, without boxes around it, and end it by EOC, which is missing from
 * some: OpenJPEG would want it, and not miss a tile. */
int
settle_source(struct source *source, struct err *err)
{
	size_t begin, size;

	if (codestream_tiles(source->bytes.data(), source->bytes.size(), &begin, &size, err) < 0)
		return -1;
	source->bytes.erase(source->bytes.begin(), source->bytes.begin() + static_cast<ptrdiff_t>(begin));
	source->bytes.resize(size);
	source->bytes.push_back(0xff);
	source->bytes.push_back(0xd9);
	source->at = 0;
	return 0;
}

int
decode_frame(struct source *source, const struct image *image, void *to, struct err *err)
{
	Decoder decoder;
	struct err said = {};

	if (settle_source(source, err) < 0)
		return -1;
	if (!decoder.setup(source, &said))
		return err_nomem(err);
	if (!decoder.run() || said.kind != ERR_NONE)
		return err_set(err, ERR_NO_INPUT, "%s",
			said.kind != ERR_NONE ? said.text : "the JPEG 2000 decoder gave up");
	if (!is_as_wanted(decoder.image, image))
		return err_set(err, ERR_NO_INPUT, "a JPEG 2000 frame contradicts the image's attributes");
	return copy_pixels(decoder.image, image, to, err);
}

/* Gather the fragments of the frame that begins with fragment *next, and move
 * on to the next one: a fragment that begins as a code stream does. */
OFCondition
gather(DcmPixelSequence *fragments, unsigned long *next, std::vector<Uint8> *out)
{
	DcmPixelItem *item;
	Uint8 *bytes;

	out->clear();
	for (; *next < fragments->card(); (*next)++) {
		OFCondition cond = fragments->getItem(item, *next);

		if (cond.good())
			cond = item->getUint8Array(bytes);
		if (cond.bad())
			return cond;
		if (!bytes || (!out->empty() && codestream_starts(bytes, item->getLength())))
			break;
		out->insert(out->end(), bytes, bytes + item->getLength());
	}
	return EC_Normal;
}

int
decode_all(DcmPixelSequence *fragments, const struct image *image, Uint8 *to, struct err *err)
{
	unsigned long next = 1; /* after the offset table */
	struct source source;

	for (uint32_t i = 0; i < image->frames; i++, to += image_frame_size(image)) {
		if (gather(fragments, &next, &source.bytes).bad())
			return err_set(err, ERR_NO_INPUT, "a fragment of its pixel data cannot be read");
		if (decode_frame(&source, image, to, err) < 0)
			return -1;
	}
	if (next < fragments->card())
		return err_set(err, ERR_NO_INPUT, "it has more frames than its Number of Frames says");
	return 0;
}

OFCondition
condition(const struct err *err)
{
	const OFCondition general = EC_CannotChangeRepresentation;

	return OFCondition(general.module(), general.code(), general.status(), err->text);
}

/* The transformation is undone: say what the pixels are now. */
OFCondition
describe(DcmItem &item, const struct image *image)
{
	OFCondition cond = EC_Normal;

	if (image->samples == 1)
		return cond;
	if (strcmp(image->photometric, "YBR_ICT") == 0 || strcmp(image->photometric, "YBR_RCT") == 0)
		cond = item.putAndInsertString(DCM_PhotometricInterpretation, "RGB");
	if (cond.good())
		cond = item.putAndInsertUint16(DCM_PlanarConfiguration, 0);
	return cond;
}

} /* namespace */

OFBool
Jpeg2000Decoder::canChangeCoding(E_TransferSyntax from, E_TransferSyntax to) const
{
	return from == syntax_ && to == EXS_LittleEndianExplicit; /* which stands for all plain ones */
}

OFCondition
Jpeg2000Decoder::decode(const DcmRepresentationParameter *, DcmPixelSequence *fragments,
	DcmPolymorphOBOW &pixels, const DcmCodecParameter *, const DcmStack &stack, OFBool &remove_old) const
{
	DcmItem *item = dynamic_cast<DcmItem *>(stack.elem(1)); /* above the pixel data */
	struct err err = {};
	OFCondition cond;
	struct image image;
	Uint16 *words;

	remove_old = OFTrue;
	if (!item)
		return EC_InvalidTag;
	if (image_read(*item, &image, &err) < 0)
		return condition(&err);
	if (image_size(&image) > UINT32_MAX - 1)
		return EC_ElemLengthExceeds32BitField;
	cond = pixels.createUint16Array(static_cast<Uint32>((image_size(&image) + 1) / 2), words);
	if (cond.bad())
		return cond;
	if (decode_all(fragments, &image, reinterpret_cast<Uint8 *>(words), &err) < 0)
		return condition(&err);
	/* Bytes stand in the words in little endian order (PS3.5 8.1.1). */
	if (image.allocated == 8)
		swapIfNecessary(gLocalByteOrder, EBO_LittleEndian, words,
			static_cast<Uint32>((image_size(&image) + 1) / 2 * 2), sizeof *words);
	return describe(*item, &image);
}

OFCondition
Jpeg2000Decoder::decodeFrame(const DcmRepresentationParameter *, DcmPixelSequence *,
	const DcmCodecParameter *, DcmItem *, Uint32, Uint32 &, void *, Uint32, OFString &) const
{
	return EC_IllegalCall;
}

OFCondition
Jpeg2000Decoder::encode(const Uint16 *, Uint32, const DcmRepresentationParameter *, DcmPixelSequence *&,
	const DcmCodecParameter *, DcmStack &, OFBool &) const
{
	return EC_IllegalCall;
}

OFCondition
Jpeg2000Decoder::encode(E_TransferSyntax, const DcmRepresentationParameter *, DcmPixelSequence *,
	const DcmRepresentationParameter *, DcmPixelSequence *&, const DcmCodecParameter *, DcmStack &,
	OFBool &) const
{
	return EC_IllegalCall;
}

Uint16
Jpeg2000Decoder::decodedBitsAllocated(Uint16 allocated, Uint16) const
{
	return allocated;
}

OFCondition
Jpeg2000Decoder::determineDecompressedColorModel(const DcmRepresentationParameter *, DcmPixelSequence *,
	const DcmCodecParameter *, DcmItem *, OFString &) const
{
	return EC_IllegalCall;
}
