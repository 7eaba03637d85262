/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Java's own stores, JKS and JCEKS, read only. No standard describes them; the
 * format is that of OpenJDK's sun.security.provider.JavaKeyStore and
 * com.sun.crypto.provider.JceKeyStore: big-endian numbers, entries in a row,
 * and a SHA-1 digest over password and entries at the end.
 */
#ifndef MTLS_TLS_JKS_H
#define MTLS_TLS_JKS_H

#include <stddef.h>

#include "base/err.h"
#include "tls/store_file.h"

/* Collect the keys and certificates of a store in opening->items. The digest
 * tells a wrong password. Secret (symmetric) keys of JCEKS cannot be passed
 * over, being Java objects: a store with one is refused. */
int jks_collect(struct store_file *store_file, const unsigned char *data, size_t len, struct err *err)
	__attribute__((warn_unused_result));

#endif
