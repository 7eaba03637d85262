/* SPDX-License-Identifier: BSD-3-Clause */
#include "wire.h"

namespace {

constexpr uint16_t response_bit = 0x8000;
constexpr uint16_t no_data_set = 0x0101;

/* For the files we write; made from a UUID (PS3.5 B.2). */
const char implementation_uid[] = "2.25.20922757883872409311777310329354718618";

void
put16(Bytes &to, unsigned value)
{
	to.push_back(static_cast<unsigned char>(value));
	to.push_back(static_cast<unsigned char>(value >> 8));
}

void
put32(Bytes &to, size_t value)
{
	put16(to, static_cast<unsigned>(value & 0xFFFF));
	put16(to, static_cast<unsigned>(value >> 16 & 0xFFFF));
}

unsigned
get16(const unsigned char *from)
{
	return static_cast<unsigned>(from[0] | from[1] << 8);
}

size_t
get32(const unsigned char *from)
{
	return get16(from) | static_cast<size_t>(get16(from + 2)) << 16;
}

void
put_text(Bytes &to, const std::string &value, char pad)
{
	to.insert(to.end(), value.begin(), value.end());
	if (value.size() % 2)
		to.push_back(static_cast<unsigned char>(pad));
}

size_t
even(const std::string &value)
{
	return value.size() + value.size() % 2;
}

/* --- elements of group 0, implicit */

void
implicit_head(Bytes &to, unsigned element, size_t length)
{
	put16(to, 0x0000);
	put16(to, element);
	put32(to, length);
}

void
implicit_us(Bytes &to, unsigned element, unsigned value)
{
	implicit_head(to, element, 2);
	put16(to, value);
}

void
implicit_text(Bytes &to, unsigned element, const std::string &value, char pad)
{
	implicit_head(to, element, even(value));
	put_text(to, value, pad);
}

void
implicit_tags(Bytes &to, unsigned element, const std::vector<uint32_t> &tags)
{
	implicit_head(to, element, 4 * tags.size());
	for (uint32_t tag : tags) {
		put16(to, tag >> 16);
		put16(to, tag & 0xFFFF);
	}
}

/* --- elements of group 2, explicit with a length of two bytes */

void
explicit_text(Bytes &to, unsigned element, const char *vr, const std::string &value, char pad)
{
	put16(to, 0x0002);
	put16(to, element);
	to.insert(to.end(), vr, vr + 2);
	put16(to, static_cast<unsigned>(even(value)));
	put_text(to, value, pad);
}

/* A value without its padding. */
std::string
trimmed(const unsigned char *value, size_t length)
{
	while (length > 0 && (value[length - 1] == '\0' || value[length - 1] == ' '))
		length--;
	return std::string(value, value + length);
}

void
take(Request *request, unsigned element, const unsigned char *value, size_t length)
{
	uint16_t word = length == 2 ? static_cast<uint16_t>(get16(value)) : uint16_t(0);

	switch (element) {
	case 0x0002:
		request->sop_class = trimmed(value, length);
		break;
	case 0x0100:
		request->field = word;
		break;
	case 0x0110:
		request->message_id = word;
		break;
	case 0x0800:
		request->has_data_set = word != no_data_set;
		break;
	case 0x1000:
		request->sop_instance = trimmed(value, length);
		break;
	default:
		break;
	}
}

} /* namespace */

bool
request_decode(const Bytes &command, Request *request)
{
	const unsigned char *at = command.data();
	size_t left = command.size();

	*request = Request();
	while (left >= 8) {
		size_t length = get32(at + 4);

		if (get16(at) != 0 || length > left - 8)
			return false;
		take(request, get16(at + 2), at + 8, length);
		at += 8 + length;
		left -= 8 + length;
	}
	return left == 0 && request->field != 0;
}

Bytes
response_encode(const Request &request, const Response &response)
{
	Bytes body, command;

	implicit_text(body, 0x0002, request.sop_class, '\0');
	implicit_us(body, 0x0100, request.field | response_bit);
	implicit_us(body, 0x0120, response.message_id);
	implicit_us(body, 0x0800, no_data_set);
	implicit_us(body, 0x0900, response.status);
	if (!response.offending.empty())
		implicit_tags(body, 0x0901, response.offending);
	if (!response.comment.empty())
		implicit_text(body, 0x0902, response.comment, ' ');
	if (request.field == store_request)
		implicit_text(body, 0x1000, request.sop_instance, '\0');
	implicit_head(command, 0x0000, 4);
	put32(command, body.size());
	command.insert(command.end(), body.begin(), body.end());
	return command;
}

Bytes
response_pdu(const Request &request, const Response &response, unsigned char context)
{
	Bytes command = response_encode(request, response);
	size_t pdv = command.size() + 2, pdu = pdv + 4;
	const unsigned char command_and_last = 3;
	Bytes all = { 4, 0, 0, 0, static_cast<unsigned char>(pdu >> 8), static_cast<unsigned char>(pdu), 0, 0,
		static_cast<unsigned char>(pdv >> 8), static_cast<unsigned char>(pdv), context, command_and_last };

	all.insert(all.end(), command.begin(), command.end());
	return all;
}

Bytes
part10_head(const Request &request, const std::string &syntax, const std::string &source)
{
	/* (0002,0001), OB: two reserved bytes and a length of four, unlike the rest. */
	static const unsigned char version[] = { 2, 0, 1, 0, 'O', 'B', 0, 0, 2, 0, 0, 0, 0, 1 };
	static const unsigned char group_length[] = { 2, 0, 0, 0, 'U', 'L', 4, 0 };
	static const unsigned char prefix[] = { 'D', 'I', 'C', 'M' };
	Bytes body(version, version + sizeof version);
	Bytes head(128, 0);

	explicit_text(body, 0x0002, "UI", request.sop_class, '\0');
	explicit_text(body, 0x0003, "UI", request.sop_instance, '\0');
	explicit_text(body, 0x0010, "UI", syntax, '\0');
	explicit_text(body, 0x0012, "UI", implementation_uid, '\0');
	explicit_text(body, 0x0016, "AE", source, ' ');
	head.insert(head.end(), prefix, prefix + sizeof prefix);
	head.insert(head.end(), group_length, group_length + sizeof group_length);
	put32(head, body.size());
	head.insert(head.end(), body.begin(), body.end());
	return head;
}

bool
status_keeps(uint16_t status)
{
	return status == 0x0000 || status == 0x0001 || status == 0x0107 || status == 0x0116 ||
		(status & 0xF000) == 0xB000;
}
