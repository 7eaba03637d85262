/* SPDX-License-Identifier: BSD-3-Clause */
/* The module with the decoders (codecs.h), loaded when the first object needs one. */
#ifndef MTLS_DCMTK_CODECS_LOAD_H
#define MTLS_DCMTK_CODECS_LOAD_H

extern "C" {
#include "base/err.h"
}

/*
 * Have DCMTK know all decoders. By any thread, as often as one is needed: the
 * first call loads them, and what came of it holds for the whole run. -1 with
 * ERR_NO_INPUT: why they are not to be had, as the end of a sentence about the
 * file, with a hint.
 */
int codecs_load(struct err *err);

#endif
