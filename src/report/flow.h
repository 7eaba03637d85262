/* SPDX-License-Identifier: BSD-3-Clause */
/* Words that fill lines: coloured, wrapped to a width, every line begun alike, harmless to terminals. */
#ifndef MTLS_REPORT_FLOW_H
#define MTLS_REPORT_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/attributes.h"
#include "report/terminal.h"

struct flow {
	FILE *to;
	bool color;
	unsigned width;
	/* of the line being filled */
	const char *margin; /* what the lines after it begin with; the caller's */
	unsigned at;	    /* columns filled */
	bool fresh;	    /* no word stands on it yet */
};

/* Columns that text takes on a terminal: wide characters two, combining ones none. */
unsigned text_columns(const char *text, size_t len);

/* Begin a line with `first`, the ones that follow it with `margin`; both stand as they are. */
void flow_begin(struct flow *flow, const char *first, const char *margin);

/* Add text, a space before it unless it is the first. */
void flow_add(struct flow *flow, enum text_style style, const char *text);
PRINTF_LIKE(3, 4) void flow_addf(struct flow *flow, enum text_style style, const char *fmt, ...);

/* Add text in a cell of so many columns, at its right if so wanted. It is not wrapped. */
void flow_cell(struct flow *flow, enum text_style style, unsigned columns, bool right, const char *text);

void flow_end(struct flow *flow);

#endif
