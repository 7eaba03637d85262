/* SPDX-License-Identifier: BSD-3-Clause */
/* Recognizes files, PEM blocks and DER objects that are not a store, or a store of another program. */
#ifndef MTLS_TLS_FOREIGN_H
#define MTLS_TLS_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

struct foreign {
	const char *what;   /* "an OpenSSH private key" */
	const char *remedy; /* a sentence */
	bool key;	    /* it contains a private key */
};

/* By the first bytes of a file; NULL if they say nothing. */
const struct foreign *foreign_file(const unsigned char *data, size_t len);

/* By the label of a PEM block (RFC 7468); NULL if it is not known. */
const struct foreign *foreign_label(const char *label);

/* A DER SEQUENCE that is neither a certificate nor a private key; NULL if it is not known. */
const struct foreign *foreign_der(const unsigned char *data, size_t len);

#endif
