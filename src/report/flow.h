/* SPDX-License-Identifier: BSD-3-Clause */
/* Fills lines with words: coloured, wrapped to a width, with a margin, safe to print on terminals. */
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
	const char *margin; /* what the following lines begin with; owned by the caller */
	unsigned at;	    /* columns filled */
	bool fresh;	    /* it has no word yet */
};

/* Columns that text takes on a terminal: wide characters two, combining ones none. */
unsigned text_columns(const char *text, size_t len);

/* Begin a line with `first`, the following ones with `margin`; both are printed unchanged. */
void flow_begin(struct flow *flow, const char *first, const char *margin);

/* Add text, a space before it unless it is the first. */
void flow_add(struct flow *flow, enum text_style style, const char *text);
PRINTF_LIKE(3, 4) void flow_addf(struct flow *flow, enum text_style style, const char *fmt, ...);

/* Add text in a cell of this many columns, right-aligned if requested. It is not wrapped. */
void flow_cell(struct flow *flow, enum text_style style, unsigned columns, bool right, const char *text);

void flow_end(struct flow *flow);

#endif
