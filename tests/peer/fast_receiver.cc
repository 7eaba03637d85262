/* SPDX-License-Identifier: BSD-3-Clause */
#include "fast_receiver.h"
#include "associate.h"
#include "inbox.h"
#include "disconnect.h"
#include "pdus.h"
#include "wire.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>
#include <random>
#include <utility>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr size_t read_ahead = 128 * 1024; /* from the socket at once */
constexpr size_t command_max = 65536;
constexpr int reads_before_writing = 16;
constexpr unsigned shuffle_delay = 5; /* ms, where no --delay says more */

bool
names(const std::vector<std::string> &list, const std::string &uid)
{
	return std::find(list.begin(), list.end(), uid) != list.end();
}

/* A connection, non-blocking; over TLS, or plain without a context. */
class Line {
    public:
	Line(SSL_CTX *context, int fd) : ssl_(context ? SSL_new(context) : nullptr), fd_(fd)
	{
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		if (!context)
			return;
		if (!ssl_ || !SSL_set_fd(ssl_, fd))
			die("no TLS connection");
		SSL_set_read_ahead(ssl_, 1);
		SSL_set_default_read_buffer_len(ssl_, read_ahead);
		SSL_set_accept_state(ssl_);
	}
	~Line()
	{
		SSL_free(ssl_);
		close(fd_);
	}
	Line(const Line &) = delete;
	Line &operator=(const Line &) = delete;

	/* How many bytes came; 0: none yet; -1: never again. */
	int read(unsigned char *to, int size);
	bool write(const Bytes &bytes);
	/* May there be bytes that poll knows nothing of? */
	bool pending() const { return ssl_ && SSL_has_pending(ssl_); }
	/* Until bytes come, or for so long; less than nothing: without end. */
	void wait(microseconds timeout_ms) const;
	void part(const Bytes &words);
	void hang_up() { shutdown(fd_, SHUT_RDWR); }
	void outlast_peer() { outlast(fd_); }

    private:
	void await(short events) const;
	bool write_plain(const Bytes &bytes);

	SSL *ssl_; /* null: plain */
	int fd_;
};

void
Line::await(short events) const
{
	struct pollfd ready = { fd_, events, 0 };

	poll(&ready, 1, -1);
}

void
Line::wait(microseconds timeout_ms) const
{
	struct pollfd ready = { fd_, POLLIN, 0 };
	struct timespec limit = { static_cast<time_t>(timeout_ms.count() / 1000000),
		static_cast<long>(timeout_ms.count() % 1000000) * 1000 };

	ppoll(&ready, 1, timeout_ms.count() < 0 ? nullptr : &limit, nullptr);
}

int
Line::read(unsigned char *to, int size)
{
	if (!ssl_) {
		ssize_t came = recv(fd_, to, static_cast<size_t>(size), 0);

		if (came > 0)
			return static_cast<int>(came);
		return came < 0 && errno == EAGAIN ? 0 : -1;
	}
	int got = SSL_read(ssl_, to, size);
	if (got > 0)
		return got;
	switch (SSL_get_error(ssl_, got)) {
	case SSL_ERROR_WANT_WRITE:
		await(POLLOUT);
		return 0;
	case SSL_ERROR_WANT_READ:
		return 0;
	default:
		return -1;
	}
}

bool
Line::write_plain(const Bytes &bytes)
{
	for (size_t done = 0; done < bytes.size();) {
		ssize_t wrote = send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);

		if (wrote > 0)
			done += static_cast<size_t>(wrote);
		else if (errno == EAGAIN)
			await(POLLOUT);
		else
			return false;
	}
	return true;
}

bool
Line::write(const Bytes &bytes)
{
	int done;

	if (!ssl_)
		return write_plain(bytes);
	while ((done = SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))) <= 0) {
		int error = SSL_get_error(ssl_, done);

		if (error != SSL_ERROR_WANT_WRITE && error != SSL_ERROR_WANT_READ)
			return false;
		await(error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN);
	}
	return true;
}

void
Line::part(const Bytes &words)
{
	if (!write(words))
		return;
	fcntl(fd_, F_SETFL, fcntl(fd_, F_GETFL) & ~O_NONBLOCK);
	let_go(fd_);
}

/* One association. */
class FastReceiver : private Pdus::Taker {
    public:
	FastReceiver(const LeanRun &run, int fd)
		: options_(run.options), event_log_(run.event_log), memory_(run.memory), line_(run.context,
			fd),
		  pdus_(*this, run.options.max_pdu)
	{
	}

	bool serve();

    private:
	bool take_pdu(unsigned char type, const Bytes &body) override;
	bool take_piece(const Pdv &pdv, const unsigned char *at, size_t size) override;
	bool end_pdv(const Pdv &pdv) override;
	bool break_off(const char *why) override;

	bool begin(const Bytes &body);
	bool release();
	bool abort(const std::string &what);
	bool begin_request(const Pdv &pdv);
	bool end_object();
	bool is_cursed(const Sighting &sighting);
	Sighting meet();
	bool answer(uint16_t status, uint16_t message_id);
	void fall_due(const Bytes &pdu);
	bool overdue() const { return !waiting_.empty() && waiting_.begin()->first <= Clock::now(); }
	bool write_due();
	microseconds timeout_ms() const;

	const Options &options_;
	EventLog &event_log_;
	Memory &memory_;
	Line line_;
	Pdus pdus_;
	Agreement agreed_;
	bool associated_ = false;
	Bytes command_;
	bool in_object_ = false;
	Request request_;
	unsigned char context_ = 0;
	Inbox inbox_;
	unsigned long serial_ = 0;
	unsigned under_way_ = 0, most_ = 0; /* requests without an answer */
	std::multimap<Clock::time_point, Bytes> waiting_; /* answers */
	Bytes due_; /* answers */
	unsigned answers_due_ = 0;
	std::mt19937 dice_{ 1 };
};

bool
FastReceiver::abort(const std::string &what)
{
	event_log_.say("%s", what.c_str());
	line_.part({ abort_request, 0, 0, 0, 0, 4, 0, 0, 0, 0 });
	return false;
}

bool
FastReceiver::break_off(const char *why)
{
	return abort(std::string("aborted: ") + why);
}

bool
FastReceiver::begin(const Bytes &body)
{
	if (associated_ || !associate(body, options_, &agreed_))
		return break_off("not an association request, or a second one");
	associated_ = true;
	event_log_.say("association %s %s", agreed_.calling.c_str(), agreed_.called.c_str());
	return line_.write(agreed_.acceptance);
}

bool
FastReceiver::release()
{
	/* Before the peer knows: it may come again at once. */
	event_log_.say("at most %u under way", most_);
	event_log_.say("released");
	line_.part({ release_response, 0, 0, 0, 0, 4, 0, 0, 0, 0 });
	return false;
}

bool
FastReceiver::take_pdu(unsigned char type, const Bytes &body)
{
	switch (type) {
	case associate_request:
		return begin(body);
	case release_request:
		return release();
	case abort_request:
		event_log_.say("aborted by the peer");
		return false;
	default:
		return break_off("not a PDU that is due");
	}
}

bool
FastReceiver::take_piece(const Pdv &pdv, const unsigned char *at, size_t size)
{
	if (pdv.command == in_object_)
		return break_off(in_object_ ? "no data where some is due" : "no command where one is due");
	if (in_object_) {
		inbox_.put(at, size);
		return true;
	}
	if (command_.size() + size > command_max)
		return break_off("too long a command");
	command_.insert(command_.end(), at, at + size);
	return true;
}

/* A request is whole but for its data set. */
bool
FastReceiver::begin_request(const Pdv &pdv)
{
	bool known = request_decode(command_, &request_);

	command_.clear();
	context_ = pdv.context;
	if (!known || agreed_.syntaxes.count(pdv.context) == 0)
		return break_off("not a command set, or in no context");
	most_ = std::max(most_, ++under_way_);
	if (agreed_.window > 0 && under_way_ > agreed_.window)
		return break_off("more operations under way than were agreed");
	if (request_.field == echo_request)
		return answer(options_.echo_status, request_.message_id);
	if (request_.field != store_request || !request_.has_data_set)
		return break_off("not a command we know");
	in_object_ = true;
	if (!options_.ignore && !options_.out.empty()) {
		inbox_.open(options_.out, request_.sop_instance, ++serial_);
		Bytes head = part10_head(request_, agreed_.syntaxes[context_], agreed_.calling);
		inbox_.put(head.data(), head.size());
	}
	return true;
}

bool
FastReceiver::end_pdv(const Pdv &pdv)
{
	if (!pdv.last)
		return true;
	return in_object_ ? end_object() : begin_request(pdv);
}

/* It costs time, so only where something depends on it. */
Sighting
FastReceiver::meet()
{
	bool wanted = !options_.statuses.empty() || options_.duplicate_0111 || options_.abort_at > 0 ||
		options_.close_at > 0;

	return wanted ? memory_.meet(request_.sop_instance) : Sighting();
}

/* An object that gets no answer; what happens instead ends the association. */
bool
FastReceiver::is_cursed(const Sighting &sighting)
{
	const std::string &uid = request_.sop_instance;
	bool counted = sighting.object > 0;

	if (counted && sighting.object == options_.abort_at) {
		abort("aborted");
	} else if (names(options_.abort_uids, uid)) {
		abort("aborted " + uid);
	} else if (names(options_.drop_uids, uid) || (counted && sighting.object == options_.close_at)) {
		event_log_.say("dropped %s", uid.c_str());
		line_.hang_up();
	} else if (names(options_.mute_uids, uid)) {
		event_log_.say("mute %s", uid.c_str());
		line_.outlast_peer();
	} else {
		return false;
	}
	return true;
}

bool
FastReceiver::end_object()
{
	const std::string &uid = request_.sop_instance;
	Sighting sighting = meet();
	uint16_t status = options_.status(sighting, uid);
	const char *what = "refused";

	in_object_ = false;
	if (is_cursed(sighting))
		return false;
	if (!status_keeps(status)) {
		inbox_.drop();
	} else {
		what = inbox_.keep() ? "stored" : "ignored";
		if (sighting.object > 0)
			memory_.stored(uid);
	}
	if (!options_.log.empty())
		event_log_.say("%s %s %04X", what, uid.c_str(), status);
	return answer(status, request_.message_id);
}

/* Now or later. Answers that wait don't hold up others. */
bool
FastReceiver::answer(uint16_t status, uint16_t message_id)
{
	Response response;
	unsigned most = (options_.delay > 0 ? options_.delay : shuffle_delay) * 2000; /* us */
	microseconds delay = milliseconds(options_.delay);

	response.message_id = message_id;
	response.status = status;
	if (status != 0) {
		response.comment = options_.comment;
		response.offending = options_.offending;
	}
	Bytes pdu = response_pdu(request_, response, context_);
	if (options_.shuffle)
		delay = microseconds(dice_() % most);
	if (delay.count() > 0)
		waiting_.emplace(Clock::now() + delay, std::move(pdu));
	else
		fall_due(pdu);
	return true;
}

void
FastReceiver::fall_due(const Bytes &pdu)
{
	answers_due_++;
	due_.insert(due_.end(), pdu.begin(), pdu.end());
}

bool
FastReceiver::write_due()
{
	while (overdue()) {
		fall_due(waiting_.begin()->second);
		waiting_.erase(waiting_.begin());
	}
	if (due_.empty())
		return true;
	/* Before the peer knows, who may send the next one at once. */
	under_way_ -= std::exchange(answers_due_, 0);
	bool written = line_.write(due_);
	due_.clear();
	return written;
}

microseconds
FastReceiver::timeout_ms() const
{
	if (waiting_.empty())
		return microseconds(-1);
	auto left = std::chrono::duration_cast<microseconds>(waiting_.begin()->first - Clock::now());
	return std::max(left + microseconds(1), microseconds(0));
}

bool
FastReceiver::serve()
{
	unsigned char buffer[read_ahead];
	int reads = 0, got = 0;

	for (;;) {
		got = line_.read(buffer, sizeof buffer);
		if (got < 0)
			break;
		if (got > 0 && !pdus_.feed(buffer, static_cast<size_t>(got)))
			return associated_;
		/* One write for all that wait, but none shall wait for the end of a long object. */
		if (got > 0 && line_.pending() && ++reads < reads_before_writing)
			continue;
		reads = 0;
		if (!write_due())
			break;
		if (got == 0 || !line_.pending())
			line_.wait(timeout_ms());
	}
	event_log_.say(associated_ ? "lost" : "nobody");
	return associated_;
}

} /* namespace */

bool
fast_receiver_serve(const LeanRun &run, int fd)
{
	return FastReceiver(run, fd).serve();
}
