/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/failed.h"

static void
failed_instance(void *list, const struct report_instance *event)
{
	bool listed = event->result == RESULT_FAILURE || event->result == RESULT_UNCERTAIN ||
		event->result == RESULT_NOT_SENT;

	if (listed && *event->path && !event->planned)
		pathlist_add(list, event->path);
}

struct reporter
failed_reporter(struct pathlist *list)
{
	return (struct reporter){ .self = list, .instance = failed_instance };
}

int
failed_close(struct pathlist *list, const struct report_totals *totals, enum err_kind verdict,
	struct err *err)
{
	if (totals->found > 0 || verdict == ERR_NONE || verdict == ERR_NO_INPUT)
		return pathlist_close(list, "--failed-to", "not acknowledged", err);
	pathlist_drop(list);
	return 0;
}
