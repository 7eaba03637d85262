/* SPDX-License-Identifier: BSD-3-Clause */
/* Which SOP Instance UIDs this run has met, and where: for a million of them in
 * little memory (some 16 bytes each; the rest is in a temporary file). One thread. */
#ifndef MTLS_SEND_SEEN_H
#define MTLS_SEND_SEEN_H

#include <stddef.h>

#include "base/err.h"
#include "dicom/part10.h"

struct seen;

enum seen_result {
	SEEN_NEW,
	SEEN_EQUAL,  /* another path with this UID was there, with the same data set byte for byte */
	SEEN_OTHER,  /* and with a different one, or one that can no longer be read */
	SEEN_FAILED, /* err: ERR_INTERNAL */
};

/* NULL with ERR_INTERNAL. */
struct seen *seen_new(struct err *err);

/* Remember the instance (its UID as sent). For SEEN_EQUAL and SEEN_OTHER,
 * *first is the path of the one met first, or its origin if it has one (valid
 * until the next call), and err of SEEN_OTHER (ERR_NO_INPUT) says what is
 * different, naming both. Data sets are equal only in the same transfer syntax.
 * The same file met again by the same or another path (device and inode) is
 * SEEN_EQUAL without being read. */
enum seen_result seen_add(struct seen *seen, const struct instance *instance, const char **first,
	struct err *err);

void seen_free(struct seen *seen);

#endif
