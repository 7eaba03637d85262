/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PEER_WIRE_H
#define PEER_WIRE_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/*
 * The bytes the test receiver reads and writes itself: command sets (PS3.7 E.1,
 * implicit little endian) and the head of a Part 10 file (PS3.10 7.1). By hand,
 * and not with the program's own code, which is what is being tested.
 */

using Bytes = std::vector<unsigned char>;

constexpr uint16_t store_request = 0x0001;
constexpr uint16_t echo_request = 0x0030;

struct Request {
	uint16_t field = 0;
	uint16_t message_id = 0;
	bool has_data_set = false;
	std::string sop_class, sop_instance;
};

struct Response {
	uint16_t message_id = 0;
	uint16_t status = 0;
	std::string comment; /* Error Comment; empty: none */
	std::vector<uint32_t> offending; /* tags; empty: none */
};

/* Decode a command set. False if it is none. */
bool request_decode(const Bytes &command, Request *request);

/* The answer to a request. */
Bytes response_encode(const Request &request, const Response &response);

/* The same as a P-DATA-TF PDU of its own (PS3.8 9.3.5). */
Bytes response_pdu(const Request &request, const Response &response, unsigned char context);

/* Preamble, prefix and group 2, for a data set in that syntax from that AE. */
Bytes part10_head(const Request &request, const std::string &syntax, const std::string &source);

/* Is it Success or a Warning (PS3.7 C), that is, does a receiver keep the object? */
bool status_keeps(uint16_t status);

#endif
