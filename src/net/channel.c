/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/channel.h"

#include "base/hostname.h"
#include "base/ratelimit.h"
#include "base/text.h"
#include "net/history.h"
#include "tls/certtext.h"
#include "tls/context.h"
#include "tls/explain.h"
#include "tls/groups.h"
#include "tls/observe.h"
#include "tls/wire.h"
#include "tls/handshake_log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

/* Over TLS a PDU of 128 KiB is nine records. They are gathered here and sent with one write(2). A slice
 * must fit together with its records' overhead. */
#define GATHER_SIZE (160 * 1024)
#define SLICE_SIZE  (144 * 1024)

#define DICOM_TLS_PORT 2762 /* PS3.8 9.1.1 */

struct channel {
	const struct endpoint *endpoint;
	int fd;
	SSL *ssl;    /* NULL when plain */
	BIO *gather; /* ssl's write side once the handshake is complete; ssl owns it */
	struct sessions *sessions; /* sessions to resume; NULL: none */
	struct handshake_log handshake;
	struct channel_facts facts;
	bool broken;	 /* ssl failed permanently: it must not be used */
	bool unwritable; /* a write failed or was incomplete */
	bool ended;	 /* the peer closed its side */
	bool no_answer;	 /* resumed, and ended before the peer sent any data */
	bool closed;
};

static struct deadline
within_limit(const struct channel *ch, struct deadline d)
{
	return deadline_earlier(d, ch->endpoint->limit);
}

/* The name to ask for and verify: without the root's dot, an address without its zone. */
static void
name_host(const struct endpoint *endpoint, char *out, size_t size)
{
	const char *name = endpoint->tls_host ? endpoint->tls_host : endpoint->host;
	size_t len = strchr(name, ':') ? strcspn(name, "%") : strlen(name);

	if (len > 1 && name[len - 1] == '.')
		len--;
	text_format(out, size, "%.*s", len < INT_MAX ? (int)len : 0, name);
}

static int
refuse_host(const struct channel *ch, const char *problem, struct err *err)
{
	err_set(err, ERR_USAGE, "\"%s\" cannot be used as a host name in TLS: it %s", ch->handshake.host,
		problem);
	return err_hint(err, "Give the name or address in the receiver's certificate with "
		"--tls-host.");
}

/* SNI has only names (RFC 6066 3); a name or an address is verified. In OpenSSL an empty name turns the
 * check off, and ".example.com" matches any host in that domain. */
static int
set_host(struct channel *ch, struct err *err)
{
	char host[sizeof ch->handshake.host];
	const char *problem;
	bool ok, check = ch->endpoint->check_host;

	name_host(ch->endpoint, host, sizeof host);
	problem = hostname_problem(host);
	if (problem)
		return refuse_host(ch, problem, err);
	if (hostname_is_address(host)) {
		ok = !check || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ch->ssl), host);
	} else {
		/* RFC 9525: the CN is not used as a name, unless the context allows it. */
		SSL_set_hostflags(ch->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
			X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
		ok = SSL_set_tlsext_host_name(ch->ssl, host) &&
		    (!check || SSL_set1_host(ch->ssl, host));
	}
	ERR_clear_error();
	return ok ? 0 : refuse_host(ch, "is rejected by OpenSSL", err);
}

static int
start_tls(struct channel *ch, struct err *err)
{
	ch->ssl = SSL_new(tlsctx_ssl_ctx(ch->endpoint->tls));
	if (!ch->ssl || !SSL_set_fd(ch->ssl, ch->fd)) {
		ERR_clear_error();
		return err_nomem(err);
	}
	SSL_set_connect_state(ch->ssl);
	handshake_log_attach(&ch->handshake, ch->ssl);
	handshake_log_limit(&ch->handshake, SSL_get_rbio(ch->ssl));
	if (set_host(ch, err) < 0)
		return -1;
	ch->handshake.seen.named = SSL_get_servername(ch->ssl, TLSEXT_NAMETYPE_host_name) != NULL;
	if (ch->sessions)
		sessions_offer(ch->sessions, ch->ssl);
	return 0;
}

/* Read what is left in the socket when TLS has failed: a reset must not hide it. */
static void
note_leftovers(struct channel *ch)
{
	uint8_t bytes[512];
	ssize_t n = recv(ch->fd, bytes, sizeof bytes, MSG_DONTWAIT);

	if (n > 0)
		handshake_log_note_leftovers(&ch->handshake, bytes, (size_t)n);
}

static int
handshake_failed(struct channel *ch, int ssl_error, int sys_errno, struct err *err)
{
	handshake_log_note_failure(&ch->handshake, ch->ssl, ssl_error, sys_errno);
	if (ch->handshake.alert < 0 && ch->handshake.verdict == X509_V_OK &&
		!handshake_log_is_over_limit(&ch->handshake))
		note_leftovers(ch);
	return explain(&ch->handshake, err);
}

/* Wait for the peer in the handshake. */
static int
handshake_wait(struct channel *ch, short events, struct deadline d, int64_t start_us, struct err *err)
{
	switch (wait_fd(ch->fd, events, d, true)) {
	case WAIT_READY:
		return 0;
	case WAIT_INTERRUPTED:
		interrupt_err(err);
		return err_phase(err, "tls");
	case WAIT_TIMED_OUT:
		handshake_log_note_silence(&ch->handshake, ch->ssl, (clock_us() - start_us) / 1000);
		return explain_timeout(&ch->handshake, err);
	case WAIT_FAILED:
		break;
	}
	return err_set(err, ERR_INTERNAL, "poll failed in the TLS handshake: %s", strerror(errno));
}

static int
handshake(struct channel *ch, int64_t start_us, struct err *err)
{
	struct deadline d = within_limit(ch, deadline_in(ch->endpoint->tls_timeout));

	for (;;) {
		int n, error, saved;

		ERR_clear_error();
		errno = 0;
		n = SSL_do_handshake(ch->ssl);
		saved = errno;
		if (n == 1)
			break;
		error = SSL_get_error(ch->ssl, n);
		if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
			return handshake_failed(ch, error, saved, err);
		if (handshake_wait(ch, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, d, start_us, err) < 0)
			return -1;
	}
	handshake_log_note_done(&ch->handshake, ch->ssl);
	return 0;
}

/* OpenSSL has verified the chain, now or when the session was made; this checks that it did. */
static int
confirm_verified(const struct channel *ch, struct err *err)
{
	if (SSL_get0_peer_certificate(ch->ssl) && SSL_get_verify_result(ch->ssl) == X509_V_OK &&
	    (ch->handshake.trusted || ch->handshake.resumed))
		return 0;
	err_set(err, ERR_UNTRUSTED, "%s: the handshake ended without a verified certificate",
		ch->handshake.peer);
	err_phase(err, "tls");
	return err_hint(err, "--tls-debug shows the handshake step by step.");
}

/* In a resumed session no certificate is requested: the handshake that made the session passed this check. */
static int
confirm_mutual(const struct channel *ch, struct err *err)
{
	if (!ch->endpoint->require_mtls || ch->handshake.seen.asked || ch->handshake.resumed)
		return 0;
	err_set(err, ERR_NOT_ENFORCED, "%s did not ask for our certificate, which --require-mtls requires: "
		"anyone can send to it", ch->handshake.peer);
	err_phase(err, "tls");
	return err_hint(err, "Have the receiver require client certificates (IRIS: in the TLS "
		"configuration, set Client certificate verification to Require).");
}

/* Put the gathering buffer in front of the socket on the write side, and a buffer on the read side, so that
 * a record's header and body come in one read(2). Not before the handshake is complete: an answer that is
 * not TLS must be quoted. */
static int
gather_writes(struct channel *ch, struct err *err)
{
	BIO *sock = SSL_get_wbio(ch->ssl);
	BIO *gather = BIO_new(BIO_f_buffer());

	if (!gather || !BIO_set_write_buffer_size(gather, GATHER_SIZE) || !BIO_up_ref(sock)) {
		BIO_free(gather);
		return err_nomem(err);
	}
	BIO_push(gather, sock);
	SSL_set0_wbio(ch->ssl, gather);
	SSL_set_read_ahead(ch->ssl, 1);
	ch->gather = gather;
	return 0;
}

static void
note_tls_warnings(struct channel *ch)
{
	struct tls_observation *seen; /* too large for a stack */

	if (ch->handshake.resumed || !(seen = calloc(1, sizeof *seen)))
		return;
	channel_observe(ch, seen);
	ch->facts.tls_warning_count = tls_warnings_of(seen, ch->handshake.host, ch->facts.warnings);
	free(seen);
}

static void
note_facts(struct channel *ch)
{
	const X509 *server = SSL_get0_peer_certificate(ch->ssl);

	note_tls_warnings(ch);
	ch->facts.protocol = SSL_get_version(ch->ssl);
	ch->facts.cipher = SSL_CIPHER_standard_name(SSL_get_current_cipher(ch->ssl));
	groups_agreed(ch->ssl, ch->facts.group, sizeof ch->facts.group);
	ch->facts.resumed = ch->handshake.resumed;
	if (certtext_days_left(X509_get0_notAfter(server), &ch->facts.server_days_left))
		certtext_name(X509_get_subject_name(server), ch->facts.server_subject,
			sizeof ch->facts.server_subject);
}

static int
establish_tls(struct channel *ch, struct err *err)
{
	int64_t start_us = clock_us();
	int rv;

	if (start_tls(ch, err) < 0)
		return -1;
	rv = handshake(ch, start_us, err);
	ch->facts.tls_us = clock_us() - start_us;
	if (rv < 0 || confirm_verified(ch, err) < 0 || confirm_mutual(ch, err) < 0 ||
	    gather_writes(ch, err) < 0)
		return -1;
	if (ch->sessions)
		sessions_keep_tls12(ch->sessions, ch->ssl);
	note_facts(ch);
	return 0;
}

/* A channel around fd, which it owns; TLS not yet begun. */
static struct channel *
channel_new(const struct endpoint *endpoint, int fd, struct err *err)
{
	struct channel *ch = calloc(1, sizeof *ch);
	int flags = fcntl(fd, F_GETFL);
	char peer[sizeof ch->handshake.peer], host[sizeof ch->handshake.host];

	if (!ch || flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
		free(ch);
		close(fd);
		err_set(err, ERR_INTERNAL, "cannot set up the connection: %s", strerror(errno));
		return NULL;
	}
	ch->endpoint = endpoint;
	ch->sessions = endpoint->tls ? tlsctx_sessions(endpoint->tls) : NULL;
	ch->fd = fd;
	hostname_port(peer, sizeof peer, endpoint->host, endpoint->port);
	name_host(endpoint, host, sizeof host);
	handshake_log_init(&ch->handshake, peer, host, endpoint->trace);
	ch->handshake.seen.tls_port = endpoint->port == DICOM_TLS_PORT;
	ch->handshake.seen.associated = history_associated(endpoint->history);
	ch->handshake.seen.failed = history_failed(endpoint->history);
	return ch;
}

/*
 * A handshake that offered a session failed. For any reason, no other session is offered, and another try
 * without one is made. Not after a timeout: a server that does not answer is busy.
 */
static void
blame_session(const struct channel *ch, struct err *err)
{
	if (!ch->handshake.offered || err_is_interrupt(err->kind))
		return;
	sessions_give_up(ch->sessions);
	if (err->kind == ERR_TIMEOUT)
		return;
	trace_line(&ch->handshake.trace, "the offered session may be the cause: trying again without it");
	err->retryable = RETRY_WITHOUT_SESSION;
}

static struct channel *
channel_over(const struct endpoint *endpoint, int fd, struct tls_observation *observation, struct err *err)
{
	struct channel *ch = channel_new(endpoint, fd, err);
	int rv;

	if (!ch)
		return NULL;
	rv = endpoint->tls ? establish_tls(ch, err) : 0;
	if (observation)
		channel_observe(ch, observation);
	if (rv == 0)
		return ch;
	blame_session(ch, err);
	channel_free(ch);
	return NULL;
}

struct channel *
channel_adopt(const struct endpoint *endpoint, int fd, struct err *err)
{
	return channel_over(endpoint, fd, NULL, err);
}

struct channel *
channel_open(const struct endpoint *endpoint, struct tls_observation *observation, struct dial_facts *dialled,
	struct err *err)
{
	struct dial_facts unwanted = { .address = "" }, *dialling = dialled ? dialled : &unwanted;
	struct channel *ch;
	int fd;

	if (observation)
		memset(observation, 0, sizeof *observation);
	fd = dial(endpoint, dialling, err);
	if (fd < 0)
		return NULL;
	ch = channel_over(endpoint, fd, observation, err);
	if (ch)
		ch->facts.dial = *dialling;
	return ch;
}

void
channel_observe(const struct channel *ch, struct tls_observation *observation)
{
	observe(&ch->handshake, ch->ssl, ch->endpoint->tls, observation);
	observation->handshake_us = ch->facts.tls_us;
}

/* Acknowledge at once: a server that uses Nagle's algorithm otherwise waits 40 ms for each object. The
 * kernel resets the option, so it is set again before each wait. */
static void
acknowledge_quickly(const struct channel *ch)
{
	int on = 1;

	setsockopt(ch->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

/* Why a peer may have closed a plain connection. */
static int
hint_plain(const struct channel *ch, struct err *err)
{
	if (!ch->handshake.seen.data)
		return err_hint(err, "It may speak TLS on this port: then omit --plain and give "
			"--trust-store and --key-store. See also the receiver's log.");
	return err_hint(err, "See the receiver's log.");
}

/* A plain connection failed. */
static int
plain_failed(const struct channel *ch, int sys_errno, struct err *err)
{
	char buf[128];

	err_set(err, ERR_ABORTED, "the connection to %s was lost: %s", ch->handshake.peer,
		strerror_r(sys_errno, buf, sizeof buf));
	err->detail = sys_errno;
	return hint_plain(ch, err);
}

/* If nothing was received since the session was resumed, the session may be the cause. Returns -1. */
static int
blame_resumption(const struct channel *ch, struct err *err)
{
	if (ch->no_answer)
		err->retryable = RETRY_WITHOUT_SESSION;
	return -1;
}

/* Why an SSL call failed. */
static int
tls_failed(struct channel *ch, int ssl_error, int sys_errno, struct err *err)
{
	handshake_log_note_failure(&ch->handshake, ch->ssl, ssl_error, sys_errno);
	explain(&ch->handshake, err);
	return blame_resumption(ch, err);
}

/* A close without close_notify counts as an end: DICOM's own PDUs show whether something is missing, and
 * many peers just close. */
static bool
is_end_of_stream(int ssl_error)
{
	unsigned long code = ERR_peek_error();

	return ssl_error == SSL_ERROR_ZERO_RETURN ||
	    (ssl_error == SSL_ERROR_SSL && ERR_GET_LIB(code) == ERR_LIB_SSL &&
	    ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING);
}

/*
 * The server accepted the session, but then sent an alert or closed at once: it may refuse the session
 * late, as it may a certificate (RFC 8446 4.6.2).
 */
static void
note_no_answer(struct channel *ch)
{
	if (!ch->handshake.resumed || ch->handshake.seen.data || ch->no_answer)
		return;
	ch->no_answer = true;
	sessions_give_up(ch->sessions);
}

/* Read or peek once. CHANNEL_NOTHING: wait for *events. */
static enum channel_got
tls_get(struct channel *ch, void *buf, size_t size, bool peek, size_t *count, short *events, struct err *err)
{
	int n, error, saved;

	if (ch->ended)
		return CHANNEL_END;
	if (ch->broken) {
		explain(&ch->handshake, err);
		return CHANNEL_FAILED;
	}
	ERR_clear_error();
	errno = 0;
	n = (peek ? SSL_peek_ex : SSL_read_ex)(ch->ssl, buf, size, count);
	saved = errno;
	if (n == 1) {
		handshake_log_note_data(&ch->handshake);
		return CHANNEL_DATA;
	}
	error = SSL_get_error(ch->ssl, n);
	/* OpenSSL reports this if there is no room for its answer to a KeyUpdate. */
	if (error == SSL_ERROR_SYSCALL && saved == EAGAIN)
		error = SSL_ERROR_WANT_WRITE;
	*events = error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN;
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return CHANNEL_NOTHING;
	ch->broken = error != SSL_ERROR_ZERO_RETURN;
	note_no_answer(ch);
	if (is_end_of_stream(error)) {
		ERR_clear_error();
		ch->ended = true;
		ch->handshake.eof = true;
		ch->handshake.ended_ms = clock_ms();
		return CHANNEL_END;
	}
	tls_failed(ch, error, saved, err);
	return CHANNEL_FAILED;
}

/* A plain client at a TLS port: the server answers with an alert. */
static int
refuse_tls_answer(const struct channel *ch, const uint8_t *bytes, size_t len, struct err *err)
{
	if (ch->handshake.seen.data || !wire_is_record(bytes, len))
		return 0;
	err_set(err, ERR_TLS, "%s answered in TLS, but --plain was given", ch->handshake.peer);
	err_phase(err, "tls");
	return err_hint(err, "Omit --plain and give --trust-store and --key-store.");
}

static enum channel_got
plain_get(struct channel *ch, void *buf, size_t size, size_t *count, short *events, struct err *err)
{
	ssize_t n;

	do {
		n = recv(ch->fd, buf, size, 0);
	} while (n < 0 && errno == EINTR);
	*events = POLLIN;
	if (n == 0)
		return CHANNEL_END;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return CHANNEL_NOTHING;
	if (n < 0) {
		plain_failed(ch, errno, err);
		return CHANNEL_FAILED;
	}
	if (refuse_tls_answer(ch, buf, (size_t)n, err) < 0)
		return CHANNEL_FAILED;
	ch->handshake.seen.data = true;
	*count = (size_t)n;
	return CHANNEL_DATA;
}

static int
wait_failed(const struct channel *ch, struct err *err)
{
	return err_set(err, ERR_INTERNAL, "poll failed on the connection to %s: %s", ch->handshake.peer,
		strerror(errno));
}

enum channel_got
channel_read(struct channel *ch, void *buf, size_t size, size_t *count, struct deadline deadline,
	bool stop_on_signals, struct err *err)
{
	struct deadline d = within_limit(ch, deadline);

	for (;;) {
		short events = POLLIN;
		enum channel_got got = ch->ssl ? tls_get(ch, buf, size, false, count, &events, err) :
			plain_get(ch, buf, size, count, &events, err);

		if (got != CHANNEL_NOTHING)
			return got;
		acknowledge_quickly(ch);
		switch (wait_fd(ch->fd, events, d, stop_on_signals)) {
		case WAIT_READY:
			break;
		case WAIT_TIMED_OUT:
		case WAIT_INTERRUPTED:
			return CHANNEL_NOTHING;
		case WAIT_FAILED:
			wait_failed(ch, err);
			return CHANNEL_FAILED;
		}
	}
}

/*
 * The peer accepts no more data. What it sent last says more than the broken pipe: the alert of a server
 * that refuses our certificate after the handshake (RFC 8446 4.6.2), or an A-ABORT, which is left to be
 * read.
 */
static int
write_failed(struct channel *ch, int sys_errno, struct err *err)
{
	size_t count = 0;
	short events;
	uint8_t byte;

	if (!ch->ssl)
		return plain_failed(ch, sys_errno, err);
	if (tls_get(ch, &byte, 1, true, &count, &events, err) == CHANNEL_FAILED)
		return -1;
	return tls_failed(ch, SSL_ERROR_SYSCALL, sys_errno, err);
}

/* While our writes wait: an alert ends them, data is left to be read. Returns 1 to keep listening, 0 to
 * stop listening, -1 on failure. */
static int
read_while_writing(struct channel *ch, struct err *err)
{
	size_t count;
	short events;
	uint8_t byte;

	if (!ch->ssl)
		return 0;
	switch (tls_get(ch, &byte, 1, true, &count, &events, err)) {
	case CHANNEL_NOTHING:
		return 1;
	case CHANNEL_FAILED:
		return -1;
	default:
		return 0;
	}
}

/* Wait until there is room to write. *events: POLLOUT, with POLLIN while we listen. */
static int
wait_writable(struct channel *ch, short *events, struct deadline d, struct err *err)
{
	if (*events & POLLIN) {
		int listening = read_while_writing(ch, err);

		if (listening < 0)
			return -1;
		if (listening == 0)
			*events = POLLOUT;
	}
	switch (wait_fd(ch->fd, *events, d, false)) {
	case WAIT_TIMED_OUT:
		err_set(err, ERR_TIMEOUT, "%s took no more data in time", ch->handshake.peer);
		return err_hint(err, "See the receiver's log for the cause; --send-timeout waits longer.");
	case WAIT_FAILED:
		return wait_failed(ch, err);
	default:
		return 0;
	}
}

static struct deadline
send_deadline(const struct channel *ch)
{
	int64_t timeout = ch->endpoint->send_timeout;

	return within_limit(ch, deadline_earlier(deadline_in(timeout), interrupt_deadline(timeout)));
}

/* Send everything that is gathered. */
static int
flush(struct channel *ch, struct err *err)
{
	struct deadline d = send_deadline(ch);
	size_t left = BIO_ctrl_wpending(ch->gather);
	short events = POLLOUT | POLLIN;

	for (;;) {
		size_t now;

		errno = 0;
		if (BIO_flush(ch->gather) > 0)
			return 0;
		if (!BIO_should_retry(ch->gather))
			return write_failed(ch, errno, err);
		now = BIO_ctrl_wpending(ch->gather);
		if (now < left) {
			left = now;
			d = send_deadline(ch);
		}
		if (wait_writable(ch, &events, d, err) < 0)
			return -1;
	}
}

/* Encrypt a slice into the gathering buffer, which has room for it, and flush. */
static int
tls_write(struct channel *ch, const uint8_t *slice, size_t size, struct err *err)
{
	size_t count;
	int saved;

	ERR_clear_error();
	errno = 0;
	if (SSL_write_ex(ch->ssl, slice, size, &count))
		return flush(ch, err);
	saved = errno;
	ch->broken = true;
	return tls_failed(ch, SSL_get_error(ch->ssl, 0), saved, err);
}

static int
plain_write(struct channel *ch, const uint8_t *buf, size_t size, struct err *err)
{
	struct deadline d = send_deadline(ch);
	short events = POLLOUT;

	while (size > 0) {
		ssize_t n = send(ch->fd, buf, size, MSG_NOSIGNAL);

		if (n >= 0) {
			buf += n;
			size -= (size_t)n;
			d = send_deadline(ch);
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (wait_writable(ch, &events, d, err) < 0)
				return -1;
		} else if (errno != EINTR)
			return write_failed(ch, errno, err);
	}
	return 0;
}

/* Hold still as the agreed rate wants it. Once the run is to end, what is in flight is finished without. */
static void
keep_rate(const struct channel *ch, size_t size)
{
	int64_t ms = ch->endpoint->rate_limit ? ratelimit_take(ch->endpoint->rate_limit, size) : 0;

	if (ms > 0)
		(void)wait_fd(-1, 0, within_limit(ch, deadline_in(ms)), true);
}

int
channel_write(struct channel *ch, const void *buf, size_t size, struct err *err)
{
	const uint8_t *at = buf;
	int rv = 0;

	if (ch->unwritable || ch->broken)
		return write_failed(ch, EPIPE, err);
	while (size > 0 && rv == 0) {
		size_t slice = size < SLICE_SIZE ? size : SLICE_SIZE;

		keep_rate(ch, slice);
		rv = (ch->ssl ? tls_write : plain_write)(ch, at, slice, err);
		at += slice;
		size -= slice;
	}
	ch->unwritable = rv < 0;
	ch->handshake.sent_ms = clock_ms();
	return rv;
}

int
channel_explain_close(const struct channel *ch, struct err *err)
{
	if (ch->ssl) {
		explain_close(&ch->handshake, err);
		return blame_resumption(ch, err);
	}
	err_set(err, ERR_ABORTED, "%s closed the connection instead of answering", ch->handshake.peer);
	return hint_plain(ch, err);
}

const struct channel_facts *
channel_facts(const struct channel *ch)
{
	return &ch->facts;
}

void
channel_close(struct channel *ch)
{
	if (ch->closed)
		return;
	ch->closed = true;
	if (ch->ssl && ch->handshake.seen.done && !ch->broken && !ch->unwritable)
		SSL_shutdown(ch->ssl);
	ERR_clear_error();
	shutdown(ch->fd, SHUT_RDWR);
}

void
channel_free(struct channel *ch)
{
	if (!ch)
		return;
	channel_close(ch);
	SSL_free(ch->ssl);
	close(ch->fd);
	handshake_log_clear(&ch->handshake);
	free(ch);
}
