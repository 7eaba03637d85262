/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is replaced in every object that is sent (--set, --uid-suffix). It is in src/dcmtk because
 * attributes are looked up in DCMTK's dictionary.
 */
#ifndef MTLS_DCMTK_EDITS_H
#define MTLS_DCMTK_EDITS_H

#ifdef __cplusplus
extern "C" {
#endif

#include "base/err.h"
#include "dicom/part10.h"

struct edits;

/* NULL if there is no memory. Built on the main thread, then read by all. */
struct edits *edits_new(struct err *err);

/*
 * Add one "PATH=VALUE", split at the first '='; "PATH=" empties. PATH: keyword, ggggeeee or (gggg,eeee),
 * joined by '.', each sequence with an optional [n] (from 1; default 1; created if it does not exist).
 * VALUE: UTF-8, several values joined by a backslash. -1 with ERR_USAGE: an unknown attribute, a sequence
 * at the end of a path or another attribute before its end, a value that its VR or VM does not allow, group
 * 0000, 0002 or Pixel Data, and the same attribute twice.
 */
int edits_set(struct edits *edits, const char *word, struct err *err) MUST_CHECK;

/* Append to the Study, Series and SOP Instance UIDs, and to references to them
 * at any depth. Digits and dots that leave a UID valid (PS3.5 9.1), else -1 with ERR_USAGE. */
int edits_suffix(struct edits *edits, const char *suffix, struct err *err) MUST_CHECK;

/* One line for each edit, in a fixed order: the same for the same edits. Owned by edits. */
const char *edits_text(const struct edits *edits);

/*
 * Apply the edits to the head: SOP class, SOP instance, study, series; raw becomes RAW_EDITED. -1 with
 * ERR_NO_INPUT, naming the path, if a UID would be longer than 64 characters or is not a UID.
 */
int edits_head(const struct edits *edits, struct instance *instance, struct err *err) MUST_CHECK;

/* Can an object be sent with its edits (NULL: none) and conversions? For --dry-run, which prepares it but
 * sends nothing. Edit and rewrite it in `syntax`, within this many bytes of memory. -1 with the error that
 * sending would give. */
int examine_instance(const struct instance *instance, const struct edits *edits, const char *syntax,
	uint64_t memory_max, struct err *err) MUST_CHECK;

void edits_free(struct edits *edits);

#ifdef __cplusplus
}
#endif

#endif
