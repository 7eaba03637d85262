/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the header of a compressed frame says of its pixels, so that it can be
 * held against the attributes before any decoder sees it: JPEG (ISO/IEC
 * 10918-1 annex B), JPEG-LS (14495-1 annex C), JPEG 2000 (15444-1 annex A), and RLE.
 */
#ifndef MTLS_DICOM_CODESTREAM_H
#define MTLS_DICOM_CODESTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum codestream_kind { CODESTREAM_JPEG, CODESTREAM_JPEG_LS, CODESTREAM_JPEG_2000 };

/* What a JPEG's own markers make of its three components: Adobe's, JFIF's, or their names. */
enum codestream_colour { COLOUR_UNSAID, COLOUR_RGB, COLOUR_YBR };

struct codestream {
	enum codestream_kind kind;
	enum codestream_colour colour; /* COLOUR_UNSAID for JPEG-LS and JPEG 2000 */
	uint32_t rows, columns;
	unsigned components;
	unsigned precision;	 /* bits per sample, of the first component */
	bool is_signed;		 /* likewise; JPEG 2000 only */
	bool uniform;		 /* all components are as deep and as signed as the first */
	bool subsampled;	 /* some component has fewer samples than another, or than the image */
	bool lossy;		 /* a process that does not give the original back */
	bool transformed;	 /* JPEG 2000: a multiple component transformation is to be undone */
	uint64_t tiles;		 /* JPEG 2000: into which the image is cut; else 1 */

	/* JPEG 2000: what else its decoder keeps account of. */
	uint64_t blocks;	 /* code blocks, about, of all components */
	unsigned layers, levels; /* of quality; of the wavelet */
};

/* Does a frame begin here, be it by a JP2 file's boxes? (A fragment may begin in the middle of one.) */
bool codestream_starts(const void *data, size_t size);

/* Read the header of the frame that these bytes begin. -1 with ERR_NO_INPUT if
 * it is none of the three, is cut short or is at odds with itself. */
int codestream_parse(const void *data, size_t size, struct codestream *out, struct err *err)
	__attribute__((warn_unused_result));

/*
 * Find the JPEG 2000 code stream in the bytes of a whole frame: what stands in
 * boxes around it (JP2, 15444-1 annex I) is passed over, since the attributes take
 * its place (PS3.5 8.2.4). *size bytes from *begin on are all of its tile-parts,
 * without the end marker EOC, which may be missing. -1 with ERR_NO_INPUT if a tile,
 * or a part of one, is not there.
 */
int codestream_tiles(const void *data, size_t frame_size, size_t *begin, size_t *size, struct err *err)
	__attribute__((warn_unused_result));

/*
 * Check the header of an RLE frame of `size` bytes, which are here as far as they are in the
 * header's CODESTREAM_RLE_HEADER: one segment for each byte of a pixel, one after the other
 * (PS3.5 G.3 to G.5). -1 with ERR_NO_INPUT.
 */
#define CODESTREAM_RLE_HEADER 64
int codestream_check_rle(const void *data, uint64_t size, unsigned bytes_of_pixel, struct err *err)
	__attribute__((warn_unused_result));

#endif
