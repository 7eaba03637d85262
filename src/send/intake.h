/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What becomes of an instance that the walk found: another shard's, known from
 * the journal, a duplicate, refused for its edits, or an item of a batch.
 */
#ifndef MTLS_SEND_INTAKE_H
#define MTLS_SEND_INTAKE_H

#include "send/ledger.h"
#include "send/send.h"
#include "send/study.h"

struct intake;

struct intake *intake_new(const struct send_job *job, struct ledger *ledger, struct err *err);

/* Takes the instance over. -1 with ERR_JOURNAL or ERR_INTERNAL: it is told of as not sent. */
int intake_add(struct intake *intake, struct instance *instance, struct err *err)
	__attribute__((warn_unused_result));

/* If a batch is due (`last`: whatever there is) its units, in order, else NULL. */
int intake_take(struct intake *intake, bool last, struct unit **out, struct err *err)
	__attribute__((warn_unused_result));

/* What it holds is told of as not sent. */
void intake_free(struct intake *intake);

#endif
