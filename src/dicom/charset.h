/* SPDX-License-Identifier: BSD-3-Clause */
/* Text for a data set, in the data set's character set (PS3.5 6.1, PS3.3 C.12.1.1.2). */
#ifndef MTLS_DICOM_CHARSET_H
#define MTLS_DICOM_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * Encode UTF-8 text. terms: Specific Character Set (0008,0005), its values
 * joined by backslashes, "" if it is absent (ASCII); with code extensions the escape sequences of ISO 2022
 * are inserted as PS3.5 6.1.2.5 requires. delimiters: the characters before which the first value's set is
 * active again, in addition to control characters: "\\" for SH, LO and UC, "\\^=" for PN, "" for LT, ST and
 * UT. Returns the encoded text, which must be freed, and decodes to exactly the same characters; NULL with
 * ERR_NO_INPUT and the character that the set lacks.
 */
char *charset_encode(const char *terms, const char *text, const char *delimiters, struct err *err)
	__attribute__((malloc)) MUST_CHECK;

/*
 * Is encoded text, or a part of it, ASCII in the set that terms name, and therefore in every other? Not
 * with an escape, nor with the characters that ISO_IR 13 has in place of a tilde and of a backslash that
 * does not separate values.
 */
bool charset_is_ascii(const char *terms, const char *bytes, size_t size, const char *delimiters);

/* Do terms name any set, known or not, other than ASCII? */
bool charset_is_named(const char *terms);

#endif
