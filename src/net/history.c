/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/history.h"

#include <stdatomic.h>
#include <stdlib.h>

struct history {
	atomic_bool associated;
	atomic_bool failed; /* since the last association */
};

struct history *
history_new(void)
{
	return calloc(1, sizeof(struct history));
}

void
history_free(struct history *history)
{
	free(history);
}

void
history_note_association(struct history *history)
{
	if (!history)
		return;
	history->associated = true;
	history->failed = false;
}

void
history_note_failure(struct history *history)
{
	if (history)
		history->failed = true;
}

bool
history_associated(struct history *history)
{
	return history && history->associated;
}

bool
history_failed(struct history *history)
{
	return history && history->failed;
}
