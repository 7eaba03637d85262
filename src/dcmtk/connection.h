/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Our channel in the place where DCMTK expects its own socket.
 *
 * DCMTK connects by itself (IPv4 only, with no deadline we could explain), and in
 * 3.6.7 to 3.7.0 no exported function takes a connection that exists. So it is given
 * a listening socket on the loopback to connect to, and its transport connection is
 * one that reads and writes the channel, with our deadlines and our explanation
 * of failures.
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

/* s. Of DCMTK's own timeouts: a connection over the loopback comes about at once or never;
 * and for all else our deadlines count. */
#define LOOPBACK_TIMEOUT 5
#define DCMTK_TIMEOUT	 1000000

/* What the association is at: how long it may take, and what is said should it fail. */
struct step {
	const char *doing;
	const char *phase;
	int64_t timeout;	/* ms, WAIT_FOREVER if it has none of its own */
	const char *option;	/* that sets it */
	bool stop_on_signals;	/* an interrupt ends it; else it may go on for the send timeout */
};

/*
 * What passes between one association and its channel: the outgoing PDUs,
 * gathered so that as many as fit leave in one write, and the incoming ones, of
 * which DCMTK gets none that is not whole and well-formed. Keeps the failure
 * that ended the connection. As a transport layer it hands DCMTK its connection.
 */
class Connection : public DcmTransportLayer {
    public:
	/* PDU and PDV head together, as DCMTK writes them (PS3.8 9.3.5). */
	static const size_t head_size = 12;
	/* A PDU of this payload has room behind a command that waits for it. */
	static const size_t payload_max = 131072;

	/* The channel is owned from now on. DCMTK's association request is completed by what
	 * ours has besides. */
	Connection(const struct association_request *request, struct channel *channel);
	/* A user's password was in it, and patients' data. */
	~Connection() override { explicit_bzero(staging_.get(), staging_size); }
	Connection(const Connection &) = delete;
	Connection &operator=(const Connection &) = delete;

	/* Have DCMTK connect, write its request, and read the answer. */
	OFCondition request(T_ASC_Network *network, T_ASC_Parameters *params, T_ASC_Association **asc);

	/* From now on the association is at this. */
	void begin(const struct step &step);

	/* Hold back what is written, as long as a payload of `next` bytes would have
	 * room behind it; 0: from the next payload on all leaves at once. */
	void hold(size_t next) { next_ = next; }

	/* Where the next PDV's bytes are to be put, so that they need no copy: behind the
	 * head, which DCMTK writes first. Room for as many as were announced to hold, for
	 * payload_max when nothing is held. Good until the next write. */
	unsigned char *payload() { return staging_.get() + waiting_ + head_size; }
	/* How many payloads of `size` bytes leave with one write, from payload() on and
	 * each head_size behind the one before. */
	size_t slots(size_t size) const { return (staging_size - waiting_) / (head_size + size); }

	/* DCMTK's side: bytes moved, 0 if the connection is over, or what was waited for did not come. */
	ssize_t read(void *buf, size_t size);
	ssize_t write(const void *buf, size_t size);
	bool readable() { return receive() || over_; }
	DcmTransportConnection *createConnection(DcmNativeSocketType socket, OFBool secure) override;

	/* The failure: why the step did not succeed, of which DCMTK says cond. Returns -1. */
	int explain(const OFCondition &cond, struct err *err) const;

	/* Nothing can be read or written any more. */
	bool is_over() const { return over_; }

	/* What the peer said so far. */
	enum peer_answer answer() const
	{
		return answered_ ? ANSWER_DICOM : heard_ ? ANSWER_OTHER : ANSWER_NONE;
	}

	/* The last whole PDU; type 0 before the first. The body stays until the next read. */
	uint8_t pdu_type() const { return whole_ ? head_.type : 0; }
	const uint8_t *body() const { return incoming_.get() + PDU_HEAD_SIZE; }
	size_t body_size() const { return head_.length; }

	const struct channel *channel() const { return channel_.get(); }
	/* close_notify, and the peer sees the end; what the channel knows stays. */
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

	size_t next_ = 0; /* hold what is written while so much more would fit */
	std::unique_ptr<unsigned char[]> staging_; /* the PDUs that leave next */
	size_t waiting_ = 0;	 /* bytes in it */
	bool requesting_ = false; /* a piece of the association request is */

	std::unique_ptr<uint8_t[]> incoming_; /* one PDU, head and body, and what came behind it */
	size_t received_ = 0;	/* bytes in it */
	size_t delivered_ = 0;	/* bytes of the PDU that DCMTK has */
	bool whole_ = false;	/* the PDU is, and checked */
	bool heard_ = false;	/* any byte came, */
	bool answered_ = false;	/* and a PDU that answers a request */
	struct pdu_head head_ = {};
};

#endif
