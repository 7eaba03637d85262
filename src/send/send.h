/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Instances in, results out. The walk gives what it finds; it is sent while the
 * walk goes on, over as many associations at a time as the job allows. Every
 * instance given gets exactly one result.
 */
#ifndef MTLS_SEND_SEND_H
#define MTLS_SEND_SEND_H

#include "base/err.h"
#include "dicom/part10.h"
#include "report/report.h"
#include "send/job.h"

struct send;

/* NULL with err. No connection is made before there is something to send. */
struct send *send_new(const struct send_job *job, struct err *err);

/* What the walk finds. Each waits while too much is waiting to be sent, and
 * returns nonzero if the walk is to end: an interrupt, or the run has ended. */
int send_instance(struct send *send, struct instance *instance); /* takes it over */
int send_failure(struct send *send, const char *path, const struct err *why);
int send_skipped(struct send *send, const char *path, const char *why); /* as tally_skipped */

/* A path given that the walk will not come to, or not to the end of, because the run ends. */
void send_unsent(struct send *send, const char *path, const char *why);

/* Something that the walk has to warn of; workers may be telling at the same time. */
void send_warning(struct send *send, const char *text);

/* Nothing new for a while: what was found is not to wait for more. */
int send_idle(struct send *send);

/*
 * The walk is over, or broke off: why (NULL: it did not). Wait for all results,
 * free. 0 if every instance got its
 * turn, else -1 with what ended the run: why, an interrupt (ERR_SIGINT, ERR_SIGTERM), or the
 * first cause that no repetition cured.
 */
int send_finish(struct send *send, const struct err *why, struct report_totals *totals, struct err *err)
	__attribute__((warn_unused_result));

/* The kind that the exit status follows from: the first that applies, as the
 * manual lists them. cause: what ended the run, ERR_NONE if nothing did. */
enum err_kind send_verdict(const struct send_job *job, const struct report_totals *totals,
	enum err_kind cause);

#endif
