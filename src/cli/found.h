/* SPDX-License-Identifier: BSD-3-Clause */
/* The instances that a scan of the arguments found. */
#ifndef MTLS_CLI_FOUND_H
#define MTLS_CLI_FOUND_H

#include <stddef.h>

#include "dicom/part10.h"

struct found {
	struct instance *items;
	size_t count, room;
};

/* Takes instance over, also on failure: -1 without memory. */
int found_add(struct found *found, struct instance *instance) __attribute__((warn_unused_result));

void found_clear(struct found *found);

#endif
