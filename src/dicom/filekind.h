/* SPDX-License-Identifier: BSD-3-Clause */
/* What a file is that is no DICOM file, by how it begins: people name such by mistake. */
#ifndef MTLS_DICOM_FILEKIND_H
#define MTLS_DICOM_FILEKIND_H

#include <stddef.h>

#define FILEKIND_HEAD 1024 /* bytes of a file's beginning that are looked at */

struct filekind {
	const char *what; /* "a ZIP archive" */
	const char *hint; /* what to do, a sentence */
};

/* NULL: it is nothing that is known here. */
const struct filekind *filekind_find(const unsigned char *head, size_t size);

#endif
