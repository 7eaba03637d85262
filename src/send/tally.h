/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The result of each instance: counted, reported and recorded once. All workers and the walk call it; it
 * owns the lock that guards the reporter and the current studies.
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

/* A study that the walk has found: created each time it is opened. NULL if there is no memory. */
struct study *tally_study(struct tally *tally, const char *uid);

/* The walk found another instance (or a file that cannot be sent: size 0). */
void tally_found(struct tally *tally, struct study *study, uint64_t size);

/* The walk has left the study: it is reported once all its items have results. */
void tally_close_study(struct tally *tally, struct study *study);

/* Count and report one instance's result. study: NULL if it belongs to none; it may be freed afterwards, if
 * this was its last result. */
void tally_finish(struct tally *tally, struct study *study, const struct report_instance *event);

/* Different objects have this UID: a status 0111 for one of them may be for another. -1 without memory. */
int tally_share_uid(struct tally *tally, const char *uid) MUST_CHECK;
bool tally_is_shared(struct tally *tally, const char *uid);

/* Does everything that was found have a result? */
bool tally_is_finished(struct tally *tally);

/* An item begins to be sent; it has its answer, or there will be none. How many are in flight? */
void tally_begun(struct tally *tally, struct study *study);
void tally_answered(struct tally *tally);
unsigned tally_in_flight(const struct tally *tally);

/* Record results in the journal, if there is one. If that fails, the run ends, and each acknowledgement
 * that is not recorded is named in a warning. */
void tally_record(struct tally *tally, const struct journal_result *results, size_t count);

/* End the run: nothing more is begun. The first cause is kept, but that of a journal takes precedence. */
void tally_end(struct tally *tally, const struct err *why);

/* A receiver accepts no context of some plan: this does not end the run, but is the cause if there is no
 * other. */
void tally_refused(struct tally *tally, const struct err *why);

/* Should the run end, because of a cause or an interrupt? */
bool tally_is_over(const struct tally *tally);

/* When no other thread uses it: what ended the run early; kind ERR_NONE if nothing did. */
const struct err *tally_cause(const struct tally *tally);

/* The reporter itself, only for this thread until it is released. */
const struct reporter *tally_lock(struct tally *tally);
void tally_unlock(struct tally *tally);

/* One more association was opened: told of and numbered. Returns its number in the run, from 1. */
unsigned tally_association(struct tally *tally, struct report_association *event);

/* Something is tried again. */
void tally_retry(struct tally *tally, const struct report_retry *event);

/* Something is to be known: as which of the reporter's events. */
enum tally_tell { TELL_NOTE, TELL_NOTICE, TELL_WARNING, TELL_ALARM };
void tally_tell(struct tally *tally, enum tally_tell as, const char *text);

/* An instance whose header and data set have different UIDs: text is the warning. */
void tally_mismatched(struct tally *tally, const char *text);

/* Found by walking, and no DICOM: why; or (NULL) left for another run, as it was changed too short a time
 * ago. Found, and another shard's. */
void tally_skipped(struct tally *tally, const char *path, const char *why);
void tally_elsewhere(struct tally *tally);

/* The counter of the bytes of data sets sent; atomic. */
uint64_t *tally_wire_bytes(struct tally *tally);

void tally_progress(struct tally *tally, bool walking);

struct report_totals tally_totals(struct tally *tally);

/* Studies not reported yet are reported now. */
void tally_free(struct tally *tally);

#endif
