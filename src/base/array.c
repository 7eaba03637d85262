/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/array.h"

#include <stdlib.h>
#include <string.h>

/* Pointers to objects are alike, whatever they point to: *items is read and set as a char *. */
void *
array_add(void *items, size_t *count, size_t size, struct err *err)
{
	char *present, *grown, *item;

	memcpy(&present, items, sizeof present);
	grown = reallocarray(present, *count + 2, size);
	if (!grown) {
		err_nomem(err);
		return NULL;
	}
	memcpy(items, &grown, sizeof grown);
	item = grown + (*count)++ * size;
	memset(item, 0, 2 * size);
	return item;
}

bool
array_copy(void *items, size_t *count, size_t size)
{
	char *from, *copy = *count > 0 ? calloc(*count + 1, size) : NULL;
	bool whole = copy || *count == 0;

	memcpy(&from, items, sizeof from);
	memcpy(items, &copy, sizeof copy);
	if (copy)
		memcpy(copy, from, *count * size);
	else
		*count = 0;
	return whole;
}
