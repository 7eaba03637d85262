/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <new>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dcmtk/dcmnet/cond.h"
#include "dcmtk/dcmnet/dul.h"
#include "dcmtk/dcmtls/tlstrans.h"

extern "C" {
#include "base/text.h"
#include "dicom/extneg.h"
#include "dicom/status.h"
#include "dicom/userinfo.h"
}

namespace {

const int64_t abort_wait = 100; /* ms to wait for an A-ABORT after a failed write */

/* A-ABORT by the service provider: an invalid PDU parameter value (PS3.8 9.3.8). */
const unsigned char abort_invalid[] = { PDU_ABORT, 0, 0, 0, 0, 4, 0, 0, 2, 6 };

/* The length of the PDU after its header (PS3.8 9.3.1). */
size_t
pdu_length(const unsigned char *head)
{
	return size_t(head[2]) << 24 | size_t(head[3]) << 16 | size_t(head[4]) << 8 | head[5];
}

/*
 * dcmtls's connection with our reads and writes. It owns DCMTK's socket; the channel owns the SSL, if there
 * is one.
 */
class ChannelConnection final : public DcmTLSConnection {
    public:
	ChannelConnection(DcmNativeSocketType socket, Connection &connection)
	    : DcmTLSConnection(socket, nullptr), connection_(connection)
	{
	}

	/* DCMTK's last use of its socket. The TLS handshake was done before DCMTK got the channel. */
	OFCondition clientSideHandshake() override
	{
		closeTransportConnection();
		return EC_Normal;
	}
	ssize_t read(void *buf, size_t size) override { return connection_.read(buf, size); }
	ssize_t write(void *buf, size_t size) override { return connection_.write(buf, size); }
	OFBool networkDataAvailable(int) override { return connection_.readable(); }
	void close() override
	{
		connection_.close();
		closeTransportConnection();
	}

    private:
	Connection &connection_;
};

/* A socket that listens on 127.0.0.1; *port is set. -1 with errno. */
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

} /* namespace */

Connection::Connection(const struct association_request *request, struct channel *channel)
    : request_(request), endpoint_(request->endpoint), channel_(channel), deadline_(deadline_never()),
      staging_(new unsigned char[staging_size]), incoming_(new uint8_t[incoming_size])
{
}

DcmTransportConnection *
Connection::createConnection(DcmNativeSocketType socket, OFBool)
{
	DcmTransportConnection *made = new (std::nothrow) ChannelConnection(socket, *this);

	if (!made)
		err_nomem(&failure_);
	return made;
}

void
Connection::fail_loopback(const char *why)
{
	err_set(&failure_, ERR_INTERNAL, "the loopback interface cannot be used: %s", why);
	err_hint(&failure_, "DCMTK, which speaks DICOM for this program, needs a connection over 127.0.0.1: "
		"bring the interface up (ip link set lo up), or let the firewall pass it.");
}

OFCondition
Connection::request(T_ASC_Network *network, T_ASC_Parameters *params, T_ASC_Association **asc)
{
	char address[32];
	unsigned short port;
	OFCondition cond;
	int listener = loopback_listen(&port);

	if (listener < 0) {
		fail_loopback(strerror(errno));
		return EC_IllegalCall;
	}
	text_format(address, sizeof address, "127.0.0.1:%u", port);
	ASC_setPresentationAddresses(params, "localhost", address);
	cond = ASC_requestAssociation(network, params, asc, nullptr, nullptr, DUL_NOBLOCK, DCMTK_TIMEOUT);
	::close(listener);
	if (cond.code() == DULC_TCPINITERROR && failure_.kind == ERR_NONE)
		fail_loopback(cond.text());
	return cond;
}

void
Connection::begin(const struct step &step)
{
	step_ = step;
	deadline_ = deadline_earlier(deadline_in(step.timeout), endpoint_->limit);
	if (interrupted_)
		deadline_ = deadline_earlier(deadline_, interrupt_deadline(endpoint_->send_timeout));
}

int
Connection::explain(const OFCondition &cond, struct err *err) const
{
	char sent[32];

	if (failure_.kind != ERR_NONE)
		*err = failure_;
	else if (cond == DUL_PEERREQUESTEDRELEASE)
		err_set(err, ERR_ABORTED, "the receiver released the association");
	else if (cond.good() || cond == DUL_PDATAPDUARRIVED)
		err_set(err, ERR_ABORTED, "the receiver sent %s unexpectedly",
			pdu_name(pdu_type(), sent, sizeof sent));
	else
		err_set(err, ERR_ABORTED, "the receiver violated the DICOM upper layer protocol: %s",
			cond.text());
	if (err->kind == ERR_ABORTED)
		err_hint(err, "See the receiver's log; if it does not tell, report this with the output of "
			"-d.");
	err_phase(err, step_.phase);
	return err_wrap(err, "%s", step_.doing);
}

/* The first failure counts, and what follows a signal comes from that; ERR_NONE: nothing but the end of the
 * run. Returns false. */
bool
Connection::fail(const struct err &err)
{
	if (failure_.kind != ERR_NONE)
		return false;
	failure_ = err;
	if (err.kind == ERR_NONE || (interrupted_ && interrupt_signal()))
		interrupt_err(&failure_);
	return false;
}

/* The time of the step or of the run is over, or the time that an interrupt leaves. */
bool
Connection::fail_late()
{
	if (failure_.kind != ERR_NONE)
		return false;
	if (deadline_passed(endpoint_->limit)) {
		err_set(&failure_, ERR_TIMEOUT, "no answer before --max-time ended the run");
	} else if (interrupt_ends_waits()) {
		err_set(&failure_, ERR_TIMEOUT, "%s, not finished within %lld ms",
			interrupt_signal() ? "interrupted" : "the run had ended",
			static_cast<long long>(endpoint_->send_timeout));
		err_hint(&failure_, "--send-timeout waits longer.");
	} else {
		err_set(&failure_, ERR_TIMEOUT, "no answer within %lld ms",
			static_cast<long long>(step_.timeout));
		err_hint(&failure_, "If the receiver is slow, raise %s; otherwise see its "
			"log.", step_.option);
	}
	return false;
}

void
Connection::note_interrupt()
{
	if (interrupted_ || !interrupt_ends_waits())
		return;
	interrupted_ = true;
	deadline_ = deadline_earlier(deadline_, interrupt_deadline(endpoint_->send_timeout));
}

/* The deadline applies and an interrupt is noticed even if the peer never stops sending. */
bool
Connection::may_wait()
{
	note_interrupt();
	if (interrupted_ && step_.stop_on_signals)
		return fail({});
	return !deadline_passed(deadline_) || fail_late();
}

/* Read until this many bytes of the PDU are there, together with what follows them. */
bool
Connection::receive_until(size_t size)
{
	struct err err;
	size_t count;

	while (received_ < size) {
		if (!may_wait())
			return false;
		switch (channel_read(channel_.get(), incoming_.get() + received_, incoming_size - received_,
			&count, deadline_, !interrupted_, &err)) {
		case CHANNEL_DATA:
			heard_ = true;
			received_ += count;
			break;
		case CHANNEL_NOTHING:
			break;
		case CHANNEL_END:
			channel_explain_close(channel_.get(), &err);
			[[fallthrough]];
		case CHANNEL_FAILED:
			over_ = true;
			return fail(err);
		}
	}
	return true;
}

/* The peer violated the protocol, as failure_ says: send an A-ABORT (PS3.8 9.2.3, AA-8). A peer that
 * answers a request in this way will do it again. */
bool
Connection::refuse()
{
	struct err ignored;

	if (!answered_)
		failure_.retryable = RETRY_NEVER;
	(void)!channel_write(channel_.get(), abort_invalid, sizeof abort_invalid, &ignored);
	over_ = true;
	return false;
}

/* It says more than a failed write. */
void
Connection::note_abort()
{
	if (head_.length >= 4)
		status_abort(body()[2], body()[3], &failure_);
	else
		status_abort(-1, -1, &failure_);
	over_ = true;
}

/* The PDU has been delivered: what follows it begins the next one. */
void
Connection::forget()
{
	received_ -= pdu_size();
	memmove(incoming_.get(), incoming_.get() + pdu_size(), received_);
	delivered_ = 0;
	whole_ = false;
}

/* Read a complete PDU, or use the rest of one that DCMTK has begun. */
bool
Connection::receive()
{
	if (whole_ && delivered_ < pdu_size())
		return true;
	if (over_)
		return false;
	if (whole_)
		forget();
	if (!receive_until(PDU_HEAD_SIZE))
		return false;
	if (pdu_head_parse(incoming_.get(), &head_, &failure_) < 0)
		return refuse();
	if (!receive_until(pdu_size()))
		return false;
	if (pdu_body_check(&head_, body(), &failure_) < 0)
		return refuse();
	whole_ = true;
	answered_ |= head_.type == PDU_ASSOCIATE_AC || head_.type == PDU_ASSOCIATE_RJ ||
		head_.type == PDU_ABORT;
	if (head_.type == PDU_ABORT)
		note_abort();
	return true;
}

ssize_t
Connection::read(void *buf, size_t size)
{
	if (!receive())
		return 0;
	if (size > pdu_size() - delivered_)
		size = pdu_size() - delivered_;
	memcpy(buf, incoming_.get() + delivered_, size);
	delivered_ += size;
	return static_cast<ssize_t>(size);
}

/* If that fails, an A-ABORT that came before says more than that the connection is lost. */
bool
Connection::send(const void *buf, size_t size)
{
	struct err err;

	if (channel_write(channel_.get(), buf, size, &err) == 0)
		return true;
	note_interrupt();
	fail(err);
	deadline_ = deadline_in(abort_wait);
	while (receive())
		delivered_ = pdu_size();
	over_ = true;
	return false;
}

bool
Connection::flush()
{
	size_t size = waiting_;

	waiting_ = 0;
	requesting_ = false;
	return send(staging_.get(), size);
}

/* Add what DCMTK does not support to the waiting request of *size bytes. */
bool
Connection::complete_request(size_t *size)
{
	unsigned char *pdu = staging_.get();

	if (request_->related &&
	    extneg_append(request_->related, request_->plan, pdu, size, staging_size, &failure_) < 0)
		return false;
	return !request_->window || window_propose(request_->window, pdu, size, staging_size, &failure_) == 0;
}

/* A piece of the request, which DCMTK may write in several. It is sent once it is complete. DCMTK leaks a
 * request that it cannot send; instead, the read after a failure fails. */
ssize_t
Connection::write_request(const void *buf, size_t size)
{
	memcpy(staging_.get() + waiting_, buf, size);
	waiting_ += size;
	requesting_ = waiting_ < PDU_HEAD_SIZE || waiting_ < PDU_HEAD_SIZE + pdu_length(staging_.get());
	if (requesting_)
		return static_cast<ssize_t>(size);
	if (complete_request(&waiting_)) {
		(void)flush();
	} else {
		failure_.retryable = RETRY_NEVER;
		over_ = true;
		close();
	}
	return static_cast<ssize_t>(size);
}

/* Headers and what is held wait for the payload that follows them. */
ssize_t
Connection::write(const void *buf, size_t size)
{
	uint8_t type = *static_cast<const unsigned char *>(buf);
	bool head = size == head_size && type == PDU_P_DATA;

	if (over_)
		return 0;
	/* A receiver that accepts data all the time never makes us wait, but the run must still end. */
	if (head && (deadline_passed(endpoint_->limit) ||
			    deadline_passed(interrupt_deadline(endpoint_->send_timeout)))) {
		fail_late();
		return 0;
	}
	if (size > staging_size - waiting_ && !flush())
		return 0;
	if (size > staging_size)
		return send(buf, size) ? static_cast<ssize_t>(size) : 0;
	if (requesting_ || (type == PDU_ASSOCIATE_RQ && waiting_ == 0))
		return write_request(buf, size);
	if (buf != staging_.get() + waiting_)
		memmove(staging_.get() + waiting_, buf, size); /* a payload in pieces follows it */
	waiting_ += size;
	if (head || (next_ > 0 && staging_size - waiting_ >= head_size + next_))
		return static_cast<ssize_t>(size);
	return flush() ? static_cast<ssize_t>(size) : 0;
}
