/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys and certificates of a store put together: which belong to one another, and up to which issuer. */
#ifndef MTLS_TLS_KEYMATCH_H
#define MTLS_TLS_KEYMATCH_H

#include "base/err.h"
#include "tls/store_file.h"
#include "tls/store.h"

/* Make entries of all keys that have a certificate. NULL with ERR_CREDENTIALS
 * if none has: certificates only, no certificate, no match, locked keys. */
struct key_store *keymatch_entries(struct store_file *store_file, struct err *err);

#endif
