/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/send.h"

#include <signal.h>
#include <stdlib.h>

#include "base/text.h"
#include "base/wait.h"
#include "send/admit.h"
#include "send/pool.h"
#include "send/preview.h"
#include "send/worker.h"

#define TICK 100 /* ms between progress events */

struct send {
	const struct send_job *job;
	struct tally *tally;
	struct admit *admit;
	struct pool *pool;
	struct workers *workers; /* NULL: nothing to send yet */
	struct preview *preview; /* NULL: not a dry run */
	struct err broken; /* what stopped the walk */
	int64_t told_ms;   /* when progress was last reported */
	bool ending;	   /* the message that the run ends once what is in flight is answered was printed */
};

static void
send_free(struct send *send)
{
	preview_free(send->preview);
	workers_free(send->workers);
	admit_free(send->admit);
	pool_free(send->pool);
	tally_free(send->tally);
	free(send);
}

struct send *
send_new(const struct send_job *job, struct err *err)
{
	struct send *send = calloc(1, sizeof *send);

	if (!send) {
		err_nomem(err);
		return NULL;
	}
	send->job = job;
	send->tally = tally_new(job->reporter, job->journal, err);
	if (send->tally)
		send->admit = admit_new(job, send->tally, err);
	if (send->admit)
		send->pool = pool_new(send->tally, err);
	if (send->pool && job->preview)
		send->preview = preview_new(job, send->tally, err);
	if (send->pool && !send->preview == !job->preview)
		return send;
	send_free(send);
	return NULL;
}

static void
emit_progress(struct send *send, bool walking)
{
	int64_t now = clock_ms();

	if (now - send->told_ms < TICK)
		return;
	send->told_ms = now;
	tally_progress(send->tally, walking);
}

/* After an interrupt, say once that it was noticed, and how long ending may take. */
static void
report_ending(struct send *send)
{
	const char *again = interrupt_signal() == SIGINT ? "Ctrl-C again" : "a further SIGTERM";
	unsigned count = tally_in_flight(send->tally);
	char objects[64], text[200];

	if (send->ending || !interrupt_signal() || count == 0)
		return;
	send->ending = true;
	text_format(objects, sizeof objects, count == 1 ? "the object" : "the %u objects", count);
	text_format(text, sizeof text, "interrupted: finishing %s in flight (at most %lld s); %s stops "
		"immediately", objects,
		(long long)(send->job->request.endpoint->send_timeout + 999) / 1000, again);
	tally_tell(send->tally, TELL_NOTICE, text);
}

/* Nonzero: the walk should end. */
static int
must_stop(struct send *send)
{
	emit_progress(send, true);
	return send->broken.kind != ERR_NONE || tally_is_over(send->tally) ||
		deadline_passed(send->job->request.endpoint->limit);
}

/* Pass a due batch to the workers, waiting while they have enough. */
static int
pass_on(struct send *send, bool last)
{
	struct unit *units;

	if (admit_take(send->admit, last, &units, &send->broken) < 0)
		return -1;
	if (!units)
		return 0;
	if (send->preview)
		return preview_take(send->preview, units, &send->broken);
	if (!send->workers)
		send->workers = workers_start(send->job, send->pool, send->tally, &send->broken);
	while (!pool_put(send->pool, units, must_stop(send), deadline_in(TICK)))
		;
	return send->workers ? 0 : -1;
}

int
send_instance(struct send *send, struct instance *instance)
{
	if (admit_add(send->admit, instance, &send->broken) < 0 || pass_on(send, false) < 0)
		return 1;
	return must_stop(send);
}

/* The result of a path about which nothing else is known. */
static void
record_path(struct send *send, const char *path, enum result_class result, const char *meaning,
	const char *hint)
{
	struct report_instance event = {
		.path = path,
		.sop_class = "",
		.sop_instance = "",
		.study = "",
		.syntax_file = "",
		.changed = "",
		.result = result,
		.meaning = meaning,
		.hint = hint,
		.comment = "",
	};

	tally_found(send->tally, NULL, 0);
	tally_finish(send->tally, NULL, &event);
}

int
send_failure(struct send *send, const char *path, const struct err *why)
{
	record_path(send, path, RESULT_FAILURE, why->text, why->hint);
	return must_stop(send);
}

void
send_unsent(struct send *send, const char *path, const char *why)
{
	record_path(send, path, RESULT_NOT_SENT, why, "");
}

int
send_skipped(struct send *send, const char *path, const char *why)
{
	tally_skipped(send->tally, path, why);
	return must_stop(send);
}

void
send_warning(struct send *send, const char *text)
{
	tally_tell(send->tally, TELL_WARNING, text);
}

int
send_idle(struct send *send)
{
	return pass_on(send, false) < 0 ? 1 : must_stop(send);
}

/* Once everything has its result, workers need not try to open associations any more. */
static void
await_workers(struct send *send)
{
	bool called_off = false;

	for (report_ending(send); !pool_wait(send->pool, deadline_in(TICK)); report_ending(send)) {
		emit_progress(send, false);
		if (called_off || !(tally_is_finished(send->tally) || tally_is_over(send->tally)))
			continue;
		interrupt_waits();
		called_off = true;
	}
	tally_progress(send->tally, false);
}

/* --max-time may have passed after the last file of the walk, without being noticed. */
static int
limit_ended(struct err *err)
{
	err_set(err, ERR_TIMEOUT, "--max-time ended the run before all objects found could be sent");
	return err_phase(err, "run");
}

/* What ended the run, the most specific cause first; ERR_NONE: nothing did. */
static void
find_cause(struct send *send, const struct err *why, struct err *err)
{
	*err = *tally_cause(send->tally);
	if (interrupt_signal())
		interrupt_err(err);
	else if (err->kind == ERR_JOURNAL)
		return;
	else if (send->broken.kind != ERR_NONE)
		*err = send->broken;
	else if (why && why->kind != ERR_NONE)
		*err = *why;
	if (err->kind == ERR_NONE && tally_totals(send->tally).not_sent > 0 && !send->preview)
		(void)!limit_ended(err);
}

/* A study stays on one association: if there are fewer studies, some associations were not used. */
static void
report_idle(struct send *send)
{
	const struct send_job *job = send->job;
	struct report_totals totals = tally_totals(send->tally);
	size_t studies = totals.studies;
	char text[160];

	if (job->preview || job->split_studies || studies == 0 || studies >= job->associations)
		return;
	if (totals.acknowledged - totals.recorded <= STUDY_SLICE) /* one association is enough */
		return;
	text_format(text, sizeof text,
		"%zu of %u associations had nothing to do: %zu %s; --split-studies shares %s",
		job->associations - studies, job->associations, studies, studies == 1 ? "study" : "studies",
		studies == 1 ? "it" : "them");
	send_warning(send, text);
}

int
send_finish(struct send *send, const struct err *why, struct report_totals *totals, struct err *err)
{
	if (!must_stop(send))
		(void)!pass_on(send, true);
	if (send->broken.kind != ERR_NONE)
		tally_end(send->tally, &send->broken);
	pool_close(send->pool);
	await_workers(send);
	pool_finish_rest(send->pool);
	admit_free(send->admit);
	send->admit = NULL;
	if (send->preview)
		preview_emit(send->preview);
	find_cause(send, why, err);
	if (err->kind == ERR_NONE)
		report_idle(send);
	*totals = tally_totals(send->tally);
	send_free(send);
	return err->kind == ERR_NONE ? 0 : -1;
}

enum err_kind
send_verdict(const struct send_job *job, const struct report_totals *totals, enum err_kind cause)
{
	size_t good = totals->acknowledged + (job->preview ? totals->not_sent : 0);
	size_t missing = totals->failed + totals->uncertain + (job->preview ? 0 : totals->not_sent);

	if (err_is_interrupt(cause) || cause == ERR_USAGE || cause == ERR_OUTPUT ||
		cause == ERR_JOURNAL)
		return cause;
	/* Everything given was acknowledged, or with --dry-run could go. */
	if (good > 0 && missing == 0 && (cause == ERR_NONE || cause == ERR_NO_CONTEXT))
		return job->strict && totals->warned > 0 ? ERR_WARNED : ERR_NONE;
	if (good > 0)
		return ERR_PARTIAL;
	/* A shard may contain no study of those given, and all files may be left for another run. */
	if (cause == ERR_NONE && totals->found == 0 && totals->elsewhere + totals->left > 0)
		return ERR_NONE;
	return totals->associations > 0 || cause == ERR_NONE ? ERR_NOTHING : cause;
}
