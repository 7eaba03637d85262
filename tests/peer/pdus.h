/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PEER_PDUS_H
#define PEER_PDUS_H

#include "wire.h"

constexpr unsigned char associate_request = 1, associate_acceptance = 2, p_data = 4, release_request = 5,
	release_response = 6, abort_request = 7;

/* The head of a presentation data value (PS3.8 9.3.5.1, E.2). */
struct Pdv {
	unsigned char context = 0;
	bool command = false;
	bool last = false;
};

/* Takes a stream apart into PDUs (PS3.8 9.3). Of P-DATA each value is handed on
 * in the pieces that it came in, without a copy; of others the whole body. */
class Pdus {
    public:
	/* Each returns false to end it. */
	struct Taker {
		virtual ~Taker() = default;
		virtual bool take_pdu(unsigned char type, const Bytes &body) = 0;
		virtual bool take_piece(const Pdv &pdv, const unsigned char *at, size_t size) = 0;
		virtual bool end_pdv(const Pdv &pdv) = 0;
		virtual bool break_off(const char *why) = 0; /* the stream is none of PDUs */
	};

	/* P-DATA of more than `max` bytes breaks the rules; 0: it may have any length. */
	Pdus(Taker &taker, size_t max) : taker_(taker), max_(max) {}

	/* False once it is over. */
	bool feed(const unsigned char *at, size_t size);

    private:
	enum class Due { pdu_head, body, pdv_head, pdv };

	size_t step(const unsigned char *at, size_t size);
	size_t gather(const unsigned char *at, size_t size);
	size_t add_to_body(const unsigned char *at, size_t size);
	size_t pass_on(const unsigned char *at, size_t size);
	void begin_pdu();
	void begin_pdv();
	void end_pdv();

	Taker &taker_;
	size_t max_;
	bool on_ = true;
	Due due_ = Due::pdu_head;
	unsigned char head_[6] = {}; /* of a PDU or a PDV: both have six bytes */
	size_t head_filled_ = 0;
	unsigned char type_ = 0;
	size_t pdu_left_ = 0, pdv_left_ = 0;
	Pdv pdv_;
	Bytes body_;
};

#endif
