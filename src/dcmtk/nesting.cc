/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/nesting.h"

#include "dcmtk/dcmdata/dcerror.h"

namespace {

/* Bytes of the stack that reading may use: nested sequences need a few thousand, and a thread has millions.
 * Writing needs as much again. */
const uintptr_t stack_max = 512 * 1024;

/* The parts of a sequence or an item; depth counts the sequences around it. */
int
check_parts(DcmObject &whole, unsigned depth, struct err *err)
{
	uint64_t size = 0; /* bytes, at least: no header is shorter than 8 */
	DcmObject *part = nullptr;

	if (depth > NESTING_MAX)
		return err_set(err, ERR_NO_INPUT, "sequences are nested more than %d deep", NESTING_MAX);
	while ((part = whole.nextInContainer(part)) != nullptr) {
		Uint32 length = part->getLengthField();

		size += 8 + (length == DCM_UndefinedLength ? 0 : static_cast<uint64_t>(length));
		if (!part->isLeaf() && check_parts(*part, depth + (part->ident() == EVR_SQ), err) < 0)
			return -1;
	}
	if (whole.getLengthField() != DCM_UndefinedLength && size > whole.getLengthField())
		return err_set(err, ERR_NO_INPUT, "what element (%04x,%04x) holds is longer than itself",
			whole.getGTag(), whole.getETag());
	return 0;
}

} /* namespace */

const char *
nesting_stack()
{
	return static_cast<const char *>(__builtin_frame_address(0));
}

OFCondition
nesting_check_stack(const char *stack)
{
	const uintptr_t base = reinterpret_cast<uintptr_t>(stack);
	const uintptr_t top = reinterpret_cast<uintptr_t>(nesting_stack());
	const OFCondition general = EC_InvalidStream;

	if ((base > top ? base - top : top - base) <= stack_max)
		return EC_Normal;
	return OFCondition(general.module(), general.code(), general.status(),
		"sequences are nested too deep");
}

/* The base class's offset is not used, since values read later would be searched without it. */
NestedFile::NestedFile(const char *path, uint64_t offset, uint64_t size, const struct extent &without)
    : DcmInputFileStream(path), base_(nesting_stack()), end_(static_cast<offile_off_t>(offset + size)),
      without_(without)
{
	if (without.size > 0 && without.offset + without.size >= offset + size)
		end_ = static_cast<offile_off_t>(without.offset);
	DcmInputFileStream::skip(static_cast<offile_off_t>(offset));
}

/* DCMTK calls this at the beginning of every sequence and item. */
OFCondition
NestedFile::status() const
{
	const OFCondition stack = nesting_check_stack(base_);

	if (stack.bad())
		return stack;
	return failed_ ? EC_InvalidStream : DcmInputFileStream::status();
}

/* What avail() announced must be delivered. */
offile_off_t
NestedFile::read(void *bytes, offile_off_t size)
{
	const bool at_hole = without_.size > 0 && tell() == static_cast<offile_off_t>(without_.offset);

	if (at_hole && size > 0)
		DcmInputFileStream::skip(static_cast<offile_off_t>(without_.size));
	offile_off_t there = avail();
	offile_off_t got = DcmInputFileStream::read(bytes, size);

	failed_ = failed_ || got < (size < there ? size : there);
	return got;
}

OFBool
NestedFile::eos()
{
	return failed_ || tell() >= end_ || DcmInputFileStream::eos();
}

offile_off_t
NestedFile::avail()
{
	offile_off_t there = DcmInputFileStream::avail(), left = end_ - tell();

	return failed_ ? 0 : there < left ? there : left;
}

bool
NestedFile::is_whole() const
{
	return status().good() && tell() == end_;
}

int
nesting_check(DcmItem &dataset, struct err *err)
{
	return check_parts(dataset, 0, err);
}
