/* SPDX-License-Identifier: BSD-3-Clause */
/* What a run of sending has besides the setup of all modes: listeners, journal, edits. */
#ifndef MTLS_CLI_SENDING_H
#define MTLS_CLI_SENDING_H

#include "base/watchdog.h"
#include "cli/options.h"
#include "cli/setup.h"
#include "dcmtk/edits.h"
#include "dicom/extneg.h"
#include "net/history.h"
#include "report/done.h"
#include "report/failed.h"
#include "report/fanout.h"
#include "report/metrics.h"
#include "report/ndjson_send.h"
#include "send/send.h"

struct sending {
	struct fanout all, fronts;
	struct reporter reporter; /* to all that listen, the files below too */
	struct reporter front;	  /* people and programs, who have the last word */
	struct jsonlines ndjson;
	struct pathlist failed;	/* --failed-to; not open: not asked for */
	struct done done;	/* --done-to; likewise */
	struct metrics metrics; /* --prometheus; likewise */
	bool unwritten;		 /* it cannot be written: told, and the exit status if that would be 0 */
	struct journal *journal;
	struct edits *edits;
	struct extneg *related;
	struct endpoint endpoint; /* the setup's, at the rate that is wanted */
	struct history history;	  /* what was seen of the receiver */
	char *made;		  /* directory of what was made of PDFs; NULL: none */
	struct watched made_watched; /* it goes with the process */
	struct send_job job;
};

/*
 * All that can be found wrong before anything is sent is found here: -1 with
 * ERR_USAGE, ERR_OUTPUT or ERR_JOURNAL. The reporters can be used either way; go
 * on with sending_end and sending_clear either way. *sending is not to move in memory.
 */
MUST_CHECK int sending_init(struct sending *sending, const struct setup *setup, const struct options *options,
	struct err *err);

/* Make the directory for what is made of PDFs, by mkdtemp(3), and take its name over.
 * It goes with the run, however that ends. 0, or -1 with errno. */
MUST_CHECK int sending_make_directory(struct sending *sending, char *name);

/* Close the files and the journal, telling what went wrong there, then tell the
 * summary. Returns the verdict, or ERR_OUTPUT, ERR_JOURNAL in its place. */
enum err_kind sending_end(struct sending *sending, const struct report_totals *totals, enum err_kind verdict);

/* After sending_end. */
void sending_clear(struct sending *sending);

#endif
