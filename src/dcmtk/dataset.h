/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file read as DCMTK's data set, edited if requested, and written in another transfer syntax, or in its
 * own with the elements in order. Values keep their bytes, including trailing padding. Those over 4 KiB
 * stay on disk until they are written, deflated or not; decompressed pixels are in memory, unless there are
 * many (decompress.h).
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
 * DCMTK's name for a transfer syntax. All those that are not in the first table of PS3.5 annex A are
 * written in the same way, explicit VR little endian with pixel data in fragments (A.4), so that one of
 * them is used for those that this DCMTK does not know.
 */
E_TransferSyntax dataset_syntax(const char *uid);

/*
 * Does the dictionary disagree about whether a standard element is a sequence? Implicit VR depends on the
 * dictionary, and what follows would be misread.
 */
bool dataset_misread(uint32_t tag, bool sequence);

/* The receiver of the encoded bytes: false ends the writing. */
class DatasetSink {
    public:
	virtual ~DatasetSink() {}
	virtual bool put(const void *bytes, size_t size) = 0;
};

class Dataset {
    public:
	/* Tell DCMTK to keep values as they are. Once, on the main thread. */
	static void init();

	/* An object that needs more than memory_max bytes to be decompressed or inflated is refused before
	 * they are allocated. The decoder must outlive it. */
	Dataset(struct decoder *decoder, uint64_t memory_max)
	    : memory_max_(memory_max), decompressor_(decoder, memory_max) {}

	/*
	 * Load the instance for sending in `syntax`; edited, if it is RAW_EDITED
	 * and edits is not NULL. -1 with ERR_NO_INPUT if it cannot be read, edited or converted, if that
	 * would lose something (an element that occurs twice), or if compressed pixel data contradicts its
	 * attributes. changed() names edits and other changes, comma separated. The instance must outlive
	 * the data set.
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

	/* Write all of it, once. The length is compared with the one determined before: -1 with
	 * ERR_INTERNAL if a value could not be read back completely, or the sink ended it; with
	 * ERR_NO_INPUT if a frame turned out to be damaged. */
	int write(DatasetSink &sink, struct err *err);

	/* Its size in bytes when written; for a deflated one, before it is deflated again. */
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
	static int check_misread(DcmElement *element, struct err *err);
	void evaluate_vr(DcmElement *element);
	void note_changes();
	void note_change(const std::string &what);

	const uint64_t memory_max_;
	std::shared_ptr<Inflation> inflation_; /* of a deflated one */
	Decompressor decompressor_; /* outlives the element that it added to the data set */
	const struct instance *instance_ = nullptr;
	DcmDataset dataset_;
	E_TransferSyntax own_ = EXS_Unknown, syntax_ = EXS_Unknown;
	const char *to_ = nullptr; /* the latter's UID */
	bool unordered_ = false;
	uint64_t total_ = 0;
	bool resolved_ = false;	     /* elements of VR UN were given their VR */
	bool repeated_ = false;	     /* equal elements were dropped */
	bool group_lengths_ = false; /* were dropped */
	bool padded_ = false;
	bool long_values_ = false;     /* too long for their VR's 16-bit length */
	bool private_unknown_ = false; /* their VR is unknown, and the target requires one */
	bool other_unknown_ = false;
	std::string changed_;
};

#endif
