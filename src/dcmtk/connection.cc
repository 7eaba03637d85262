/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <new>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dcmtk/dcmtls/tlstrans.h"

extern "C" {
#include "dicom/extneg.h"
#include "dicom/window.h"
}

namespace {

/* Of the PDU whose head this is, behind its head (PS3.8 9.3.1). */
size_t
length_of(const unsigned char *head)
{
	return size_t(head[2]) << 24 | size_t(head[3]) << 16 | size_t(head[4]) << 8 | head[5];
}

const int64_t last_words_patience = 100; /* ms: they are there, or on the way */

/* A-ABORT by the service provider: an invalid PDU parameter value (PS3.8 9.3.8). */
const unsigned char abort_invalid[] = { PDU_ABORT, 0, 0, 0, 0, 4, 0, 0, 2, 6 };

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
    : channel_(channel), deadline_(deadline_never()), staging_(new unsigned char[staging_size]),
      incoming_(new uint8_t[incoming_size])
{
}

PduPipe::~PduPipe()
{
	/* A user's password was in it, and patients' data. */
	explicit_bzero(staging_, staging_size);
	delete[] staging_;
	delete[] incoming_;
}

void
PduPipe::set_deadline(struct deadline deadline, bool heed_signals)
{
	const struct endpoint *endpoint = channel_endpoint(channel_);

	deadline_ = deadline_earlier(deadline, endpoint->limit);
	if (interrupted_)
		deadline_ = deadline_earlier(deadline_, interrupt_deadline(endpoint->send_timeout));
	heed_signals_ = heed_signals;
	timed_out_ = false;
}

/* Wait until something can be read. The deadline counts and an interrupt is
 * noticed even where the peer never stops sending. */
bool
PduPipe::await()
{
	int ready;

	for (;;) {
		if (!interrupted_ && interrupt_ends_waits()) {
			interrupted_ = true;
			deadline_ = deadline_earlier(deadline_,
				interrupt_deadline(channel_endpoint(channel_)->send_timeout));
		}
		if (interrupted_ && heed_signals_)
			return false;
		if (deadline_passed(deadline_)) {
			timed_out_ = true;
			return false;
		}
		ready = channel_readable(channel_, deadline_, !interrupted_);
		if (ready > 0)
			return true;
		if (ready < 0 && (interrupted_ || !interrupt_ends_waits() ||
				  channel_failure(channel_)->kind != ERR_NONE))
			return false;
	}
}

/* Until so many bytes of the PDU are there, and what comes with them. 1, 0: the peer closed, -1. */
ssize_t
PduPipe::receive_until(size_t size)
{
	while (received_ < size) {
		ssize_t n;

		if (!await())
			return -1;
		n = channel_read(channel_, incoming_ + received_, incoming_size - received_, deadline_);
		peer_closed_ = n == 0;
		if (n <= 0)
			return n;
		heard_ = true;
		received_ += static_cast<size_t>(n);
	}
	return 1;
}

/* The peer broke the protocol: tell it so (PS3.8 9.2.3, AA-8), and end as if it had closed. */
ssize_t
PduPipe::refuse()
{
	(void)!channel_write(channel_, abort_invalid, sizeof abort_invalid);
	return 0;
}

/* The PDU has been delivered: what came behind it begins the next one. */
void
PduPipe::forget()
{
	received_ -= pdu_size();
	memmove(incoming_, incoming_ + pdu_size(), received_);
	delivered_ = 0;
	whole_ = false;
}

/* Have a PDU whole, or the rest of one that DCMTK has begun. 1, 0: there is no more, -1. */
ssize_t
PduPipe::receive()
{
	ssize_t rv;

	if (whole_ && delivered_ < pdu_size())
		return 1;
	if (fault_.kind != ERR_NONE)
		return 0;
	if (whole_)
		forget();
	rv = receive_until(PDU_HEAD_SIZE);
	if (rv <= 0)
		return rv;
	if (pdu_head_parse(incoming_, &head_, &fault_) < 0)
		return refuse();
	rv = receive_until(pdu_size());
	if (rv <= 0)
		return rv;
	if (pdu_body_check(&head_, body(), &fault_) < 0)
		return refuse();
	whole_ = true;
	answered_ |= head_.type == PDU_ASSOCIATE_AC || head_.type == PDU_ASSOCIATE_RJ ||
		head_.type == PDU_ABORT;
	return 1;
}

bool
PduPipe::readable()
{
	return receive() > 0 || fault_.kind != ERR_NONE || peer_closed_ ||
	       channel_failure(channel_)->kind != ERR_NONE;
}

ssize_t
PduPipe::read(void *buf, size_t size)
{
	ssize_t rv = receive();

	if (rv < 0)
		errno = EIO;
	if (rv <= 0)
		return rv;
	if (size > pdu_size() - delivered_)
		size = pdu_size() - delivered_;
	memcpy(buf, incoming_ + delivered_, size);
	delivered_ += size;
	return static_cast<ssize_t>(size);
}

/* Behind a failed write: an A-ABORT that came before tells more than that the
 * connection is gone. Returns -1 with errno. */
ssize_t
PduPipe::last_words()
{
	bool timed_out = timed_out_;

	deadline_ = deadline_in(last_words_patience);
	while (!peer_aborted() && receive() > 0)
		delivered_ = pdu_size();
	timed_out_ = timed_out;
	errno = EIO;
	return -1;
}

int
PduPipe::flush()
{
	size_t size = waiting_;

	waiting_ = 0;
	requesting_ = false;
	return channel_write(channel_, staging_, size);
}

/* Add to the request of *size bytes that waits what DCMTK does not know of. -1: fault_ says why. */
int
PduPipe::complete_request(size_t *size)
{
	if (request_->related &&
	    extneg_append(request_->related, request_->plan, staging_, size, staging_size, &fault_) < 0)
		return -1;
	if (!request_->window)
		return 0;
	return window_propose(request_->window, staging_, size, staging_size, &fault_);
}

/* A piece of the request, which DCMTK need not write in one. It leaves once it is whole. DCMTK leaks a
 * request that it cannot send: the read that follows a failure fails all the same. */
ssize_t
PduPipe::write_request(const void *buf, size_t size)
{
	size_t whole;

	memcpy(staging_ + waiting_, buf, size);
	waiting_ += size;
	requesting_ = waiting_ < PDU_HEAD_SIZE || waiting_ < PDU_HEAD_SIZE + length_of(staging_);
	if (requesting_)
		return static_cast<ssize_t>(size);
	whole = waiting_;
	waiting_ = 0;
	if (complete_request(&whole) < 0) {
		channel_close(channel_);
	} else {
		waiting_ = whole;
		if (flush() < 0)
			(void)last_words();
	}
	return static_cast<ssize_t>(size);
}

/* Heads and what is held wait for the payload that follows them. */
ssize_t
PduPipe::write(const void *buf, size_t size)
{
	uint8_t type = *static_cast<const unsigned char *>(buf);
	const struct endpoint *endpoint = channel_endpoint(channel_);
	bool head = size == head_size && type == PDU_P_DATA;

	/* A receiver that takes data all the time never makes us wait, but the run ends all the same. */
	if (head && (deadline_passed(endpoint->limit) ||
			    deadline_passed(interrupt_deadline(endpoint->send_timeout)))) {
		timed_out_ = true;
		errno = ETIMEDOUT;
		return -1;
	}
	if (size > staging_size - waiting_ && flush() < 0)
		return last_words();
	if (size > staging_size)
		return channel_write(channel_, buf, size) < 0 ? last_words() : static_cast<ssize_t>(size);
	if (requesting_ || (type == PDU_ASSOCIATE_RQ && waiting_ == 0))
		return write_request(buf, size);
	if (buf != staging_ + waiting_)
		memmove(staging_ + waiting_, buf, size); /* a payload in pieces stands behind it */
	waiting_ += size;
	if (head || (next_ > 0 && staging_size - waiting_ >= head_size + next_))
		return static_cast<ssize_t>(size);
	return flush() < 0 ? last_words() : static_cast<ssize_t>(size);
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
