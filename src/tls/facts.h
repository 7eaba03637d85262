/* SPDX-License-Identifier: BSD-3-Clause */
/* The facts of a connection that are put into the sentences about its failure. */
#ifndef MTLS_TLS_FACTS_H
#define MTLS_TLS_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "tls/handshake_log.h"

/* Fill in the placeholders of a sentence: "{cert}" becomes the fact of that name, or nothing if it is not
 * known. */
void facts_expand(const struct handshake_log *w, const char *template, char *out, size_t size);

/* The first expired CA certificate that we send with ours; NULL: none. The handshake log owns it. */
X509 *facts_outdated_issuer(const struct handshake_log *w);

/* Is our key on a curve that not every receiver supports (RFC 8422 5.1.1)? */
bool facts_curve_is_unusual(const struct handshake_log *w);

#endif
