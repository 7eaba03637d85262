/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Decides about an instance that the walk found: it belongs to another shard, is in the journal, is a
 * duplicate, is refused because of its edits, or becomes an item of a batch.
 */
#ifndef MTLS_SEND_ADMIT_H
#define MTLS_SEND_ADMIT_H

#include "send/job.h"
#include "send/study.h"
#include "send/tally.h"

struct admit;

struct admit *admit_new(const struct send_job *job, struct tally *tally, struct err *err);

/* Takes ownership of the instance. -1 with ERR_JOURNAL or ERR_INTERNAL: it is reported as not sent. */
int admit_add(struct admit *admit, struct instance *instance, struct err *err) MUST_CHECK;

/* The units of a batch, in order, if one is due (`last`: of whatever there is), else NULL. */
int admit_take(struct admit *admit, bool last, struct unit **out, struct err *err) MUST_CHECK;

/* What it still contains is reported as not sent. */
void admit_free(struct admit *admit);

#endif
