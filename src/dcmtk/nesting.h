/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sequences within sequences, of which DCMTK reads any number by recursion, and
 * whose lengths it believes one after the other. For the wing alone.
 */
#ifndef MTLS_DCMTK_NESTING_H
#define MTLS_DCMTK_NESTING_H

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcistrmf.h"
#include "dcmtk/dcmdata/dcitem.h"

extern "C" {
#include "base/err.h"
}

#define NESTING_MAX 64 /* sequences within sequences; the walk over a file's elements has the same limit */

/*
 * A file to read a data set from, in the function that made it or one called
 * from there: reading ends with a bad status before the stack does.
 */
class NestedFile : public DcmInputFileStream {
    public:
	explicit NestedFile(const char *path);
	OFCondition status() const override;

    private:
	const char *base_; /* of the stack, where reading begins */
};

/*
 * Hold a data set that was just read, and not changed yet, against the lengths
 * in it: an item longer than its sequence has taken in what follows that. -1
 * with ERR_NO_INPUT and the sequence, as the end of a sentence about the file.
 */
int nesting_check(DcmItem &dataset, struct err *err);

#endif
