/* SPDX-License-Identifier: BSD-3-Clause */
/* The helper program as it was built, for tests in another directory than the program. */
#include "decode/locate.h"

#include <limits.h>
#include <stdlib.h>

#include "base/text.h"

int
decoder_locate(char *path, struct err *err)
{
	const char *top = getenv("TOP_BUILDDIR");

	(void)err;
	text_format(path, PATH_MAX, "%s/mtls-storescu-decode", top ? top : ".");
	return 0;
}
