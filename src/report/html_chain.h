/* SPDX-License-Identifier: BSD-3-Clause */
/* A certificate chain in the HTML page: drawn, and described in full next to the drawing. */
#ifndef MTLS_REPORT_HTML_CHAIN_H
#define MTLS_REPORT_HTML_CHAIN_H

#include <stdio.h>

#include "report/chaintree.h"

/* title: of the picture, for screen readers. */
void html_chain_print(FILE *to, const char *title, const struct chaintree *tree);

#endif
