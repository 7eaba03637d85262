/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The slow way: a file read as DCMTK's data set and written again in another
 * transfer syntax, or in its own with the elements in order. Values over 4 KiB
 * stay on disk until they are written.
 */
#ifndef MTLS_DCMTK_DATASET_H
#define MTLS_DCMTK_DATASET_H

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcfilefo.h"

extern "C" {
#include "base/err.h"
#include "dicom/part10.h"
}

/* Where the encoded bytes go: false ends the writing. */
class DatasetSink {
    public:
	virtual ~DatasetSink() {}
	virtual bool put(const void *bytes, size_t size) = 0;
};

class Dataset {
    public:
	/*
	 * Load the instance for sending in `syntax`. -1 with ERR_NO_INPUT if it
	 * cannot be read, cannot be converted, or if reading it would lose
	 * something (an element that occurs twice). Other forced changes are
	 * named in changed(), comma separated.
	 */
	int load(const struct instance *instance, const char *syntax, struct err *err);

	/* Write it all. Counts against the length worked out before: -1 with
	 * ERR_INTERNAL if a value could not be read back whole, or the sink ended it. */
	int write(DatasetSink &sink, struct err *err);

	const char *changed() const { return changed_; }

    private:
	int check(const struct instance *instance, const char *warnings, struct err *err);
	void name_changes(const struct instance *instance);

	DcmFileFormat file_;
	E_TransferSyntax syntax_ = EXS_Unknown;
	char changed_[160] = "";
};

#endif
