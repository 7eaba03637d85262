/* SPDX-License-Identifier: BSD-3-Clause */
/* Work done beside the caller's own, on another processor if there is one: keys
 * are derived from passwords by tens of thousands of iterations, several of them
 * for one store, and none needs the other's result. */
#ifndef MTLS_TLS_BESIDE_H
#define MTLS_TLS_BESIDE_H

#include <pthread.h>
#include <stdbool.h>

struct beside {
	void (*run)(void *ctx);
	void *ctx;
	pthread_t thread;
	bool apart; /* else it is run when it is waited for */
};

/* Begin run(ctx). Both and *beside must last until beside_wait, which must follow. */
void beside_begin(struct beside *beside, void (*run)(void *ctx), void *ctx);

/* Until it is done. */
void beside_wait(struct beside *beside);

#endif
