/* SPDX-License-Identifier: BSD-3-Clause */
/* PKCS#12 (RFC 7292), bag by bag: several keys, certificates without keys, nested bags. */
#ifndef MTLS_TLS_PKCS12_H
#define MTLS_TLS_PKCS12_H

#include <stddef.h>

#include "base/err.h"
#include "tls/store_file.h"

/* Collect the keys and certificates of a PFX in opening->items. */
int pkcs12_collect(struct store_file *store_file, const unsigned char *data, size_t len, struct err *err)
	__attribute__((warn_unused_result));

#endif
