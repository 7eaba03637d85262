/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Encapsulated pixel data (PS3.5 A.4) in a file, frame by frame and in constant
 * memory: fragments are found by the headers of their items.
 *
 * Which fragments are a frame is told by, in this order: the Extended Offset Table;
 * the Basic Offset Table; one fragment for each frame; a frame begins with each
 * fragment that begins as a code stream does. A table is used only if it has an
 * entry for each frame, each entry is the offset of a fragment, the first that of
 * the first one, and they ascend; of the extended one, if no length is more than the
 * fragments of its frame have, either. Any other table is ignored, since the next
 * way does without it. A way that does not give as many frames as Number of Frames
 * says is not taken, and if none does, the pixel data are refused. Fragments without
 * bytes belong to no frame.
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

/* Part of a file, bytes; of size 0: not there. */
struct extent {
	uint64_t offset, size;
};

/* Where the Pixel Data of a data set stands in its file. */
struct pixel_place {
	struct extent element;	/* header and delimiter included */
	uint64_t items;		/* offset of its first item, the Basic Offset Table; 0: it is plain */
	struct extent offsets;	/* the values of the Extended Offset Table (7FE0,0001) */
	struct extent lengths;	/* and of its lengths (7FE0,0002) */
	unsigned twins;		/* equal ones that follow it at once, which the element's extent includes */
};

/*
 * Find the first Pixel Data of the data set (explicit VR little endian, not
 * deflated), which may be absent. -1 with ERR_NO_INPUT, the end of a sentence about
 * the file, if what stands before it cannot be read.
 */
int frames_find(int fd, const struct instance *instance, struct pixel_place *out, struct err *err)
	__attribute__((warn_unused_result));

enum frames_way { FRAMES_EXTENDED, FRAMES_BASIC, FRAMES_EACH, FRAMES_MARKED };

struct frames {
	/* What frames_open found. */
	enum frames_way way;
	uint32_t count;	  /* of frames */
	uint64_t longest; /* bytes of the frame that has most */

	/* The rest is its own. */
	int fd;
	const struct pixel_place *place;
	struct extent table;	 /* of offsets */
	unsigned width;		 /* bytes of an entry */
	uint64_t base;		 /* that they count from */
	uint64_t begun;		 /* frames */
	uint64_t last;		 /* offset of the one that was passed last */
	uint64_t marks;		 /* fragments that begin as a code stream does, so far */
	struct element fragment; /* the next one, of which `in` is at the value */
	bool more;		 /* there is one */
	bool marked;		 /* it begins as a code stream does */
	struct input in;
};

/*
 * Decide which fragments make the `count` frames, and stand before the first. rle:
 * its frames do not begin as code streams, so that the last way is not for them.
 * fd and place must outlive frames. -1 with ERR_NO_INPUT, the end of a sentence
 * about the file, which has been read to the end of its pixel data.
 */
int frames_open(struct frames *frames, int fd, const struct pixel_place *place, uint32_t count, bool rle,
	struct err *err) __attribute__((warn_unused_result));

/* Pass over the next frame, its first `room` bytes into out. *size: how many it has. -1 with
 * ERR_NO_INPUT, likewise; also if there is no other frame, or the file is not what it was. */
int frames_next(struct frames *frames, void *out, size_t room, uint64_t *size, struct err *err)
	__attribute__((warn_unused_result));

/* Stand before the first frame again. */
int frames_rewind(struct frames *frames, struct err *err) __attribute__((warn_unused_result));

/* Stand before the frame again that was passed last. */
int frames_again(struct frames *frames, struct err *err) __attribute__((warn_unused_result));

#endif
