/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sends instances and reports their results. The walk passes on what it finds; that is sent while the walk
 * continues, over as many associations at a time as the job allows. Every instance gets exactly one result.
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

/* For what the walk finds. Each function waits while too much is waiting to be sent, and returns nonzero if
 * the walk should end: an interrupt, or the run has ended. */
int send_instance(struct send *send, struct instance *instance); /* takes ownership */
int send_failure(struct send *send, const char *path, const struct err *why);
int send_skipped(struct send *send, const char *path, const char *why); /* as tally_skipped */

/* A path given that the walk does not reach, or does not finish, because the run ends. */
void send_unsent(struct send *send, const char *path, const char *why);

/* A warning from the walk; workers may be reporting at the same time. */
void send_warning(struct send *send, const char *text);

/* Nothing new for a while: what was found should not wait for more. */
int send_idle(struct send *send);

/*
 * The walk is over, or was stopped by why (NULL: it was not). Wait for all results, and free. 0 if every
 * instance was tried, else -1 with what ended the run: why, an interrupt (ERR_SIGINT, ERR_SIGTERM), or the
 * first cause that retries did not remove.
 */
int send_finish(struct send *send, const struct err *why, struct report_totals *totals, struct err *err)
	MUST_CHECK;

/* The kind that determines the exit status: the first that applies, in the order of the manual. cause: what
 * ended the run, ERR_NONE if nothing did. */
enum err_kind send_verdict(const struct send_job *job, const struct report_totals *totals,
	enum err_kind cause);

#endif
