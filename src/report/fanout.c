/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/fanout.h"

/* The function that passes on an event: its arguments as declared, and by name. */
#define PASS_ON(event, declared, ...)                                                    \
	static void fanout_##event declared                                              \
	{                                                                                \
		const struct fanout *fanout = self;                                      \
                                                                                         \
		for (size_t i = 0; i < fanout->count; i++)                               \
			if (fanout->to[i].event)                                         \
				fanout->to[i].event(fanout->to[i].self, __VA_ARGS__);    \
	}

PASS_ON(association, (void *self, const struct report_association *event), event)
PASS_ON(instance, (void *self, const struct report_instance *event), event)
PASS_ON(skipped, (void *self, const char *path, const char *why), path, why)
PASS_ON(echo, (void *self, const struct report_association *event, int64_t rtt_us), event, rtt_us)
PASS_ON(warning, (void *self, const char *text), text)
PASS_ON(alarm, (void *self, const char *text), text)
PASS_ON(note, (void *self, const char *text), text)
PASS_ON(notice, (void *self, const char *text), text)
PASS_ON(error, (void *self, const struct err *err), err)
PASS_ON(study, (void *self, const struct report_study *event), event)
PASS_ON(plan, (void *self, const struct report_plan *event), event)
PASS_ON(retry, (void *self, const struct report_retry *event), event)
PASS_ON(progress, (void *self, const struct report_progress *event), event)
PASS_ON(summary, (void *self, const struct report_totals *totals, enum err_kind verdict), totals, verdict)

struct reporter
fanout_init(struct fanout *fanout)
{
	fanout->count = 0;
	return (struct reporter){
		.self = fanout,
		.association = fanout_association,
		.instance = fanout_instance,
		.skipped = fanout_skipped,
		.echo = fanout_echo,
		.warning = fanout_warning,
		.alarm = fanout_alarm,
		.note = fanout_note,
		.notice = fanout_notice,
		.error = fanout_error,
		.study = fanout_study,
		.plan = fanout_plan,
		.retry = fanout_retry,
		.progress = fanout_progress,
		.summary = fanout_summary,
	};
}

void
fanout_add(struct fanout *fanout, struct reporter reporter)
{
	if (fanout->count < FANOUT_MAX)
		fanout->to[fanout->count++] = reporter;
}
