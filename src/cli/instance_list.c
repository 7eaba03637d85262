/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/instance_list.h"

#include <stdlib.h>

int
instance_list_add(struct instance_list *found, struct instance *instance)
{
	if (found->count == found->room) {
		size_t room = found->room ? found->room * 2 : 64;
		struct instance *grown = realloc(found->items, room * sizeof *grown);

		if (!grown) {
			instance_clear(instance);
			return -1;
		}
		found->items = grown;
		found->room = room;
	}
	/* It is looked at, not sent. */
	free(instance->kept);
	instance->kept = NULL;
	found->items[found->count++] = *instance;
	return 0;
}

void
instance_list_clear(struct instance_list *found)
{
	for (size_t i = 0; i < found->count; i++)
		instance_clear(&found->items[i]);
	free(found->items);
	*found = (struct instance_list){ .items = NULL };
}
