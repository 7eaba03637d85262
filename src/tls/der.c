/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/der.h"

#define LONG_TAG    0x1f /* the tag's number follows in octets of its own */
#define LONG_LENGTH 0x80

struct der
der_next(struct cursor *in)
{
	struct cursor start = *in;
	struct der out = { .tag = (uint8_t)cursor_number(in, 1) };
	uint32_t len = cursor_number(in, 1);

	if (len > LONG_LENGTH && len <= LONG_LENGTH + 4)
		len = cursor_number(in, len - LONG_LENGTH);
	else if (len >= LONG_LENGTH)
		in->bad = true;
	if ((out.tag & LONG_TAG) == LONG_TAG)
		in->bad = true;
	out.content = cursor_cut(in, len);
	if (in->bad)
		return (struct der){ .whole.bad = true, .content.bad = true };
	out.whole = cursor_cut(&start, (size_t)(in->at - start.at));
	return out;
}

struct cursor
der_enter(struct cursor *in, uint8_t tag)
{
	struct der der = der_next(in);

	if (der.tag == tag)
		return der.content;
	in->bad = true;
	return (struct cursor){ der.content.at, 0, true };
}
