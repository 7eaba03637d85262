/* SPDX-License-Identifier: BSD-3-Clause */
/* Creates an Encapsulated PDF instance from a PDF (PS3.3 A.45.1, PS3.4 B.5). */
#ifndef MTLS_DCMTK_ENCAPSULATE_H
#define MTLS_DCMTK_ENCAPSULATE_H

#ifdef __cplusplus
extern "C" {
#endif

#include <stdbool.h>

#include "base/err.h"
#include "dcmtk/edits.h"
#include "dicom/part10.h"

/*
 * Write the instance into a new file in directory (0600, pdf-??????.dcm).
 * Patient and study come from the object at like (NULL: none), then from the values of --set in edits
 * (NULL: none), which are not replacements here; --uid-suffix applies to the study of like. Series and SOP
 * Instance UID are derived from seed (2.25 and a UUID, PS3.5 B.2), which the caller computes from the PDF's
 * bytes, like and the edits; the current time is not used, so that the same call creates the same instance
 * again. *out is its head, ready to be sent unchanged: edits_head must not be applied (origin: pdf).
 * *signed_parts: how many %%EOF there are after the first. -1 with ERR_NO_INPUT (the PDF or like is
 * unreadable or not what it should be), ERR_USAGE (neither like nor the values for patient and study, and
 * which are missing; a value that the document does not allow) or ERR_OUTPUT (the file cannot be written).
 */
int encapsulate_pdf(const char *pdf, const char *like, const struct edits *edits,
	const unsigned char seed[32], const char *directory, struct instance *out,
	unsigned *signed_parts, struct err *err) MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
