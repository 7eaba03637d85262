/* SPDX-License-Identifier: BSD-3-Clause */
/* One hand-built ClientHello, for what OpenSSL cannot offer any more, and a look at the answer. */
#ifndef MTLS_NET_PROBE_H
#define MTLS_NET_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/endpoint.h"

enum probe_answer {
	PROBE_REFUSED,	/* an alert, a close, or what is no TLS: the offer is not taken */
	PROBE_TAKEN,	/* a ServerHello: it would have gone on */
	PROBE_SILENT,	/* nothing within the handshake's timeout */
};

struct probe_offer {
	uint16_t version;	  /* highest offered, 0x0300 (SSL 3) .. 0x0304 (TLS 1.3) */
	const uint16_t *suites;	  /* code points, 64 at most */
	size_t suite_count;
	bool classical;		  /* TLS 1.3: no post-quantum group */
};

struct probe_result {
	enum probe_answer answer;
	uint16_t version;	  /* PROBE_TAKEN: what the server chose */
	uint16_t suite;
	uint16_t group;		  /* TLS 1.3: that it wants a key share of, 0: it did not say */
	int alert;		  /* PROBE_REFUSED: its code, -1 for a bare close */
};

/* Dial, send, read the first answer, close. -1 only if no connection could be
 * had (dial's errors), or an interrupt came. Bounded by connect_timeout and
 * tls_timeout. tls/hello.h has suites to offer: hello_families, hello_common_suites. */
int probe(const struct endpoint *endpoint, const struct probe_offer *offer,
	struct probe_result *result, struct err *err) __attribute__((warn_unused_result));

#endif
