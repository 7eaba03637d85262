/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The data set of a deflated file, which DCMTK can read like a plain one: long values are not kept but
 * inflated again when they are written. All readers share one position in the stream and continue from
 * there, so that reading values in order inflates the stream only once more. For src/dcmtk only.
 */
#ifndef MTLS_DCMTK_INFLATED_H
#define MTLS_DCMTK_INFLATED_H

#include <memory>
#include <stdint.h>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcistrma.h"

extern "C" {
#include "base/err.h"
#include "dicom/input.h"
#include "dicom/part10.h"
}

/* The stream, and how far it is inflated. */
class Inflation {
    public:
	Inflation(const struct instance *instance, uint64_t size);
	~Inflation();
	Inflation(const Inflation &) = delete;
	Inflation &operator=(const Inflation &) = delete;

	/* Its inflated size in bytes. */
	uint64_t size() const { return size_; }

	/* n bytes from `at` on; 0 if it failed. */
	size_t read(uint64_t at, void *bytes, size_t n);

	/* Why it failed, ERR_NONE if it did not. */
	const struct err &failure() const { return err_; }

    private:
	const uint64_t size_;
	struct err err_ = {};
	const int fd_;
	struct input in_;
};

/* From an offset in it on. */
class InflatedProducer : public DcmProducer {
    public:
	InflatedProducer(std::shared_ptr<Inflation> whole, uint64_t at) : whole_(std::move(whole)), at_(at) {}
	OFBool good() const override { return status().good(); }
	OFCondition status() const override;
	OFBool eos() override { return avail() == 0; }
	offile_off_t avail() override;
	offile_off_t read(void *bytes, offile_off_t size) override;
	offile_off_t skip(offile_off_t size) override;
	void putback(offile_off_t size) override { at_ -= static_cast<uint64_t>(size); }

	const std::shared_ptr<Inflation> &whole() const { return whole_; }
	uint64_t at() const { return at_; }

    private:
	std::shared_ptr<Inflation> whole_;
	uint64_t at_;
};

class InflatedStream : public DcmInputStream {
    public:
	InflatedStream(const std::shared_ptr<Inflation> &whole, uint64_t at)
	    : DcmInputStream(&producer_), producer_(whole, at) {}
	DcmInputStreamFactory *newFactory() const override;

    private:
	InflatedProducer producer_;
};

/* All of it, to read a data set from, like a NestedFile: reading also ends with a bad status if the
 * elements, of which a small stream can contain any number, would need more memory than that. */
class NestedInflated : public InflatedStream {
    public:
	NestedInflated(const std::shared_ptr<Inflation> &whole, uint64_t memory_max);
	OFCondition status() const override;
	OFBool eos() override { return is_too_much() || InflatedStream::eos(); }
	offile_off_t avail() override { return is_too_much() ? 0 : InflatedStream::avail(); }
	offile_off_t read(void *bytes, offile_off_t size) override;

	bool is_too_much() const { return taken_ > memory_max_; }
	bool is_whole() const { return status().good() && tell() == size_; }

    private:
	const char *base_; /* of the stack, where reading begins */
	const offile_off_t size_;
	const uint64_t memory_max_;
	uint64_t taken_ = 0; /* bytes of memory, roughly, for what was read */
};

#endif
