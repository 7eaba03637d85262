/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the decoders' helper program is. */
#ifndef MTLS_DECODE_LOCATE_H
#define MTLS_DECODE_LOCATE_H

#include <stddef.h>

#include "base/err.h"

/* Its absolute path, PATH_MAX bytes of room. -1 with ERR_NO_INPUT if what stands there is not trusted. */
int decoder_locate(char *path, struct err *err);

#endif
