/* SPDX-License-Identifier: BSD-3-Clause */
/* The files that a DICOMDIR refers to (PS3.3 F, PS3.10 8). */
#ifndef MTLS_DICOM_DICOMDIR_H
#define MTLS_DICOM_DICOMDIR_H

#include "base/err.h"

/*
 * Call each(ctx, path) for every file referenced by the DICOMDIR at path, in
 * the order of its directory records, inactive ones (0004,1410) left out. The
 * path is that of the file on this system: below the DICOMDIR's directory, the
 * components of (0004,1500) matched as they are written, else without regard to
 * case (ISO 9660 media mounted in lower case), a ";1" or "." at the end
 * notwithstanding. What is not there is given as written. each returns 0 to go
 * on, anything else to stop; dicomdir_read returns that.
 *
 * -1 with ERR_NO_INPUT, naming path: it is corrupt from some point on, refers to
 * no file at all, or refers to what is refused (a component ".." or with a slash
 * in it, a path too long). Whatever else it refers to was handed out before.
 */
int dicomdir_read(const char *path, int (*each)(void *ctx, const char *path), void *ctx, struct err *err)
	__attribute__((warn_unused_result));

/* The same for an open file, which stays the caller's; path is its name. */
int dicomdir_read_fd(int fd, const char *path, int (*each)(void *ctx, const char *path), void *ctx,
	struct err *err) __attribute__((warn_unused_result));

#endif
