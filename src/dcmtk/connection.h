/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Puts our channel in place of DCMTK's own socket.
 *
 * DCMTK connects by itself (IPv4 only, and without our deadlines), and in 3.6.7 to 3.7.0 no exported
 * function accepts an existing connection. Therefore it connects to a listening socket on the loopback
 * interface, and its transport connection is replaced by one that reads and writes the channel, with our
 * deadlines and our explanation of failures.
 */
#ifndef MTLS_DCMTK_CONNECTION_H
#define MTLS_DCMTK_CONNECTION_H

#include <memory>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmnet/assoc.h"
#include "dcmtk/dcmnet/dcmlayer.h"

extern "C" {
#include "base/wait.h"
#include "dcmtk/association.h"
#include "dicom/pdu.h"
#include "net/channel.h"
}

/* s. DCMTK's own timeout: a connection over the loopback interface is made at once or never; everything
 * else has our deadlines. */
#define LOOPBACK_TIMEOUT 5
#define DCMTK_TIMEOUT	 1000000

/* The current step of the association: how long it may take, and the text if it fails. */
struct step {
	const char *doing;
	const char *phase;
	int64_t timeout;	/* ms, WAIT_FOREVER if it has none of its own */
	const char *option;	/* the option that sets it */
	bool stop_on_signals;	/* an interrupt ends it; else it may continue for the send timeout */
};

/*
 * The data between an association and its channel: outgoing PDUs, gathered so that as many as possible are
 * sent with one write, and incoming ones, which DCMTK gets only if they are complete and well-formed. Keeps
 * the failure that ended the connection. As a transport layer it gives DCMTK its connection.
 */
class Connection : public DcmTransportLayer {
    public:
	/* PDU and PDV header together, as DCMTK writes them (PS3.8 9.3.5). */
	static const size_t head_size = 12;
	/* A PDU with this payload fits after a command that waits for it. */
	static const size_t payload_max = 131072;

	/* The channel is owned from now on. Our additional items are added to DCMTK's association request. */
	Connection(const struct association_request *request, struct channel *channel);
	/* It contained a user's password and patients' data. */
	~Connection() override { explicit_bzero(staging_.get(), staging_size); }
	Connection(const Connection &) = delete;
	Connection &operator=(const Connection &) = delete;

	/* Let DCMTK connect, write its request, and read the answer. */
	OFCondition request(T_ASC_Network *network, T_ASC_Parameters *params, T_ASC_Association **asc);

	/* Set the association's current step. */
	void begin(const struct step &step);

	/* Hold what is written as long as a payload of `next` bytes would fit after it; 0: from the next
	 * payload on everything is sent at once. */
	void hold(size_t next) { next_ = next; }

	/* The place for the next PDV's bytes, so that they need not be copied: after the header, which
	 * DCMTK writes first. There is room for as many as were announced to hold, or for payload_max if
	 * nothing is held. Valid until the next write. */
	unsigned char *payload() { return staging_.get() + waiting_ + head_size; }
	/* How many payloads of `size` bytes are sent with one write, from payload() on and each head_size
	 * after the previous one. */
	size_t slots(size_t size) const { return (staging_size - waiting_) / (head_size + size); }

	/* For DCMTK: the number of bytes moved, 0 if the connection has ended or the wait failed. */
	ssize_t read(void *buf, size_t size);
	ssize_t write(const void *buf, size_t size);
	bool readable() { return receive() || over_; }
	DcmTransportConnection *createConnection(DcmNativeSocketType socket, OFBool secure) override;

	/* The failure: why the step failed, for which DCMTK returned cond. Returns -1. */
	int explain(const OFCondition &cond, struct err *err) const;

	/* Nothing more can be read or written. */
	bool is_over() const { return over_; }

	/* What the peer has answered until now. */
	enum peer_answer answer() const
	{
		return answered_ ? ANSWER_DICOM : heard_ ? ANSWER_OTHER : ANSWER_NONE;
	}

	/* The last complete PDU; type 0 before the first. The body is kept until the next read. */
	uint8_t pdu_type() const { return whole_ ? head_.type : 0; }
	const uint8_t *body() const { return incoming_.get() + PDU_HEAD_SIZE; }
	size_t body_size() const { return head_.length; }

	const struct channel *channel() const { return channel_.get(); }
	/* close_notify, and the peer sees the end; the channel's observations are kept. */
	void close() { channel_close(channel_.get()); }

    private:
	static const size_t staging_size = 1024 + head_size + payload_max;
	static const size_t incoming_size = PDU_HEAD_SIZE + PDU_BODY_MAX;

	struct Free {
		void operator()(struct channel *channel) const { channel_free(channel); }
	};

	void fail_loopback(const char *why);
	bool fail(const struct err &err);
	bool fail_late();
	void note_interrupt();
	bool may_wait();
	bool receive_until(size_t size);
	bool receive();
	bool refuse();
	void note_abort();
	size_t pdu_size() const { return PDU_HEAD_SIZE + head_.length; }
	void forget();
	bool flush();
	bool send(const void *buf, size_t size);
	ssize_t write_request(const void *buf, size_t size);
	bool complete_request(size_t *size);

	const struct association_request *request_;
	const struct endpoint *endpoint_;
	std::unique_ptr<struct channel, Free> channel_;
	struct step step_ = {};
	struct deadline deadline_; /* of the step, or of what ends it earlier */
	struct err failure_ = {};  /* kind ERR_NONE: none yet */
	bool interrupted_ = false; /* the step's wait was */
	bool over_ = false;

	size_t next_ = 0; /* hold what is written while this much more would fit */
	std::unique_ptr<unsigned char[]> staging_; /* the PDUs to be sent next */
	size_t waiting_ = 0;	 /* bytes in it */
	bool requesting_ = false; /* a piece of the association request is */

	std::unique_ptr<uint8_t[]> incoming_; /* one PDU, header and body, and what came after it */
	size_t received_ = 0;	/* bytes in it */
	size_t delivered_ = 0;	/* bytes of the PDU that DCMTK has read */
	bool whole_ = false;	/* the PDU is complete and checked */
	bool heard_ = false;	/* any byte came */
	bool answered_ = false;	/* a PDU that answers a request came */
	struct pdu_head head_ = {};
};

#endif
