/* SPDX-License-Identifier: BSD-3-Clause */
/* Can an object be sent with its edits and conversions? For --dry-run, which prepares it but sends
 * nothing. */
#ifndef MTLS_DCMTK_EXAMINE_H
#define MTLS_DCMTK_EXAMINE_H

#ifdef __cplusplus
extern "C" {
#endif

#include "base/err.h"
#include "dcmtk/edits.h"
#include "dicom/part10.h"

/* Edit and rewrite it in `syntax`, within this many bytes of memory. -1 with the error that sending would
 * give. */
int examine_instance(const struct instance *instance, const struct edits *edits, const char *syntax,
	uint64_t memory_max, struct err *err) __attribute__((warn_unused_result));

#ifdef __cplusplus
}
#endif

#endif
