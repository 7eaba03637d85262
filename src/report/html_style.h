/* SPDX-License-Identifier: BSD-3-Clause */
/* The style sheet of the HTML page. */
#ifndef MTLS_REPORT_HTML_STYLE_H
#define MTLS_REPORT_HTML_STYLE_H

extern const char html_style[];

#endif
