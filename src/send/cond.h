/* SPDX-License-Identifier: BSD-3-Clause */
/* Condition variables whose deadlines are on CLOCK_MONOTONIC, as all of ours are. */
#ifndef MTLS_SEND_COND_H
#define MTLS_SEND_COND_H

#include <pthread.h>

/* Returns an errno, 0 if all is well. */
int cond_init(pthread_cond_t *cond);

#endif
