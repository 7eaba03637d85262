/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/duration.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define PARTS INT64_C(1000000000) /* of a unit: the precision of a fraction */

/* The digits after a decimal point, in PARTS, rounded up. */
static int64_t
read_fraction(const char **text)
{
	int64_t parts = 0, place = PARTS / 10;
	bool more = false;

	for (; isdigit((unsigned char)**text); ++*text) {
		parts += (**text - '0') * place;
		more |= place == 0 && **text != '0';
		place /= 10;
	}
	return parts + more;
}

/* Milliseconds in the unit; 0: there is no such unit. */
static int64_t
find_unit(const char *text, int64_t bare_ms)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };

	if (!*text)
		return bare_ms;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strcmp(text, units[i].name) == 0)
			return units[i].ms;
	return 0;
}

enum duration_result
duration_parse(const char *text, int64_t bare_ms, int64_t most_ms, struct duration *out)
{
	int64_t whole, parts = 0, unit;
	char *end;

	if (!isdigit((unsigned char)*text))
		return DURATION_MALFORMED;
	whole = strtoll(text, &end, 10); /* INT64_MAX if there are more */
	text = end;
	if (*text == '.') {
		text++;
		if (!isdigit((unsigned char)*text))
			return DURATION_MALFORMED;
		parts = read_fraction(&text);
	}
	unit = find_unit(text, bare_ms);
	if (unit == 0)
		return DURATION_MALFORMED;
	if (whole > most_ms / unit)
		return DURATION_TOO_LONG;
	out->ms = whole * unit + (parts * unit + PARTS - 1) / PARTS;
	out->bare = !*text;
	return out->ms > most_ms ? DURATION_TOO_LONG : DURATION_OK;
}
