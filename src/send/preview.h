/* SPDX-License-Identifier: BSD-3-Clause */
/* --dry-run: what would be sent, and how, without asking the receiver. */
#ifndef MTLS_SEND_PREVIEW_H
#define MTLS_SEND_PREVIEW_H

#include "send/job.h"
#include "send/study.h"
#include "send/tally.h"

struct preview;

struct preview *preview_new(const struct send_job *job, struct tally *tally, struct err *err);

/* Take units in the order in which they would be sent, and free them: each item is reported as not sent,
 * but planned. -1 if there is no memory. */
int preview_take(struct preview *preview, struct unit *units, struct err *err) MUST_CHECK;

/* Report the plan of everything that was taken. */
void preview_emit(const struct preview *preview);

void preview_free(struct preview *preview);

#endif
