/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/inflated.h"

#include <unistd.h>

#include "dcmtk/dcmdata/dcerror.h"
#include "dcmtk/nesting.h"

namespace {

/* Bytes of memory counted for each field of a header that is read: an element has four or five, an item
 * three. */
const uint64_t field_memory = 96;

const uint64_t least_memory = UINT64_C(1) << 20; /* that any object may take */

/* Kept by an element whose value is to be read later. */
class InflatedFactory : public DcmInputStreamFactory {
    public:
	InflatedFactory(const std::shared_ptr<Inflation> &whole, uint64_t at) : whole_(whole), at_(at) {}
	DcmInputStream *create() const override { return new InflatedStream(whole_, at_); }
	DcmInputStreamFactory *clone() const override { return new InflatedFactory(*this); }
	/* DCMTK has two kinds; this one keeps its position. */
	DcmInputStreamFactoryType ident() const override { return DFT_DcmInputFileStreamFactory; }

    private:
	std::shared_ptr<Inflation> whole_;
	uint64_t at_;
};

} /* namespace */

Inflation::Inflation(const struct instance *instance, uint64_t size)
    : size_(size), fd_(input_open(instance->path, &err_))
{
	input_init(&in_, fd_, instance->size);
	in_.next = instance->data_offset;
	if (err_.kind == ERR_NONE)
		(void)!input_inflate(&in_, &err_);
}

Inflation::~Inflation()
{
	input_clear(&in_);
	if (fd_ >= 0)
		close(fd_);
}

size_t
Inflation::read(uint64_t at, void *bytes, size_t n)
{
	bool whole = false;

	if (err_.kind != ERR_NONE || input_seek(&in_, at, &err_) < 0 ||
	    input_read(&in_, bytes, n, &whole, &err_) < 0)
		return 0;
	if (whole)
		return n;
	err_set(&err_, ERR_NO_INPUT, "its deflated data set ends after %llu bytes, where it had %llu before",
		static_cast<unsigned long long>(in_.at), static_cast<unsigned long long>(size_));
	return 0;
}

OFCondition
InflatedProducer::status() const
{
	return whole_->failure().kind == ERR_NONE ? EC_Normal : EC_InvalidStream;
}

offile_off_t
InflatedProducer::avail()
{
	const uint64_t size = whole_->size();

	return status().bad() || at_ >= size ? 0 : static_cast<offile_off_t>(size - at_);
}

offile_off_t
InflatedProducer::read(void *bytes, offile_off_t size)
{
	const offile_off_t most = avail();
	const size_t got = whole_->read(at_, bytes, static_cast<size_t>(size < most ? size : most));

	at_ += got;
	return static_cast<offile_off_t>(got);
}

/* What is skipped need not be inflated until something after it is read. */
offile_off_t
InflatedProducer::skip(offile_off_t size)
{
	const offile_off_t most = avail(), n = size < most ? size : most;

	at_ += static_cast<uint64_t>(n);
	return n;
}

DcmInputStreamFactory *
InflatedStream::newFactory() const
{
	return new InflatedFactory(producer_.whole(), producer_.at());
}

NestedInflated::NestedInflated(const std::shared_ptr<Inflation> &whole, uint64_t memory_max)
    : InflatedStream(whole, 0), base_(nesting_stack()), size_(static_cast<offile_off_t>(whole->size())),
      memory_max_(memory_max > least_memory ? memory_max : least_memory)
{
}

OFCondition
NestedInflated::status() const
{
	OFCondition stack = nesting_check_stack(base_);

	if (stack.bad())
		return stack;
	return is_too_much() ? EC_MemoryExhausted : InflatedStream::status();
}

/* The fields of a header are read one by one. */
offile_off_t
NestedInflated::read(void *bytes, offile_off_t size)
{
	offile_off_t got = InflatedStream::read(bytes, size);

	taken_ += static_cast<uint64_t>(got) + field_memory;
	return got;
}
