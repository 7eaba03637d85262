/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/preview.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "send/result.h"

struct preview {
	const struct send_job *job;
	struct tally *tally;
	struct plan plan; /* of the association that the next unit would be sent on */
	struct report_plan totals;
	char study[UID_MAX + 1]; /* of the last item */
	struct report_plan_class *rows; /* totals.class_count */
};

struct preview *
preview_new(const struct send_job *job, struct tally *tally, struct err *err)
{
	struct preview *preview = calloc(1, sizeof *preview);

	if (!preview) {
		err_nomem(err);
		return NULL;
	}
	preview->job = job;
	preview->tally = tally;
	preview->plan.rules = job->rules;
	return preview;
}

/* What happens if the receiver does not take the file's own syntax. */
static const char *
fallback_text(const struct send_job *job, const struct instance *instance)
{
	const struct syntax *syntax = syntax_find(instance->syntax);

	if (plan_converts(&job->rules, instance))
		return syntax && syntax->encapsulated ? "decompressed" : "converted";
	if (syntax && syntax->decodable && syntax->lossy && job->rules.transcode == TRANSCODE_LOSSLESS)
		return "not sent: lossy compressed objects are decompressed only with --transcode always";
	if (syntax && (syntax->decodable || !syntax->encapsulated))
		return job->rules.proposed ?
			"not sent: --propose or --transcode leaves no transfer syntax to convert it to" :
			"not sent: --transcode, --no-ivrle or --no-evrle forbids the conversion";
	return "not sent: there is no decoder for it";
}

static struct report_plan_class *
find_row(struct preview *preview, const struct instance *instance, struct err *err)
{
	struct report_plan_class *row;

	for (size_t i = 0; i < preview->totals.class_count; i++) {
		row = &preview->rows[i];
		if (strcmp(row->sop_class, instance->sop_class) == 0 &&
			strcmp(row->syntax, instance->syntax) == 0)
			return row;
	}
	row = array_add(&preview->rows, &preview->totals.class_count, sizeof *row, err);
	if (!row)
		return NULL;
	memcpy(row->sop_class, instance->sop_class, sizeof row->sop_class);
	memcpy(row->syntax, instance->syntax, sizeof row->syntax);
	row->otherwise = fallback_text(preview->job, instance);
	return row;
}

/* As a single worker would do: continue with the open association, or open one with the contexts of both,
 * or with only the new ones. */
static void
count_association(struct preview *preview, const struct plan *needed)
{
	size_t before = preview->plan.count;

	if (preview->totals.associations > 0 && plan_covers(&preview->plan, needed))
		return;
	if (!plan_merge(&preview->plan, needed)) {
		preview->plan = *needed;
		before = 0;
	}
	preview->totals.contexts += preview->plan.count - before;
	preview->totals.associations++;
}

static int
take_item(struct preview *preview, struct study *study, const struct item *item, struct err *err)
{
	struct report_instance event = result_event(item, RESULT_NOT_SENT);
	struct report_plan_class *row = find_row(preview, &item->instance, err);

	if (!row)
		return -1;
	if (preview->totals.files == 0 || strcmp(preview->study, item->instance.study) != 0)
		preview->totals.studies++;
	memcpy(preview->study, item->instance.study, sizeof preview->study);
	row->files++;
	row->bytes += item->instance.size;
	preview->totals.files++;
	preview->totals.bytes += item->instance.size;
	event.planned = true;
	event.bytes = item->instance.size;
	event.meaning = "nothing is sent with --dry-run";
	tally_finish(preview->tally, study, &event);
	return 0;
}

int
preview_take(struct preview *preview, struct unit *units, struct err *err)
{
	int rv = 0;

	while (units) {
		struct unit *unit = units;

		units = unit->next;
		count_association(preview, &unit->plan->plan);
		for (size_t i = 0; i < unit->count; i++)
			rv |= take_item(preview, unit->study, &unit->items[i], err);
		unit_free(unit);
	}
	return rv;
}

void
preview_emit(const struct preview *preview)
{
	struct report_plan event = preview->totals;
	const struct reporter *reporter;

	event.classes = preview->rows;
	event.cannot = tally_totals(preview->tally).failed;
	reporter = tally_lock(preview->tally);
	reporter->plan(reporter->self, &event);
	tally_unlock(preview->tally);
}

void
preview_free(struct preview *preview)
{
	if (!preview)
		return;
	free(preview->rows);
	free(preview);
}
