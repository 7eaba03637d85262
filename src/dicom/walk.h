/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Walks through a data set element by element, in bounded memory: values are skipped by their lengths, and
 * only sequences and fragments of undefined length are entered. Error texts do not name the file: the
 * caller does.
 */
#ifndef MTLS_DICOM_WALK_H
#define MTLS_DICOM_WALK_H

#include "base/err.h"
#include "dicom/element.h"
#include "dicom/input.h"
#include "dicom/part10.h"

#define TAG_SOP_CLASS	 0x00080016u
#define TAG_SOP_INSTANCE 0x00080018u
#define TAG_STUDY	 0x0020000du
#define TAG_SERIES	 0x0020000eu
#define TAG_PIXEL_DATA	 0x7fe00010u

enum walk_result {
	WALK_ON,      /* an element, or the value was skipped */
	WALK_END,     /* the data ended between two elements */
	WALK_UNKNOWN, /* a structure that cannot be read; err says where */
	WALK_BAD,     /* unreadable, truncated, corrupt: err says which */
};

/* Read the next header and stop after it. */
enum walk_result walk_next(struct input *in, struct encoding encoding, struct element *out,
	struct err *err);

/* Skip the value of element, whose header was just read. */
enum walk_result walk_skip(struct input *in, struct encoding encoding, const struct element *element,
	struct err *err);

/* Read the value of element, a UID, without its padding. Not valid: WALK_BAD. */
enum walk_result walk_uid(struct input *in, const struct element *element, char out[UID_MAX + 1],
	struct err *err);

/*
 * Walk the top level of the data set at the position of in. Fills the UIDs of out (those found), raw and
 * raw_tag. WALK_END: all of it was walked; WALK_UNKNOWN: only a part of it was (raw is RAW_UNWALKED).
 */
enum walk_result walk_data_set(struct input *in, struct encoding encoding, struct instance *out,
	struct err *err);

#endif
