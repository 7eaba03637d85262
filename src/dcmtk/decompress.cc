/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/decompress.h"

#include <memory>
#include <new>
#include <string.h>
#include <vector>

#include "dcmtk/dcmdata/dcdeftag.h"
#include "dcmtk/dcmdata/dcpixel.h"
#include "dcmtk/dcmdata/dcpixseq.h"
#include "dcmtk/dcmdata/dcpxitem.h"
#include "dcmtk/dcmdata/dcstack.h"
#include "dcmtk/dcmdata/dcswap.h"
#include "dcmtk/dcmdata/dcxfer.h"
#include "dcmtk/dataset.h"
#include "dcmtk/image.h"

extern "C" {
#include "base/text.h"
#include "dicom/codestream.h"
}

namespace {

/* More than any real image has; OpenJPEG takes some 10 KiB for each, before it reads the first. */
const uint64_t tiles_max = 16384, tile_size = 10240;

/* Bytes that it takes for a code block, in a precinct of its own. */
const uint64_t block_size = 2000;

/* Pixel data to be decompressed: the object's own, or an icon's. */
struct picture {
	DcmPixelData *pixels;
	DcmPixelSequence *fragments; /* gone once it is decompressed */
	DcmItem *item;		     /* that it stands in */
	struct image before;
	bool lossy; /* a frame says so, or the transfer syntax does */
	uint64_t account; /* bytes of OpenJPEG's, in the frame that takes most; 0 before headers were read */
};

bool
is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

/* Can frames of this kind hold such pixels (PS3.5 8.2)? RLE frames have no header. */
bool
is_photometric_possible(const struct image *image, const struct codestream *stream)
{
	static const char *const single[] = { "MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", nullptr };
	static const char *const plain[] = { "RGB", "YBR_FULL", nullptr };
	static const char *const transformed[] = { "RGB", "YBR_RCT", "YBR_ICT", nullptr };
	static const char *const reduced[] = { "RGB", "YBR_FULL", "YBR_FULL_422", nullptr };
	bool jpeg = stream && stream->kind == CODESTREAM_JPEG;

	if (image->samples == 1)
		return is_one_of(image->photometric, single);
	if (stream && stream->transformed)
		return is_one_of(image->photometric, transformed);
	/* Of lossless JPEG the decoder makes YBR_FULL of it, which is right where the frames say YBR. */
	return is_one_of(image->photometric,
		jpeg && (stream->lossy || stream->colour == COLOUR_YBR) ? reduced : plain);
}

/* Some write this of lossless frames that have all samples: of RGB, many of them, and others of YBR. */
bool
is_colour_unknown(const struct image *image, const struct codestream *stream)
{
	return stream && stream->components == 3 && !stream->transformed && !stream->subsampled &&
		strcmp(image->photometric, "YBR_FULL_422") == 0;
}

int
check_photometric(const struct image *image, const struct codestream *stream, struct err *err)
{
	bool possible = is_photometric_possible(image, stream);
	bool rgb = strcmp(image->photometric, "RGB") == 0;

	if (!possible && is_colour_unknown(image, stream))
		return err_set(err, ERR_NO_INPUT, "its Photometric Interpretation is YBR_FULL_422, but its "
			"frames have all samples of each colour, and do not say whether these are RGB "
			"or YBR");
	if (!possible)
		return err_set(err, ERR_NO_INPUT, "its Photometric Interpretation %s does not go with %s",
			image->photometric, image->samples == 1 ? "a single sample per pixel" :
			stream && stream->transformed ? "the colour transformation of its JPEG 2000 frames" :
			"this compression");
	if (!stream || stream->components == 1)
		return 0;
	if ((stream->colour == COLOUR_RGB && !rgb) || (stream->colour == COLOUR_YBR && rgb))
		return err_set(err, ERR_NO_INPUT, "its Photometric Interpretation is %s, but its JPEG "
			"frames say %s", image->photometric, rgb ? "YBR" : "RGB");
	if (stream->subsampled && rgb)
		return err_set(err, ERR_NO_INPUT, "its Photometric Interpretation is RGB, but its frames "
			"have fewer samples of some colours, as only YBR has");
	return 0;
}

int
check_depth(const struct image *image, const struct codestream *stream, struct err *err)
{
	/* JPEG and JPEG-LS know no sign: it must be where the attribute looks for it. */
	bool lacks_sign = stream->kind != CODESTREAM_JPEG_2000 && image->is_signed &&
		stream->precision < image->stored;

	if (stream->precision > image->allocated || lacks_sign ||
	    (stream->precision <= 8 && image->stored > 8 && stream->kind != CODESTREAM_JPEG_2000))
		return err_set(err, ERR_NO_INPUT, "its frames have %u bits per sample, but its Bits "
			"Stored is %u of %u", stream->precision, image->stored, image->allocated);
	if (stream->kind == CODESTREAM_JPEG_2000 && stream->is_signed != image->is_signed)
		return err_set(err, ERR_NO_INPUT, "its Pixel Representation is %d, but its frames are "
			"%ssigned", image->is_signed, stream->is_signed ? "" : "un");
	/* Up to the high bit all bits of a cell are in the frame, or it is at its usual place. */
	if (image->high_bit != image->stored - 1 && image->high_bit >= stream->precision)
		return err_set(err, ERR_NO_INPUT, "its High Bit is %u, which no frame with %u bits "
			"per sample has", image->high_bit, stream->precision);
	return 0;
}

/* Hold one frame's header against the attributes and the transfer syntax. */
int
check_stream(const struct image *image, const struct codestream *stream, const struct syntax *syntax,
	struct err *err)
{
	if (stream->rows != image->rows || stream->columns != image->columns ||
	    stream->components != image->samples)
		return err_set(err, ERR_NO_INPUT, "a frame has %u rows, %u columns and %u samples per pixel, "
			"but its attributes say %u, %u and %u", stream->rows, stream->columns,
			stream->components, image->rows, image->columns, image->samples);
	if (stream->lossy && !syntax->lossy)
		return err_set(err, ERR_NO_INPUT, "a frame is compressed lossily, which %s is not",
			syntax->name);
	if (!stream->uniform || (stream->subsampled &&
	    (stream->kind != CODESTREAM_JPEG || !stream->lossy)))
		return err_set(err, ERR_NO_INPUT, "the components of a frame differ in size or depth");
	if (stream->tiles > tiles_max)
		return err_set(err, ERR_NO_INPUT, "a frame is cut into %llu tiles",
			static_cast<unsigned long long>(stream->tiles));
	if (check_depth(image, stream, err) < 0)
		return -1;
	return check_photometric(image, stream, err);
}

/* Bytes by which OpenJPEG keeps account of the parts of a frame. */
uint64_t
account_size(const struct codestream *stream)
{
	if (stream->kind != CODESTREAM_JPEG_2000)
		return 0;
	return tile_size * stream->tiles + stream->blocks *
		(block_size + 2 * (stream->layers + UINT64_C(1)) * (stream->levels + 1));
}

/* Do the fragments begin as many frames as they should, each with a header that fits? */
int
check_frames(struct picture *picture, const struct syntax *syntax, struct err *err)
{
	struct codestream stream = {};
	DcmPixelItem *fragment;
	uint32_t frames = 0;
	Uint8 *bytes;

	for (unsigned long i = 1; i < picture->fragments->card(); i++) {
		if (picture->fragments->getItem(fragment, i).bad() || fragment->getUint8Array(bytes).bad())
			return err_set(err, ERR_NO_INPUT, "a fragment of its pixel data cannot be read");
		if (!bytes)
			continue;
		if (i > 1 && !codestream_starts(bytes, fragment->getLength()))
			continue;
		if (codestream_parse(bytes, fragment->getLength(), &stream, err) < 0 ||
		    check_stream(&picture->before, &stream, syntax, err) < 0)
			return -1;
		picture->lossy = picture->lossy || stream.lossy;
		if (account_size(&stream) > picture->account)
			picture->account = account_size(&stream);
		frames++;
	}
	if (frames != picture->before.frames)
		return err_set(err, ERR_NO_INPUT, "it has %u compressed frames, but its Number of Frames "
			"says %u", frames, picture->before.frames);
	return 0;
}

/* RLE: a fragment is a frame (PS3.5 A.4.2), the segments in it all the decoder's to judge. */
int
check_rle(const struct picture *picture, struct err *err)
{
	const struct image *image = &picture->before;
	DcmPixelItem *fragment;
	Uint8 *bytes;

	if (picture->fragments->card() != image->frames + 1ul)
		return err_set(err, ERR_NO_INPUT, "it has %lu RLE fragments, but its Number of Frames "
			"says %u", picture->fragments->card() - 1, image->frames);
	for (unsigned long i = 1; i < picture->fragments->card(); i++) {
		if (picture->fragments->getItem(fragment, i).bad() || fragment->getUint8Array(bytes).bad())
			return err_set(err, ERR_NO_INPUT, "a fragment of its pixel data cannot be read");
	}
	return check_photometric(image, nullptr, err);
}

/* Native pixel data has no undefined length (PS3.5 A.2), and ends even. */
int
check_length(const struct image *image, struct err *err)
{
	const unsigned long long most = UINT32_MAX - 1, size = image_size(image);

	if (size <= most)
		return 0;
	return err_set(err, ERR_NO_INPUT, "its pixel data would have %s%llu bytes, more than an element "
		"can hold, which is %llu", size == UINT64_MAX ? "over " : "", size, most);
}

bool
is_rle(const struct syntax *syntax)
{
	return strcmp(syntax->uid, "1.2.840.10008.1.2.5") == 0;
}

/* With the High-Throughput kind. Of the decodable ones that may be lossy, these say it in their frames. */
bool
is_jpeg_2000(const struct syntax *syntax)
{
	static const char first[] = "1.2.840.10008.1.2.4.9", high[] = "1.2.840.10008.1.2.4.20";

	return strncmp(syntax->uid, first, strlen(first)) == 0 ||
		strncmp(syntax->uid, high, strlen(high)) == 0;
}

/* Bytes that a decoder takes, at most, for one frame and what was compressed of it. */
uint64_t
decoder_size(const struct picture *picture, const struct syntax *syntax)
{
	const uint64_t samples = image_frame_size(&picture->before) / (picture->before.allocated / 8u);

	if (is_rle(syntax))
		return 0;
	if (is_jpeg_2000(syntax)) /* a number of four bytes for each sample, in a tile and in the image */
		return 8 * samples + picture->account;
	/* The like once, if the colours are compressed one after the other. */
	return 4 * samples;
}

/* Bytes in memory at a time: fragments, those of a frame once more, all pixels, and the decoder's. */
uint64_t
memory_needed(const struct picture *picture, const struct syntax *syntax)
{
	DcmPixelItem *fragment;
	uint64_t compressed = 0;

	for (unsigned long i = 0; picture->fragments->getItem(fragment, i).good(); i++)
		compressed += fragment->getLength();
	return 2 * compressed + image_size(&picture->before) + decoder_size(picture, syntax);
}

int
check_memory(const std::vector<struct picture> &pictures, const struct syntax *syntax, uint64_t most,
	struct err *err)
{
	uint64_t needed = 0;

	for (const struct picture &picture : pictures) {
		if (check_length(&picture.before, err) < 0)
			return -1;
		needed += memory_needed(&picture, syntax);
	}
	if (needed <= most)
		return 0;
	err_set(err, ERR_NO_INPUT, "that would need %llu bytes of memory, more than the %llu of "
		"--max-object-memory", static_cast<unsigned long long>(needed),
		static_cast<unsigned long long>(most));
	return err_hint(err, "Have the receiver accept %s, so that it goes as it is, or raise "
		"--max-object-memory.", syntax->name);
}

int
check_picture(struct picture *picture, const struct syntax *syntax, struct err *err)
{
	bool rle = is_rle(syntax);

	if (!rle && picture->before.allocated > 16)
		return err_set(err, ERR_NO_INPUT, "its Bits Allocated is %u, which has no decoder here but "
			"for RLE", picture->before.allocated);
	picture->lossy = syntax->lossy && !is_jpeg_2000(syntax);
	return rle ? check_rle(picture, err) : check_frames(picture, syntax, err);
}

/*
 * All pixel data of the data set. Icons may be plain in an encapsulated syntax;
 * that of the object itself may not (PS3.5 A.4).
 */
int
find_pictures(DcmDataset &dataset, E_TransferSyntax own, std::vector<struct picture> *out, struct err *err)
{
	DcmStack stack;

	while (dataset.nextObject(stack, OFTrue).good()) {
		struct picture picture = {};

		if (stack.top()->ident() != EVR_PixelData)
			continue;
		picture.pixels = static_cast<DcmPixelData *>(stack.top());
		picture.item = dynamic_cast<DcmItem *>(stack.elem(1));
		picture.pixels->getEncapsulatedRepresentation(own, nullptr, picture.fragments);
		if (!picture.fragments && picture.item == &dataset)
			return err_set(err, ERR_NO_INPUT, "its pixel data are plain, though its transfer "
				"syntax says that they are compressed");
		if (!picture.fragments || !picture.item)
			continue;
		if (image_read(*picture.item, &picture.before, err) < 0)
			return -1;
		out->push_back(picture);
	}
	return 0;
}

/* What the decoder is told. All but RLE give colours by pixel, whatever the attribute says. */
struct decoder_image
to_decoder(const struct image *image, bool rle)
{
	struct decoder_image out = {};

	out.samples = image->samples;
	out.rows = image->rows;
	out.columns = image->columns;
	out.allocated = image->allocated;
	out.stored = image->stored;
	out.high_bit = image->high_bit;
	out.is_signed = image->is_signed;
	out.planar = image->samples > 1 && (image->planar > 1 || !rle) ? 0 : image->planar;
	memcpy(out.photometric, image->photometric, sizeof out.photometric);
	return out;
}

/* Join the fragments of the frame that begins with fragment *next, and move on to the next one. */
OFCondition
join_fragments(DcmPixelSequence *fragments, bool rle, unsigned long *next, std::vector<Uint8> *out)
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
		if (bytes && !out->empty() && (rle || codestream_starts(bytes, item->getLength())))
			break;
		if (bytes)
			out->insert(out->end(), bytes, bytes + item->getLength());
	}
	return EC_Normal;
}

int
run_decoder(struct decoder *decoder, struct picture *picture, const struct syntax *syntax, Uint8 *to,
	struct decoder_image *after, struct err *err)
{
	const bool rle = is_rle(syntax);
	const struct decoder_image before = to_decoder(&picture->before, rle);
	const size_t frame_size = image_frame_size(&picture->before);
	std::vector<Uint8> bytes;
	unsigned long next = 1; /* behind the offset table */

	for (uint32_t submitted = 0, taken = 0; taken < picture->before.frames;) {
		if (submitted < picture->before.frames && submitted - taken < decoder_slots(decoder)) {
			if (join_fragments(picture->fragments, rle, &next, &bytes).bad())
				return err_set(err, ERR_NO_INPUT, "a fragment cannot be read");
			if (decoder_submit(decoder, syntax->uid, &before, bytes.data(), bytes.size(),
				    frame_size, err) < 0)
				return -1;
			submitted++;
			continue;
		}
		if (decoder_take(decoder, to + taken++ * frame_size, frame_size, after, err) < 0)
			return -1;
	}
	return 0;
}

/* The pixels, and what the attributes have to say of them, in place of what was compressed. */
int
decode_picture(struct decoder *decoder, struct picture *picture, const struct syntax *syntax, struct err *err)
{
	std::unique_ptr<DcmPixelData> plain(new DcmPixelData(DCM_PixelData));
	const uint64_t words = (image_size(&picture->before) + 1) / 2;
	struct decoder_image after = {};
	Uint16 *pixels = nullptr;

	if (plain->createUint16Array(static_cast<Uint32>(words), pixels).bad())
		throw std::bad_alloc();
	pixels[words - 1] = 0;
	if (run_decoder(decoder, picture, syntax, reinterpret_cast<Uint8 *>(pixels), &after, err) < 0) {
		decoder_drop(decoder);
		return -1;
	}
	swapIfNecessary(gLocalByteOrder, EBO_LittleEndian, pixels, static_cast<Uint32>(words * 2), 2);
	picture->item->putAndInsertString(DCM_PhotometricInterpretation, after.photometric);
	if (after.samples > 1)
		picture->item->putAndInsertUint16(DCM_PlanarConfiguration, after.planar);
	picture->item->putAndInsertUint16(DCM_BitsStored, after.stored);
	picture->item->putAndInsertUint16(DCM_HighBit, after.high_bit);
	picture->pixels = plain.get();
	return picture->item->insert(plain.release(), OFTrue).good() ? 0 : err_nomem(err);
}

/* Append "what" to the list, unless it is there: an icon changes as its image does. */
void
note(char *changed, size_t size, const char *what)
{
	size_t used = strlen(changed);

	if (!strstr(changed, what))
		text_format(changed + used, size - used, "%s%s", used ? ", " : "", what);
}

void
note_number(char *changed, size_t size, const char *name, unsigned before, unsigned after)
{
	char what[64];

	if (before == after)
		return;
	if (before == PLANAR_ABSENT)
		text_format(what, sizeof what, "%s %u added", name, after);
	else
		text_format(what, sizeof what, "%s changed from %u to %u", name, before, after);
	note(changed, size, what);
}

bool
is_same_image(const struct image *a, const struct image *b)
{
	return a->rows == b->rows && a->columns == b->columns && a->frames == b->frames &&
		a->samples == b->samples && a->is_signed == b->is_signed;
}

void
note_differences(const struct image *before, const struct image *after, char *changed, size_t size)
{
	bool same = strncmp(after->photometric, "YBR", 3) == 0 && strncmp(before->photometric, "YBR", 3) == 0;
	char what[96];

	if (strcmp(after->photometric, before->photometric) != 0) {
		text_format(what, sizeof what, "%s from %s to %s",
			same ? "Photometric Interpretation changed" : "colour converted", before->photometric,
			after->photometric);
		note(changed, size, what);
	}
	note_number(changed, size, "Planar Configuration", before->planar, after->planar);
	note_number(changed, size, "Bits Allocated", before->allocated, after->allocated);
	note_number(changed, size, "Bits Stored", before->stored, after->stored);
	note_number(changed, size, "High Bit", before->high_bit, after->high_bit);
}

/* Do the attributes still tell of the same image, and does the pixel data have their length? */
int
check_result(const struct picture *picture, char *changed, size_t size, struct err *err)
{
	unsigned long length = picture->pixels->getLength();
	struct image after;

	if (image_read(*picture->item, &after, err) < 0)
		return -1;
	if (!is_same_image(&after, &picture->before))
		return err_set(err, ERR_NO_INPUT, "the decoder found another image than its attributes tell");
	if (length != (image_size(&after) + 1) / 2 * 2)
		return err_set(err, ERR_NO_INPUT, "it has %lu bytes of pixels, not the %llu that its "
			"attributes demand", length, static_cast<unsigned long long>(image_size(&after)));
	note_differences(&picture->before, &after, changed, size);
	return 0;
}

/* Once lossy, always lossy (PS3.3 C.7.6.1.1.5). */
void
mark_lossy(DcmDataset &dataset, bool was_marked, char *changed, size_t size)
{
	dataset.putAndInsertString(DCM_LossyImageCompression, "01");
	if (!was_marked)
		note(changed, size, "Lossy Image Compression set to 01");
}

bool
is_marked_lossy(DcmDataset &dataset)
{
	const char *value = nullptr;

	return dataset.findAndGetString(DCM_LossyImageCompression, value).good() && value &&
		strncmp(value, "01", 2) == 0;
}

/* They count fragments, of which there are none any more (PS3.3 C.7.6.3.1.8). */
void
drop_offsets(DcmDataset &dataset, char *changed, size_t size)
{
	bool dropped = false;

	for (Uint16 element = 1; element <= 3; element++)
		dropped |= dataset.findAndDeleteElement(DcmTagKey(0x7fe0, element)).good();
	if (dropped)
		note(changed, size, "extended offset table removed");
}

int
decompress_all(DcmDataset &dataset, const struct syntax *syntax, struct decoder *decoder, uint64_t memory_max,
	char *changed, size_t size, struct err *err)
{
	E_TransferSyntax own = dataset_syntax(syntax->uid);
	bool was_marked = is_marked_lossy(dataset), lossy = false;
	std::vector<struct picture> pictures;

	if (find_pictures(dataset, own, &pictures, err) < 0)
		return -1;
	if (pictures.empty())
		return 0;
	if (check_memory(pictures, syntax, memory_max, err) < 0)
		return -1;
	for (struct picture &picture : pictures) {
		if (check_picture(&picture, syntax, err) < 0)
			return -1;
		lossy = lossy || (picture.lossy && picture.item == &dataset);
	}
	/* Once more, now that the headers are known. */
	if (check_memory(pictures, syntax, memory_max, err) < 0)
		return -1;
	for (struct picture &picture : pictures)
		if (decode_picture(decoder, &picture, syntax, err) < 0 ||
		    check_result(&picture, changed, size, err) < 0)
			return -1;
	if (lossy)
		mark_lossy(dataset, was_marked, changed, size);
	drop_offsets(dataset, changed, size);
	return 0;
}

} /* namespace */

int
decompress(DcmDataset &dataset, const struct syntax *syntax, struct decoder *decoder, uint64_t memory_max,
	char *changed, size_t changed_size, struct err *err)
{
	changed[0] = '\0';
	try {
		return decompress_all(dataset, syntax, decoder, memory_max, changed, changed_size, err);
	} catch (const std::bad_alloc &) {
		return err_set(err, ERR_NO_INPUT, "there is not enough memory for its pixels");
	}
}
