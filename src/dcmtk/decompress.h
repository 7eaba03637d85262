/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Compressed pixel data made plain, and nothing believed on the way: what the
 * frames' headers say is held against the attributes before, what came out
 * after, and a decoder's mere warning is a refusal, unless pixels cannot be
 * wrong for it. The compressed and the plain pixel data of one object are in
 * memory at once.
 */
#ifndef MTLS_DCMTK_DECOMPRESS_H
#define MTLS_DCMTK_DECOMPRESS_H

#include <stddef.h>
#include <stdint.h>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcdatset.h"

extern "C" {
#include "base/err.h"
#include "decode/decoder.h"
#include "dicom/uid.h"
}

/*
 * Decompress a data set that was read in `syntax`. The attributes say afterwards
 * what the pixels are, and that they were once compressed lossily (0028,2110), if they were. What that
 * changed is named in `changed`, comma separated; "" if nothing but the form.
 * What would need more than memory_max bytes is refused before they are allocated.
 * -1 with ERR_NO_INPUT: why it cannot be done, or cannot be judged, as the end
 * of a sentence about the file; with a hint, if it is not the file's fault.
 */
int decompress(DcmDataset &dataset, const struct syntax *syntax, struct decoder *decoder,
	uint64_t memory_max, char *changed, size_t changed_size, struct err *err);

#endif
