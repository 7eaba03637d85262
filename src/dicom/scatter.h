/* SPDX-License-Identifier: BSD-3-Clause */
/* Places in memory that are filled one after the other, with a single read if possible: see readv(2). */
#ifndef MTLS_DICOM_SCATTER_H
#define MTLS_DICOM_SCATTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/err.h"

#define SCATTER_MAX 32

/* Begins as { .left = 0 }. */
struct scatter {
	size_t left;  /* bytes of room left */
	size_t first; /* first place that is not full */
	size_t count;
	struct iovec places[SCATTER_MAX];
};

/* Add a place, owned by the caller. False: there are SCATTER_MAX already. */
bool scatter_add(struct scatter *scatter, void *place, size_t size);

/* Copy size bytes, at most what is left. */
void scatter_put(struct scatter *scatter, const void *bytes, size_t size);

/* Read size bytes, at most what is left, from an offset of fd. -1 with ERR_NO_INPUT, without the file's
 * name, if they cannot be read or do not exist. */
int scatter_read(struct scatter *scatter, int fd, uint64_t offset, size_t size, struct err *err) MUST_CHECK;

#endif
