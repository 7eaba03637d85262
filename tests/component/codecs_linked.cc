/* SPDX-License-Identifier: BSD-3-Clause */
/* The decoders linked in, for tests and fuzzers; tests/e2e/codecs.sh has the module. */
#include "dcmtk/codecs_load.h"

#include "dcmtk/codecs.h"

int
codecs_load(struct err *)
{
	static const bool done = (mtls_storescu_codecs.init(), true);

	return done ? 0 : -1;
}
