/* SPDX-License-Identifier: BSD-3-Clause */
/* What is in a sequence or an item of known length, which a walk could pass over without a look. */
#ifndef MTLS_DICOM_INSIDE_H
#define MTLS_DICOM_INSIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "dicom/element.h"
#include "dicom/input.h"

/* Do items stand in the value of the element, whose header was just read? In implicit VR its bytes tell. */
bool inside_is_sequence(struct input *in, struct encoding encoding, const struct element *element);

/*
 * Has a value of the items, or of those within them, an odd length? `in` stands before the first of size
 * bytes: items of a sequence, or elements of an item. Whatever is out of the ordinary ends the look, with
 * *odd as it was. It stands at their end or anywhere before it afterwards. -1 only if reading fails.
 */
int inside_look(struct input *in, struct encoding encoding, uint32_t size, bool items, bool *odd,
	struct err *err) __attribute__((warn_unused_result));

#endif
