/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What became of each instance: counted, reported and recorded once. All
 * workers and the walk tell it; it owns the lock that the reporter and the
 * studies under way are used under.
 */
#ifndef MTLS_SEND_TALLY_H
#define MTLS_SEND_TALLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "report/report.h"
#include "send/journal.h"
#include "send/study.h"

struct tally;

/* journal: NULL for none. Both must outlive the tally. */
struct tally *tally_new(const struct reporter *reporter, struct journal *journal, struct err *err);

/* A study that the walk has met: found anew each time it is opened. NULL without memory. */
struct study *tally_study(struct tally *tally, const char *uid);

/* How many the walk has met. One that it met twice may count twice. */
size_t tally_studies(struct tally *tally);

/* The walk found one more instance (or file that cannot be sent: size 0). */
void tally_found(struct tally *tally, struct study *study, uint64_t size);

bool tally_study_is_open(struct tally *tally, const struct study *study);

/* The walk has left the study: it is told of once all of it has its result. */
void tally_close_study(struct tally *tally, struct study *study);

/* Count and report one instance's result. study: NULL for what belongs to none;
 * it may be gone afterwards, if this was the last of it. */
void tally_settle(struct tally *tally, struct study *study, const struct report_instance *event);

/* Has everything that was found its result? */
bool tally_is_settled(struct tally *tally);

/* An item begins to go out. */
void tally_begun(struct tally *tally, struct study *study);

/* Record results in the journal. -1: it could not be, and each acknowledgement
 * that is not recorded was named in a warning. Without journal: 0. */
int tally_record(struct tally *tally, const struct journal_result *results, size_t count, struct err *err)
	__attribute__((warn_unused_result));

/* The reporter itself, for this thread alone until it lets go. */
const struct reporter *tally_lock(struct tally *tally);
void tally_unlock(struct tally *tally);

/* Something is tried again; something is to be known. */
void tally_retry(struct tally *tally, const struct report_retry *event);
void tally_note(struct tally *tally, const char *text);

/* One whose header and data set differ in UIDs: text is the warning. */
void tally_mismatched(struct tally *tally, const char *text);

/* Found by walking, and no DICOM; found, and another shard's. */
void tally_skipped(struct tally *tally, const char *path, const char *why);
void tally_elsewhere(struct tally *tally);

/* Left for another run, as it was changed too short a time ago. */
void tally_left(struct tally *tally, const char *path);

/* wire_bytes: of data sets that went out so far. */
void tally_progress(struct tally *tally, bool walking, uint64_t wire_bytes);

struct report_totals tally_totals(struct tally *tally);

/* Studies not told of yet are told now. */
void tally_free(struct tally *tally);

#endif
