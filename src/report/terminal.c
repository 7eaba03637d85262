/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_DEFAULT 80
#define WIDTH_LEAST   40
#define WIDTH_MOST    1000

const char *
terminal_style(enum text_style style)
{
	static const char *const codes[] = {
		[STYLE_PLAIN] = "\033[0m",
		[STYLE_GOOD] = "\033[32m",
		[STYLE_CAUTION] = "\033[33m",
		[STYLE_BAD] = "\033[31m",
		[STYLE_OPEN] = "\033[36m",
		[STYLE_DIM] = "\033[2m",
		[STYLE_STRONG] = "\033[1m",
	};

	return codes[style];
}

bool
terminal_color(FILE *stream, int color)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (color >= 0)
		return color > 0;
	if ((no_color && *no_color) || !term || strcmp(term, "dumb") == 0)
		return false;
	return isatty(fileno(stream));
}

static unsigned long
stated_width(FILE *stream)
{
	struct winsize size;
	const char *columns = getenv("COLUMNS");

	if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return columns ? strtoul(columns, NULL, 10) : 0;
}

unsigned
terminal_width(FILE *stream)
{
	unsigned long width = stated_width(stream);

	if (width == 0 || width > WIDTH_MOST)
		return WIDTH_DEFAULT;
	return width < WIDTH_LEAST ? WIDTH_LEAST : (unsigned)width;
}

bool
terminal_utf8(void)
{
	locale_t user = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool utf8;

	if (!user)
		return false;
	utf8 = strcmp(nl_langinfo_l(CODESET, user), "UTF-8") == 0;
	freelocale(user);
	return utf8;
}
