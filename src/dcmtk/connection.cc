/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <new>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dcmtk/dcmtls/tlstrans.h"

namespace {

/* PS3.8 9.3: type, reserved, four bytes of length. */
const size_t pdu_head_size = 6;
const unsigned char pdu_p_data = 0x04;
const unsigned char pdu_a_abort = 0x07;

/* P-DATA-TF PDU and PDV head together, as DCMTK writes them first (PS3.8 9.3.5). */
const size_t p_data_head_size = 12;

/* No honest A-ASSOCIATE-AC or response is longer. DCMTK allocates what a length field claims. */
const unsigned long pdu_length_max = 1UL << 20;

/*
 * dcmtls's and dcmnet's connections with our reads and writes. The base closes
 * the descriptor (and drops its reference to the SSL) when it is destroyed.
 */
template <class Base> class ChannelConnection final : public Base {
    public:
	template <class... Args>
	explicit ChannelConnection(PduPipe &pipe, Args... args) : Base(args...), pipe_(pipe) {}

	/* Done before DCMTK heard of the channel. */
	OFCondition clientSideHandshake() override { return EC_Normal; }

	ssize_t read(void *buf, size_t size) override { return pipe_.read(buf, size); }
	ssize_t write(void *buf, size_t size) override { return pipe_.write(buf, size); }
	OFBool networkDataAvailable(int) override { return pipe_.readable(); }
	void close() override
	{
		pipe_.close();
		Base::closeTransportConnection();
	}

    private:
	PduPipe &pipe_;
};

} /* namespace */

PduPipe::PduPipe(struct channel *channel)
    : channel_(channel), deadline_(deadline_never()), staging_(new unsigned char[headroom + payload_max])
{
}

PduPipe::~PduPipe()
{
	explicit_bzero(staging_, headroom + payload_max); /* a user's password was in it, and patients' data */
	delete[] staging_;
}

void
PduPipe::set_deadline(struct deadline deadline, bool heed_signals)
{
	deadline_ = deadline_earlier(deadline, channel_endpoint(channel_)->limit);
	heed_signals_ = heed_signals;
	timed_out_ = false;
}

bool
PduPipe::readable()
{
	int ready = channel_readable(channel_, deadline_, !interrupted_);

	if (ready < 0 && channel_failure(channel_)->kind == ERR_NONE && !interrupted_ && interrupt_signal()) {
		interrupted_ = true;
		if (heed_signals_)
			return false;
		deadline_ =
			deadline_earlier(deadline_, deadline_in(channel_endpoint(channel_)->send_timeout));
		ready = channel_readable(channel_, deadline_, false);
	}
	if (ready == 0)
		timed_out_ = true;
	return ready > 0;
}

ssize_t
PduPipe::read(void *buf, size_t size)
{
	ssize_t n = channel_read(channel_, buf, size, deadline_);

	if (n == 0)
		peer_closed_ = true;
	if (n < 0) {
		errno = EIO;
		return -1;
	}
	watch(static_cast<const unsigned char *>(buf), static_cast<size_t>(n));
	if (oversized_ || n == 0)
		return 0;
	return n;
}

/* Follow the stream of incoming PDUs; keep an A-ABORT's source and reason. */
void
PduPipe::watch(const unsigned char *bytes, size_t size)
{
	while (size > 0) {
		size_t n;

		if (pdu_seen_ < pdu_head_size) {
			pdu_head_[pdu_seen_++] = *bytes++;
			size--;
			if (pdu_seen_ < pdu_head_size)
				continue;
			pdu_left_ = static_cast<unsigned long>(pdu_head_[2]) << 24 |
				    static_cast<unsigned long>(pdu_head_[3]) << 16 |
				    static_cast<unsigned long>(pdu_head_[4]) << 8 | pdu_head_[5];
			if (pdu_left_ > pdu_length_max)
				oversized_ = pdu_left_;
		} else {
			n = size < pdu_left_ ? size : pdu_left_;
			for (size_t i = 0; i < n && pdu_seen_ < sizeof pdu_head_; i++)
				pdu_head_[pdu_seen_++] = bytes[i];
			bytes += n;
			size -= n;
			pdu_left_ -= n;
		}
		if (pdu_left_ > 0)
			continue;
		if (pdu_head_[0] == pdu_a_abort) {
			aborted_ = true;
			abort_source_ = pdu_seen_ == sizeof pdu_head_ ? pdu_head_[8] : -1;
			abort_reason_ = pdu_seen_ == sizeof pdu_head_ ? pdu_head_[9] : -1;
		}
		pdu_seen_ = 0;
	}
}

/* What waits goes first; a payload that stands in our staging area is joined to it in place. */
ssize_t
PduPipe::write_pending_and(const void *buf, size_t size)
{
	unsigned char *start = payload() - pending_size_;
	size_t all = pending_size_ + size;

	if (buf != payload() && all > pending_size_) {
		if (size > payload_max) {
			errno = EMSGSIZE;
			return -1;
		}
		memcpy(payload(), buf, size);
	}
	memcpy(start, pending_, pending_size_);
	pending_size_ = 0;
	if (channel_write(channel_, start, all) < 0) {
		errno = EIO;
		return -1;
	}
	return static_cast<ssize_t>(size);
}

ssize_t
PduPipe::write(const void *buf, size_t size)
{
	bool head = size == p_data_head_size && *static_cast<const unsigned char *>(buf) == pdu_p_data;

	if ((head || hold_) && pending_size_ + size <= sizeof pending_) {
		memcpy(pending_ + pending_size_, buf, size);
		pending_size_ += size;
		return static_cast<ssize_t>(size);
	}
	return write_pending_and(buf, size);
}

DcmTransportConnection *
ChannelLayer::createConnection(DcmNativeSocketType socket, OFBool)
{
	SSL *ssl = channel_ssl(pipe_.channel());
	DcmTransportConnection *connection;

	/* DCMTK goes on to set options on the descriptor it passed: it must stay valid. */
	if (dup2(channel_fd(pipe_.channel()), socket) < 0)
		return nullptr;
	if (!ssl)
		return new (std::nothrow) ChannelConnection<DcmTCPConnection>(pipe_, socket);
	SSL_up_ref(ssl);
	connection = new (std::nothrow) ChannelConnection<DcmTLSConnection>(pipe_, socket, ssl);
	if (!connection)
		SSL_free(ssl);
	return connection;
}

int
loopback_listen(unsigned short *port)
{
	struct sockaddr_in address = {};
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int saved;

	if (fd < 0)
		return -1;
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, reinterpret_cast<struct sockaddr *>(&address), size) < 0 || listen(fd, 1) < 0 ||
	    getsockname(fd, reinterpret_cast<struct sockaddr *>(&address), &size) < 0) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	*port = ntohs(address.sin_port);
	return fd;
}
