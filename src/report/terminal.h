/* SPDX-License-Identifier: BSD-3-Clause */
/* What the terminal behind a stream can show. */
#ifndef MTLS_REPORT_TERMINAL_H
#define MTLS_REPORT_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

enum text_style { STYLE_PLAIN, STYLE_GOOD, STYLE_CAUTION, STYLE_BAD, STYLE_OPEN, STYLE_DIM, STYLE_STRONG };

/* What turns it on; for STYLE_PLAIN what turns all others off. */
const char *terminal_style(enum text_style style);

/* color: 1 always, 0 never, -1 as the terminal, NO_COLOR and TERM=dumb say. */
bool terminal_color(FILE *stream, int color);

/* Columns: as the terminal says, else COLUMNS, else 80; at least 40. */
unsigned terminal_width(FILE *stream);

/* Does the user's locale (LC_ALL, LC_CTYPE, LANG) speak UTF-8? The program's own locale is left alone. */
bool terminal_utf8(void);

#endif
