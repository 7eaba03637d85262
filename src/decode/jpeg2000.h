/* SPDX-License-Identifier: BSD-3-Clause */
/* JPEG 2000 (ISO/IEC 15444-1), High-Throughput too (15444-15), decoded by OpenJPEG. */
#ifndef MTLS_DECODE_JPEG2000_H
#define MTLS_DECODE_JPEG2000_H

#include "decode/frame.h"

/* As frame_decode. */
int jpeg2000_decode(const struct frame *frame, struct decoder_image *after, struct err *err);

#endif
