/* SPDX-License-Identifier: BSD-3-Clause */
/* The SOP Instance UIDs that this run has found, and their files: in a temporary SQLite table, which is put
 * into a file once it is larger than 2 MB. For one thread. */
#ifndef MTLS_SEND_DUPLICATES_H
#define MTLS_SEND_DUPLICATES_H

#include <stdbool.h>

#include "base/err.h"
#include "dicom/part10.h"

struct duplicates;

enum duplicate {
	DUPLICATE_NONE,
	DUPLICATE_EQUAL,  /* another path has this UID, with the same data set byte for byte */
	DUPLICATE_OTHER,  /* only with different data sets, or ones that can no longer be read */
	DUPLICATE_FAILED, /* err: ERR_INTERNAL */
};

#define DUPLICATES_MAX 16

/* keep_others: an instance that is DUPLICATE_OTHER is remembered too, to be compared with those to
 * come; of one UID at most DUPLICATES_MAX, as each is read for each. NULL with ERR_INTERNAL. */
struct duplicates *duplicates_new(bool keep_others, struct err *err);

/* Add the instance (its UID as sent). For DUPLICATE_EQUAL and DUPLICATE_OTHER, *first is the path (or the
 * origin, if there is one) of the instance that it is equal to, or of the last one that it differs from
 * (valid until the next call); with DUPLICATE_OTHER, err (ERR_NO_INPUT) says what differs, naming both.
 * Data sets are equal only in the same transfer syntax. The same file found again by the same or another
 * path (device and inode) is DUPLICATE_EQUAL without being read. */
enum duplicate duplicates_add(struct duplicates *duplicates, const struct instance *instance,
	const char **first, struct err *err);

void duplicates_free(struct duplicates *duplicates);

#endif
