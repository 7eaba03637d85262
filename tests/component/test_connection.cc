/* SPDX-License-Identifier: BSD-3-Clause */
/* What DCMTK writes, in any pieces, and what is sent: whole PDUs, with what we add to them. */
#include "dcmtk/connection.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

extern "C" {
#include "check_main.h"
}

namespace {

#define BYTES(literal) std::string(literal, sizeof(literal) - 1)

/* An A-ASSOCIATE-RQ (PS3.8 9.3.2): its fixed part, and user information with the maximum length. */
std::string
association_request_pdu()
{
	return BYTES("\1\0\0\0\0\x50") + std::string(68, '\0') + BYTES("\x50\0\0\x08\x51\0\0\x04\0\0\x40\0");
}

/* The same, with an asynchronous operations window of 8 and 1 (PS3.7 D.3.3.3). */
std::string
completed_pdu()
{
	return BYTES("\1\0\0\0\0\x58") + std::string(68, '\0') +
		BYTES("\x50\0\0\x10\x51\0\0\x04\0\0\x40\0\x53\0\0\x04\0\x08\0\1");
}

/* A connection over a channel in clear, and what came out at its other end. */
struct Wire {
	struct endpoint endpoint = {};
	struct association_request request = {};
	std::unique_ptr<Connection> connection;
	int far_end;

	Wire()
	{
		struct channel *channel;
		struct err err = {};
		int pair[2];

		request.endpoint = &endpoint;
		endpoint.host = "iris";
		endpoint.port = 104;
		endpoint.send_timeout = 60000;
		endpoint.limit = deadline_never();
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		far_end = pair[1];
		channel = channel_adopt(&endpoint, pair[0], &err);
		ck_assert_msg(channel != nullptr, "%s", err.text);
		connection.reset(new Connection(&request, channel));
	}
	~Wire() { close(far_end); }
	std::string arrived()
	{
		char buf[4096];
		ssize_t n = recv(far_end, buf, sizeof buf, MSG_DONTWAIT);

		return std::string(buf, n > 0 ? static_cast<size_t>(n) : 0);
	}
};

void
write_all(Connection &connection, const std::string &bytes)
{
	ck_assert_int_eq(connection.write(bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
}

/* DCMTK currently writes the association request at once; in two pieces, cut anywhere, it also works. */
START_TEST(request_in_pieces)
{
	std::string pdu = association_request_pdu();
	size_t cut = static_cast<size_t>(_i);
	Wire wire;

	wire.request.window = 8;
	write_all(*wire.connection, pdu.substr(0, cut));
	if (cut < pdu.size()) {
		ck_assert(wire.arrived().empty());
		write_all(*wire.connection, pdu.substr(cut));
	}
	ck_assert(wire.arrived() == completed_pdu());
}
END_TEST

/* A payload in the place made for it, behind its head: at once, in pieces, or from elsewhere. */
START_TEST(payload)
{
	static const std::string head = BYTES("\4\0\0\0\0\x0e\0\0\0\x0a\1\2"), data = "01234567";
	Wire wire;
	unsigned char *place = wire.connection->payload();

	memcpy(place, data.data(), data.size());
	write_all(*wire.connection, head);
	ck_assert(wire.arrived().empty());
	if (_i == 0) {
		ck_assert_int_eq(wire.connection->write(place, 8), 8);
	} else if (_i == 1) {
		ck_assert_int_eq(wire.connection->write(place, 3), 3);
		ck_assert_int_eq(wire.connection->write(place + 3, 5), 5);
	} else {
		write_all(*wire.connection, data);
	}
	ck_assert(wire.arrived() == head + data);
}
END_TEST

/* Head and payload in one write, as no DCMTK has them yet. */
START_TEST(payload_with_head)
{
	static const std::string pdu = BYTES("\4\0\0\0\0\x0e\0\0\0\x0a\1\2") + "01234567";
	Wire wire;

	write_all(*wire.connection, pdu);
	ck_assert(wire.arrived() == pdu);
}
END_TEST

Suite *
suite_connection()
{
	Suite *suite = suite_create("connection");
	TCase *tcase = tcase_create("pieces");

	tcase_add_loop_test(tcase, request_in_pieces, 1, static_cast<int>(association_request_pdu().size()) + 1);
	tcase_add_loop_test(tcase, payload, 0, 3);
	tcase_add_test(tcase, payload_with_head);
	suite_add_tcase(suite, tcase);
	return suite;
}

} /* namespace */

int
main()
{
	return check_run(suite_connection());
}
