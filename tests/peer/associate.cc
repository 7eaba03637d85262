/* SPDX-License-Identifier: BSD-3-Clause */
#include "associate.h"
#include "pdus.h"

#include <algorithm>
#include <functional>

namespace {

/* Items (PS3.8 9.3.2, D.1; PS3.7 D.3.3). */
enum : unsigned char {
	application_context = 0x10,
	proposed_context = 0x20,
	judged_context = 0x21,
	transfer_syntax = 0x40,
	user_information = 0x50,
	maximum_length = 0x51,
	implementation_uid = 0x52,
	operations_window = 0x53,
	implementation_version = 0x55,
};

enum : unsigned char { accepted = 0, syntaxes_not_supported = 4 };

constexpr size_t fixed_part = 68; /* before the first item */
constexpr size_t title_size = 16;

const char our_uid[] = "2.25.20922757883872409311777310329354718618";
const char our_version[] = "TESTSCP_LEAN";

unsigned
big16(const unsigned char *from)
{
	return static_cast<unsigned>(from[0] << 8 | from[1]);
}

void
put_big(Bytes &to, size_t value, unsigned bytes)
{
	while (bytes-- > 0)
		to.push_back(static_cast<unsigned char>(value >> 8 * bytes & 0xFF));
}

void
put_item(Bytes &to, unsigned char type, const Bytes &value)
{
	to.push_back(type);
	to.push_back(0);
	put_big(to, value.size(), 2);
	to.insert(to.end(), value.begin(), value.end());
}

Bytes
bytes(const std::string &text)
{
	return Bytes(text.begin(), text.end());
}

/* UIDs may have come with padding. */
std::string
text(const Bytes &value)
{
	std::string all(value.begin(), value.end());

	all.erase(all.find_last_not_of(std::string(" \0", 2)) + 1);
	return all;
}

using Visit = std::function<bool(unsigned char type, const Bytes &value)>;

/* False if lengths don't add up, or the client says so. */
bool
each_item(const Bytes &from, size_t at, const Visit &visit)
{
	while (at + 4 <= from.size()) {
		size_t length = big16(&from[at + 2]);

		if (length > from.size() - at - 4)
			return false;
		const auto begin = from.begin() + static_cast<Bytes::difference_type>(at + 4);
		if (!visit(from[at], Bytes(begin, begin + static_cast<Bytes::difference_type>(length))))
			return false;
		at += 4 + length;
	}
	return at == from.size();
}

class Acceptance {
    public:
	Acceptance(const Options &options, Agreement &agreed) : options_(options), agreed_(agreed) {}

	bool evaluate(unsigned char type, const Bytes &value);
	Bytes finish(const Bytes &request);

    private:
	bool evaluate_context(const Bytes &value);
	bool evaluate_user(unsigned char type, const Bytes &value);
	Bytes user() const;

	const Options &options_;
	Agreement &agreed_;
	Bytes items_;
};

bool
Acceptance::evaluate_context(const Bytes &value)
{
	std::string chosen;

	if (value.size() < 4)
		return false;
	bool whole = each_item(value, 4, [&](unsigned char type, const Bytes &uid) {
		if (type == transfer_syntax && chosen.empty() && options_.accepts_syntax(text(uid).c_str()))
			chosen = text(uid);
		return true;
	});
	if (!chosen.empty())
		agreed_.syntaxes[value[0]] = chosen;
	Bytes answer = { value[0], 0, chosen.empty() ? syntaxes_not_supported : accepted, 0 };
	/* There has to be one, even if it means nothing (PS3.8 9.3.3.2). */
	put_item(answer, transfer_syntax, bytes(chosen.empty() ? "1.2.840.10008.1.2" : chosen));
	put_item(items_, judged_context, answer);
	return whole;
}

/* Only what is asked for may be answered. 0 means without limit, to both sides. */
bool
Acceptance::evaluate_user(unsigned char type, const Bytes &value)
{
	if (type != operations_window || !options_.windowed)
		return true;
	if (value.size() != 4)
		return false;
	unsigned asked = big16(value.data());

	agreed_.window_proposed = true;
	agreed_.window = options_.window == 0 || (asked > 0 && asked < options_.window) ? asked : options_.window;
	return true;
}

bool
Acceptance::evaluate(unsigned char type, const Bytes &value)
{
	switch (type) {
	case application_context:
		put_item(items_, type, value);
		return true;
	case proposed_context:
		return evaluate_context(value);
	case user_information:
		return each_item(value, 0,
			[&](unsigned char each, const Bytes &of) { return evaluate_user(each, of); });
	default:
		return true;
	}
}

Bytes
Acceptance::user() const
{
	Bytes all, max, window;

	put_big(max, options_.max_pdu, 4);
	put_item(all, maximum_length, max);
	put_item(all, implementation_uid, bytes(our_uid));
	if (agreed_.window_proposed) {
		put_big(window, agreed_.window, 2);
		put_big(window, 1, 2); /* nothing is asked of the peer */
		put_item(all, operations_window, window);
	}
	put_item(all, implementation_version, bytes(our_version));
	return all;
}

/* The fixed part is the request's own (PS3.8 9.3.3). */
Bytes
Acceptance::finish(const Bytes &request)
{
	Bytes pdu = { associate_acceptance, 0 };

	put_item(items_, user_information, user());
	put_big(pdu, fixed_part + items_.size(), 4);
	pdu.insert(pdu.end(), request.begin(), request.begin() + fixed_part);
	pdu.insert(pdu.end(), items_.begin(), items_.end());
	return pdu;
}

std::string
title(const Bytes &request, size_t at)
{
	const auto begin = request.begin() + static_cast<Bytes::difference_type>(at);

	return text(Bytes(begin, begin + title_size));
}

} /* namespace */

bool
associate(const Bytes &request, const Options &options, Agreement *agreed)
{
	Acceptance acceptance(options, *agreed);

	if (request.size() < fixed_part)
		return false;
	agreed->called = title(request, 4);
	agreed->calling = title(request, 4 + title_size);
	if (!each_item(request, fixed_part,
		    [&](unsigned char type, const Bytes &value) { return acceptance.evaluate(type, value); }))
		return false;
	agreed->acceptance = acceptance.finish(request);
	return true;
}
