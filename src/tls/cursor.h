/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads bytes from the front, with every read checked against what remains: for TLS messages and Java's
 * stores, both big endian. */
#ifndef MTLS_TLS_CURSOR_H
#define MTLS_TLS_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is left. A read beyond the end returns nothing and marks it bad. */
struct cursor {
	const uint8_t *at;
	size_t left;
	bool bad;
};

/* The next len bytes. */
struct cursor cursor_cut(struct cursor *c, size_t len);

/* A number of 1 to 4 bytes, big endian; 0 beyond the end. */
uint32_t cursor_number(struct cursor *c, size_t bytes);

/* A vector that is preceded by its length in this many bytes (RFC 8446 3.4). */
struct cursor cursor_vector(struct cursor *c, size_t length_bytes);

#endif
