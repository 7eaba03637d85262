/* SPDX-License-Identifier: BSD-3-Clause */
/* Send one hand-built ClientHello, to offer what OpenSSL no longer supports, and read the answer. */
#ifndef MTLS_NET_PROBE_H
#define MTLS_NET_PROBE_H

#include "base/err.h"
#include "net/endpoint.h"
#include "tls/hello.h"

enum probe_answer {
	PROBE_REFUSED,	/* an alert, a close, or not TLS: the offer is not accepted */
	PROBE_TAKEN,	/* a ServerHello: the handshake would have continued */
	PROBE_SILENT,	/* nothing within the handshake's timeout */
};

struct probe_result {
	enum probe_answer answer;
	struct wire_choice choice; /* PROBE_TAKEN: what it chose, or the group it wants a key share of */
	int alert;		   /* PROBE_REFUSED: its code, -1 for a bare close */
};

/* Connect, send, read the first answer, close. -1 only if there is no connection (dial's errors), or on an
 * interrupt. Bounded by connect_timeout and tls_timeout. tls/hello.h has suites to offer: hello_families,
 * hello_common_suites. */
int probe(const struct endpoint *endpoint, const struct hello *offer, struct probe_result *result,
	struct err *err) __attribute__((warn_unused_result));

#endif
