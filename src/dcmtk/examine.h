/* SPDX-License-Identifier: BSD-3-Clause */
/* Can an object be sent as it has to be? For --dry-run, which makes it, and sends nothing. */
#ifndef MTLS_DCMTK_EXAMINE_H
#define MTLS_DCMTK_EXAMINE_H

#ifdef __cplusplus
extern "C" {
#endif

#include "base/err.h"
#include "dcmtk/edits.h"
#include "dicom/part10.h"

/* Edited and written anew in `syntax`, within so many bytes of memory. -1 with what sending it would say. */
int examine_instance(const struct instance *instance, const struct edits *edits, const char *syntax,
	uint64_t memory_max, struct err *err) __attribute__((warn_unused_result));

#ifdef __cplusplus
}
#endif

#endif
