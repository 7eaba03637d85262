/* SPDX-License-Identifier: BSD-3-Clause */
/* RLE (PS3.5 annex G). */
#ifndef MTLS_DECODE_RLE_H
#define MTLS_DECODE_RLE_H

#include "decode/frame.h"

/* As frame_decode. */
int rle_decode(const struct frame *frame, struct err *err);

#endif
