/* SPDX-License-Identifier: BSD-3-Clause */
/* --status: the contents of a journal, read while a run may be writing to it. */
#ifndef MTLS_SEND_JOURNAL_LIST_H
#define MTLS_SEND_JOURNAL_LIST_H

#include "base/err.h"
#include "report/report.h"
#include "send/journal.h"

/*
 * Report each study, and after it each of its instances that is not acknowledged; count all in *totals.
 * only: the destination (with any edits), NULL for all destinations. Nothing is written, and no file is
 * left next to the journal. -1 with ERR_JOURNAL.
 */
int journal_list(const char *path, const struct journal_key *only, const struct reporter *reporter,
	struct report_totals *totals, struct err *err) __attribute__((warn_unused_result));

#endif
