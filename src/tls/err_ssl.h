/* SPDX-License-Identifier: BSD-3-Clause */
/* OpenSSL's error queue as the cause of one of our errors. */
#ifndef MTLS_TLS_ERR_SSL_H
#define MTLS_TLS_ERR_SSL_H

#include "base/err.h"

/*
 * Report a failure, followed by ": " and OpenSSL's reason if the thread's queue has one (the oldest entry:
 * the later ones only name the callers). The queue is empty afterwards. Returns -1.
 */
int err_ssl(struct err *err, enum err_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
