/* SPDX-License-Identifier: BSD-3-Clause */
/* Wipes of memory, counted by what stands before the C library's and OpenSSL's functions. */
#ifndef MTLS_TESTS_WIPES_H
#define MTLS_TESTS_WIPES_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <openssl/crypto.h>

static const char *wipes_sought; /* NULL: anything but zeros */
static size_t wipes_size;	 /* of what is sought, or of the whole memory if that is NULL; 0: none */
static unsigned wipes;		 /* of memory that held it */

/* Count from here on. */
static inline void
wipes_seek(const char *bytes, size_t size)
{
	wipes_sought = bytes;
	wipes_size = size;
	wipes = 0;
}

static inline bool
wipes_match(const unsigned char *bytes, size_t size)
{
	if (wipes_size == 0)
		return false;
	if (wipes_sought)
		return memmem(bytes, size, wipes_sought, wipes_size) != NULL;
	for (size_t i = 0; size == wipes_size && i < size; i++)
		if (bytes[i])
			return true;
	return false;
}

void
explicit_bzero(void *at, size_t size)
{
	const void *volatile bytes = at; /* the header says that nobody reads it */

	wipes += wipes_match(bytes, size);
	for (volatile char *byte = at; size > 0; size--)
		*byte++ = '\0';
}

/* What it is called where the compiler knows the size (-D_FORTIFY_SOURCE). */
void __explicit_bzero_chk(void *at, size_t size, size_t room);

void
__explicit_bzero_chk(void *at, size_t size, size_t room)
{
	ck_assert_uint_le(size, room);
	explicit_bzero(at, size);
}

/* The library's own calls may come here, too. */
void
OPENSSL_cleanse(void *at, size_t size)
{
	if (at)
		explicit_bzero(at, size);
}

#endif
