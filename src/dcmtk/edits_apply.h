/* SPDX-License-Identifier: BSD-3-Clause */
/* Applies the edits to a data set. For src/dcmtk only. */
#ifndef MTLS_DCMTK_EDITS_APPLY_H
#define MTLS_DCMTK_EDITS_APPLY_H

#include <string>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcdatset.h"

extern "C" {
#include "base/err.h"
#include "dcmtk/edits.h"
}

/*
 * Make the replacements, each value encoded in the data set's own character set (0008,0005), or in another
 * one if it lacks a character and the text is all ASCII, and record the original values in the Original
 * Attributes Sequence (0400,0561; PS3.3 C.12.1.1.9). Text in changed: "PatientName replaced, ...". -1 with
 * ERR_NO_INPUT, the end of a sentence about the file: a value that this character set cannot express, a
 * path that does not fit this object, a UID that would be too long, or UIDs other than those in instance
 * (edits_head).
 */
int edits_apply(const struct edits *edits, DcmDataset &dataset, const struct instance *instance,
	std::string *changed, struct err *err);

/*
 * Put only the values of --set into a new object: nothing is recorded, because there are no original
 * values. -1 with ERR_NO_INPUT, without a path in front.
 */
int edits_fill(const struct edits *edits, DcmDataset &dataset, struct err *err);

/* The text of a UID, without padding; "" if it is absent. */
std::string edits_uid_text(DcmItem &item, const DcmTagKey &tag);

#endif
