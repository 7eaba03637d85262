/* SPDX-License-Identifier: BSD-3-Clause */
/* What a file is that is no DICOM file, by how it begins: people name such by mistake. */
#ifndef MTLS_DICOM_FOREIGN_H
#define MTLS_DICOM_FOREIGN_H

#include <stddef.h>

#define FOREIGN_HEAD 1024 /* bytes of a file's beginning that are looked at */

struct foreign {
	const char *what; /* "a ZIP archive" */
	const char *hint; /* what to do, a sentence */
};

/* NULL: it is nothing that is known here. */
const struct foreign *foreign_find(const unsigned char *head, size_t size);

#endif
