/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DISTANCE_MAX 64 /* the most characters that text_distance compares */

size_t
text_utf8_len(const unsigned char *p, size_t left)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t value;
	size_t len;

	if (left == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		len = 2;
	else if ((p[0] & 0xf0) == 0xe0)
		len = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		len = 4;
	else
		return 0;
	if (len > left)
		return 0;
	value = p[0] & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (p[i] & 0x3fu);
	}
	if (value < least[len] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	return len;
}

/* How many of the first len bytes of out to keep so that no character is cut in half. */
static size_t
whole_characters(const char *out, size_t len)
{
	const unsigned char *p = (const unsigned char *)out;
	size_t start = len;

	while (start > 0 && (p[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && p[start - 1] >= 0xc0 && text_utf8_len(p + start - 1, len - start + 1) == 0)
		return start - 1;
	return len;
}

/* End out, `used` bytes long so far, with an ellipsis. */
static void
end_with_ellipsis(char *out, size_t size, size_t used)
{
	size_t dots = size >= 4 ? 3 : 0;
	size_t end = size - 1 - dots;

	end = whole_characters(out, end < used ? end : used);
	memcpy(out + end, "...", dots);
	out[end + dots] = '\0';
}

void
text_vformat(char *out, size_t size, const char *fmt, va_list ap)
{
	int wanted = vsnprintf(out, size, fmt, ap);

	if (wanted < 0)
		out[0] = '\0';
	else if ((size_t)wanted >= size)
		end_with_ellipsis(out, size, size - 1);
}

void
text_format(char *out, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vformat(out, size, fmt, ap);
	va_end(ap);
}

void
text_join(char *out, size_t size, const char *between, const char *fmt, ...)
{
	size_t used = strlen(out), room = size - used, gap = used ? strlen(between) : 0;
	va_list ap;
	int wanted;

	if (gap >= room) {
		text_format(out + used, room, "%s", between);
		return;
	}
	memcpy(out + used, between, gap);
	va_start(ap, fmt);
	wanted = vsnprintf(out + used + gap, room - gap, fmt, ap);
	va_end(ap);
	if (wanted < 0)
		out[used] = '\0';
	else if ((size_t)wanted >= room - gap)
		end_with_ellipsis(out + used, room, room - 1);
}

/* Does the well-formed character of len bytes at p control a terminal? */
static bool
is_control(const unsigned char *p, size_t len)
{
	if (len == 1)
		return p[0] < 0x20 || p[0] == 0x7f;
	return len == 2 && p[0] == 0xc2 && p[1] < 0xa0;
}

char *
text_harmless(char *out, size_t size, const void *in, size_t len)
{
	const unsigned char *p = in;
	size_t used = 0;

	while (len > 0) {
		size_t n = text_utf8_len(p, len);
		size_t step = n ? n : 1;
		char plain = 0;

		if (n == 1 && (*p == '\r' || *p == '\n'))
			plain = ' ';
		else if (n == 0 || is_control(p, n))
			plain = '?';
		if (used + (plain ? 1 : step) >= size) {
			end_with_ellipsis(out, size, used);
			return out;
		}
		if (plain)
			out[used++] = plain;
		else {
			memcpy(out + used, p, step);
			used += step;
		}
		p += step;
		len -= step;
	}
	out[used] = '\0';
	return out;
}

char *
text_harmless_str(char *out, size_t size, const char *in)
{
	return text_harmless(out, size, in, strlen(in));
}

/* Levenshtein distance; one row of its matrix is kept. */
size_t
text_distance(const char *a, const char *b)
{
	size_t row[DISTANCE_MAX + 1];
	size_t len = strlen(b);

	if (len > DISTANCE_MAX || strlen(a) > DISTANCE_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= len; j++) {
			bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
			size_t best = diagonal + !same;

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[len];
}

char *
text_bytes(char *out, size_t size, uint64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB" };
	double value = (double)bytes / 1000;
	size_t unit = 0;

	if (bytes < 1000) {
		text_format(out, size, "%u byte%s", (unsigned)bytes, TEXT_PLURAL(bytes));
		return out;
	}
	while (value >= 999.5 && unit + 1 < sizeof units / sizeof units[0]) {
		value /= 1000;
		unit++;
	}
	text_format(out, size, "%.*f %s", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value, units[unit]);
	return out;
}
