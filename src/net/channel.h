/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A byte stream to the receiver, TLS or plain, with deadlines, and the real
 * cause when it breaks: the alert behind a reset, the certificate behind an
 * alert. Used by one thread at a time.
 */
#ifndef MTLS_NET_CHANNEL_H
#define MTLS_NET_CHANNEL_H

#include <stdbool.h>
#include <sys/types.h>

#include <openssl/ssl.h>

#include "base/err.h"
#include "net/dial.h"
#include "net/endpoint.h"
#include "tls/observation.h"
#include "tls/remark.h"

struct channel;

struct channel_facts {
	struct dial_facts dial;
	int64_t tls_us;		  /* the handshake, 0 when plain */
	const char *protocol;	  /* "TLSv1.3"; NULL when plain */
	const char *cipher;	  /* IANA name; NULL when plain */
	char group[32];		  /* of the key exchange; empty: plain, or none was used */
	bool resumed;		  /* the session of an earlier channel, which settled all that follows */
	bool certificate_asked;	  /* the server sent a CertificateRequest: never in a resumed session */
	bool certificate_sent;	  /* and we answered it with ours */
	char server_subject[256]; /* of its certificate, harmless; resumed: then. Empty when plain */
	int server_days_left;	  /* whole days until that expires */
	struct remark remarks[REMARKS_MAX]; /* what is to be warned of */
	unsigned remark_count;
};

/*
 * Dial and shake hands: SNI for names (single labels too), host check by name
 * or address, everything verified before the first application byte.
 * Errors: dial's, and ERR_UNTRUSTED, ERR_WRONG_HOST, ERR_CLIENT_REJECTED,
 * ERR_NO_COMMON_TLS, ERR_NOT_TLS, ERR_TLS, ERR_TIMEOUT, ERR_CREDENTIALS (no
 * key fits), ERR_NOT_ENFORCED (the endpoint requires mutual TLS, and nobody
 * asked), each naming certificate and remedy.
 *
 * Where the endpoint's context has sessions, one is offered. If that handshake
 * fails, no other is offered from then on, and the connection is made anew at
 * once, unless time is up: what fails in the end has nothing to do with it.
 */
struct channel *channel_open(const struct endpoint *endpoint, struct err *err);

/*
 * channel_open that tells what it saw, also when it fails; both may be NULL.
 * *observation is all zero if TLS was never begun. Of a failed connection
 * *dialled tells how far it came.
 */
struct channel *channel_open_observed(const struct endpoint *endpoint, struct tls_observation *observation,
	struct dial_facts *dialled, struct err *err);

/* What was seen until now: a session ticket or an alert may have come since. All zero when plain. */
void channel_observe(const struct channel *channel, struct tls_observation *observation);

/* What the server makes of us once the handshake is through. */
enum channel_verdict {
	CHANNEL_ACCEPTED,  /* TLS 1.3: a NewSessionTicket or data came; TLS 1.2: the handshake says it */
	CHANNEL_REFUSED,   /* an alert, a close or a loss: why is in err */
	CHANNEL_UNDECIDED, /* nothing until the deadline, or an interrupt */
};

/*
 * Wait, sending nothing, until the server has shown what it makes of our
 * certificate. In TLS 1.3 it judges it after our handshake has succeeded
 * (RFC 8446 4.6.1). Data that comes stays to be read.
 */
enum channel_verdict channel_await_verdict(struct channel *channel, struct deadline deadline,
	struct err *err);

/* Wrap a connected descriptor (owned from now on, also on failure) instead of
 * dialling, so that it is not made anew: for tests over socket pairs. */
struct channel *channel_adopt(const struct endpoint *endpoint, int fd, struct err *err);

/*
 * Read 1..size bytes. Returns the count, 0 when the peer closed, -1 on failure
 * (deadline passed: ERR_TIMEOUT). A failure is kept: see channel_failure.
 */
ssize_t channel_read(struct channel *channel, void *buf, size_t size,
	struct deadline deadline);

/*
 * Write all of buf, as one write(2) where the kernel takes it (over TLS up to
 * 144 KiB at a time). Fails when nothing moved for send_timeout, or so long after an
 * interrupt. 0 or -1; after
 * a failed write there is no other. Before it gives up on a broken pipe it
 * looks at what the peer said last, so that a late alert is told; data, an
 * A-ABORT, say, stays to be read.
 */
int channel_write(struct channel *channel, const void *buf, size_t size)
	__attribute__((warn_unused_result));

/* Is there something to read (application data or an end)? Waits until the
 * deadline. Re-arms TCP_QUICKACK first. 1 yes, 0 no, -1 failed, or interrupted
 * (then channel_failure has nothing new and interrupt_signal is set). */
int channel_readable(struct channel *channel, struct deadline deadline, bool heed_signals);

/* The first failure of this channel; kind ERR_NONE if there was none. An
 * orderly close by the peer counts only if it was unexpected: see channel_explain_close. */
const struct err *channel_failure(const struct channel *channel);

/*
 * The peer closed although an answer was due: what that most likely means
 * here (e.g. "probably" ERR_CLIENT_REJECTED after it asked for a certificate
 * and before its first application byte), into err; ERR_ABORTED otherwise. Returns -1.
 */
int channel_explain_close(const struct channel *channel, struct err *err);

/*
 * Did it fail or end before the first application byte of a server that had
 * resumed a session? Only a server that reads on into what it was sent can
 * refuse so late (TLS 1.3), and whether the session is why is not told: but
 * nothing was done with what we sent, so all of it may be said again on a new
 * channel, which will not resume.
 */
bool channel_resumed_in_vain(const struct channel *channel);

const struct channel_facts *channel_facts(const struct channel *channel);
const struct endpoint *channel_endpoint(const struct channel *channel);
int channel_fd(const struct channel *channel);

/* NULL when plain. May be shared by SSL_up_ref, but only to be held. */
SSL *channel_ssl(const struct channel *channel);

/* close_notify (never blocking) and shutdown(2); the descriptor stays until
 * channel_free. May be called twice. */
void channel_close(struct channel *channel);
void channel_free(struct channel *channel);

#endif
