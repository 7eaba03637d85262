/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/markup.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

#define TEXT_ROOM 2048

static void
print_character(FILE *to, char c)
{
	switch (c) {
	case '&':
		fputs("&amp;", to);
		break;
	case '<':
		fputs("&lt;", to);
		break;
	case '>':
		fputs("&gt;", to);
		break;
	case '"':
		fputs("&quot;", to);
		break;
	case '\'':
		fputs("&#39;", to);
		break;
	default:
		fputc(c, to);
	}
}

/* Code points that may not stand in a document, though they are UTF-8: U+FDD0 to FDEF, and the last two of
 * each plane (WHATWG HTML 13.2.3.5). */
static int
is_noncharacter(const unsigned char *p, size_t len)
{
	if (len == 3 && p[0] == 0xef)
		return (p[1] == 0xb7 && p[2] >= 0x90 && p[2] <= 0xaf) || (p[1] == 0xbf && p[2] >= 0xbe);
	return len == 4 && (p[1] & 0x0f) == 0x0f && p[2] == 0xbf && p[3] >= 0xbe;
}

void
markup_text(FILE *to, const char *text)
{
	const char *shown = TEXT_SHOWN(text, TEXT_ROOM);
	size_t left = strlen(shown);

	for (const char *p = shown; left > 0;) {
		size_t len = text_utf8_len((const unsigned char *)p, left);

		if (len == 1)
			print_character(to, *p);
		else if (is_noncharacter((const unsigned char *)p, len))
			fputc('?', to);
		else
			fwrite(p, 1, len, to);
		p += len;
		left -= len;
	}
}

void
markup_textf(FILE *to, const char *fmt, ...)
{
	char text[TEXT_ROOM];
	va_list ap;

	va_start(ap, fmt);
	text_vformat(text, sizeof text, fmt, ap);
	va_end(ap);
	markup_text(to, text);
}

void
markup_element(FILE *to, const char *name, const char *class_name, const char *text)
{
	if (!*text)
		return;
	fprintf(to, "<%s", name);
	if (class_name)
		fprintf(to, " class=\"%s\"", class_name);
	fputc('>', to);
	markup_text(to, text);
	fprintf(to, "</%s>\n", name);
}

void
markup_row(FILE *to, const char *term, const char *text)
{
	if (!*text)
		return;
	fprintf(to, "<dt>%s</dt><dd>", term);
	markup_text(to, text);
	fputs("</dd>\n", to);
}

void
markup_rowf(FILE *to, const char *term, const char *fmt, ...)
{
	char text[TEXT_ROOM];
	va_list ap;

	va_start(ap, fmt);
	text_vformat(text, sizeof text, fmt, ap);
	va_end(ap);
	markup_row(to, term, text);
}
