/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Encapsulated pixel data (PS3.5 A.4) in a file, frame by frame and in constant
 * memory: fragments are found by the headers of their items.
 *
 * Which fragments make a frame is determined by the first of these methods that works: the Extended Offset
 * Table; the Basic Offset Table; one fragment for each frame; a new frame at each fragment that begins like
 * a code stream. A table is used only if it has an entry for each frame, each entry is the offset of a
 * fragment, the first one that of the first fragment, and they ascend; for the extended table, also no
 * length may exceed that of the frame's fragments. Any other table is ignored. A method that does not
 * result in Number of Frames frames is not used, and if none does, the pixel data are refused. Fragments
 * without bytes belong to no frame.
 */
#ifndef MTLS_DICOM_FRAMES_H
#define MTLS_DICOM_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dicom/element.h"
#include "dicom/input.h"
#include "dicom/part10.h"

/* Part of a file, bytes; size 0: not present. */
struct extent {
	uint64_t offset, size;
};

/* The place of a data set's Pixel Data in its file. */
struct pixel_place {
	struct extent element;	/* including header and delimiter */
	uint64_t items;		/* offset of its first item, the Basic Offset Table; 0: not encapsulated */
	struct extent offsets;	/* the values of the Extended Offset Table (7FE0,0001) */
	struct extent lengths;	/* and of its lengths (7FE0,0002) */
	unsigned twins;		/* equal ones that follow it at once, which the element's extent includes */
};

/*
 * Find the first Pixel Data of the data set (explicit VR little endian, not
 * deflated), which may be absent. -1 with ERR_NO_INPUT, the end of a sentence about
 * the file, if what stands before it cannot be read.
 */
int frames_find(int fd, const struct instance *instance, struct pixel_place *out, struct err *err) MUST_CHECK;

enum frames_way { FRAMES_EXTENDED, FRAMES_BASIC, FRAMES_EACH, FRAMES_MARKED };

struct frames {
	/* What frames_open found. */
	enum frames_way way;
	uint32_t count;	  /* of frames */
	uint64_t longest; /* bytes of the largest frame */

	/* The rest is private. */
	int fd;
	const struct pixel_place *place;
	struct extent table;	 /* of offsets */
	unsigned width;		 /* bytes of an entry */
	uint64_t base;		 /* that they count from */
	uint64_t begun;		 /* frames */
	uint64_t last;		 /* offset of the last one skipped */
	uint64_t marks;		 /* fragments that begin like a code stream, so far */
	struct element fragment; /* the next fragment; `in` is at its value */
	bool more;		 /* there is one */
	bool marked;		 /* it begins like a code stream */
	struct input in;
};

/*
 * Decide which fragments make the `count` frames, and go to the first one. rle: RLE frames do not begin
 * like code streams, so that the last method is not used. fd and place must outlive frames. -1 with
 * ERR_NO_INPUT, the end of a sentence about the file. The file is read to the end of its pixel data.
 */
int frames_open(struct frames *frames, int fd, const struct pixel_place *place, uint32_t count, bool rle,
	struct err *err) MUST_CHECK;

/* Skip the next frame; its first `room` bytes are read into out. *size: how many it has. -1 with
 * ERR_NO_INPUT, likewise; also if there is no next frame, or the file has changed. */
int frames_next(struct frames *frames, void *out, size_t room, uint64_t *size, struct err *err) MUST_CHECK;

/* Go back to the first frame. */
int frames_rewind(struct frames *frames, struct err *err) MUST_CHECK;

/* Go back to the last frame skipped. */
int frames_again(struct frames *frames, struct err *err) MUST_CHECK;

#endif
