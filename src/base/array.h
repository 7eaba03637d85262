/* SPDX-License-Identifier: BSD-3-Clause */
/* Arrays that grow, each with a zeroed item behind the last one. */
#ifndef MTLS_BASE_ARRAY_H
#define MTLS_BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* One more item, of so many bytes and zeroed. items: the address of the pointer to the first one. NULL, with
 * err and the array as it was: out of memory. */
void *array_add(void *items, size_t *count, size_t size, struct err *err);

/* Put a copy in place of the array, which is another's. False without memory: *items is NULL, *count 0. */
bool array_copy(void *items, size_t *count, size_t size);

#endif
