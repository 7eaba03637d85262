/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A byte stream to the receiver, TLS or plain, with deadlines, and with the real cause if it fails: the
 * alert that came before a reset, the certificate that caused an alert. Used by one thread at a time.
 */
#ifndef MTLS_NET_CHANNEL_H
#define MTLS_NET_CHANNEL_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "net/dial.h"
#include "net/endpoint.h"
#include "tls/observation.h"

struct channel;

struct channel_facts {
	struct dial_facts dial;
	int64_t tls_us;		  /* the handshake, 0 when plain */
	const char *protocol;	  /* "TLSv1.3"; NULL when plain */
	const char *cipher;	  /* IANA name; NULL when plain */
	char group[32];		  /* of the key exchange; empty: plain, or none was used */
	bool resumed;		  /* the session of an earlier channel, which decided all that follows */
	char server_subject[256]; /* of its certificate, harmless; resumed: then. Empty when plain */
	int server_days_left;	  /* whole days until that expires */
	struct tls_warning warnings[TLS_WARNINGS_MAX]; /* the warnings */
	unsigned tls_warning_count;
};

/*
 * Connect and do the handshake: SNI for names (single labels too), host check by name
 * or address, everything verified before the first application byte. What it
 * saw is told also when it fails; observation and dialled may be NULL:
 * *observation is all zero if TLS was never begun; of a failed connection
 * *dialled tells how far it came.
 * Errors: dial's, and ERR_UNTRUSTED, ERR_WRONG_HOST, ERR_CLIENT_REJECTED,
 * ERR_NO_COMMON_TLS, ERR_NOT_TLS, ERR_TLS, ERR_TIMEOUT, ERR_CREDENTIALS (no
 * key fits), ERR_NOT_ENFORCED (the endpoint requires mutual TLS, but no certificate was requested), each
 * naming certificate and remedy.
 *
 * If the endpoint's context has sessions, one is offered. If that handshake fails, no other is offered from
 * then on, and unless it timed out the error's retryable is RETRY_WITHOUT_SESSION. The same applies if a
 * server resumed a session and then fails or closes before its first application byte. A server can refuse
 * that late in TLS 1.3, and does not say whether the session is the reason; but it has not processed what
 * we sent, so everything may be sent again on a new channel.
 */
struct channel *channel_open(const struct endpoint *endpoint, struct tls_observation *observation,
	struct dial_facts *dialled, struct err *err);

/* The same over a connected descriptor (owned by the channel from now on, also on failure), without
 * dialling: for tests over socket pairs. */
struct channel *channel_adopt(const struct endpoint *endpoint, int fd, struct err *err);

/* What has been observed until now; a session ticket or an alert may have come since the handshake. All
 * zero when plain. */
void channel_observe(const struct channel *channel, struct tls_observation *observation);

/* The result of an attempt to read. */
enum channel_got {
	CHANNEL_DATA,
	CHANNEL_END,	 /* the peer closed: see channel_explain_close if an answer was due */
	CHANNEL_NOTHING, /* the deadline passed; or an interrupt came, if stop_on_signals */
	CHANNEL_FAILED,	 /* the reason is in err */
};

/* Read 1..size bytes, *count. Before it waits it re-arms TCP_QUICKACK. */
enum channel_got channel_read(struct channel *channel, void *buf, size_t size, size_t *count,
	struct deadline deadline, bool stop_on_signals, struct err *err) __attribute__((warn_unused_result));

/*
 * Write all of buf, up to 144 KiB by one write(2) where the kernel takes it.
 * Fails if there is no progress for send_timeout, or that long after an interrupt; after a failed write all
 * others fail. Before it gives up on a broken pipe it reads what the peer sent last, so that a late alert
 * is reported; data, such as an A-ABORT, is left to be read. 0 or -1.
 */
int channel_write(struct channel *channel, const void *buf, size_t size, struct err *err)
	__attribute__((warn_unused_result));

/*
 * The peer closed although an answer was due: report what that most likely means here (e.g. "probably"
 * ERR_CLIENT_REJECTED after it asked for a certificate and before its first application byte), into err;
 * ERR_ABORTED otherwise. Returns -1.
 */
int channel_explain_close(const struct channel *channel, struct err *err);

const struct channel_facts *channel_facts(const struct channel *channel);

/* close_notify (never blocking) and shutdown(2); the descriptor stays until
 * channel_free. May be called twice. */
void channel_close(struct channel *channel);
void channel_free(struct channel *channel);

#endif
