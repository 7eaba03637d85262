/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/decompress.h"

#include <memory>
#include <new>
#include <string>
#include <string.h>
#include <unistd.h>
#include <utility>

#include "dcmtk/dcmdata/dcdeftag.h"
#include "dcmtk/dcmdata/dcostrma.h"
#include "dcmtk/dcmdata/dcpixel.h"
#include "dcmtk/dcmdata/dcpixseq.h"
#include "dcmtk/dcmdata/dcpxitem.h"
#include "dcmtk/dcmdata/dcstack.h"
#include "dcmtk/dcmdata/dcswap.h"
#include "dcmtk/dcmdata/dcvrobow.h"
#include "dcmtk/dataset.h"

extern "C" {
#include "base/text.h"
#include "dicom/element.h"
}

namespace {

int
fail_memory(struct err *err)
{
	err_set(err, ERR_NO_INPUT, "there is not enough memory for its pixels");
	return err_hint(err, "Free memory on this machine, or raise the limit of it (ulimit -v, or that of "
		"the container).");
}

/* More than any real image has; OpenJPEG needs some 10 KiB for each before it reads the first. */
const uint64_t tiles_max = 16384, tile_size = 10240;

/* Bytes that it needs for a code block in a separate precinct. */
const uint64_t block_size = 2000;

/* Several frames of up to this many bytes in all are decoded before anything is sent. */
const uint64_t whole_max = UINT64_C(32) << 20;

/* An object that needs more memory is not decoded while the objects before it are sent. */
const uint64_t ahead_max = UINT64_C(8) << 20;

/* Bytes of a frame that are read first: hardly any header is longer. */
const size_t head_size = 4096;

bool
is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

/* Can frames of this kind contain such pixels (PS3.5 8.2)? RLE frames do not describe their pixels. */
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
	/* For lossless JPEG the decoder returns YBR_FULL, which is correct if the frames say YBR. */
	return is_one_of(image->photometric,
		jpeg && (stream->lossy || stream->colour == COLOUR_YBR) ? reduced : plain);
}

/* Some programs write this for lossless frames with all samples, of RGB or of YBR. */
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
	/* JPEG and JPEG-LS have no sign: it must be where the attribute expects it. */
	bool lacks_sign = stream->kind != CODESTREAM_JPEG_2000 && image->is_signed &&
		stream->precision < image->stored;

	if (stream->precision > image->allocated || lacks_sign ||
	    (stream->precision <= 8 && image->stored > 8 && stream->kind != CODESTREAM_JPEG_2000))
		return err_set(err, ERR_NO_INPUT, "its frames have %u bits per sample, but its Bits "
			"Stored is %u of %u", stream->precision, image->stored, image->allocated);
	if (stream->kind == CODESTREAM_JPEG_2000 && stream->is_signed != image->is_signed)
		return err_set(err, ERR_NO_INPUT, "its Pixel Representation is %d, but its frames are "
			"%ssigned", image->is_signed, stream->is_signed ? "" : "un");
	/* Either all bits of a cell up to the high bit are in the frame, or the high bit is at its usual
	 * place. */
	if (image->high_bit != image->stored - 1 && image->high_bit >= stream->precision)
		return err_set(err, ERR_NO_INPUT, "its High Bit is %u, which does not match frames with %u "
			"bits per sample", image->high_bit, stream->precision);
	return 0;
}

/* Compare a frame's header with the attributes and the transfer syntax. */
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

/* Bytes that OpenJPEG needs to manage the parts of a frame. */
uint64_t
codec_memory_size(const struct codestream *stream)
{
	if (stream->kind != CODESTREAM_JPEG_2000)
		return 0;
	return tile_size * stream->tiles + stream->blocks *
		(block_size + 2 * (stream->layers + UINT64_C(1)) * (stream->levels + 1));
}

/* Native pixel data has no undefined length (PS3.5 A.2), and has an even length. */
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

/* Includes High-Throughput JPEG 2000. Of the decodable syntaxes that may be lossy, these say it in their
 * frames. */
bool
is_jpeg_2000(const struct syntax *syntax)
{
	static const char first[] = "1.2.840.10008.1.2.4.9", high[] = "1.2.840.10008.1.2.4.20";

	return strncmp(syntax->uid, first, strlen(first)) == 0 ||
		strncmp(syntax->uid, high, strlen(high)) == 0;
}

/* The most bytes that a decoder needs in addition to those of the frame, compressed and not. */
uint64_t
decoder_size(const struct picture &picture, const struct syntax *syntax)
{
	const uint64_t samples = image_frame_size(&picture.before) / (picture.before.allocated / 8u);

	if (is_rle(syntax))
		return 0;
	if (is_jpeg_2000(syntax)) /* a number of four bytes for each sample, in a tile and in the image */
		return 8 * samples + picture.codec_memory;
	/* The same, once, if the colours are compressed one after the other. */
	return 4 * samples;
}

/* Append "what" to the list, unless it is there: an icon changes in the same way as its image. */
void
note(std::string *changed, const char *what)
{
	if (changed->find(what) == std::string::npos)
		*changed += (changed->empty() ? "" : ", ") + std::string(what);
}

void
note_number(std::string *changed, const char *name, unsigned before, unsigned after)
{
	char what[64];

	if (before == after)
		return;
	if (before == PLANAR_ABSENT)
		text_format(what, sizeof what, "%s %u added", name, after);
	else
		text_format(what, sizeof what, "%s changed from %u to %u", name, before, after);
	note(changed, what);
}

void
note_differences(const struct image *before, const struct image *after, std::string *changed)
{
	bool same = strncmp(after->photometric, "YBR", 3) == 0 && strncmp(before->photometric, "YBR", 3) == 0;
	char what[96];

	if (strcmp(after->photometric, before->photometric) != 0) {
		text_format(what, sizeof what, "%s from %s to %s",
			same ? "Photometric Interpretation changed" : "colour converted", before->photometric,
			after->photometric);
		note(changed, what);
	}
	note_number(changed, "Planar Configuration", before->planar, after->planar);
	note_number(changed, "Bits Allocated", before->allocated, after->allocated);
	note_number(changed, "Bits Stored", before->stored, after->stored);
	note_number(changed, "High Bit", before->high_bit, after->high_bit);
}

/* An image that was lossy remains marked as such (PS3.3 C.7.6.1.1.5). */
void
mark_lossy(DcmDataset &dataset, bool was_marked, std::string *changed)
{
	dataset.putAndInsertString(DCM_LossyImageCompression, "01");
	if (!was_marked)
		note(changed, "Lossy Image Compression set to 01");
}

bool
is_marked_lossy(DcmDataset &dataset)
{
	const char *value = nullptr;

	return dataset.findAndGetString(DCM_LossyImageCompression, value).good() && value &&
		strncmp(value, "01", 2) == 0;
}

/* They refer to fragments, which no longer exist (PS3.3 C.7.6.3.1.8). */
void
drop_offsets(DcmDataset &dataset, std::string *changed)
{
	bool dropped = false;

	for (Uint16 element = 1; element <= 3; element++)
		dropped |= dataset.findAndDeleteElement(DcmTagKey(0x7fe0, element)).good();
	if (dropped)
		note(changed, "extended offset table removed");
}

/* The parameters for the decoder. All except RLE return colours by pixel, whatever the attribute says. */
struct decoder_image
to_decoder(const struct image *image, bool rle)
{
	struct decoder_image out = *image;

	if (image->samples > 1 && (image->planar > 1 || !rle))
		out.planar = 0;
	return out;
}

/* Can one set of attributes describe both frames of an image? */
bool
are_alike(const struct decoder_image *a, const struct decoder_image *b)
{
	return a->stored == b->stored && a->high_bit == b->high_bit &&
		a->planar == b->planar && strcmp(a->photometric, b->photometric) == 0;
}

OFCondition
put_number(DcmItem &item, const DcmTagKey &tag, uint16_t before, uint16_t after)
{
	return before == after ? EC_Normal : item.putAndInsertUint16(tag, after);
}

/* Set the attributes to those of the decoded pixels. */
int
describe(DcmItem &item, const struct image *before, const struct decoder_image *after, std::string *changed,
	struct err *err)
{
	OFCondition cond = EC_Normal;
	struct image now;

	if (strcmp(before->photometric, after->photometric) != 0)
		cond = item.putAndInsertString(DCM_PhotometricInterpretation, after->photometric);
	if (cond.good() && before->samples > 1)
		cond = put_number(item, DCM_PlanarConfiguration, before->planar, after->planar);
	if (cond.good())
		cond = put_number(item, DCM_BitsStored, before->stored, after->stored);
	if (cond.good())
		cond = put_number(item, DCM_HighBit, before->high_bit, after->high_bit);
	if (cond.bad())
		return err_set(err, ERR_NO_INPUT, "its attributes cannot be changed: %s", cond.text());
	if (image_read(item, &now, err) < 0)
		return -1;
	note_differences(before, &now, changed);
	return 0;
}

/* The Pixel Data of an object: an element that gets its bytes when it is written. */
class DecodedPixels : public DcmOtherByteOtherWord {
    public:
	DecodedPixels(Decompressor &from, Uint32 length)
	    : DcmOtherByteOtherWord(DcmTag(DCM_PixelData, EVR_OW)), from_(from)
	{
		setLengthField(length);
	}
	OFCondition write(DcmOutputStream &stream, E_TransferSyntax syntax, E_EncodingType,
		DcmWriteCache *) override;
	/* The base class assumes that only its own class for Pixel Data can. */
	OFBool canWriteXfer(E_TransferSyntax, E_TransferSyntax) override { return OFTrue; }

    private:
	Decompressor &from_;
};

OFCondition
DecodedPixels::write(DcmOutputStream &stream, const E_TransferSyntax syntax, const E_EncodingType,
	DcmWriteCache *)
{
	static const Uint8 pad = 0;
	Uint32 left = getLengthField(), header;
	const Uint8 *bytes;
	size_t size;

	errorFlag = writeTagAndLength(stream, syntax, header);
	while (errorFlag.good() && left > 0) {
		if (!from_.next(&bytes, &size))
			return errorFlag = EC_CannotChangeRepresentation;
		if (size == 0) {
			bytes = &pad;
			size = 1;
		}
		errorFlag = stream.write(bytes, static_cast<offile_off_t>(size)) ==
			static_cast<offile_off_t>(size) ? stream.status() : EC_InvalidStream;
		left -= static_cast<Uint32>(size);
	}
	if (errorFlag.good())
		setTransferState(ERW_ready);
	return errorFlag;
}

/* Put the pixels into the item, in place of the compressed data. */
OFCondition
put_pixels(DcmItem &item, std::vector<Uint8> &pixels)
{
	std::unique_ptr<DcmPixelData> plain(new DcmPixelData(DCM_PixelData));
	std::vector<Uint16> words((pixels.size() + 1) / 2);
	OFCondition cond;

	memcpy(words.data(), pixels.data(), pixels.size());
	swapIfNecessary(gLocalByteOrder, EBO_LittleEndian, words.data(),
		static_cast<Uint32>(2 * words.size()), sizeof words[0]);
	cond = plain->putUint16Array(words.data(), static_cast<unsigned long>(words.size()));
	if (cond.good())
		cond = item.insert(plain.get(), OFTrue);
	if (cond.good())
		(void)plain.release();
	return cond;
}

/* The bytes of all fragments, and how many of them begin like a frame. */
int
gather(DcmPixelSequence &fragments, std::vector<Uint8> *out, unsigned long *begun, struct err *err)
{
	DcmPixelItem *fragment;
	Uint8 *bytes;

	out->clear();
	*begun = 0;
	for (unsigned long i = 1; i < fragments.card(); i++) {
		if (fragments.getItem(fragment, i).bad() || fragment->getUint8Array(bytes).bad())
			return err_set(err, ERR_NO_INPUT, "a fragment of its pixel data cannot be read");
		if (!bytes)
			continue;
		*begun += codestream_starts(bytes, fragment->getLength());
		out->insert(out->end(), bytes, bytes + fragment->getLength());
	}
	return 0;
}

uint64_t
compressed_size(DcmPixelSequence &fragments)
{
	DcmPixelItem *fragment;
	uint64_t size = 0;

	for (unsigned long i = 1; fragments.getItem(fragment, i).good(); i++)
		size += fragment->getLength();
	return size;
}

/* All pixel data in fragments except the data set's own: those of icons, which need not be compressed. */
std::vector<std::pair<DcmItem *, DcmPixelSequence *>>
find_icons(DcmDataset &dataset, E_TransferSyntax own)
{
	std::vector<std::pair<DcmItem *, DcmPixelSequence *>> icons;
	DcmStack stack;

	while (dataset.nextObject(stack, OFTrue).good()) {
		DcmItem *item = dynamic_cast<DcmItem *>(stack.elem(1));
		DcmPixelData *pixels = dynamic_cast<DcmPixelData *>(stack.top());
		DcmPixelSequence *fragments = nullptr;

		if (!pixels)
			continue;
		pixels->getEncapsulatedRepresentation(own, nullptr, fragments);
		if (fragments && item)
			icons.emplace_back(item, fragments);
	}
	return icons;
}

} /* namespace */

Decompressor::~Decompressor()
{
	if (submitted_ != taken_)
		decoder_drop(decoder_);
	if (fd_ >= 0)
		close(fd_);
}

int
Decompressor::find(const struct instance *instance, struct extent *out, struct err *err)
{
	fd_ = input_open(instance->path, err);
	if (fd_ < 0 || frames_find(fd_, instance, &place_, err) < 0)
		return -1;
	*out = place_.element;
	return 0;
}

/* Checks that do not need a frame. */
int
Decompressor::check(struct picture *picture, struct err *err)
{
	const struct image *image = &picture->before;

	if (check_length(image, err) < 0)
		return -1;
	if (!is_rle(syntax_) && image->allocated > 16)
		return err_set(err, ERR_NO_INPUT, "its Bits Allocated is %u, which only RLE "
			"supports", image->allocated);
	picture->lossy = syntax_->lossy && !is_jpeg_2000(syntax_);
	return 0;
}

/* Compare a frame of `size` bytes, of which `have` are here, with the attributes. */
int
Decompressor::check_frame(struct picture *picture, const Uint8 *bytes, size_t have, uint64_t size,
	struct err *err)
{
	const unsigned bytes_of_pixel = picture->before.samples * (picture->before.allocated / 8u);
	struct codestream stream = {};

	if (is_rle(syntax_))
		return codestream_check_rle(bytes, size, bytes_of_pixel, err) < 0 ? -1 :
			check_photometric(&picture->before, nullptr, err);
	if (codestream_parse(bytes, have, &stream, err) < 0 ||
	    check_stream(&picture->before, &stream, syntax_, err) < 0)
		return -1;
	picture->lossy = picture->lossy || stream.lossy;
	if (codec_memory_size(&stream) > picture->codec_memory)
		picture->codec_memory = codec_memory_size(&stream);
	return 0;
}

/* Check every frame of the main image, then go back to the first. */
int
Decompressor::check_frames(struct err *err)
{
	const size_t room = compressed_.size() < head_size ? compressed_.size() : head_size;
	uint64_t size;

	for (uint32_t i = 0; i < main_.before.frames; i++) {
		struct err first = {};

		if (frames_next(&frames_, compressed_.data(), room, &size, err) < 0)
			return -1;
		if (check_frame(&main_, compressed_.data(), size < room ? size : room, size, &first) == 0)
			continue;
		/* Perhaps the header is long. */
		if (frames_again(&frames_, err) < 0 ||
		    frames_next(&frames_, compressed_.data(), compressed_.size(), &size, err) < 0)
			return -1;
		if (check_frame(&main_, compressed_.data(), size, size, err) < 0)
			return -1;
	}
	return frames_rewind(&frames_, err);
}

/* Bytes in memory at a time, in all processes: the frames given to the decoder, compressed and not, in
 * slots that have an eighth more; one that is being read; all pixels or those of a frame; the decoders' own
 * memory. */
uint64_t
Decompressor::memory_needed(const struct picture &picture) const
{
	const uint64_t frame = image_frame_size(&picture.before), slots = DECODER_SLOTS;
	const uint64_t ahead = picture.before.frames < slots ? picture.before.frames : slots;
	const uint64_t decoders = ahead < DECODER_HELPERS ? ahead : DECODER_HELPERS;

	return ahead * (picture.longest + frame) / 8 * 9 + picture.longest +
		(picture.whole ? image_size(&picture.before) : frame) +
		decoders * decoder_size(picture, syntax_) + icons_;
}

int
Decompressor::check_memory(struct picture *picture, struct err *err)
{
	const bool several = picture->before.frames > 1;
	uint64_t needed;

	picture->whole = !several || image_size(&picture->before) <= whole_max;
	needed = memory_needed(*picture);
	if (several && needed > memory_max_) {
		picture->whole = false;
		needed = memory_needed(*picture);
	}
	if (needed <= memory_max_)
		return 0;
	err_set(err, ERR_NO_INPUT, "that would need %llu bytes of memory, more than the %llu of "
		"--max-object-memory", static_cast<unsigned long long>(needed),
		static_cast<unsigned long long>(memory_max_));
	return err_hint(err, "Have the receiver accept %s, so that it is sent unchanged, or raise "
		"--max-object-memory.", syntax_->name);
}

/* The frame in compressed_. */
int
Decompressor::submit(const struct picture &picture, uint64_t size, struct err *err)
{
	const struct decoder_image image = to_decoder(&picture.before, is_rle(syntax_));

	if (size > compressed_.size())
		return err_set(err, ERR_NO_INPUT, "a frame is longer than it was: the file has "
			"changed meanwhile");
	return decoder_submit(decoder_, syntax_->uid, &image, compressed_.data(), size,
		image_frame_size(&picture.before), err);
}

int
Decompressor::submit_next(struct err *err)
{
	uint64_t size;

	if (frames_next(&frames_, compressed_.data(), compressed_.size(), &size, err) < 0 ||
	    submit(main_, size, err) < 0)
		return -1;
	submitted_++;
	return 0;
}

/* The next frame of the main image, while others are being decoded. */
int
Decompressor::take_next(Uint8 *to, struct err *err)
{
	const uint32_t frames = main_.before.frames;
	struct decoder_image after;

	while (submitted_ < frames && submitted_ - taken_ < DECODER_SLOTS)
		if (submit_next(err) < 0)
			return -1;
	taken_++;
	if (decoder_take(decoder_, to, image_frame_size(&main_.before), &after, err) < 0)
		return frames == 1 ? -1 : err_wrap(err, "frame %u of %u", taken_, frames);
	if (taken_ == 1)
		after_ = after;
	if (!are_alike(&after_, &after))
		return err_set(err, ERR_NO_INPUT, "frame %u is of another kind than those before it", taken_);
	return 0;
}

bool
Decompressor::next(const Uint8 **bytes, size_t *size)
{
	*bytes = main_.pixels.data();
	*size = main_.pixels.size();
	if (!given_)
		return given_ = true;
	if (!main_.whole && taken_ < main_.before.frames)
		return take_next(main_.pixels.data(), &failure_) == 0;
	*size = 0;
	return true;
}

int
Decompressor::run_icon(DcmItem &item, DcmPixelSequence &fragments, struct err *err)
{
	struct decoder_image after;
	struct picture icon;
	unsigned long begun;

	if (image_read(item, &icon.before, err) < 0)
		return -1;
	if (icon.before.frames != 1)
		return err_set(err, ERR_NO_INPUT, "it has an icon of %u frames, where one may have one",
			icon.before.frames);
	icon.longest = 2 * compressed_size(fragments);
	if (check(&icon, err) < 0 || check_memory(&icon, err) < 0 ||
	    gather(fragments, &compressed_, &begun, err) < 0)
		return -1;
	if (begun > 1 || (is_rle(syntax_) && fragments.card() != 2))
		return err_set(err, ERR_NO_INPUT, "it has an icon of several compressed frames");
	if (check_frame(&icon, compressed_.data(), compressed_.size(), compressed_.size(), err) < 0 ||
	    check_memory(&icon, err) < 0)
		return -1;
	icon.pixels.resize(image_frame_size(&icon.before));
	if (submit(icon, compressed_.size(), err) < 0 ||
	    decoder_take(decoder_, icon.pixels.data(), icon.pixels.size(), &after, err) < 0 ||
	    describe(item, &icon.before, &after, &changed_, err) < 0)
		return -1;
	if (put_pixels(item, icon.pixels).bad())
		return fail_memory(err);
	icons_ += icon.pixels.size();
	return 0;
}

int
Decompressor::begin_main(DcmDataset &dataset, struct err *err)
{
	const struct image *image = &main_.before;

	if (place_.items == 0)
		return err_set(err, ERR_NO_INPUT, "its pixel data are uncompressed, although its "
				"transfer syntax is compressed");
	if (dataset.tagExists(DCM_PixelData))
		return err_set(err, ERR_NO_INPUT, "it has Pixel Data twice");
	if (image_read(dataset, &main_.before, err) < 0 || check(&main_, err) < 0 ||
	    frames_open(&frames_, fd_, &place_, image->frames, is_rle(syntax_), err) < 0)
		return -1;
	main_.longest = frames_.longest;
	if (check_memory(&main_, err) < 0)
		return -1;
	compressed_.resize(main_.longest);
	/* Again, now that the headers are known. */
	return check_frames(err) < 0 ? -1 : check_memory(&main_, err);
}

int
Decompressor::finish_main(DcmDataset &dataset, struct err *err)
{
	const struct image *image = &main_.before;
	const size_t frame = image_frame_size(image);

	main_.pixels.resize(main_.whole ? image_size(image) : frame);
	for (size_t used = 0; used < main_.pixels.size(); used += frame)
		if (take_next(main_.pixels.data() + used, err) < 0)
			return -1;
	if (describe(dataset, image, &after_, &changed_, err) < 0)
		return -1;
	std::unique_ptr<DcmElement> element(
		new DecodedPixels(*this, static_cast<Uint32>((image_size(image) + 1) / 2 * 2)));
	if (dataset.insert(element.get(), OFTrue).bad())
		return err_nomem(err);
	(void)element.release();
	return 0;
}

int
Decompressor::begin_all(DcmDataset &dataset, bool ahead, struct err *err)
{
	const auto icons = find_icons(dataset, dataset_syntax(syntax_->uid));

	if (ahead && !icons.empty())
		return err_set(err, ERR_NO_INPUT, "its icons cannot be decoded ahead");
	for (const auto &icon : icons)
		if (run_icon(*icon.first, *icon.second, err) < 0)
			return -1;
	if (place_.element.size == 0)
		return 0;
	if (begin_main(dataset, err) < 0)
		return -1;
	if (ahead && memory_needed(main_) > ahead_max)
		return err_set(err, ERR_NO_INPUT, "it is too large to be decoded ahead");
	return submit_next(err);
}

int
Decompressor::begin(DcmDataset &dataset, const struct syntax *syntax, bool ahead, struct err *err)
{
	syntax_ = syntax;
	try {
		return begin_all(dataset, ahead, err);
	} catch (const std::bad_alloc &) {
		return fail_memory(err);
	}
}

int
Decompressor::finish(DcmDataset &dataset, struct err *err)
{
	bool was_marked = is_marked_lossy(dataset);

	if (place_.element.size == 0)
		return 0;
	try {
		if (finish_main(dataset, err) < 0)
			return -1;
	} catch (const std::bad_alloc &) {
		return fail_memory(err);
	}
	if (main_.lossy)
		mark_lossy(dataset, was_marked, &changed_);
	drop_offsets(dataset, &changed_);
	return 0;
}
