/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/checker.h"

#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "tls/observation.h"

bool
checker_has_tls(const struct checker *checker)
{
	return checker->job->tls_config != NULL;
}

void
checker_begin(struct checker *checker, enum step step)
{
	checker->step = step;
	checker->findings = NULL;
	checker->count = 0;
	checker->last = &checker->lost;
	checker->summary[0] = '\0';
}

/* The first failure is the verdict. */
static void
set_verdict(struct checker *checker, enum err_kind kind, const char *text, const char *hint)
{
	struct err *verdict = &checker->report->verdict;

	if (kind == ERR_NONE || verdict->kind != ERR_NONE)
		return;
	err_set(verdict, kind, "%s", text);
	err_phase(verdict, step_names[checker->step].word);
	if (hint[0])
		err_hint(verdict, "%s", hint);
}

static bool
is_ignored(const struct check_job *job, const char *id)
{
	for (const char *const *ignored = job->ignore; ignored && *ignored; ignored++)
		if (strcmp(*ignored, id) == 0)
			return true;
	return false;
}

/* What --ignore names is harmless. */
static void
apply_ignore(struct checker *checker, struct finding *finding)
{
	if (finding->severity == FINDING_OK || finding->severity == FINDING_INFORMATION ||
	    !is_ignored(checker->job, finding->id))
		return;
	finding->severity = FINDING_INFORMATION;
	finding->ignored = true;
	checker->report->ignored++;
}

static void
append(struct checker *checker, enum finding_id id, enum err_kind kind)
{
	const struct finding_row *row = &finding_table[id];
	struct err err;
	struct finding *finding = array_add(&checker->findings, &checker->count, sizeof *finding, &err);

	if (!finding) {
		set_verdict(checker, err.kind, err.text, "");
		checker->stopped = true;
		finding = &checker->lost;
	}
	checker->last = finding;
	*finding = (struct finding){ .step = checker->step, .id = row->id, .severity = row->severity,
		.side = row->side };
	apply_ignore(checker, finding);
	if (finding->severity == FINDING_FAILED)
		finding->kind = kind;
	/* The texts of these steps contain many names of certificates. */
	if (checker->step == STEP_SERVER || checker->step == STEP_OURS || checker->step == STEP_ACCEPTED)
		text_format(finding->brief, sizeof finding->brief, "%s", row->meaning);
}

void
checker_add(struct checker *checker, enum finding_id id, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	append(checker, id, kind);
	va_start(ap, fmt);
	text_vformat(checker->last->text, sizeof checker->last->text, fmt, ap);
	va_end(ap);
}

void
checker_hint(struct checker *checker, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vformat(checker->last->hint, sizeof checker->last->hint, fmt, ap);
	va_end(ap);
}

void
checker_brief(struct checker *checker, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vformat(checker->last->brief, sizeof checker->last->brief, fmt, ap);
	va_end(ap);
}

void
checker_critical(struct checker *checker, enum err_kind kind)
{
	checker->last->critical = true;
	if (!checker->job->crit_fails)
		return;
	checker->last->severity = FINDING_FAILED;
	checker->last->kind = kind;
}

void
checker_summarize(struct checker *checker, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vformat(checker->summary, sizeof checker->summary, fmt, ap);
	va_end(ap);
}

void
checker_add_err(struct checker *checker, enum finding_id id, const struct err *err)
{
	bool interrupted = err_is_interrupt(err->kind);

	if (interrupted)
		id = FIND_INTERRUPTED;
	else if (err->kind == ERR_INTERNAL)
		id = FIND_INTERNAL;
	checker_add(checker, id, err->kind, "%s", err->text);
	checker_hint(checker, "%s", err->hint);
	if (!interrupted)
		return;
	/* An interrupt takes precedence over an earlier failure. */
	checker->report->verdict.kind = ERR_NONE;
	set_verdict(checker, err->kind, err->text, err->hint);
	checker->stopped = true;
}

/* How bad each severity is. */
static int
severity_rank(enum severity severity)
{
	static const int rank[] = {
		[FINDING_OK] = 0, [FINDING_INFORMATION] = 1, [FINDING_WARNING] = 2, [FINDING_UNDECIDED] = 3,
		[FINDING_NOT_REACHED] = 4, [FINDING_FAILED] = 5,
	};

	return rank[severity];
}

static void
report_step(struct checker *checker, const struct step_result *result)
{
	const struct check_reporter *reporter = checker->job->reporter;

	if (reporter->step)
		reporter->step(reporter->self, checker->report, result);
}

/* The line of a step: what is wrong, or else its summary. */
static const char *
summary_text(const struct checker *checker, const struct finding *worst)
{
	if (severity_rank(worst->severity) > severity_rank(FINDING_INFORMATION))
		return worst->text;
	return checker->summary[0] ? checker->summary : checker->findings[0].text;
}

/* The worst finding, or the first of several. NULL if there is none. */
static const struct finding *
worst_finding(const struct checker *checker)
{
	const struct finding *worst = checker->findings;

	for (size_t i = 1; i < checker->count; i++)
		if (severity_rank(checker->findings[i].severity) > severity_rank(worst->severity))
			worst = &checker->findings[i];
	return worst;
}

void
checker_end(struct checker *checker, int64_t us)
{
	struct step_result *result = &checker->report->steps[checker->step];
	const struct finding *worst = worst_finding(checker);

	*result = (struct step_result){ .step = checker->step, .us = us };
	if (worst) {
		result->severity = worst->severity;
		text_format(result->summary, sizeof result->summary, "%s", summary_text(checker, worst));
		set_verdict(checker, worst->kind, worst->text, worst->hint);
		for (size_t i = 0; i < checker->count; i++)
			if (checker->findings[i].severity == FINDING_FAILED && !checker->findings[i].critical)
				checker->stopped = true;
	}
	result->findings = checker->findings;
	result->count = checker->count;
	checker->findings = NULL;
	report_step(checker, result);
}

void
checker_omit(struct checker *checker, enum step step, const char *why)
{
	struct step_result *result = &checker->report->steps[step];

	*result = (struct step_result){ .step = step, .severity = FINDING_NOT_REACHED };
	text_format(result->summary, sizeof result->summary, "%s", why);
}

void
checker_skip(struct checker *checker, enum step step, const char *why)
{
	checker_omit(checker, step, why);
	report_step(checker, &checker->report->steps[step]);
}

void
checker_announce(struct checker *checker, const char *text)
{
	const struct check_reporter *reporter = checker->job->reporter;

	if (reporter->announce)
		reporter->announce(reporter->self, text);
}

/* By enum tls_warning_kind. The first and the last are reported by their steps, which know more about
 * them. */
static const enum finding_id tls_warning_findings[] = {
	[TLS_WARNING_STATIC_RSA] = FIND_TLS_NO_SECRECY, [TLS_WARNING_BY_CN] = FIND_SERVER_CN_ONLY,
	[TLS_WARNING_KEY_USE] = FIND_SERVER_KEY_USE, [TLS_WARNING_STAPLE_MISSING] = FIND_OCSP_MISSING,
	[TLS_WARNING_STAPLE_UNKNOWN] = FIND_OCSP_UNSURE, [TLS_WARNING_STAPLE_INVALID] = FIND_OCSP_BAD,
	[TLS_WARNING_NOT_ASKED] = FIND_OURS_NOT_ASKED,
};

void
checker_add_tls_warnings(struct checker *checker)
{
	const struct endpoint *endpoint = checker->job->request.endpoint;
	struct tls_warning warnings[TLS_WARNINGS_MAX];
	const char *host = endpoint->tls_host ? endpoint->tls_host : endpoint->host;
	unsigned count = tls_warnings_of(&checker->observed, host, warnings);

	for (unsigned i = 0; i < count; i++) {
		enum finding_id id = tls_warning_findings[warnings[i].kind];

		if (id == FIND_TLS_NO_SECRECY || id == FIND_OURS_NOT_ASKED)
			continue;
		checker_add(checker, id, ERR_NONE, "%s", warnings[i].text);
		checker_hint(checker, "%s", warnings[i].hint);
	}
}
