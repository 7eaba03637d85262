/* SPDX-License-Identifier: BSD-3-Clause */
#include "pdus.h"

#include <algorithm>
#include <cstring>

namespace {

constexpr size_t body_max = 1 << 20;
constexpr size_t pdv_head_size = 6;

size_t
big32(const unsigned char *from)
{
	return static_cast<size_t>(from[0]) << 24 | static_cast<size_t>(from[1]) << 16 |
		static_cast<size_t>(from[2]) << 8 | from[3];
}

} /* namespace */

bool
Pdus::feed(const unsigned char *at, size_t size)
{
	while (size > 0 && on_) {
		size_t taken = step(at, size);

		at += taken;
		size -= taken;
	}
	return on_;
}

/* Take what belongs together, at least one byte. */
size_t
Pdus::step(const unsigned char *at, size_t size)
{
	switch (due_) {
	case Due::body:
		return add_to_body(at, std::min(size, pdu_left_));
	case Due::pdv:
		return pass_on(at, std::min(size, pdv_left_));
	case Due::pdu_head:
	case Due::pdv_head:
		break;
	}
	return gather(at, size);
}

size_t
Pdus::gather(const unsigned char *at, size_t size)
{
	size_t taken = std::min(size, sizeof head_ - head_filled_);

	std::memcpy(head_ + head_filled_, at, taken);
	head_filled_ += taken;
	if (head_filled_ < sizeof head_)
		return taken;
	head_filled_ = 0;
	if (due_ == Due::pdu_head)
		begin_pdu();
	else
		begin_pdv();
	return taken;
}

void
Pdus::begin_pdu()
{
	bool data = head_[0] == p_data;

	type_ = head_[0];
	pdu_left_ = big32(head_ + 2);
	body_.clear();
	if (data && max_ > 0 && pdu_left_ > max_)
		on_ = taker_.break_off("a PDU is longer than was announced");
	else if (data ? pdu_left_ < pdv_head_size : pdu_left_ > body_max)
		on_ = taker_.break_off("not a PDU");
	else if (data)
		due_ = Due::pdv_head;
	else if (pdu_left_ > 0)
		due_ = Due::body;
	else
		on_ = taker_.take_pdu(type_, body_);
}

size_t
Pdus::add_to_body(const unsigned char *at, size_t size)
{
	body_.insert(body_.end(), at, at + size);
	pdu_left_ -= size;
	if (pdu_left_ == 0) {
		due_ = Due::pdu_head;
		on_ = taker_.take_pdu(type_, body_);
	}
	return size;
}

void
Pdus::begin_pdv()
{
	size_t length = big32(head_);

	pdu_left_ -= sizeof head_;
	if (length < 2 || length - 2 > pdu_left_) {
		on_ = taker_.break_off("a PDV is longer than its PDU");
		return;
	}
	pdv_left_ = length - 2;
	pdv_.context = head_[4];
	pdv_.command = head_[5] & 1;
	pdv_.last = head_[5] & 2;
	due_ = Due::pdv;
	if (pdv_left_ == 0)
		end_pdv();
}

size_t
Pdus::pass_on(const unsigned char *at, size_t size)
{
	pdv_left_ -= size;
	pdu_left_ -= size;
	on_ = taker_.take_piece(pdv_, at, size);
	if (on_ && pdv_left_ == 0)
		end_pdv();
	return size;
}

void
Pdus::end_pdv()
{
	on_ = taker_.end_pdv(pdv_);
	if (pdu_left_ == 0)
		due_ = Due::pdu_head;
	else if (pdu_left_ >= pdv_head_size)
		due_ = Due::pdv_head;
	else if (on_)
		on_ = taker_.break_off("bytes are left in a PDU");
}
