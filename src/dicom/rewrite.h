/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Converts a data set in a file from explicit to implicit VR little endian (PS3.5 annex A) while it is
 * read, in constant memory: headers are rewritten, values are copied unchanged from the file into the
 * caller's buffer. Anything unusual is refused before the first byte, and sent through DCMTK's data set.
 *
 * Sequences and items are written with undefined lengths, so that nothing has to be known about what
 * follows, and without group lengths (PS3.5 7.2). The contents of UN of undefined length are already
 * implicit VR little endian (6.2.2).
 */
#ifndef MTLS_DICOM_REWRITE_H
#define MTLS_DICOM_REWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dicom/input.h"
#include "dicom/scatter.h"

#define REWRITE_SEQUENCES 64 /* within one another */

/* The data set, or a sequence or item in it. */
struct rewrite_level {
	uint64_t end;	/* offset in the file at which it must end */
	uint32_t last;	/* tag of the element before, 0 if none */
	bool sequence;	/* holds items */
	bool implicit;	/* is read as implicit VR */
	bool delimited; /* ends with a delimiter, not at `end` */
};

struct rewrite {
	/* Set by the caller before rewrite_init; NULL: always false. Does the dictionary disagree about
	 * whether a standard element is a sequence, so that it would be misread without its VR? */
	bool (*misread)(uint32_t tag, bool sequence);
	uint64_t total;	    /* bytes of the result */
	bool group_lengths; /* were dropped */

	/* The rest is private. */
	struct input in;
	const unsigned char *kept; /* the data set, or NULL: it is in the file */
	uint64_t begin, end;	/* of the data set in the file */
	uint64_t made;		/* bytes of the result for the elements begun so far */
	unsigned char head[8]; /* of the current element */
	size_t head_at, head_size;
	uint64_t value_left; /* bytes of its value that are still to be read */
	unsigned depth;
	struct rewrite_level levels[1 + 2 * REWRITE_SEQUENCES];
};

/*
 * Examine the data set between two offsets of fd, which stays the caller's; or, if kept is given, the one of
 * `end` bytes, at most INPUT_WINDOW, there, which stays the caller's too. Values are hopped over. True: it
 * can be rewritten, `total` is known, and rewrite_fill may begin. False: it cannot, or not be read.
 */
bool rewrite_init(struct rewrite *rewrite, int fd, const unsigned char *kept, uint64_t begin, uint64_t end);

/* Write the next bytes, as many as fit into out, at most what is left of the total. -1 with ERR_NO_INPUT,
 * without the file's name, if it cannot be read or has changed meanwhile. */
int rewrite_fill(struct rewrite *rewrite, struct scatter *out, struct err *err) MUST_CHECK;

#endif
