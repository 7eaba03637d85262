/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Decompresses pixel data and checks everything: the frames' headers are compared with the attributes
 * before decoding, and the result afterwards. Frames are read from the file and decoded one by one; those
 * of a large object while it is written, so that only a few of them are in memory at a time.
 */
#ifndef MTLS_DCMTK_DECOMPRESS_H
#define MTLS_DCMTK_DECOMPRESS_H

#include <stddef.h>
#include <stdint.h>
#include <string>
#include <vector>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcdatset.h"
#include "dcmtk/image.h"

extern "C" {
#include "base/err.h"
#include "dicom/codestream.h"
#include "dicom/frames.h"
#include "dicom/uid.h"
}

class DcmPixelSequence;

/* Pixel data to be decompressed: of the object or of an icon. */
struct picture {
	struct image before;
	uint64_t longest = 0;	  /* bytes of its longest frame, compressed */
	uint64_t codec_memory = 0;	  /* of the JPEG 2000 decoder's, in the frame that takes most */
	bool lossy = false;	  /* a frame says so, or the transfer syntax does */
	bool whole = true;	  /* all of it is decoded before it is written */
	std::vector<Uint8> pixels; /* if so, all of them; else those of one frame */
};

class Decompressor {
    public:
	/* An object that would need more than memory_max bytes is refused before they are allocated. The
	 * decoder must outlive it. */
	Decompressor(struct decoder *decoder, uint64_t memory_max)
	    : decoder_(decoder), memory_max_(memory_max) {}
	~Decompressor();
	Decompressor(const Decompressor &) = delete;
	Decompressor &operator=(const Decompressor &) = delete;

	/* Find the instance's Pixel Data in its file, and set *out to it: the data set is then read without
	 * it. -1 with ERR_NO_INPUT, the end of a sentence about the file. */
	int find(const struct instance *instance, struct extent *out, struct err *err);

	/*
	 * Begin to decompress a data set that was read in `syntax`: icons in it are, and the
	 * first frame of the Pixel Data found is given to the decoder. ahead: a frame of another object
	 * is with the decoder, which will be taken before; then it fails if it is not worth it.
	 * -1 with ERR_NO_INPUT: why it cannot be done, or cannot be known, as the end of a
	 * sentence about the file; with a hint, if it is not the file's fault.
	 */
	int begin(DcmDataset &dataset, const struct syntax *syntax, bool ahead, struct err *err);

	/*
	 * Turn the Pixel Data found into an element to be written in implicit or explicit VR little endian,
	 * as long as this object exists. The attributes describe the pixels, and say whether they were
	 * compressed lossily (0028,2110). -1 as for begin.
	 */
	int finish(DcmDataset &dataset, struct err *err);

	/* What this changed, comma separated; "" if only the encoding. */
	const std::string &changed() const { return changed_; }
	/* Equal ones that stand behind the Pixel Data found: the data set is read without them, too. */
	unsigned twins() const { return place_.twins; }
	/* The frames of the Pixel Data found; 0: there is none. */
	uint32_t frames() const { return main_.before.frames; }

	/* What went wrong while it was written, likewise. NULL: nothing. */
	const struct err *failure() const { return failure_.kind == ERR_NONE ? nullptr : &failure_; }

	/* The next bytes of the Pixel Data being written; *size is 0 after the last. False: see failure(). */
	bool next(const Uint8 **bytes, size_t *size);

    private:
	int begin_all(DcmDataset &dataset, bool ahead, struct err *err);
	int begin_main(DcmDataset &dataset, struct err *err);
	int run_icon(DcmItem &item, DcmPixelSequence &fragments, struct err *err);
	int finish_main(DcmDataset &dataset, struct err *err);
	int check(struct picture *picture, struct err *err);
	int check_frame(struct picture *picture, const Uint8 *bytes, size_t have, uint64_t size,
		struct err *err);
	int check_frames(struct err *err);
	int check_memory(struct picture *picture, struct err *err);
	uint64_t memory_needed(const struct picture &picture) const;
	int submit(const struct picture &picture, uint64_t size, struct err *err);
	int submit_next(struct err *err);
	int take_next(Uint8 *to, struct err *err);

	struct decoder *const decoder_;
	const uint64_t memory_max_;
	const struct syntax *syntax_ = nullptr;
	int fd_ = -1;
	struct pixel_place place_ = {};
	struct frames frames_ = {};
	struct picture main_ = {};
	std::vector<Uint8> compressed_; /* a frame */
	struct decoder_image after_ = {}; /* the attributes of the first frame after decoding */
	uint32_t submitted_ = 0, taken_ = 0;
	bool given_ = false; /* the frame that was decoded first was written */
	uint64_t icons_ = 0; /* bytes of icons' pixels */
	std::string changed_;
	struct err failure_ = {};
};

#endif
