/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What becomes of an instance that the walk found: another shard's, known from
 * the journal, a duplicate, refused for its edits, or an item of a batch.
 */
#ifndef MTLS_SEND_ADMIT_H
#define MTLS_SEND_ADMIT_H

#include "send/job.h"
#include "send/study.h"
#include "send/tally.h"

struct admit;

struct admit *admit_new(const struct send_job *job, struct tally *tally, struct err *err);

/* Takes the instance over. -1 with ERR_JOURNAL or ERR_INTERNAL: it is told of as not sent. */
int admit_add(struct admit *admit, struct instance *instance, struct err *err)
	__attribute__((warn_unused_result));

/* If a batch is due (`last`: whatever there is) its units, in order, else NULL. */
int admit_take(struct admit *admit, bool last, struct unit **out, struct err *err)
	__attribute__((warn_unused_result));

/* What it holds is told of as not sent. */
void admit_free(struct admit *admit);

#endif
