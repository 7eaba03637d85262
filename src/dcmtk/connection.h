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
#include "net/channel.h"
}

/*
 * What passes between one association and its connection: the outgoing PDUs,
 * gathered so that each leaves in one write, and a watch over the incoming
 * ones, because DCMTK throws away why a peer aborted.
 */
class PduPipe {
    public:
	/* Payload goes here, so that the heads before it need no copy of it. */
	static const size_t headroom = 1024;
	static const size_t payload_max = 131072;

	explicit PduPipe(struct channel *channel);
	~PduPipe();
	PduPipe(const PduPipe &) = delete;
	PduPipe &operator=(const PduPipe &) = delete;

	/* Everything read or waited for from now on is due by then. With
	 * heed_signals an interrupt ends the wait; without, it only bounds it
	 * by the channel's send timeout (an object in flight is finished). */
	void set_deadline(struct deadline deadline, bool heed_signals);

	/* Hold back what is written until the next payload goes out. */
	void hold(bool on) { hold_ = on; }

	/* payload_max bytes to be filled by whoever sends PDVs. */
	unsigned char *payload() { return staging_ + headroom; }

	/* DCMTK's side: bytes moved, or -1 (0 from read: closed by the peer). */
	ssize_t read(void *buf, size_t size);
	ssize_t write(const void *buf, size_t size);
	bool readable();
	void close() { channel_close(channel_); }

	/* Why it ended, as far as the pipe saw it. */
	bool timed_out() const { return timed_out_; }
	bool interrupted() const { return interrupted_; }
	bool peer_closed() const { return peer_closed_; }
	bool peer_aborted() const { return aborted_; }
	int abort_source() const { return abort_source_; }
	int abort_reason() const { return abort_reason_; }
	unsigned long oversized() const { return oversized_; }

	struct channel *channel() const { return channel_; }

    private:
	void watch(const unsigned char *bytes, size_t size);
	ssize_t write_pending_and(const void *buf, size_t size);

	struct channel *channel_;
	struct deadline deadline_;
	bool heed_signals_ = true;
	bool hold_ = false;
	unsigned char *staging_;
	unsigned char pending_[headroom]; /* PDU heads and commands waiting for a payload */
	size_t pending_size_ = 0;

	unsigned char pdu_head_[10]; /* of the incoming PDU, as far as seen */
	size_t pdu_seen_ = 0;
	unsigned long pdu_left_ = 0; /* bytes of it that are still to come, behind pdu_head_ */
	bool timed_out_ = false;
	bool interrupted_ = false;
	bool peer_closed_ = false;
	bool aborted_ = false;
	int abort_source_ = -1;
	int abort_reason_ = -1;
	unsigned long oversized_ = 0; /* length of a PDU too long to be honest */
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
