/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/climb.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tls/remark.h"

bool
climb_has_tls(const struct climb *climb)
{
	return climb->job->tls_config != NULL;
}

bool
climb_is_over(const struct climb *climb)
{
	return climb->stopped;
}

void
climb_begin(struct climb *climb, enum rung rung)
{
	climb->rung = rung;
	climb->findings = NULL;
	climb->count = 0;
	climb->summary[0] = '\0';
}

/* The first failure is the verdict. */
static void
judge(struct climb *climb, enum err_kind kind, const char *text, const char *hint)
{
	struct err *verdict = &climb->ladder->verdict;

	if (kind == ERR_NONE || verdict->kind != ERR_NONE)
		return;
	err_set(verdict, kind, "%s", text);
	err_phase(verdict, rung_word(climb->rung));
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

/* What --ignore names does no harm. */
static void
apply_ignore(struct climb *climb, struct finding *finding)
{
	if (finding->severity == FINDING_OK || finding->severity == FINDING_INFORMATION ||
	    !is_ignored(climb->job, finding->id))
		return;
	finding->severity = FINDING_INFORMATION;
	finding->ignored = true;
	climb->ladder->ignored++;
}

/* Of these steps the texts are full of certificates' names. */
static bool
has_long_texts(enum rung rung)
{
	return rung == RUNG_SERVER || rung == RUNG_OURS || rung == RUNG_ACCEPTED;
}

static struct finding *
append(struct climb *climb, enum finding_id id, enum err_kind kind)
{
	const struct finding_row *row = &finding_table[id];
	struct finding *grown = realloc(climb->findings, (climb->count + 1) * sizeof *grown);
	struct finding *finding;

	if (!grown) {
		judge(climb, ERR_INTERNAL, "out of memory", "");
		climb->stopped = true;
		return NULL;
	}
	climb->findings = grown;
	finding = &grown[climb->count++];
	*finding = (struct finding){
		.rung = climb->rung,
		.id = row->id,
		.severity = row->severity,
		.side = row->side,
	};
	apply_ignore(climb, finding);
	if (finding->severity == FINDING_FAILED)
		finding->kind = kind;
	if (has_long_texts(climb->rung))
		text_format(finding->brief, sizeof finding->brief, "%s", row->meaning);
	return finding;
}

void
climb_find(struct climb *climb, enum finding_id id, enum err_kind kind, const char *fmt, ...)
{
	struct finding *finding = append(climb, id, kind);
	va_list ap;

	if (!finding)
		return;
	va_start(ap, fmt);
	text_vformat(finding->text, sizeof finding->text, fmt, ap);
	va_end(ap);
}

void
climb_hint(struct climb *climb, const char *fmt, ...)
{
	va_list ap;

	if (climb->count == 0)
		return;
	va_start(ap, fmt);
	text_vformat(climb->findings[climb->count - 1].hint, sizeof climb->findings[0].hint, fmt, ap);
	va_end(ap);
}

void
climb_brief(struct climb *climb, const char *fmt, ...)
{
	va_list ap;

	if (climb->count == 0)
		return;
	va_start(ap, fmt);
	text_vformat(climb->findings[climb->count - 1].brief, sizeof climb->findings[0].brief, fmt, ap);
	va_end(ap);
}

void
climb_critical(struct climb *climb, enum err_kind kind)
{
	struct finding *last;

	if (climb->count == 0)
		return;
	last = &climb->findings[climb->count - 1];
	last->critical = true;
	if (!climb->job->crit_fails)
		return;
	last->severity = FINDING_FAILED;
	last->kind = kind;
}

void
climb_summarize(struct climb *climb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vformat(climb->summary, sizeof climb->summary, fmt, ap);
	va_end(ap);
}

void
climb_side(struct climb *climb, enum side side)
{
	if (climb->count > 0)
		climb->findings[climb->count - 1].side = side;
}

void
climb_find_err(struct climb *climb, enum finding_id id, const struct err *err)
{
	bool interrupted = err_is_interrupt(err->kind);

	if (interrupted)
		id = FIND_INTERRUPTED;
	else if (err->kind == ERR_INTERNAL)
		id = FIND_INTERNAL;
	climb_find(climb, id, err->kind, "%s", err->text);
	climb_hint(climb, "%s", err->hint);
	if (!interrupted)
		return;
	/* An interrupt outranks what failed before it. */
	climb->ladder->verdict.kind = ERR_NONE;
	judge(climb, err->kind, err->text, err->hint);
	climb->stopped = true;
}

/* How bad each severity is. */
static int
badness(enum severity severity)
{
	static const int rank[] = {
		[FINDING_OK] = 0, [FINDING_INFORMATION] = 1, [FINDING_WARNING] = 2, [FINDING_UNDECIDED] = 3,
		[FINDING_NOT_REACHED] = 4, [FINDING_FAILED] = 5,
	};

	return rank[severity];
}

static void
tell(struct climb *climb, const struct rung_result *result)
{
	for (const struct ladder_reporter *const *r = climb->job->reporters; *r; r++)
		if ((*r)->rung)
			(*r)->rung((*r)->self, climb->ladder, result);
}

/* The one line of a step: what is amiss, or else what there is to say of it. */
static const char *
summary_text(const struct climb *climb, const struct finding *worst)
{
	if (badness(worst->severity) > badness(FINDING_INFORMATION))
		return worst->text;
	return climb->summary[0] ? climb->summary : climb->findings[0].text;
}

/* The worst finding, the first of these. NULL if there is none. */
static const struct finding *
worst_finding(const struct climb *climb)
{
	const struct finding *worst = climb->findings;

	for (size_t i = 1; i < climb->count; i++)
		if (badness(climb->findings[i].severity) > badness(worst->severity))
			worst = &climb->findings[i];
	return worst;
}

void
climb_end(struct climb *climb, int64_t us)
{
	struct rung_result *result = &climb->ladder->rungs[climb->rung];
	const struct finding *worst = worst_finding(climb);

	*result = (struct rung_result){ .rung = climb->rung, .us = us };
	if (worst) {
		result->severity = worst->severity;
		text_format(result->summary, sizeof result->summary, "%s", summary_text(climb, worst));
		judge(climb, worst->kind, worst->text, worst->hint);
	}
	for (size_t i = 0; i < climb->count; i++)
		if (climb->findings[i].severity == FINDING_FAILED && !climb->findings[i].critical)
			climb->stopped = true;
	result->findings = climb->findings;
	result->count = climb->count;
	climb->findings = NULL;
	tell(climb, result);
}

void
climb_leave_out(struct climb *climb, enum rung rung, const char *why)
{
	struct rung_result *result = &climb->ladder->rungs[rung];

	*result = (struct rung_result){ .rung = rung, .severity = FINDING_NOT_REACHED };
	text_format(result->summary, sizeof result->summary, "%s", why);
}

void
climb_skip(struct climb *climb, enum rung rung, const char *why)
{
	climb_leave_out(climb, rung, why);
	tell(climb, &climb->ladder->rungs[rung]);
}

void
climb_announce(struct climb *climb, const char *text)
{
	for (const struct ladder_reporter *const *r = climb->job->reporters; *r; r++)
		if ((*r)->announce)
			(*r)->announce((*r)->self, text);
}

/* By enum remark_kind. The first and the last are found by their steps, which know more of them. */
static const enum finding_id remark_findings[] = {
	[REMARK_STATIC_RSA] = FIND_TLS_NO_SECRECY, [REMARK_BY_CN] = FIND_SERVER_CN_ONLY,
	[REMARK_KEY_USE] = FIND_SERVER_KEY_USE, [REMARK_STAPLE_MISSING] = FIND_OCSP_MISSING,
	[REMARK_STAPLE_UNKNOWN] = FIND_OCSP_UNSURE, [REMARK_STAPLE_INVALID] = FIND_OCSP_BAD,
	[REMARK_NOT_ASKED] = FIND_OURS_NOT_ASKED,
};

void
climb_find_remarks(struct climb *climb)
{
	const struct endpoint *endpoint = climb->job->request.endpoint;
	struct remark remarks[REMARKS_MAX];
	const char *host = endpoint->tls_host ? endpoint->tls_host : endpoint->host;
	unsigned count = remarks_of(&climb->seen, host, remarks);

	for (unsigned i = 0; i < count; i++) {
		enum finding_id id = remark_findings[remarks[i].kind];

		if (id == FIND_TLS_NO_SECRECY || id == FIND_OURS_NOT_ASKED)
			continue;
		climb_find(climb, id, ERR_NONE, "%s", remarks[i].text);
		climb_hint(climb, "%s", remarks[i].hint);
	}
}
