/* SPDX-License-Identifier: BSD-3-Clause */
/* Text for a data set, in the character set that the data set says it is in (PS3.5 6.1, PS3.3 C.12.1.1.2). */
#ifndef MTLS_DICOM_CHARSET_H
#define MTLS_DICOM_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * Encode UTF-8 text. terms: Specific Character Set (0008,0005), its values
 * joined by backslashes, "" if it is absent (ASCII); with code extensions the
 * escape sequences of ISO 2022 are put where PS3.5 6.1.2.5 wants them.
 * delimiters: the characters before which the first value's set is active
 * again, beside control characters: "\\" for SH, LO and UC, "\\^=" for PN, ""
 * for LT, ST and UT.
 * The encoded text, to be freed, which decodes to the very same characters;
 * NULL with ERR_NO_INPUT and the character that the set has not.
 */
char *charset_encode(const char *terms, const char *text, const char *delimiters, struct err *err)
	__attribute__((malloc, warn_unused_result));

/*
 * Does encoded text, or a part of it, read as ASCII in the set that terms name, and so in every other? Not
 * with an escape, nor with what ISO_IR 13 has in place of a tilde, and of a backslash that parts no values.
 */
bool charset_is_ascii(const char *terms, const char *bytes, size_t size, const char *delimiters);

/* Do terms name any set, known or not, but ASCII itself? */
bool charset_is_named(const char *terms);

#endif
