/* SPDX-License-Identifier: BSD-3-Clause */
/* Text that came from a file, a certificate or a peer, made fit to print. */
#ifndef MTLS_BASE_TEXT_H
#define MTLS_BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/* snprintf that, when the room (size > 0) is too small, cuts between UTF-8
 * characters and ends in "..." (where size allows). Always terminates. */
PRINTF_LIKE(3, 4) void text_format(char *out, size_t size, const char *fmt, ...);
PRINTF_LIKE(3, 0) void text_vformat(char *out, size_t size, const char *fmt, va_list ap);

/* The same, appended to the text in out, after `between` if out is not empty. */
PRINTF_LIKE(4, 5) void text_join(char *out, size_t size, const char *between, const char *fmt, ...);

/*
 * Copy len bytes of `in` so that they are safe to print on a terminal: control characters (C0, DEL, C1
 * encoded in UTF-8) and bytes that are not UTF-8 become '?', CR and LF become a space. Cuts as text_format
 * does. Returns out.
 */
char *text_harmless(char *out, size_t size, const void *in, size_t len);

/* text_harmless for a NUL-terminated string. */
char *text_harmless_str(char *out, size_t size, const char *in);

/* The same in a buffer of so many bytes that lasts to the end of the block: for one argument of a message. */
#define TEXT_SHOWN(in, size) text_harmless_str((char[size]){ 0 }, size, in)

/* Length of the well-formed UTF-8 character at p (at most left bytes), or 0:
 * RFC 3629, overlong forms, surrogates and values over U+10FFFF are refused. */
size_t text_utf8_len(const unsigned char *p, size_t left);

/* How many characters must be inserted, removed or replaced to turn a into b, ignoring case; SIZE_MAX if
 * one has more than 64. */
size_t text_distance(const char *a, const char *b);

/* The ending of a noun for that number of things: "" for one, else "s". */
#define TEXT_PLURAL(count) ((count) == 1 ? "" : "s")

/* "228 kB", "1.40 GB": decimal units (SI), three significant digits. */
char *text_bytes(char *out, size_t size, uint64_t bytes);
#define TEXT_BYTES(bytes) text_bytes((char[32]){ 0 }, 32, bytes) /* likewise */

#endif
