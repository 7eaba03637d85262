/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The slow way: a file read as DCMTK's data set, edited if that was asked for,
 * and written again in another transfer syntax, or in its own with the elements
 * in order. Values keep their bytes, trailing padding included. Those over
 * 4 KiB stay on disk until they are written, deflated or not; but pixels that were
 * decompressed are in memory, unless there are many (decompress.h).
 */
#ifndef MTLS_DCMTK_DATASET_H
#define MTLS_DCMTK_DATASET_H

#include <memory>
#include <string>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcdatset.h"
#include "dcmtk/decompress.h"
#include "dcmtk/inflated.h"

extern "C" {
#include "base/err.h"
#include "dicom/part10.h"
#include "dcmtk/edits.h"
}

/*
 * DCMTK's name for a transfer syntax. All that are not in the first table of PS3.5
 * annex A are written alike, explicit VR little endian with pixel data in
 * fragments (A.4), so that one stands for those that this DCMTK does not know.
 */
E_TransferSyntax dataset_syntax(const char *uid);

/*
 * Does the dictionary have it the other way whether a standard element is a
 * sequence? Implicit VR leaves that to it, and what follows would be misread.
 */
bool dataset_misread(uint32_t tag, bool sequence);

/* Where the encoded bytes go: false ends the writing. */
class DatasetSink {
    public:
	virtual ~DatasetSink() {}
	virtual bool put(const void *bytes, size_t size) = 0;
};

class Dataset {
    public:
	/* Tell DCMTK to keep values as they are. Once, on the main thread. */
	static void init();

	/* What needs more than memory_max bytes, to be decompressed or inflated, is refused before it
	 * takes them. The decoder must outlive it. */
	Dataset(struct decoder *decoder, uint64_t memory_max)
	    : memory_max_(memory_max), decompressor_(decoder, memory_max) {}

	/*
	 * Load the instance for sending in `syntax`; edited, if it is RAW_EDITED
	 * and edits is not NULL. -1 with ERR_NO_INPUT if it cannot be read, edited
	 * or converted, if that would lose something (an element that occurs
	 * twice), or if compressed pixel data contradicts its attributes. Edits
	 * and other changes are named in changed(), comma separated. The instance must
	 * outlive the data set.
	 */
	int load(const struct instance *instance, const struct edits *edits, const char *syntax,
		struct err *err);

	/* The same in two steps: decoders are at work in between. ahead: while the frame of another data
	 * set is with the decoder, which is finished before; that may fail where load does not. */
	int begin(const struct instance *instance, const struct edits *edits, const char *syntax, bool ahead,
		struct err *err);
	int finish(struct err *err);

	const struct instance *instance() const { return instance_; }
	/* Compressed frames; 0: none. */
	uint32_t frames() const { return decompressor_.frames(); }

	/* Write it all, once. Counts against the length worked out before: -1 with ERR_INTERNAL if a
	 * value could not be read back whole, or the sink ended it; with ERR_NO_INPUT if a frame
	 * turned out to be damaged. */
	int write(DatasetSink &sink, struct err *err);

	/* Bytes that it will be when written; of a deflated one, before it is deflated again. */
	uint64_t total() const { return total_; }
	const std::string &changed() const { return changed_; }
	/* The same where there may be no room for all: ", and 3 more". */
	void list_changes(char *out, size_t size) const;

    private:
	int begin_all(const struct edits *edits, bool ahead, struct err *err);
	int inflate(const struct syntax *own, struct err *err);
	int read(const struct extent &without, struct err *err);
	int read_elements(const struct extent &without, Uint32 length, struct err *err);
	OFCondition read_inflated(Uint32 length, struct err *err);
	OFCondition read_plain(const struct extent &without, struct err *err);
	int read_whole(struct err *err);
	int convert(struct err *err);
	int fit_values(struct err *err);
	bool is_expanded() const;
	int explain_compressed(struct err *err) const;
	int adjust_signs(struct err *err);
	void drop_group_lengths();
	int check_misread(DcmElement *element, struct err *err);
	void evaluate_vr(DcmElement *element);
	void note_changes();
	void note_change(const std::string &what);

	const uint64_t memory_max_;
	std::shared_ptr<Inflation> inflation_; /* of a deflated one */
	Decompressor decompressor_; /* outlives the element that it gave the data set */
	const struct instance *instance_ = nullptr;
	DcmDataset dataset_;
	E_TransferSyntax own_ = EXS_Unknown, syntax_ = EXS_Unknown;
	const char *to_ = nullptr; /* the latter's UID */
	bool unordered_ = false;
	uint64_t total_ = 0;
	bool resolved_ = false;	     /* elements of UN were given their VR */
	bool repeated_ = false;	     /* equal elements were dropped */
	bool group_lengths_ = false; /* were dropped */
	bool padded_ = false;
	bool long_values_ = false;     /* too long for their VR's 16-bit length */
	bool private_unknown_ = false; /* their VR is, where the target wants one */
	bool other_unknown_ = false;
	std::string changed_;
};

#endif
