/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/beside.h"

#include <stddef.h>

static void *
run(void *ctx)
{
	struct beside *beside = ctx;

	beside->run(beside->ctx);
	return NULL;
}

void
beside_begin(struct beside *beside, void (*what)(void *ctx), void *ctx)
{
	beside->run = what;
	beside->ctx = ctx;
	beside->apart = pthread_create(&beside->thread, NULL, run, beside) == 0;
}

void
beside_wait(struct beside *beside)
{
	if (beside->apart)
		pthread_join(beside->thread, NULL);
	else
		beside->run(beside->ctx);
}
