/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a stream of instances to units. A batch is at most BATCH_FILES instances or one second of walking:
 * sending begins while a long walk continues. In a batch the instances of a study are together in the order
 * in which they were found, those that refer to others (uid_is_referrer) last. The study that the walk is
 * in when a batch ends stays open: its referring instances wait for the next batch.
 */
#ifndef MTLS_SEND_BATCH_H
#define MTLS_SEND_BATCH_H

#include "base/err.h"
#include "send/study.h"
#include "send/tally.h"

#define BATCH_FILES 1000
#define BATCH_US    1000000 /* of walking */

struct batch;

/* rules: for the plans. split: make slices of STUDY_SLICE, which any worker may take. */
struct batch *batch_new(const struct plan_rules *rules, bool split, struct tally *tally, struct err *err);

/* The walk is in the study with this UID: the one that the batch has, or a new one from the tally. NULL if
 * there is no memory. */
struct study *batch_meet(struct batch *batch, const char *uid);

/* Add an item of the current study (takes ownership, also on failure; *item is empty then). now_us:
 * CLOCK_MONOTONIC. -1 if there is no memory. */
int batch_add(struct batch *batch, struct item *item, int64_t now_us) MUST_CHECK;

/* Is it time to take what there is, or to close studies? Items that batch_take left do not count. */
bool batch_is_due(const struct batch *batch, int64_t now_us);

/*
 * Take the units out, in order, each with a plan that has all the contexts that it needs: consecutive
 * studies share a plan as long as they fit into 128 contexts; a study that needs more is cut, in its order.
 * The current study stays open, unless `last` (the walk is over) is set. All other studies in the batch are
 * complete, and are closed in the tally: the list includes their referring instances, which were kept until
 * now. The open study keeps its own, up to BATCH_FILES. *out is NULL if there is nothing to take. -1 if
 * there is no memory: then everything stays.
 */
int batch_take(struct batch *batch, bool last, struct unit **out, struct err *err) MUST_CHECK;

/* What it still contains is reported as not sent. */
void batch_free(struct batch *batch);

#endif
