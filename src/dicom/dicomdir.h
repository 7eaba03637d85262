/* SPDX-License-Identifier: BSD-3-Clause */
/* The files that a DICOMDIR refers to (PS3.3 F, PS3.10 8). */
#ifndef MTLS_DICOM_DICOMDIR_H
#define MTLS_DICOM_DICOMDIR_H

#include "base/err.h"

/*
 * Call each(ctx, path) for every file referenced by the DICOMDIR at path, in the order of its directory
 * records, except inactive ones (0004,1410). The path is that of the file on this system, below the
 * DICOMDIR's directory: the components of (0004,1500) are matched as written, else ignoring case (ISO 9660
 * media mounted in lower case) and a ";1" or "." at the end. A missing file is given as written. each
 * returns 0 to continue, anything else to stop; dicomdir_read returns that.
 *
 * -1 with ERR_NO_INPUT, naming path: it is corrupt from some point on, refers to no file at all, or
 * contains a path that is refused (a component ".." or with a slash in it, a path that is too long). each
 * has been called for everything else before.
 */
int dicomdir_read(const char *path, int (*each)(void *ctx, const char *path), void *ctx, struct err *err)
	MUST_CHECK;

/* The same for an open file, which the caller still owns; path is its name. */
int dicomdir_read_fd(int fd, const char *path, int (*each)(void *ctx, const char *path), void *ctx,
	struct err *err) MUST_CHECK;

#endif
