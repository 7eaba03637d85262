/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/history.h"

#include <stddef.h>

void
history_note_association(struct history *history)
{
	if (!history)
		return;
	__atomic_store_n(&history->associated, true, __ATOMIC_SEQ_CST);
	__atomic_store_n(&history->failed, false, __ATOMIC_SEQ_CST);
}

void
history_note_failure(struct history *history)
{
	if (history)
		__atomic_store_n(&history->failed, true, __ATOMIC_SEQ_CST);
}

bool
history_associated(struct history *history)
{
	return history && __atomic_load_n(&history->associated, __ATOMIC_SEQ_CST);
}

bool
history_failed(struct history *history)
{
	return history && __atomic_load_n(&history->failed, __ATOMIC_SEQ_CST);
}
