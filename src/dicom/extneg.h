/* SPDX-License-Identifier: BSD-3-Clause */
/* Related general SOP classes, sent as SOP Class Common Extended Negotiation (PS3.7 D.3.3.6), which DCMTK
 * does not support. */
#ifndef MTLS_DICOM_EXTNEG_H
#define MTLS_DICOM_EXTNEG_H

#include <stddef.h>

#include "base/err.h"
#include "dicom/plan.h"

struct extneg; /* which general classes a SOP class is related to */

/* The relations built in (PS3.4 B.3.1.4); NULL if there is no memory. */
struct extneg *extneg_new(struct err *err);

/* Add relations or replace them from a file of lines "UID = UID, UID..." (Java properties as in dcm4che's
 * rel-sop-classes; # and ! begin comments, a backslash at the end continues a line, an empty list removes a
 * relation). -1 with ERR_USAGE naming file and line. */
int extneg_load(struct extneg *extneg, const char *path, struct err *err) MUST_CHECK;

/*
 * Append an item for each SOP class of the plan but Verification to the user
 * information (item 50H) at the end of the A-ASSOCIATE-RQ of *size bytes in
 * pdu, which has room bytes, and correct both lengths. A class without related
 * ones is announced too, as one of the Storage Service: that is what lets a
 * receiver take a private one (PS3.4 B.4.1.2). 0, or -1 with ERR_INTERNAL and
 * the PDU untouched if it is not made as expected or the room is too small.
 */
int extneg_append(const struct extneg *extneg, const struct plan *plan, unsigned char *pdu, size_t *size,
	size_t room, struct err *err) MUST_CHECK;

void extneg_free(struct extneg *extneg);

#endif
