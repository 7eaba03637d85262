/* SPDX-License-Identifier: BSD-3-Clause */
/* The attributes that describe Pixel Data (PS3.3 C.7.6.3), of an object or of an icon in it. */
#ifndef MTLS_DCMTK_IMAGE_H
#define MTLS_DCMTK_IMAGE_H

#include <stdint.h>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcitem.h"

extern "C" {
#include "base/err.h"
#include "decode/decoder.h"
}

/* planar: 0 is colour by pixel, 1 by plane; absent: PLANAR_ABSENT */
struct image : decoder_image {
	uint32_t frames;
};

#define PLANAR_ABSENT 0xffff

/* -1 with ERR_NO_INPUT, if an attribute is missing or they contradict each other. */
int image_read(DcmItem &item, struct image *out, struct err *err);

/* Bytes of a frame, and of all frames, without padding; the latter may exceed what an element can contain,
 * and is UINT64_MAX if it overflows. */
uint64_t image_frame_size(const struct image *image);
uint64_t image_size(const struct image *image);

#endif
