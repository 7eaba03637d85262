/* SPDX-License-Identifier: BSD-3-Clause */
/* JPEG-LS (ISO/IEC 14495-1), decoded by CharLS. */
#ifndef MTLS_DECODE_JPEGLS_H
#define MTLS_DECODE_JPEGLS_H

#include "decode/frame.h"

/* As frame_decode. */
int jpegls_decode(const struct frame *frame, struct decoder_image *after, struct err *err);

#endif
