/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/climb.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

bool
climb_has_tls(const struct climb *climb)
{
	return climb->job->tls_config != NULL;
}

bool
climb_is_over(const struct climb *climb)
{
	return climb->ladder->verdict.kind != ERR_NONE;
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

static struct finding *
append(struct climb *climb, enum finding_id id, enum err_kind kind)
{
	const struct finding_row *row = &finding_table[id];
	struct finding *grown = realloc(climb->findings, (climb->count + 1) * sizeof *grown);
	struct finding *finding;

	if (!grown) {
		judge(climb, ERR_INTERNAL, "out of memory", "");
		return NULL;
	}
	climb->findings = grown;
	finding = &grown[climb->count++];
	*finding = (struct finding){
		.rung = climb->rung,
		.id = row->id,
		.severity = row->severity,
		.side = row->side,
		.kind = row->severity == FINDING_FAILED ? kind : ERR_NONE,
	};
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
}

/* How bad each severity is. */
static int
badness(enum severity severity)
{
	static const int rank[] = {
		[FINDING_OK] = 0, [FINDING_WARNING] = 1, [FINDING_UNDECIDED] = 2,
		[FINDING_NOT_REACHED] = 3, [FINDING_FAILED] = 4,
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

void
climb_end(struct climb *climb, int64_t us)
{
	struct rung_result *result = &climb->ladder->rungs[climb->rung];
	const struct finding *worst = climb->findings;

	*result = (struct rung_result){ .rung = climb->rung, .us = us };
	for (size_t i = 1; i < climb->count; i++)
		if (badness(climb->findings[i].severity) > badness(worst->severity))
			worst = &climb->findings[i];
	if (worst) {
		result->severity = worst->severity;
		text_format(result->summary, sizeof result->summary, "%s",
			worst->severity == FINDING_OK && climb->summary[0] ? climb->summary : worst->text);
		judge(climb, worst->kind, worst->text, worst->hint);
	}
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
