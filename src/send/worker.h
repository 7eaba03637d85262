/* SPDX-License-Identifier: BSD-3-Clause */
/* One association at a time: open it, draw units, have them exchanged, try again. */
#ifndef MTLS_SEND_WORKER_H
#define MTLS_SEND_WORKER_H

#include "send/crew.h"

/* Work until nothing is left, the run ends, or no association is to be had. */
void worker_run(struct crew *crew, int number);

#endif
