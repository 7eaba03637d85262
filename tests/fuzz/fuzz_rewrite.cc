/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer (clang -fsanitize=fuzzer,address,undefined): any bytes as a file,
 * or as a data set alone, in explicit VR little endian; or, after a 'B', as
 * what to build a well-formed one of. What the rewriter and the data set way
 * both take must become the same bytes, or at least the same data set.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vector>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcdatset.h"
#include "dcmtk/dcmdata/dcistrmb.h"
#include "dcmtk/dcmdata/dcostrmb.h"
#include "dcmtk/dataset.h"
#include "dcmtk/warnings.h"

extern "C" {
#include "dicom/element.h"
#include "dicom/rewrite.h"
#include "dicom/walk.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
}

namespace {

using Bytes = std::vector<unsigned char>;

class BytesSink : public DatasetSink {
    public:
	bool put(const void *bytes, size_t size) override
	{
		const unsigned char *from = static_cast<const unsigned char *>(bytes);

		bytes_.insert(bytes_.end(), from, from + size);
		return true;
	}
	const Bytes &bytes() const { return bytes_; }

    private:
	Bytes bytes_;
};

void
require(bool holds)
{
	if (!holds)
		abort();
}

/* Builds a data set by what the bytes say. */
class Builder {
    public:
	Builder(const unsigned char *p, size_t size) : p_(p), end_(p + size) {}
	void elements(Bytes &out, bool implicit, unsigned depth);

    private:
	unsigned take() { return p_ < end_ ? *p_++ : 0; }
	void header(Bytes &out, uint32_t tag, const char *vr, uint32_t length);
	void enclose(Bytes &out, uint32_t tag, const char *vr, const Bytes &content, bool defined);
	void sequence(Bytes &out, uint32_t tag, const char *vr, bool implicit, unsigned depth);
	void element(Bytes &out, uint32_t tag, bool implicit, unsigned depth);

	const unsigned char *p_, *end_;
};

/* In explicit VR where vr is given. */
void
Builder::header(Bytes &out, uint32_t tag, const char *vr, uint32_t length)
{
	const bool longer = vr && strstr("OB OD OF OL OV OW SQ SV UC UN UR UT UV", vr);
	const uint32_t shorter = vr ? static_cast<uint32_t>(vr[0] | vr[1] << 8) | length << 16 : length;
	const uint32_t words[] = { tag >> 16 | tag << 16, longer ? shorter & 0xffff : shorter, length };

	for (unsigned i = 0; i < (longer ? 12 : 8); i++)
		out.push_back(static_cast<unsigned char>(words[i / 4] >> 8 * (i % 4)));
}

/* With a defined length, or with its delimiter. */
void
Builder::enclose(Bytes &out, uint32_t tag, const char *vr, const Bytes &content, bool defined)
{
	header(out, tag, vr, defined ? static_cast<uint32_t>(content.size()) : ELEMENT_UNDEFINED);
	out.insert(out.end(), content.begin(), content.end());
	if (!defined)
		header(out, tag == TAG_ITEM ? TAG_ITEM_END : TAG_SEQUENCE_END, nullptr, 0);
}

void
Builder::sequence(Bytes &out, uint32_t tag, const char *vr, bool implicit, unsigned depth)
{
	bool defined = take() % 2 == 0 && !implicit;
	Bytes items;

	for (unsigned left = depth < 8 ? take() % 4 : 0; left > 0; left--) {
		Bytes item;

		elements(item, implicit, depth + 1);
		enclose(items, TAG_ITEM, nullptr, item, take() % 2 == 0);
	}
	enclose(out, tag, vr, items, defined);
}

void
Builder::element(Bytes &out, uint32_t tag, bool implicit, unsigned depth)
{
	static const char *const vrs[] = { "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO",
		"LT", "OB", "OD", "OF", "OL", "OV", "OW", "PN", "SH", "SL", "SS", "ST", "SV", "TM", "UC",
		"UI", "UL", "UN", "UR", "US", "UT", "UV", "SQ", "SQ", "SQ", "SQ", "UN", "XX" };
	const unsigned choice = take() % (sizeof vrs / sizeof vrs[0]);
	const char *vr = implicit ? nullptr : (tag & 0xffff) == 0 ? "UL" : vrs[choice];
	unsigned length = take();

	if (choice >= 33 && choice < 38 && (tag & 0xffff) != 0)
		return sequence(out, tag, vr, implicit || choice == 37, depth);
	length = (tag & 0xffff) == 0 ? 4 : length < 250 ? length / 8 * 2 : length;
	header(out, tag, vr, length);
	while (length-- > 0)
		out.push_back(static_cast<unsigned char>(take()));
}

void
Builder::elements(Bytes &out, bool implicit, unsigned depth)
{
	uint32_t tag = 0x00080000;

	while (p_ < end_) {
		unsigned step = take();

		if (step == 0)
			break;
		tag = step < 128 ? tag + step : (tag | 0xffff) + step - 127;
		if (step > 250)
			tag = TAG_PIXEL_DATA;
		element(out, tag, implicit, depth);
	}
}

/* Where the data set of the file begins; 0 if the bytes are no file that can be sent. */
uint64_t
find_data_set(int fd)
{
	struct err err = {};
	struct instance instance;
	uint64_t offset = 0;

	if (part10_read_fd(fd, "fuzz", &instance, &err) == PART10_OK) {
		offset = instance.data_offset;
		instance_clear(&instance);
	}
	return offset;
}

/* Ours, in bites of so many bytes. */
void
fill_all(struct rewrite &rewrite, size_t bite, Bytes &out)
{
	struct err err = {};

	out.resize(rewrite.total);
	require(out.size() % 2 == 0);
	for (size_t at = 0, n; at < out.size(); at += n) {
		n = bite < out.size() - at ? bite : out.size() - at;
		struct scatter places = {};

		require(scatter_add(&places, out.data() + at, n / 2));
		require(scatter_add(&places, out.data() + at + n / 2, n - n / 2));
		require(rewrite_fill(&rewrite, &places, &err) == 0);
	}
}

/* From the file, and the same from memory if it is small. False: it cannot. */
bool
rewrite_all(int fd, uint64_t offset, const uint8_t *data, size_t size, Bytes &out)
{
	static struct rewrite rewrite;
	size_t bite = 1 + size % 41;
	bool can = rewrite_init(&rewrite, fd, nullptr, offset, size);
	Bytes kept;

	if (can)
		fill_all(rewrite, bite, out);
	if (size - offset > INPUT_WINDOW)
		return can;
	require(rewrite_init(&rewrite, -1, data + offset, 0, size - offset) == can);
	if (can)
		fill_all(rewrite, bite, kept);
	require(kept == out);
	return can;
}

/* Theirs. False: it cannot. */
bool
convert_all(int fd, uint64_t offset, size_t size, BytesSink &sink)
{
	struct err err = {};
	struct instance instance = {};
	static const char converted[] = "Explicit VR Little Endian to Implicit VR Little Endian";
	static const char without_lengths[] = "Explicit VR Little Endian to Implicit VR Little Endian, "
					      "group lengths dropped";
	static struct decoder *const decoder = decoder_new(UINT64_C(64) << 20);
	Dataset dataset(decoder, UINT64_C(64) << 20);
	char path[32];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	snprintf(instance.syntax, sizeof instance.syntax, "%s", UID_EXPLICIT_LE);
	instance.path = path;
	instance.size = size;
	instance.data_offset = offset;
	instance.data_size = size - offset;
	instance.raw = RAW_FIT;
	return dataset.load(&instance, nullptr, UID_IMPLICIT_LE, &err) == 0 &&
	       (dataset.changed() == converted || dataset.changed() == without_lengths) &&
	       dataset.write(sink, &err) == 0;
}

/* The data set as DCMTK reads and writes it, all sequences in one form. False: it cannot. */
bool
normalize(const Bytes &bytes, Bytes &out)
{
	DcmInputBufferStream in;
	DcmDataset dataset;
	OFCondition cond;

	in.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
	in.setEos();
	dataset.transferInit();
	cond = dataset.read(in, EXS_LittleEndianImplicit, EGL_noChange);
	dataset.transferEnd();
	if (cond.bad())
		return false;
	/* An item's or sequence's 8 bytes become 16. */
	out.resize(2 * bytes.size() + 16);
	DcmOutputBufferStream stream(out.data(), static_cast<offile_off_t>(out.size()));
	dataset.transferInit();
	cond = dataset.write(stream, EXS_LittleEndianImplicit, EET_UndefinedLength, nullptr, EGL_noChange);
	dataset.transferEnd();
	out.resize(static_cast<size_t>(stream.filled()));
	return cond.good();
}

/* Is there UN of undefined length? Anything that looks like it will do. */
bool
has_unknown(const unsigned char *data, size_t size)
{
	for (size_t i = 0; i + 8 <= size; i++)
		if (memcmp(data + i, "UN", 2) == 0 && memcmp(data + i + 4, "\xff\xff\xff\xff", 4) == 0)
			return true;
	return false;
}

} /* namespace */

int
LLVMFuzzerInitialize(int *, char ***)
{
	warnings_init(false);
	Dataset::init();
	return 0;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	uint64_t offset;
	BytesSink theirs;
	Bytes ours, built, a, b;

	if (size > 0 && data[0] == 'B') {
		Builder(data + 1, size - 1).elements(built, false, 0);
		data = built.data();
		size = built.size();
	}
	if (fd == -1 || write(fd, data, size) != static_cast<ssize_t>(size))
		abort();
	offset = find_data_set(fd);
	if (rewrite_all(fd, offset, data, size, ours) && convert_all(fd, offset, size, theirs) &&
	    ours != theirs.bytes()) {
		/* Only there: what its implicit elements are, DCMTK looks up and we don't know. */
		require(has_unknown(data, size));
		require(normalize(ours, a) == normalize(theirs.bytes(), b));
		require(a == b);
	}
	close(fd);
	return 0;
}
