/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers as bytes in either order: le has the lowest byte first (DICOM data sets, command sets), be the
 * highest first (PDUs, JPEG, TLS). The put functions return the position after the number. */
#ifndef MTLS_BASE_BYTES_H
#define MTLS_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Do the len bytes of data begin with the n bytes of with? */
static inline bool
bytes_begin(const unsigned char *data, size_t len, const char *with, size_t n)
{
	return len >= n && memcmp(data, with, n) == 0;
}

/* The size of UTF-8's byte order mark if the bytes begin with it, else 0. */
static inline size_t
bytes_mark(const unsigned char *data, size_t len)
{
	return bytes_begin(data, len, "\xef\xbb\xbf", 3) ? 3 : 0;
}

static inline unsigned char *
put_le16(unsigned char *to, uint32_t value)
{
	*to++ = (unsigned char)value;
	*to++ = (unsigned char)(value >> 8);
	return to;
}

static inline unsigned char *
put_le32(unsigned char *to, uint32_t value)
{
	return put_le16(put_le16(to, value), value >> 16);
}

static inline unsigned char *
put_be16(unsigned char *to, uint32_t value)
{
	*to++ = (unsigned char)(value >> 8);
	*to++ = (unsigned char)value;
	return to;
}

static inline unsigned char *
put_be32(unsigned char *to, uint32_t value)
{
	return put_be16(put_be16(to, value >> 16), value);
}

static inline uint16_t
get_le16(const unsigned char *from)
{
	return (uint16_t)(from[1] << 8 | from[0]);
}

static inline uint32_t
get_le32(const unsigned char *from)
{
	return (uint32_t)get_le16(from + 2) << 16 | get_le16(from);
}

static inline uint16_t
get_be16(const unsigned char *from)
{
	return (uint16_t)(from[0] << 8 | from[1]);
}

static inline uint32_t
get_be32(const unsigned char *from)
{
	return (uint32_t)get_be16(from) << 16 | get_be16(from + 2);
}

#endif
