/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/silent.h"

static void
silent_association(void *self, const struct report_association *event)
{
	(void)self;
	(void)event;
}

static void
silent_instance(void *self, const struct report_instance *event)
{
	(void)self;
	(void)event;
}

static void
silent_skipped(void *self, const char *path, const char *why)
{
	(void)self;
	(void)path;
	(void)why;
}

static void
silent_echo(void *self, const struct report_association *event, int64_t rtt_us)
{
	(void)self;
	(void)event;
	(void)rtt_us;
}

static void
silent_text(void *self, const char *text)
{
	(void)self;
	(void)text;
}

static void
silent_error(void *self, const struct err *err)
{
	(void)self;
	(void)err;
}

static void
silent_study(void *self, const struct report_study *event)
{
	(void)self;
	(void)event;
}

static void
silent_plan(void *self, const struct report_plan *event)
{
	(void)self;
	(void)event;
}

static void
silent_retry(void *self, const struct report_retry *event)
{
	(void)self;
	(void)event;
}

static void
silent_progress(void *self, const struct report_progress *event)
{
	(void)self;
	(void)event;
}

static void
silent_summary(void *self, const struct report_totals *totals, enum err_kind verdict)
{
	(void)self;
	(void)totals;
	(void)verdict;
}

struct reporter
silent_reporter(void *self)
{
	return (struct reporter){
		.self = self,
		.association = silent_association,
		.instance = silent_instance,
		.skipped = silent_skipped,
		.echo = silent_echo,
		.warning = silent_text,
		.alarm = silent_text,
		.note = silent_text,
		.notice = silent_text,
		.error = silent_error,
		.study = silent_study,
		.plan = silent_plan,
		.retry = silent_retry,
		.progress = silent_progress,
		.summary = silent_summary,
	};
}
