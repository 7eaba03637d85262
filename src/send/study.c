/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/study.h"

#include <stdlib.h>

void
unit_unshare(struct unit *unit)
{
	if (unit->plan && --unit->plan->refs == 0)
		free(unit->plan);
	unit->plan = NULL;
}

void
unit_free(struct unit *unit)
{
	if (!unit)
		return;
	for (size_t i = 0; i < unit->count; i++)
		instance_clear(&unit->items[i].instance);
	free(unit->items);
	free(unit);
}
