/* SPDX-License-Identifier: BSD-3-Clause */
/* What stands before a data set in a file: preamble and File Meta Information (PS3.10 7.1). */
#ifndef MTLS_DICOM_META_H
#define MTLS_DICOM_META_H

#include <stdbool.h>

#include "base/err.h"
#include "dicom/element.h"
#include "dicom/input.h"
#include "dicom/uid.h"

/* UIDs are valid, or "" where nothing is said. */
struct meta {
	bool preamble; /* 128 bytes and "DICM" were there */
	bool present;  /* elements of group 2 were there */
	char sop_class[UID_MAX + 1];
	char sop_instance[UID_MAX + 1];
	char syntax[UID_MAX + 1];
};

/* Read it from the start of a file and stand behind it: at the start, if there
 * is none. -1: unreadable or corrupt; the text names no file. */
int meta_read(struct input *in, struct meta *out, struct err *err) __attribute__((warn_unused_result));

/*
 * Get ready to walk the data set behind it, written in the transfer syntax with
 * this UID: inflating starts here, and *encoding is its encoding. Unknown
 * syntaxes are taken for explicit VR little endian (PS3.5 A.4).
 */
int meta_enter(struct input *in, const char *syntax, struct encoding *encoding, struct err *err)
	__attribute__((warn_unused_result));

/*
 * The syntax of the data set that in stands at, from its first element: of group
 * 8, with a VR, or with a length that leaves room for more. NULL: none.
 */
int meta_guess(struct input *in, const char **syntax, struct err *err) __attribute__((warn_unused_result));

#endif
