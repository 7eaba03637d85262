/* SPDX-License-Identifier: BSD-3-Clause */
/* The facts of a connection that the sentences about its failure are filled with. */
#ifndef MTLS_TLS_FACTS_H
#define MTLS_TLS_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "tls/handshake_log.h"

/* Fill the holes of a sentence: "{cert}" becomes the fact of that name, nothing where it is not known. */
void facts_expand(const struct handshake_log *w, const char *template, char *out, size_t size);

/* Of the CA certificates that we send with ours, the first that is out of date; NULL: none is. It stays
 * the handshake log's. */
X509 *facts_outdated_issuer(const struct handshake_log *w);

/* Is our key on a curve that not everybody takes (RFC 8422 5.1.1)? */
bool facts_curve_is_unusual(const struct handshake_log *w);

#endif
