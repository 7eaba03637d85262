/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the observations of a connection to what failed, why, and what to do about it on which side. One
 * table per kind of cause: our verdict on the server's certificate, the server's alerts, OpenSSL's reasons,
 * the ways to end.
 */
#ifndef MTLS_TLS_EXPLAIN_H
#define MTLS_TLS_EXPLAIN_H

#include "base/err.h"
#include "tls/handshake_log.h"

/*
 * The handshake, or a read or write after it, failed. err's detail is the
 * X509_V_ERR_ code, the alert or the errno that decided; its phase is "tls",
 * except for a loss after the handshake (ERR_ABORTED). All return -1.
 */
int explain(const struct handshake_log *w, struct err *err);

/* The peer closed without an alert, although an answer was due. */
int explain_close(const struct handshake_log *w, struct err *err);

/* The handshake was not complete after w->waited_ms. */
int explain_timeout(const struct handshake_log *w, struct err *err);

#endif
