/* SPDX-License-Identifier: BSD-3-Clause */
/* Files, PEM blocks and DER objects that are no store, or one of another program:
 * named for what they are. */
#ifndef MTLS_TLS_FOREIGN_H
#define MTLS_TLS_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

struct foreign {
	const char *what;   /* "an OpenSSH private key" */
	const char *remedy; /* a sentence */
	bool key;	    /* there is a private key in it */
};

/* By the first bytes of a file; NULL if they say nothing. */
const struct foreign *foreign_file(const unsigned char *data, size_t len);

/* By the label of a PEM block (RFC 7468); NULL if it is none of these. */
const struct foreign *foreign_label(const char *label);

/* A DER SEQUENCE that is neither a certificate nor a private key; NULL if it is none of these. */
const struct foreign *foreign_der(const unsigned char *data, size_t len);

#endif
