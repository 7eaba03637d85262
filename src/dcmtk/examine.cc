/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/examine.h"

#include <memory>
#include <new>

#include "dcmtk/dataset.h"
#include "decode/decoder.h"

int
examine_instance(const struct instance *instance, const struct edits *edits, const char *syntax,
	uint64_t memory_max, struct err *err)
{
	/* One for the whole run; it starts its helper program when a frame has to be decoded. */
	static const std::unique_ptr<struct decoder, decltype(&decoder_free)> decoder(
		decoder_new(memory_max), decoder_free);

	if (!decoder)
		return err_nomem(err);
	try {
		Dataset dataset(decoder.get(), memory_max);

		return dataset.load(instance, edits, syntax, err);
	} catch (const std::bad_alloc &) {
		return err_nomem(err);
	}
}
