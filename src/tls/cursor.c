/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/cursor.h"

struct cursor
cursor_cut(struct cursor *c, size_t len)
{
	struct cursor part = { c->at, len, false };

	if (c->bad || len > c->left) {
		c->bad = true;
		return (struct cursor){ c->at, 0, true };
	}
	c->at += len;
	c->left -= len;
	return part;
}

uint32_t
cursor_number(struct cursor *c, size_t bytes)
{
	struct cursor part = cursor_cut(c, bytes);
	uint32_t value = 0;

	for (size_t i = 0; i < part.left; i++)
		value = value << 8 | part.at[i];
	return value;
}

struct cursor
cursor_vector(struct cursor *c, size_t length_bytes)
{
	return cursor_cut(c, cursor_number(c, length_bytes));
}
