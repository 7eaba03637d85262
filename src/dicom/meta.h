/* SPDX-License-Identifier: BSD-3-Clause */
/* What precedes a data set in a file: preamble and File Meta Information (PS3.10 7.1). */
#ifndef MTLS_DICOM_META_H
#define MTLS_DICOM_META_H

#include <stdbool.h>

#include "base/err.h"
#include "dicom/element.h"
#include "dicom/input.h"
#include "dicom/uid.h"

/* UIDs are valid, or "" if absent. */
struct meta {
	bool preamble; /* 128 bytes and "DICM" were there */
	bool present;  /* elements of group 2 were there */
	char sop_class[UID_MAX + 1];
	char sop_instance[UID_MAX + 1];
	char syntax[UID_MAX + 1];
};

/* Read it from the start of a file and stop after it, or at the start if there is none. -1: unreadable or
 * corrupt; the text does not name the file. */
int meta_read(struct input *in, struct meta *out, struct err *err) MUST_CHECK;

/*
 * Prepare to walk the data set after it, written in the transfer syntax with this UID: inflating starts
 * here, and *encoding is its encoding. Unknown syntaxes are treated as explicit VR little endian (PS3.5
 * A.4).
 */
int meta_enter(struct input *in, const char *syntax, struct encoding *encoding, struct err *err) MUST_CHECK;

/*
 * The syntax of the data set at the position of in, from its first element: of group 8, with a VR, or with
 * a length that leaves room for more. NULL: none.
 */
int meta_guess(struct input *in, const char **syntax, struct err *err) MUST_CHECK;

#endif
