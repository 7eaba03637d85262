/* SPDX-License-Identifier: BSD-3-Clause */
/* What a send needs in addition to the setup of all modes: reporters, journal, edits. */
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
	struct reporter front;	  /* for people and programs; called last */
	struct jsonlines ndjson;
	struct pathlist failed;	/* --failed-to; not open: not asked for */
	struct done done;	/* --done-to; likewise */
	struct metrics metrics; /* --prometheus; likewise */
	bool unwritten;		 /* it cannot be written: reported, and the exit status if that would be 0 */
	struct journal *journal;
	struct edits *edits;
	struct extneg *related;
	struct endpoint endpoint; /* the setup's, with the rate limit */
	struct history history;	  /* what was seen of the receiver */
	char *made;		  /* directory of what was made of PDFs; NULL: none */
	struct watched made_watched; /* it goes with the process */
	struct send_job job;
};

/*
 * Everything that can be checked before anything is sent is checked here: -1 with ERR_USAGE, ERR_OUTPUT or
 * ERR_JOURNAL. In either case the reporters can be used, and sending_end and sending_clear must be called.
 * *sending must not be moved in memory.
 */
MUST_CHECK int sending_init(struct sending *sending, const struct setup *setup, const struct options *options,
	struct err *err);

/* Create the directory for the objects made of PDFs, with mkdtemp(3), and take ownership of its name. It is
 * removed at the end of the run, however that ends. 0, or -1 with errno. */
MUST_CHECK int sending_make_directory(struct sending *sending, char *name);

/* Close the files and the journal, report errors, then report the summary. Returns the verdict, or
 * ERR_OUTPUT or ERR_JOURNAL instead. */
enum err_kind sending_end(struct sending *sending, const struct report_totals *totals, enum err_kind verdict);

/* After sending_end. */
void sending_clear(struct sending *sending);

#endif
