/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a stream of instances to units. A batch is at most BATCH_FILES of them
 * or one second of walking: sending begins while a long walk goes on. Within it
 * the instances of a study stand together in the order they were found, those
 * that refer to others (uid_is_referrer) last. The study that the walk is in
 * when a batch ends stays open: its referrers wait for what the next brings.
 */
#ifndef MTLS_SEND_BATCH_H
#define MTLS_SEND_BATCH_H

#include "base/err.h"
#include "send/study.h"
#include "send/tally.h"

#define BATCH_FILES 1000
#define BATCH_US    1000000 /* of walking */

struct batch;

/* rules: for the plans. split: make slices of STUDY_SLICE, free to any worker. */
struct batch *batch_new(const struct plan_rules *rules, bool split, struct tally *tally, struct err *err);

/* The walk is in the study of that UID: the one that the batch has, or a new one of the tally's.
 * NULL without memory. */
struct study *batch_meet(struct batch *batch, const char *uid);

/* Add an item of the study met last (taken over, also on failure; *item is empty
 * then). now_us: CLOCK_MONOTONIC. -1 without memory. */
int batch_add(struct batch *batch, struct item *item, int64_t now_us) __attribute__((warn_unused_result));

/* Is it time to take what there is, or to close studies? What batch_take held back does not count. */
bool batch_is_due(const struct batch *batch, int64_t now_us);

/*
 * Take the units out, in order, each with a plan that holds all it needs: as
 * many studies in a row share a plan as fit 128 contexts; a study that needs
 * more by itself is cut, in its order. The study met last stays open, unless
 * `last`: the walk is over, nothing stays. All others that the batch has are
 * complete, and closed in the tally: their referrers, held back until now, are in the
 * list. The one that stays open keeps its own back, up to BATCH_FILES.
 * *out is NULL if nothing is handed out. -1 without memory: then all stays.
 */
int batch_take(struct batch *batch, bool last, struct unit **out, struct err *err)
	__attribute__((warn_unused_result));

/* What it still holds is told of as not sent. */
void batch_free(struct batch *batch);

#endif
