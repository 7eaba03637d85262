/* SPDX-License-Identifier: BSD-3-Clause */
/* The decoders for compressed pixel data, made known to DCMTK. */
#ifndef MTLS_DCMTK_CODECS_H
#define MTLS_DCMTK_CODECS_H

/*
 * Register RLE, JPEG, JPEG-LS and JPEG 2000: the transfer syntaxes that
 * syntax_find calls decodable. Once, on the main thread; they are read only from then on.
 */
void codecs_init();

#endif
