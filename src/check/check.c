/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/check.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/wait.h"
#include "check/steps.h"

/* The steps of the main connection, in order: what to note if the step passed, and if the connection ended
 * there. */
static const struct {
	enum step step;
	void (*passed)(struct checker *checker);
	void (*failed)(struct checker *checker, const struct err *err);
} path[] = {
	{ STEP_RESOLVE, resolve_passed, resolve_failed },
	{ STEP_TCP, tcp_passed, tcp_failed },
	{ STEP_TLS, agreement_passed, agreement_failed },
	{ STEP_SERVER, server_passed, server_failed },
	{ STEP_OURS, ours_passed, ours_failed },
	{ STEP_ACCEPTED, accepted_passed, accepted_failed },
	{ STEP_ASSOCIATION, association_passed, association_failed },
};

#define PATH_COUNT (sizeof path / sizeof path[0])

/* The time of each step: known for the steps that passed; the rest is that of the step that failed. */
static int64_t
step_duration(const struct checker *checker, enum step step, enum step last)
{
	const struct association_facts *facts = &checker->facts;
	const struct dial_facts *dialled = &facts->channel.dial;
	int64_t before = dialled->resolve_us + dialled->connect_us;

	switch (step) {
	case STEP_RESOLVE:
		return step == last ? checker->open_us : dialled->resolve_us;
	case STEP_TCP:
		return step == last ? checker->open_us - dialled->resolve_us : dialled->connect_us;
	case STEP_TLS:
		return step == last ? checker->open_us - before : checker->observed.handshake_us;
	case STEP_ASSOCIATION:
		before += facts->channel.tls_us;
		return step == last && !facts->accept_us ? checker->open_us - before : facts->accept_us;
	default:
		return 0;
	}
}

static bool
step_applies(const struct checker *checker, enum step step)
{
	return checker_has_tls(checker) || (step != STEP_SERVER && step != STEP_OURS && step !=
		STEP_ACCEPTED);
}

/* Note every step of the main connection. last: the step on which it ended, with err; STEP_ECHO if it did
 * not. */
static void
note_path(struct checker *checker, enum step last, const struct err *err)
{
	for (size_t i = 0; i < PATH_COUNT; i++) {
		enum step step = path[i].step;

		if (step > last || !step_applies(checker, step)) {
			checker_skip(checker, step, step > last ? "" : "no TLS");
			continue;
		}
		checker_begin(checker, step);
		if (step == last)
			path[i].failed(checker, err);
		else
			path[i].passed(checker);
		checker_end(checker, step_duration(checker, step, last));
	}
}

static void
note_peer(struct checker *checker)
{
	struct check_report *report = checker->report;
	const struct association_facts *facts = &checker->facts;
	const struct tls_observation *observed = &checker->observed;

	text_format(report->address, sizeof report->address, "%s", facts->channel.dial.address);
	text_format(report->protocol, sizeof report->protocol, "%s", observed->protocol);
	text_format(report->cipher, sizeof report->cipher, "%s", observed->cipher);
	text_format(report->group, sizeof report->group, "%s", observed->group);
	text_format(report->implementation, sizeof report->implementation, "%s", facts->peer_implementation);
	text_format(report->version, sizeof report->version, "%s", facts->peer_version);
	report->max_pdu = facts->max_pdu_send;
	report->window = facts->window;
	report->server = observed->server;
	if (observed->ours.count > 0)
		report->ours = observed->ours;
}

/* Connect, do the TLS handshake, associate; C-ECHO; release: as a send would. */
static void
check_main_path(struct checker *checker)
{
	struct association_request request = checker->job->request;
	struct association *assoc;
	struct err err = ERR_INIT;
	int64_t start = clock_us();

	dicom_plan(checker);
	request.plan = &checker->plan;
	request.observation = &checker->observed;
	assoc = checker->job->driver->open(&request, &checker->facts, &err);
	checker->open_us = clock_us() - start;
	checker->opened = assoc || checker->facts.channel.protocol;
	note_peer(checker);
	note_path(checker, assoc ? STEP_ECHO : step_of_failure(checker, &err), &err);
	if (assoc && !checker->stopped) {
		step_echo(checker, assoc);
		return;
	}
	checker_skip(checker, STEP_ECHO, "");
	if (assoc)
		(void)!checker->job->driver->release(assoc, &err);
}

/* Side steps are run once the server has accepted or refused our certificate, whatever failed above. */
static bool
runs_side_steps(const struct checker *checker)
{
	enum severity accepted = checker->report->steps[STEP_ACCEPTED].severity;

	return checker_has_tls(checker) && !err_is_interrupt(checker->report->verdict.kind) &&
		(accepted == FINDING_OK || accepted == FINDING_INFORMATION || accepted == FINDING_WARNING);
}

static bool
step_is_requested(const struct check_job *job, enum step step)
{
	if (job->depth == CHECK_LOCAL)
		return step == STEP_STORES;
	if (step == STEP_RANGE)
		return job->probes && job->depth == CHECK_FULL;
	return step != STEP_ENFORCED || job->probes;
}

/* A step that is not run. */
static void
pass_over(struct checker *checker, enum step step, const char *why)
{
	if (step_is_requested(checker->job, step))
		checker_skip(checker, step, why);
	else
		checker_omit(checker, step, "not asked for");
}

/* One side step, if it was asked for and can be reached. */
static void
check_side_step(struct checker *checker, enum step step, void (*run)(struct checker *))
{
	if (step_is_requested(checker->job, step) && runs_side_steps(checker))
		run(checker);
	else
		pass_over(checker, step, checker_has_tls(checker) ? "" : "no TLS");
}

static void
note_start(const struct check_job *job, struct check_report *report)
{
	static const char *const depths[] = {
		[CHECK_LOCAL] = "local", [CHECK_QUICK] = "quick", [CHECK_FULL] = "full",
	};
	const struct endpoint *endpoint = job->request.endpoint;
	time_t now = time(NULL);
	struct tm utc;

	memset(report, 0, sizeof *report);
	report->called = job->request.called ? job->request.called : "";
	report->calling = job->request.calling ? job->request.calling : "";
	report->host = endpoint && endpoint->host ? endpoint->host : "";
	report->port = endpoint ? endpoint->port : 0;
	report->depth = depths[job->depth];
	if (endpoint) {
		report->connect_timeout = endpoint->connect_timeout;
		report->tls_timeout = endpoint->tls_timeout;
	}
	report->accept_timeout = job->request.accept_timeout;
	report->response_timeout = job->request.response_timeout;
	report->destination = job->destination;
	report->warn_days = job->warn_days;
	report->crit_days = job->crit_days;
	if (gmtime_r(&now, &utc))
		strftime(report->started, sizeof report->started, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static void
check_all_steps(struct checker *checker)
{
	step_stores(checker);
	if (checker->job->depth != CHECK_LOCAL && !checker->stopped) {
		check_main_path(checker);
		check_side_step(checker, STEP_ENFORCED, step_enforced);
		check_side_step(checker, STEP_RANGE, step_range);
		return;
	}
	for (enum step step = STEP_RESOLVE; step < STEP_COUNT; step++)
		pass_over(checker, step, "");
}

enum err_kind
check_perform(const struct check_job *job, struct check_report *report)
{
	struct checker *checker = calloc(1, sizeof *checker); /* too large for a stack */
	int64_t start = clock_us();

	note_start(job, report);
	if (!checker) {
		err_nomem(&report->verdict);
		return report->verdict.kind;
	}
	checker->job = job;
	checker->report = report;
	check_all_steps(checker);
	report->us = clock_us() - start;
	if (job->before_end)
		job->before_end(job->ctx, report);
	if (job->reporter->done)
		job->reporter->done(job->reporter->self, report);
	free(checker);
	return report->verdict.kind;
}

void
check_clear(struct check_report *report)
{
	for (int i = 0; i < STEP_COUNT; i++) {
		free(report->steps[i].findings);
		report->steps[i].findings = NULL;
		report->steps[i].count = 0;
	}
}
