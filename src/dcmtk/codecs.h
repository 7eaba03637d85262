/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The decoders for compressed pixel data, all but RLE's, are a module: hardly
 * any run needs them, and to load the libraries they stand on would cost every
 * run more than it spends on anything of ours. This is all that the program
 * sees of it; codecs_load.h finds and loads it.
 */
#ifndef MTLS_DCMTK_CODECS_H
#define MTLS_DCMTK_CODECS_H

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcuid.h"

/* The first member stays the first: it is read before anything else is believed. */
struct codecs {
	const char *version; /* CODECS_VERSION, as the module was built */

	/* Make JPEG, JPEG-LS and JPEG 2000 known to DCMTK until the program ends: with RLE, the
	 * transfer syntaxes that syntax_find calls decodable. Once; other threads may be decoding. */
	void (*init)();
};

/* Both sides use DCMTK's classes, which are laid out anew with each version. */
#define CODECS_VERSION MTLS_VERSION " with DCMTK " OFFIS_DCMTK_VERSION_STRING

/* The one symbol that the module exports. */
#define CODECS_SYMBOL "mtls_storescu_codecs"
extern "C" const struct codecs mtls_storescu_codecs __attribute__((visibility("default")));

#endif
