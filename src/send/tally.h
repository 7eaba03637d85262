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

/* The walk found one more instance (or file that cannot be sent: size 0). */
void tally_found(struct tally *tally, struct study *study, uint64_t size);

/* The walk has left the study: it is told of once all of it has its result. */
void tally_close_study(struct tally *tally, struct study *study);

/* Count and report one instance's result. study: NULL for what belongs to none;
 * it may be gone afterwards, if this was the last of it. */
void tally_finish(struct tally *tally, struct study *study, const struct report_instance *event);

/* Different objects have this UID: a status 0111 for one of them may be for another. -1 without memory. */
int tally_share_uid(struct tally *tally, const char *uid) __attribute__((warn_unused_result));
bool tally_is_shared(struct tally *tally, const char *uid);

/* Has everything that was found its result? */
bool tally_is_finished(struct tally *tally);

/* An item begins to go out; it has its answer, or none is to come. How many are on their way? */
void tally_begun(struct tally *tally, struct study *study);
void tally_answered(struct tally *tally);
unsigned tally_in_flight(const struct tally *tally);

/* Record results in the journal, if there is one. If it cannot be done, the run ends, and each
 * acknowledgement that is not recorded is named in a warning. */
void tally_record(struct tally *tally, const struct journal_result *results, size_t count);

/* End the run: nothing more is begun. The first cause counts, but that of a journal before others. */
void tally_end(struct tally *tally, const struct err *why);

/* A receiver takes no context of some plan: not the run's end, but the cause if nothing else is. */
void tally_refused(struct tally *tally, const struct err *why);

/* Is the run to end: a cause, or an interrupt? */
bool tally_is_over(const struct tally *tally);

/* Once nobody else uses it: what ended the run before its time; kind ERR_NONE if nothing did. */
const struct err *tally_cause(const struct tally *tally);

/* The reporter itself, for this thread alone until it lets go. */
const struct reporter *tally_lock(struct tally *tally);
void tally_unlock(struct tally *tally);

/* One more association was opened: told of and numbered. Returns its number in the run, from 1. */
unsigned tally_association(struct tally *tally, struct report_association *event);

/* Something is tried again. */
void tally_retry(struct tally *tally, const struct report_retry *event);

/* Something is to be known: as which of the reporter's events. */
enum tally_tell { TELL_NOTE, TELL_NOTICE, TELL_WARNING, TELL_ALARM };
void tally_tell(struct tally *tally, enum tally_tell as, const char *text);

/* One whose header and data set differ in UIDs: text is the warning. */
void tally_mismatched(struct tally *tally, const char *text);

/* Found by walking, and no DICOM: why; or (NULL) left for another run, as it was changed too short a time
 * ago. Found, and another shard's. */
void tally_skipped(struct tally *tally, const char *path, const char *why);
void tally_elsewhere(struct tally *tally);

/* Where the bytes of data sets are counted as they go out; atomic. */
uint64_t *tally_wire_bytes(struct tally *tally);

void tally_progress(struct tally *tally, bool walking);

struct report_totals tally_totals(struct tally *tally);

/* Studies not told of yet are told now. */
void tally_free(struct tally *tally);

#endif
