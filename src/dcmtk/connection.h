/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Our channel in the place where DCMTK expects its own socket.
 *
 * DCMTK dials by itself (IPv4 only, no deadline we could explain). So it is
 * given a listening socket on the loopback to connect to; once it has, its
 * descriptor is replaced by our channel's (dup2), and what it reads and writes
 * goes through the channel, with our deadlines and our explanation of failures.
 */
#ifndef MTLS_DCMTK_CONNECTION_H
#define MTLS_DCMTK_CONNECTION_H

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmnet/dcmlayer.h"
#include "dcmtk/dcmnet/dcmtrans.h"

extern "C" {
#include "base/wait.h"
#include "dcmtk/association.h"
#include "dicom/pdu.h"
#include "net/channel.h"
}

/*
 * What passes between one association and its connection: the outgoing PDUs,
 * gathered so that as many as fit leave in one write, and the incoming ones, of
 * which DCMTK gets none that is not whole and well-formed.
 */
class PduPipe {
    public:
	/* PDU and PDV head together, as DCMTK writes them (PS3.8 9.3.5). */
	static const size_t head_size = 12;
	/* A PDU of this payload has room behind a command that waits for it. */
	static const size_t payload_max = 131072;

	explicit PduPipe(struct channel *channel);
	~PduPipe();
	PduPipe(const PduPipe &) = delete;
	PduPipe &operator=(const PduPipe &) = delete;

	/* Everything read or waited for from now on is due by then. With
	 * heed_signals an interrupt ends the wait; without, it only bounds it
	 * by the channel's send timeout, from the interrupt on (an object in flight is finished). */
	void set_deadline(struct deadline deadline, bool heed_signals);

	/* Hold back what is written, as long as a payload of `next` bytes would have
	 * room behind it; 0: from the next payload on all leaves at once. */
	void hold(size_t next) { next_ = next; }

	/* What is to go with the association request besides what DCMTK puts into it. */
	void announce(const struct association_request *request) { request_ = request; }

	/* Where the next PDV's bytes are to be put, so that they need no copy: behind the
	 * head, which DCMTK writes first. Room for as many as were announced to hold, for
	 * payload_max when nothing is held. Good until the next write. */
	unsigned char *payload() { return staging_ + waiting_ + head_size; }
	/* How many payloads of `size` bytes leave with one write, from payload() on and
	 * each head_size behind the one before. */
	size_t slots(size_t size) const { return (staging_size - waiting_) / (head_size + size); }

	/* DCMTK's side: bytes moved, or -1 (0 from read: closed by the peer). */
	ssize_t read(void *buf, size_t size);
	ssize_t write(const void *buf, size_t size);
	bool readable();
	void close() { channel_close(channel_); }

	/* Why it ended, as far as the pipe saw it. */
	bool timed_out() const { return timed_out_; }
	bool interrupted() const { return interrupted_; }
	bool peer_closed() const { return peer_closed_; }
	bool peer_aborted() const { return whole_ && head_.type == PDU_ABORT; }
	/* -1: the A-ABORT is too short to tell. */
	int abort_source() const { return head_.length >= 4 ? body()[2] : -1; }
	int abort_reason() const { return head_.length >= 4 ? body()[3] : -1; }
	/* What the peer's last bytes broke; kind ERR_NONE if nothing. */
	const struct err *fault() const { return &fault_; }

	/* What the peer said so far. */
	enum peer_answer answer() const
	{
		return answered_ ? ANSWER_DICOM : heard_ ? ANSWER_OTHER : ANSWER_NONE;
	}

	/* The last whole PDU; type 0 before the first. The body stays until the next read. */
	uint8_t pdu_type() const { return whole_ ? head_.type : 0; }
	const uint8_t *body() const { return incoming_ + PDU_HEAD_SIZE; }
	size_t body_size() const { return head_.length; }

	struct channel *channel() const { return channel_; }

    private:
	static const size_t staging_size = 1024 + head_size + payload_max;
	static const size_t incoming_size = PDU_HEAD_SIZE + PDU_BODY_MAX;

	bool await();
	size_t pdu_size() const { return PDU_HEAD_SIZE + head_.length; }
	void forget();
	ssize_t receive();
	ssize_t receive_until(size_t size);
	ssize_t refuse();
	int flush();
	ssize_t last_words();
	ssize_t write_request(const void *buf, size_t size);
	int complete_request(size_t *size);

	struct channel *channel_;
	const struct association_request *request_ = nullptr;
	struct deadline deadline_;
	bool heed_signals_ = true;
	size_t next_ = 0; /* hold what is written while so much more would fit */
	unsigned char *staging_; /* the PDUs that leave next */
	size_t waiting_ = 0;	 /* bytes in it */
	bool requesting_ = false; /* a piece of the association request is */

	uint8_t *incoming_;	/* one PDU, head and body, and what came behind it */
	size_t received_ = 0;	/* bytes in it */
	size_t delivered_ = 0;	/* bytes of the PDU that DCMTK has */
	bool whole_ = false;	/* the PDU is, and checked */
	bool heard_ = false;	/* any byte came, */
	bool answered_ = false;	/* and a PDU that answers a request */
	struct pdu_head head_ = {};
	struct err fault_ = {};
	bool timed_out_ = false;
	bool interrupted_ = false;
	bool peer_closed_ = false;
};

/* Hands DCMTK connections over one pipe. */
class ChannelLayer : public DcmTransportLayer {
    public:
	explicit ChannelLayer(PduPipe &pipe) : pipe_(pipe) {}
	DcmTransportConnection *createConnection(DcmNativeSocketType socket, OFBool secure) override;

    private:
	PduPipe &pipe_;
};

/* A socket that listens on 127.0.0.1, for DCMTK to connect to; *port is set. -1 with errno. */
int loopback_listen(unsigned short *port);

#endif
