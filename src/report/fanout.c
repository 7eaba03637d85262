/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/fanout.h"

/* The function that passes on an event of one argument. */
#define RELAY(event, type)                                                    \
	static void fanout_##event(void *self, type argument)                 \
	{                                                                     \
		const struct fanout *fanout = self;                           \
                                                                              \
		for (size_t i = 0; i < fanout->count; i++)                    \
			fanout->to[i].event(fanout->to[i].self, argument);    \
	}

RELAY(association, const struct report_association *)
RELAY(instance, const struct report_instance *)
RELAY(warning, const char *)
RELAY(alarm, const char *)
RELAY(note, const char *)
RELAY(notice, const char *)
RELAY(error, const struct err *)
RELAY(study, const struct report_study *)
RELAY(plan, const struct report_plan *)
RELAY(retry, const struct report_retry *)
RELAY(progress, const struct report_progress *)

static void
fanout_skipped(void *self, const char *path, const char *why)
{
	const struct fanout *fanout = self;

	for (size_t i = 0; i < fanout->count; i++)
		fanout->to[i].skipped(fanout->to[i].self, path, why);
}

static void
fanout_echo(void *self, const struct report_association *event, int64_t rtt_us)
{
	const struct fanout *fanout = self;

	for (size_t i = 0; i < fanout->count; i++)
		fanout->to[i].echo(fanout->to[i].self, event, rtt_us);
}

static void
fanout_summary(void *self, const struct report_totals *totals, enum err_kind verdict)
{
	const struct fanout *fanout = self;

	for (size_t i = 0; i < fanout->count; i++)
		fanout->to[i].summary(fanout->to[i].self, totals, verdict);
}

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
