/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the header of a compressed frame says about its pixels, so that it can be compared with the
 * attributes before decoding: JPEG (ISO/IEC 10918-1 annex B), JPEG-LS (14495-1 annex C), JPEG 2000 (15444-1
 * annex A), and RLE.
 */
#ifndef MTLS_DICOM_CODESTREAM_H
#define MTLS_DICOM_CODESTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum codestream_kind { CODESTREAM_JPEG, CODESTREAM_JPEG_LS, CODESTREAM_JPEG_2000 };

/* The meaning of a JPEG's three components according to its markers: Adobe's, JFIF's, or their names. */
enum codestream_colour { COLOUR_UNSAID, COLOUR_RGB, COLOUR_YBR };

struct codestream {
	enum codestream_kind kind;
	enum codestream_colour colour; /* COLOUR_UNSAID for JPEG-LS and JPEG 2000 */
	uint32_t rows, columns;
	unsigned components;
	unsigned precision;	 /* bits per sample, of the first component */
	bool is_signed;		 /* likewise; JPEG 2000 only */
	bool uniform;		 /* all components have the depth and sign of the first */
	bool subsampled;	 /* some component has fewer samples than another, or than the image */
	bool lossy;		 /* a process that does not restore the original */
	bool transformed;	 /* JPEG 2000: a multiple component transformation has to be undone */
	uint64_t tiles;		 /* JPEG 2000: the tiles of the image; else 1 */

	/* JPEG 2000: other things for which its decoder needs memory. */
	uint64_t blocks;	 /* the approximate number of code blocks of all components */
	unsigned layers, levels; /* of quality; of the wavelet */
};

/* Does a frame begin here, perhaps with a JP2 file's boxes? (A fragment may begin in the middle of one.) */
bool codestream_starts(const void *data, size_t size);

/* Read the header of the frame that begins with these bytes. -1 with ERR_NO_INPUT if it is none of the
 * three, is cut short or contradicts itself. */
int codestream_parse(const void *data, size_t size, struct codestream *out, struct err *err) MUST_CHECK;

/*
 * Find the JPEG 2000 code stream in the bytes of a whole frame: the boxes around it (JP2, 15444-1 annex I)
 * are skipped, since the attributes are used instead (PS3.5 8.2.4). *size bytes from *begin on are all of
 * its tile-parts, without the end marker EOC, which may be missing. -1 with ERR_NO_INPUT if a tile, or a
 * part of one, is missing.
 */
int codestream_tiles(const void *data, size_t frame_size, size_t *begin, size_t *size, struct err *err)
	MUST_CHECK;

/*
 * Check the header of an RLE frame of `size` bytes, of which at most the CODESTREAM_RLE_HEADER bytes of the
 * header are given: one segment for each byte of a pixel, one after the other (PS3.5 G.3 to G.5). -1 with
 * ERR_NO_INPUT.
 */
#define CODESTREAM_RLE_HEADER 64
int codestream_check_rle(const void *data, uint64_t size, unsigned bytes_of_pixel, struct err *err)
	MUST_CHECK;

#endif
