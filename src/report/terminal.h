/* SPDX-License-Identifier: BSD-3-Clause */
/* What the terminal behind a stream can show. */
#ifndef MTLS_REPORT_TERMINAL_H
#define MTLS_REPORT_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

enum text_style { STYLE_PLAIN, STYLE_GOOD, STYLE_CAUTION, STYLE_BAD, STYLE_OPEN, STYLE_DIM, STYLE_STRONG };

/* The sequence that turns it on; for STYLE_PLAIN the one that turns all others off. */
const char *terminal_style(enum text_style style);

/* color: 1 always, 0 never, -1 depending on the terminal, NO_COLOR and TERM=dumb. */
bool terminal_color(FILE *stream, int color);

/* Columns: those of the terminal, else COLUMNS, else 80; at least 40. */
unsigned terminal_width(FILE *stream);

/* Does the user's locale (LC_ALL, LC_CTYPE, LANG) use UTF-8? The program's own locale is not changed. */
bool terminal_utf8(void);

#endif
