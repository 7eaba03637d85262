/* SPDX-License-Identifier: BSD-3-Clause */
/* AET@HOST:PORT and its like, from text to values. */
#ifndef MTLS_CLI_ADDRESS_H
#define MTLS_CLI_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define AE_TITLE_MAX 16 /* characters, PS3.5 6.2 (AE) */

/* The len characters at text, spaces around them trimmed; 1..16 of the default
 * repertoire, no backslash, no control character. ERR_USAGE naming `option` otherwise. */
MUST_CHECK int ae_title_parse(const char *text, size_t len, const char *option, char out[AE_TITLE_MAX + 1],
	struct err *err);

/* HOST[:PORT] or [v6][:PORT]. *host is owned by the caller, and has A-labels if the text is not ASCII;
 * *port is unchanged if none is given; pass NULL if none may be given. An IPv6 address without brackets is
 * refused if its end could be the port. */
MUST_CHECK int host_port_parse(const char *text, const char *option, char **host, uint16_t *port,
	struct err *err);

#endif
