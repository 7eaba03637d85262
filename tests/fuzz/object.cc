/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/dataset.h"
#include "dcmtk/warnings.h"

extern "C" {
int object_send(const struct instance *instance, const struct edits *edits,
	void (*put)(void *ctx, const void *bytes, size_t size), void *ctx, struct err *err);
int LLVMFuzzerInitialize(int *argc, char ***argv);
const char *__asan_default_options();
}

namespace {

class Sink : public DatasetSink {
    public:
	Sink(void (*put)(void *, const void *, size_t), void *ctx) : put_(put), ctx_(ctx) {}
	bool put(const void *bytes, size_t size) override
	{
		put_(ctx_, bytes, size);
		return true;
	}

    private:
	void (*put_)(void *, const void *, size_t);
	void *ctx_;
};

} /* namespace */

int
object_send(const struct instance *instance, const struct edits *edits,
	void (*put)(void *ctx, const void *bytes, size_t size), void *ctx, struct err *err)
{
	static struct decoder *const decoder = decoder_new(UINT64_C(64) << 20);
	Dataset dataset(decoder, UINT64_C(64) << 20);
	Sink sink(put, ctx);

	if (dataset.load(instance, edits, UID_IMPLICIT_LE, err) < 0)
		return -1;
	return dataset.write(sink, err);
}

int
LLVMFuzzerInitialize(int *, char ***)
{
	warnings_init(false);
	Dataset::init();
	return 0;
}

/* An object that claims to be larger than memory is to be refused, not to end the program. */
const char *
__asan_default_options()
{
	return "allocator_may_return_null=1:max_allocation_size_mb=64";
}
