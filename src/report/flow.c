/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/flow.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

#define TEXT_ROOM 2048
#define ROOM_LEAST 8 /* least columns for words on a line, however deep it is indented */

/* Unicode's East Asian wide and fullwidth blocks, and the combining marks that names are written with. */
static const struct {
	uint32_t first, last;
	unsigned columns;
} widths[] = {
	{ 0x0300, 0x036f, 0 },
	{ 0x1100, 0x115f, 2 },
	{ 0x200b, 0x200f, 0 },
	{ 0x20d0, 0x20ff, 0 },
	{ 0x2e80, 0x303e, 2 },
	{ 0x3041, 0xa4cf, 2 },
	{ 0xac00, 0xd7a3, 2 },
	{ 0xf900, 0xfaff, 2 },
	{ 0xfe20, 0xfe2f, 0 },
	{ 0xfe30, 0xfe6f, 2 },
	{ 0xff00, 0xff60, 2 },
	{ 0xffe0, 0xffe6, 2 },
	{ 0x1f300, 0x1faff, 2 },
	{ 0x20000, 0x3fffd, 2 },
};

static uint32_t
utf8_value(const unsigned char *p, size_t len)
{
	uint32_t value = len == 1 ? p[0] : p[0] & (0xffu >> (len + 1));

	for (size_t i = 1; i < len; i++)
		value = value << 6 | (p[i] & 0x3fu);
	return value;
}

/* Columns of the character at p, its length in *len; an invalid byte counts as one. */
static unsigned
character_width(const char *p, size_t left, size_t *len)
{
	const unsigned char *bytes = (const unsigned char *)p;
	size_t n = text_utf8_len(bytes, left);
	uint32_t value;

	*len = n ? n : 1;
	if (n <= 1)
		return 1;
	value = utf8_value(bytes, n);
	for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++)
		if (value >= widths[i].first && value <= widths[i].last)
			return widths[i].columns;
	return 1;
}

unsigned
text_columns(const char *text, size_t len)
{
	unsigned columns = 0;
	size_t n;

	for (; len > 0; text += n, len -= n)
		columns += character_width(text, len, &n);
	return columns;
}

/* To `style`, for text in a style: plain text is not painted at all. */
static void
paint(const struct flow *flow, enum text_style text, enum text_style style)
{
	if (flow->color && text != STYLE_PLAIN)
		fputs(terminal_style(style), flow->to);
}

static void
begin_line(struct flow *flow, const char *with)
{
	fputs(with, flow->to);
	flow->at = text_columns(with, strlen(with));
	flow->fresh = true;
}

void
flow_begin(struct flow *flow, const char *first, const char *margin)
{
	flow->margin = margin;
	begin_line(flow, first);
}

static void
next_line(struct flow *flow)
{
	fputc('\n', flow->to);
	begin_line(flow, flow->margin);
}

/* Where lines end: deep indents still leave some room. */
static unsigned
line_end(const struct flow *flow)
{
	unsigned least = text_columns(flow->margin, strlen(flow->margin)) + ROOM_LEAST;

	return flow->width > least ? flow->width : least;
}

/* A word, broken only if it is longer than a whole line. It may be the rest of the previous one. */
static void
add_word(struct flow *flow, const char *word, size_t len, bool rest)
{
	unsigned columns = text_columns(word, len);
	unsigned end = line_end(flow);
	size_t n;

	if (!flow->fresh && flow->at + !rest + columns > end) {
		next_line(flow);
	} else if (!flow->fresh && !rest) {
		fputc(' ', flow->to);
		flow->at++;
	}
	for (; len > 0; word += n, len -= n) {
		columns = character_width(word, len, &n);
		if (flow->at + columns > end)
			next_line(flow);
		fwrite(word, 1, n, flow->to);
		flow->at += columns;
		flow->fresh = false;
	}
}

void
flow_add(struct flow *flow, enum text_style style, const char *text)
{
	const char *p = TEXT_SHOWN(text, TEXT_ROOM);
	bool rest = false;

	/* The style may run over line ends: nothing but spaces stands between. */
	paint(flow, style, style);
	for (p += strspn(p, " "); *p; p += strspn(p, " ")) {
		/* Distinguished names may be broken after a comma. */
		size_t len = strcspn(p, " ,");

		len += p[len] == ',';
		add_word(flow, p, len, rest);
		p += len;
		rest = *p && *p != ' ';
	}
	paint(flow, style, STYLE_PLAIN);
}

void
flow_addf(struct flow *flow, enum text_style style, const char *fmt, ...)
{
	char text[TEXT_ROOM];
	va_list ap;

	va_start(ap, fmt);
	text_vformat(text, sizeof text, fmt, ap);
	va_end(ap);
	flow_add(flow, style, text);
}

static void
pad(struct flow *flow, unsigned columns)
{
	fprintf(flow->to, "%*s", (int)columns, "");
	flow->at += columns;
}

void
flow_cell(struct flow *flow, enum text_style style, unsigned columns, bool right, const char *text)
{
	const char *shown = TEXT_SHOWN(text, TEXT_ROOM);
	unsigned filled = text_columns(shown, strlen(shown));
	unsigned rest = filled < columns ? columns - filled : 0;

	if (right)
		pad(flow, rest);
	paint(flow, style, style);
	fputs(shown, flow->to);
	paint(flow, style, STYLE_PLAIN);
	flow->at += filled;
	if (!right)
		pad(flow, rest);
	flow->fresh = true; /* the cell's padding is the space before what follows */
}

void
flow_end(struct flow *flow)
{
	fputc('\n', flow->to);
	flow->at = 0;
}
