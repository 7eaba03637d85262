/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/study.h"

#include <stdlib.h>

void
unit_free(struct unit *unit)
{
	if (!unit)
		return;
	for (size_t i = 0; i < unit->count; i++)
		instance_clear(&unit->items[i].instance);
	if (unit->plan && __atomic_sub_fetch(&unit->plan->refs, 1, __ATOMIC_ACQ_REL) == 0)
		free(unit->plan);
	free(unit->items);
	free(unit);
}
