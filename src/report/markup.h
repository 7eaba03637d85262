/* SPDX-License-Identifier: BSD-3-Clause */
/* Pieces of HTML with text from outside: whatever it contains, it stays text. */
#ifndef MTLS_REPORT_MARKUP_H
#define MTLS_REPORT_MARKUP_H

#include <stdio.h>

#include "base/attributes.h"

/* Text, made safe to print and escaped for HTML and SVG, in elements and in quoted attributes. */
void markup_text(FILE *to, const char *text);
PRINTF_LIKE(2, 3) void markup_textf(FILE *to, const char *fmt, ...);

/* <NAME class="CLASS">TEXT</NAME>, a line; no class if NULL. Nothing if the text is empty. */
void markup_element(FILE *to, const char *name, const char *class_name, const char *text);

/* A term and its description in a list; nothing if the text is empty. */
void markup_row(FILE *to, const char *term, const char *text);
PRINTF_LIKE(3, 4) void markup_rowf(FILE *to, const char *term, const char *fmt, ...);

#endif
