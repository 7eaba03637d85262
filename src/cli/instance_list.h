/* SPDX-License-Identifier: BSD-3-Clause */
/* The instances that a scan of the arguments found. */
#ifndef MTLS_CLI_INSTANCE_LIST_H
#define MTLS_CLI_INSTANCE_LIST_H

#include <stddef.h>

#include "dicom/part10.h"

struct instance_list {
	struct instance *items;
	size_t count, room;
};

/* Takes instance over, also on failure: -1 without memory. */
int instance_list_add(struct instance_list *found,
	struct instance *instance) __attribute__((warn_unused_result));

void instance_list_clear(struct instance_list *found);

#endif
