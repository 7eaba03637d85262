/* SPDX-License-Identifier: BSD-3-Clause */
/* The kind of a file that is not a DICOM file, from its first bytes, for a file that was given by mistake. */
#ifndef MTLS_DICOM_FILEKIND_H
#define MTLS_DICOM_FILEKIND_H

#include <stddef.h>

#define FILEKIND_HEAD 1024 /* bytes at a file's beginning that are examined */

struct filekind {
	const char *what; /* "a ZIP archive" */
	const char *hint; /* what to do, a sentence */
};

/* NULL: the kind is not known. */
const struct filekind *filekind_find(const unsigned char *head, size_t size);

#endif
