/* SPDX-License-Identifier: BSD-3-Clause */
/* Which SOP Instance UIDs this run has met, and in which files: in a temporary table
 * of SQLite's, in a file once it is larger than 2 MB. One thread. */
#ifndef MTLS_SEND_DUPLICATES_H
#define MTLS_SEND_DUPLICATES_H

#include <stdbool.h>

#include "base/err.h"
#include "dicom/part10.h"

struct duplicates;

enum duplicate {
	DUPLICATE_NONE,
	DUPLICATE_EQUAL,  /* another path with this UID was there, with the same data set byte for byte */
	DUPLICATE_OTHER,  /* only with different ones, or ones that can no longer be read */
	DUPLICATE_FAILED, /* err: ERR_INTERNAL */
};

#define DUPLICATES_MAX 16

/* keep_others: an instance that is DUPLICATE_OTHER is remembered too, to be compared with those to
 * come; of one UID at most DUPLICATES_MAX, as each is read for each. NULL with ERR_INTERNAL. */
struct duplicates *duplicates_new(bool keep_others, struct err *err);

/* Remember the instance (its UID as sent). For DUPLICATE_EQUAL and DUPLICATE_OTHER,
 * *first is the path of the one it is equal to, or of the last that it is not
 * equal to, or its origin if it has one (valid until the next call), and err of
 * DUPLICATE_OTHER (ERR_NO_INPUT) says what is different from that, naming both. Data sets are
 * equal only in the same transfer syntax. The same file met again by the same or
 * another path (device and inode) is DUPLICATE_EQUAL without being read. */
enum duplicate duplicates_add(struct duplicates *duplicates, const struct instance *instance,
	const char **first, struct err *err);

void duplicates_free(struct duplicates *duplicates);

#endif
