/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/check.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/wait.h"
#include "check/rungs.h"

/* The rungs of the main connection, in order: what to note when passed, what when it ended there. */
static const struct {
	enum rung rung;
	void (*passed)(struct climb *climb);
	void (*failed)(struct climb *climb, const struct err *err);
} path[] = {
	{ RUNG_RESOLVE, resolve_passed, resolve_failed },
	{ RUNG_TCP, tcp_passed, tcp_failed },
	{ RUNG_TLS, agreement_passed, agreement_failed },
	{ RUNG_SERVER, server_passed, server_failed },
	{ RUNG_OURS, ours_passed, ours_failed },
	{ RUNG_ACCEPTED, accepted_passed, accepted_failed },
	{ RUNG_ASSOCIATION, association_passed, association_failed },
};

#define PATH_COUNT (sizeof path / sizeof path[0])

/* Where the time went: known for the steps that were passed; the rest belongs to the one that failed. */
static int64_t
duration(const struct climb *climb, enum rung rung, enum rung last)
{
	const struct association_facts *facts = &climb->facts;
	int64_t before = facts->resolve_us + facts->connect_us + facts->tls_us;

	switch (rung) {
	case RUNG_RESOLVE:
		return rung == last ? climb->opening_us : facts->resolve_us;
	case RUNG_TCP:
		return rung == last ? climb->opening_us - facts->resolve_us : facts->connect_us;
	case RUNG_TLS:
		before -= facts->tls_us;
		return rung == last ? climb->opening_us - before : climb->seen.handshake_us;
	case RUNG_ASSOCIATION:
		return rung == last && !facts->accept_us ? climb->opening_us - before : facts->accept_us;
	default:
		return 0;
	}
}

static bool
applies(const struct climb *climb, enum rung rung)
{
	return climb_has_tls(climb) || (rung != RUNG_SERVER && rung != RUNG_OURS && rung != RUNG_ACCEPTED);
}

/* Note every rung of the main connection. last: the one that it ended on, with err; RUNG_ECHO if on none. */
static void
note_path(struct climb *climb, enum rung last, const struct err *err)
{
	for (size_t i = 0; i < PATH_COUNT; i++) {
		enum rung rung = path[i].rung;

		if (rung > last || !applies(climb, rung)) {
			climb_skip(climb, rung, rung > last ? "" : "no TLS");
			continue;
		}
		climb_begin(climb, rung);
		if (rung == last)
			path[i].failed(climb, err);
		else
			path[i].passed(climb);
		climb_end(climb, duration(climb, rung, last));
	}
}

static void
note_peer(struct climb *climb)
{
	struct ladder *ladder = climb->ladder;
	const struct association_facts *facts = &climb->facts;
	const struct tls_observation *seen = &climb->seen;

	text_format(ladder->address, sizeof ladder->address, "%s", facts->address);
	text_format(ladder->protocol, sizeof ladder->protocol, "%s", seen->protocol);
	text_format(ladder->cipher, sizeof ladder->cipher, "%s", seen->cipher);
	text_format(ladder->group, sizeof ladder->group, "%s", seen->group);
	text_format(ladder->implementation, sizeof ladder->implementation, "%s", facts->peer_implementation);
	text_format(ladder->version, sizeof ladder->version, "%s", facts->peer_version);
	ladder->max_pdu = facts->max_pdu_send;
	ladder->window = facts->window;
	ladder->server = seen->server;
	if (seen->ours.count > 0)
		ladder->ours = seen->ours;
}

/* Dial, shake hands, associate; C-ECHO; release: as a send would. */
static void
climb_path(struct climb *climb)
{
	struct association_request request = climb->job->request;
	struct association *assoc;
	struct err err = ERR_INIT;
	int64_t start = clock_us();

	dicom_plan(climb);
	request.plan = &climb->plan;
	request.observation = &climb->seen;
	assoc = climb->job->driver->open(&request, &climb->facts, &err);
	climb->opening_us = clock_us() - start;
	climb->opened = assoc || climb->facts.protocol;
	note_peer(climb);
	note_path(climb, assoc ? RUNG_ECHO : rung_of_failure(climb, &err), &err);
	if (!assoc) {
		climb_skip(climb, RUNG_ECHO, "");
	} else if (climb_is_over(climb)) {
		climb_skip(climb, RUNG_ECHO, "");
		(void)!climb->job->driver->release(assoc, &err);
	} else {
		rung_echo(climb, assoc);
	}
}

static bool
is_interrupted(const struct climb *climb)
{
	enum err_kind kind = climb->ladder->verdict.kind;

	return err_is_interrupt(kind);
}

/* Side rungs are climbed once the server has said what it thinks of us, whatever failed above. */
static bool
has_sides(const struct climb *climb)
{
	enum severity accepted = climb->ladder->rungs[RUNG_ACCEPTED].severity;

	return climb_has_tls(climb) && !is_interrupted(climb) &&
		(accepted == FINDING_OK || accepted == FINDING_INFORMATION || accepted == FINDING_WARNING);
}

static bool
is_asked(const struct check_job *job, enum rung rung)
{
	if (job->depth == CHECK_LOCAL)
		return rung == RUNG_STORES;
	if (rung == RUNG_RANGE)
		return job->probes && job->depth == CHECK_FULL;
	return rung != RUNG_ENFORCED || job->probes;
}

/* One side rung, if it was asked for and can be reached. */
static void
climb_aside(struct climb *climb, enum rung rung, void (*run)(struct climb *))
{
	if (!is_asked(climb->job, rung))
		climb_leave_out(climb, rung, "not asked for");
	else if (has_sides(climb))
		run(climb);
	else
		climb_skip(climb, rung, climb_has_tls(climb) ? "" : "no TLS");
}

static void
climb_sides(struct climb *climb)
{
	climb_aside(climb, RUNG_ENFORCED, rung_enforced);
	climb_aside(climb, RUNG_RANGE, rung_range);
}

static void
note_start(const struct check_job *job, struct ladder *ladder)
{
	static const char *const depths[] = {
		[CHECK_LOCAL] = "local", [CHECK_QUICK] = "quick", [CHECK_FULL] = "full",
	};
	const struct endpoint *endpoint = job->request.endpoint;
	time_t now = time(NULL);
	struct tm utc;

	memset(ladder, 0, sizeof *ladder);
	ladder->called = job->request.called ? job->request.called : "";
	ladder->calling = job->request.calling ? job->request.calling : "";
	ladder->host = endpoint && endpoint->host ? endpoint->host : "";
	ladder->port = endpoint ? endpoint->port : 0;
	ladder->depth = depths[job->depth];
	if (endpoint) {
		ladder->connect_timeout = endpoint->connect_timeout;
		ladder->tls_timeout = endpoint->tls_timeout;
	}
	ladder->accept_timeout = job->request.accept_timeout;
	ladder->response_timeout = job->request.response_timeout;
	ladder->destination = job->destination;
	ladder->warn_days = job->warn_days;
	ladder->crit_days = job->crit_days;
	if (gmtime_r(&now, &utc))
		strftime(ladder->started, sizeof ladder->started, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static void
climb_all(struct climb *climb)
{
	rung_stores(climb);
	if (climb->job->depth != CHECK_LOCAL && !climb_is_over(climb)) {
		climb_path(climb);
		climb_sides(climb);
		return;
	}
	for (int rung = RUNG_RESOLVE; rung < RUNG_COUNT; rung++) {
		if (is_asked(climb->job, (enum rung)rung))
			climb_skip(climb, (enum rung)rung, "");
		else
			climb_leave_out(climb, (enum rung)rung, "not asked for");
	}
}

enum err_kind
check_climb(const struct check_job *job, struct ladder *ladder)
{
	struct climb *climb = calloc(1, sizeof *climb); /* too large for a stack */
	int64_t start = clock_us();

	note_start(job, ladder);
	if (!climb) {
		err_nomem(&ladder->verdict);
		return ladder->verdict.kind;
	}
	climb->job = job;
	climb->ladder = ladder;
	climb_all(climb);
	ladder->us = clock_us() - start;
	if (job->before_end)
		job->before_end(job->ctx, ladder);
	for (const struct ladder_reporter *const *r = job->reporters; *r; r++)
		if ((*r)->done)
			(*r)->done((*r)->self, ladder);
	free(climb);
	return ladder->verdict.kind;
}

void
check_clear(struct ladder *ladder)
{
	for (int i = 0; i < RUNG_COUNT; i++) {
		void *findings;

		/* They are const to those who read them, and were allocated here. */
		memcpy(&findings, &ladder->rungs[i].findings, sizeof findings);
		free(findings);
		ladder->rungs[i].findings = NULL;
		ladder->rungs[i].count = 0;
	}
}
