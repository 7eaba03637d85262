/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Nested sequences: DCMTK reads any number of them by recursion, and relies on their lengths. For src/dcmtk
 * only.
 */
#ifndef MTLS_DCMTK_NESTING_H
#define MTLS_DCMTK_NESTING_H

#include <stdint.h>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcistrmf.h"
#include "dcmtk/dcmdata/dcitem.h"

extern "C" {
#include "base/err.h"
#include "dicom/frames.h"
}

#define UNKNOWN_SIZE (UINT64_C(1) << 62) /* of a data set: it ends at the end of the stream */

#define NESTING_MAX 64 /* sequences within sequences; the walk over a file's elements has the same limit */

/*
 * A file to read a data set from, in the function that created it or one called from there: reading ends
 * with a bad status before the stack overflows. The data set begins after `offset` bytes and has `size`
 * bytes, inflated if it is deflated. The element at `without`, if that is not empty, is skipped as if it
 * did not exist.
 */
class NestedFile : public DcmInputFileStream {
    public:
	NestedFile(const char *path, uint64_t offset, uint64_t size, const struct extent &without = {});
	OFCondition status() const override;
	OFBool eos() override;
	offile_off_t avail() override;
	offile_off_t read(void *bytes, offile_off_t size) override;

	/* Was all of it read? DCMTK treats a failed seek as the end of the file, and a failed read makes it
	 * loop for ever. */
	bool is_whole() const;

    private:
	const char *base_; /* of the stack, where reading begins */
	offile_off_t end_;
	const struct extent without_;
	bool failed_ = false; /* a read did */
};

/* Records the position of the stack, in this function or one called from it. */
const char *nesting_stack();

/* Has the stack since grown by no more than reading may use? */
OFCondition nesting_check_stack(const char *stack);

/*
 * Compare a data set that was just read, and not changed yet, with the lengths in it: an item longer than
 * its sequence contains what follows the sequence. -1 with ERR_NO_INPUT and the sequence, as the end of a
 * sentence about the file.
 */
int nesting_check(DcmItem &dataset, struct err *err);

#endif
