/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What became of each instance: counted, reported and recorded once. All
 * workers and the walk tell it; it owns the lock that the reporter and the
 * studies under way are used under.
 */
#ifndef MTLS_SEND_LEDGER_H
#define MTLS_SEND_LEDGER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "report/report.h"
#include "send/journal.h"
#include "send/study.h"

struct ledger;

/* journal: NULL for none. Both must outlive the ledger. */
struct ledger *ledger_new(const struct reporter *reporter, struct journal *journal, struct err *err);

/* A study that the walk has met: found anew each time it is opened. NULL without memory. */
struct study *ledger_study(struct ledger *ledger, const char *uid);

/* How many the walk has met. One that it met twice may count twice. */
size_t ledger_studies(struct ledger *ledger);

/* The walk found one more instance (or file that cannot be sent: size 0). */
void ledger_found(struct ledger *ledger, struct study *study, uint64_t size);

bool ledger_study_is_open(struct ledger *ledger, const struct study *study);

/* The walk has left the study: it is told of once all of it has its result. */
void ledger_close_study(struct ledger *ledger, struct study *study);

/* Count and report one instance's result. study: NULL for what belongs to none;
 * it may be gone afterwards, if this was the last of it. */
void ledger_settle(struct ledger *ledger, struct study *study, const struct report_instance *event);

/* Has everything that was found its result? */
bool ledger_is_settled(struct ledger *ledger);

/* An item begins to go out. */
void ledger_begun(struct ledger *ledger, struct study *study);

/* Record results in the journal. -1: it could not be, and each acknowledgement
 * that is not recorded was named in a warning. Without journal: 0. */
int ledger_record(struct ledger *ledger, const struct journal_result *results, size_t count, struct err *err)
	__attribute__((warn_unused_result));

/* The reporter itself, for this thread alone until it lets go. */
const struct reporter *ledger_hold(struct ledger *ledger);
void ledger_let_go(struct ledger *ledger);

/* Something is tried again; something is to be known. */
void ledger_retry(struct ledger *ledger, const struct report_retry *event);
void ledger_note(struct ledger *ledger, const char *text);

/* One whose header and data set differ in UIDs: text is the warning. */
void ledger_mismatched(struct ledger *ledger, const char *text);

/* Found by walking, and no DICOM; found, and another shard's. */
void ledger_skipped(struct ledger *ledger, const char *path, const char *why);
void ledger_elsewhere(struct ledger *ledger);

/* Left for another run, as it was changed too short a time ago. */
void ledger_left(struct ledger *ledger, const char *path);

/* wire_bytes: of data sets that went out so far. */
void ledger_progress(struct ledger *ledger, bool walking, uint64_t wire_bytes);

struct report_totals ledger_totals(struct ledger *ledger);

/* Studies not told of yet are told now. */
void ledger_free(struct ledger *ledger);

#endif
