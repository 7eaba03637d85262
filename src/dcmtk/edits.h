/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is to be replaced in every object on its way (--set, --uid-suffix).
 * In src/dcmtk, because attributes are named and checked by DCMTK's dictionary.
 */
#ifndef MTLS_DCMTK_EDITS_H
#define MTLS_DCMTK_EDITS_H

#ifdef __cplusplus
extern "C" {
#endif

#include "base/err.h"
#include "dicom/part10.h"

struct edits;

/* NULL without memory. Built on the main thread, then read by all. */
struct edits *edits_new(struct err *err);

/*
 * Add one "PATH=VALUE", split at the first '='; a bare PATH empties. PATH:
 * keyword, ggggeeee or (gggg,eeee), joined by '.', each sequence with an
 * optional [n] (from 1; without: item 1, made if it is not there). VALUE: UTF-8,
 * several values joined by a backslash. -1 with ERR_USAGE: an attribute not
 * known, a sequence without or a non-sequence with a path beyond it, a value
 * that its VR or VM does not allow, group 0000, 0002 or Pixel Data, and the same attribute twice.
 */
int edits_set(struct edits *edits, const char *word, struct err *err) __attribute__((warn_unused_result));

/* Append to the Study, Series and SOP Instance UIDs, and to references to them
 * at any depth. Digits and dots, such that a UID stays one (PS3.5 9.1), else
 * -1 with ERR_USAGE. */
int edits_suffix(struct edits *edits, const char *suffix, struct err *err)
	__attribute__((warn_unused_result));

/* One line per edit, in a fixed order: equal for equal edits. Owned by edits. */
const char *edits_text(const struct edits *edits);

/*
 * Put into the head what the edits make of it: SOP class, SOP instance, study,
 * series; raw becomes RAW_EDITED. -1 with ERR_NO_INPUT, naming the path, if a
 * UID would be longer than 64 characters or is no UID at all.
 */
int edits_head(const struct edits *edits, struct instance *instance, struct err *err)
	__attribute__((warn_unused_result));

void edits_free(struct edits *edits);

#ifdef __cplusplus
}
#endif

#endif
