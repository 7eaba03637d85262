/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/failed.h"

#include <stdlib.h>

#include "report/pathlist.h"

struct failed {
	struct pathlist list;
	bool idle; /* the run ended before it looked at anything */
};

struct failed *
failed_open(const char *path, bool nul, struct err *err)
{
	struct failed *failed = calloc(1, sizeof *failed);

	if (!failed) {
		err_nomem(err);
		return NULL;
	}
	if (pathlist_open(&failed->list, path, nul, err) == 0)
		return failed;
	free(failed);
	return NULL;
}

static bool
is_listed(const struct report_instance *event)
{
	switch (event->result) {
	case RESULT_FAILURE:
	case RESULT_UNCERTAIN:
	case RESULT_NOT_SENT:
		return *event->path && !event->planned;
	case RESULT_SUCCESS:
	case RESULT_WARNING:
	case RESULT_DUPLICATE:
		break;
	}
	return false;
}

static void
failed_instance(void *self, const struct report_instance *event)
{
	struct failed *failed = self;

	if (is_listed(event))
		pathlist_add(&failed->list, event->path);
}

static void
failed_summary(void *self, const struct report_totals *totals, enum err_kind verdict)
{
	struct failed *failed = self;

	failed->idle = totals->found == 0 && verdict != ERR_NONE && verdict != ERR_NO_INPUT;
}

struct reporter
failed_reporter(struct failed *failed)
{
	return (struct reporter){
		.self = failed,
		.instance = failed_instance,
		.summary = failed_summary,
	};
}

int
failed_close(struct failed *failed, struct err *err)
{
	int rv = 0;

	if (!failed)
		return 0;
	if (failed->idle)
		pathlist_drop(&failed->list);
	else
		rv = pathlist_close(&failed->list, "--failed-to", "not acknowledged", err);
	free(failed);
	return rv;
}
