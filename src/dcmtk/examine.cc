/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/examine.h"

#include <new>

#include "dcmtk/dataset.h"

int
examine_instance(const struct instance *instance, const struct edits *edits, const char *syntax,
	uint64_t memory_max, struct err *err)
{
	try {
		Dataset dataset(memory_max);

		return dataset.load(instance, edits, syntax, err);
	} catch (const std::bad_alloc &) {
		return err_nomem(err);
	}
}
