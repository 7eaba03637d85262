/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sequences within sequences, of which DCMTK reads any number by recursion, and
 * whose lengths it believes one after the other. For src/dcmtk only.
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

#define UNKNOWN_SIZE (UINT64_C(1) << 62) /* of a data set: it ends where the stream does */

#define NESTING_MAX 64 /* sequences within sequences; the walk over a file's elements has the same limit */

/*
 * A file to read a data set from, in the function that made it or one called
 * from there: reading ends with a bad status before the stack does. The data set
 * begins behind `offset` bytes and has `size`, inflated ones where it is deflated. The
 * element at `without`, if that is not empty, is passed over as if it were not there.
 */
class NestedFile : public DcmInputFileStream {
    public:
	NestedFile(const char *path, uint64_t offset, uint64_t size, const struct extent &without = {});
	OFCondition status() const override;
	OFBool eos() override;
	offile_off_t avail() override;
	offile_off_t read(void *bytes, offile_off_t size) override;

	/* Was all of it read? DCMTK takes a file that it cannot seek in for one that ends, and asks
	 * for ever where it cannot be read from. */
	bool is_whole() const;

    private:
	const char *base_; /* of the stack, where reading begins */
	offile_off_t end_;
	const struct extent without_;
	bool failed_ = false; /* a read did */
};

/* Where the stack is, in this function or one called from it. */
const char *nesting_stack();

/* Has the stack grown by no more since than reading may take? */
OFCondition nesting_check_stack(const char *base);

/*
 * Hold a data set that was just read, and not changed yet, against the lengths
 * in it: an item longer than its sequence has taken in what follows that. -1
 * with ERR_NO_INPUT and the sequence, as the end of a sentence about the file.
 */
int nesting_check(DcmItem &dataset, struct err *err);

#endif
