/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/proxy.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/hostname.h"
#include "base/text.h"
#include "net/resolve.h"

/* Room for "[host]:port" of the longest host that DNS allows (RFC 1035 section 2.3.4: 255). */
#define AUTHORITY_MAX 300

static const char *
target_name(const struct endpoint *endpoint, char out[AUTHORITY_MAX])
{
	return hostname_port(out, AUTHORITY_MAX, endpoint->host, endpoint->port);
}

static const char *
proxy_name(const struct endpoint *endpoint, char out[AUTHORITY_MAX])
{
	return hostname_port(out, AUTHORITY_MAX, endpoint->proxy.host, endpoint->proxy.port);
}

enum proxy_head
proxy_scan(const char *buf, size_t len, size_t *end)
{
	static const char magic[] = "HTTP/1.";
	size_t known = len < sizeof magic - 1 ? len : sizeof magic - 1;
	size_t line = 0;

	if (memcmp(buf, magic, known) != 0)
		return PROXY_HEAD_NOT_HTTP;
	for (size_t i = 0; i < len; i++) {
		if (buf[i] != '\n')
			continue;
		if (i == line || (i == line + 1 && buf[line] == '\r')) {
			*end = i + 1;
			return PROXY_HEAD_WHOLE;
		}
		line = i + 1;
	}
	return PROXY_HEAD_MORE;
}

/* The code of a status line (RFC 9112 section 4: "HTTP/1.1 200 Reason"), or -1. */
static int
status_code(const char *line, size_t len)
{
	int code = 0;

	if (len < 12 || !isdigit((unsigned char)line[7]) || line[8] != ' ' || (len > 12 && line[12] != ' '))
		return -1;
	for (const char *digit = line + 9; digit < line + 12; digit++) {
		if (!isdigit((unsigned char)*digit))
			return -1;
		code = code * 10 + (*digit - '0');
	}
	return code;
}

static int
not_http(const struct endpoint *endpoint, struct err *err)
{
	char proxy[AUTHORITY_MAX];

	err_set(err, ERR_CONNECT, "%s is not an HTTP proxy: it did not answer CONNECT with HTTP/1",
		proxy_name(endpoint, proxy));
	return err_hint(err, "Check the host and port given with --proxy.");
}

static int
refused(const struct endpoint *endpoint, int code, const char *line, struct err *err)
{
	char proxy[AUTHORITY_MAX], target[AUTHORITY_MAX];
	/* 407 as in RFC 9110 15.5.8; some proxies answer wrong credentials with 401. */
	bool credentials = code == 407 || code == 401;

	proxy_name(endpoint, proxy);
	target_name(endpoint, target);
	if (credentials)
		err_set(err, ERR_CONNECT, "the proxy %s requires %scredentials (%s)", proxy,
			endpoint->proxy.user ? "other " : "", line);
	else
		err_set(err, ERR_CONNECT, "the proxy %s refuses to connect to %s (%s)", proxy, target, line);
	err->detail = code;
	if (credentials)
		return err_hint(err, "Give them with --proxy USER:PASSWORD@HOST:PORT; only the Basic "
			"scheme is supported.");
	if (code == 502 || code == 503 || code == 504)
		return err_hint(err, "The proxy cannot reach the receiver: check the receiver's name and "
			"port as seen from the proxy.");
	return err_hint(err, "The proxy's rules must allow CONNECT to this host and port.");
}

int
proxy_evaluate(const struct endpoint *endpoint, const char *head, size_t len, struct err *err)
{
	const char *newline = memchr(head, '\n', len);
	size_t line = newline ? (size_t)(newline - head) : len;
	char plain[200];
	int code;

	if (line > 0 && head[line - 1] == '\r')
		line--;
	code = status_code(head, line);
	if (code < 0)
		return not_http(endpoint, err);
	if (code >= 200 && code <= 299)
		return 0;
	return refused(endpoint, code, text_harmless(plain, sizeof plain, head, line), err);
}

/* A request line ends at white space, a field at its line end: a host must contain neither. */
static bool
is_sendable(const char *host)
{
	size_t len = strlen(host);

	if (len == 0 || len > 255)
		return false;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)host[i] <= ' ' || (unsigned char)host[i] >= 0x7f)
			return false;
	}
	return true;
}

/* "user:password" in base64 (owned, *size bytes), NULL if there is no memory. */
static char *
basic_credentials(const struct proxy *proxy, size_t *size)
{
	size_t user = strlen(proxy->user);
	size_t len = user + 1 + proxy->password.len;
	unsigned char *plain = OPENSSL_malloc(len);
	char *coded;

	*size = (len + 2) / 3 * 4 + 1;
	coded = OPENSSL_malloc(*size);
	if (plain && coded) {
		memcpy(plain, proxy->user, user);
		plain[user] = ':';
		if (proxy->password.len > 0)
			memcpy(plain + user + 1, proxy->password.bytes, proxy->password.len);
		EVP_EncodeBlock((unsigned char *)coded, plain, (int)len);
	} else {
		OPENSSL_free(coded);
		coded = NULL;
	}
	OPENSSL_clear_free(plain, len);
	return coded;
}

/* The request line and header fields around the credentials ("" for none), which are never cut. */
static char *
write_request(const char *target, const char *credentials, size_t *len)
{
	const char *field = *credentials ? "Proxy-Authorization: Basic " : "";
	size_t size = 64 + 2 * strlen(target) + strlen(field) + strlen(credentials);
	char *out = OPENSSL_malloc(size);

	if (!out)
		return NULL;
	text_format(out, size, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s%s%s\r\n", target, target, field,
		credentials, *credentials ? "\r\n" : "");
	*len = strlen(out);
	return out;
}

char *
proxy_request(const struct endpoint *endpoint, size_t *len, struct err *err)
{
	char target[AUTHORITY_MAX];
	char *credentials = NULL;
	char *out = NULL;
	size_t size = 0;

	target_name(endpoint, target);
	if (!is_sendable(endpoint->host)) {
		err_set(err, ERR_USAGE, "the host \"%s\" cannot be sent to a proxy", target);
		err_hint(err, "A host name has 1 to 255 ASCII characters, no spaces, no control characters.");
		return NULL;
	}
	if (endpoint->proxy.user)
		credentials = basic_credentials(&endpoint->proxy, &size);
	if (credentials || !endpoint->proxy.user)
		out = write_request(target, credentials ? credentials : "", len);
	if (!out)
		err_nomem(err);
	OPENSSL_clear_free(credentials, size);
	return out;
}

static int
no_answer(const struct endpoint *endpoint, struct err *err)
{
	char proxy[AUTHORITY_MAX], target[AUTHORITY_MAX];

	err_set(err, ERR_TIMEOUT, "no answer from the proxy %s to CONNECT %s", proxy_name(endpoint, proxy),
		target_name(endpoint, target));
	return err_hint(err, "It may not reach the receiver, or not be an HTTP proxy: check hosts and "
		"ports.");
}

static int
head_too_long(const struct endpoint *endpoint, struct err *err)
{
	char proxy[AUTHORITY_MAX];

	err_set(err, ERR_CONNECT, "the proxy %s answered CONNECT with more than %d bytes of header fields",
		proxy_name(endpoint, proxy), PROXY_HEAD_MAX);
	return err_hint(err, "Check the host and port given with --proxy.");
}

/* what: the system's message. */
static int
hung_up(const struct endpoint *endpoint, const char *what, struct err *err)
{
	char proxy[AUTHORITY_MAX];

	err_set(err, ERR_CONNECT, "the proxy %s closed the connection before it answered CONNECT (%s)",
		proxy_name(endpoint, proxy), what);
	return err_hint(err, "Check the host and port given with --proxy, and the proxy's log.");
}

static int
await(const struct endpoint *endpoint, int fd, short events, struct deadline deadline, struct err *err)
{
	switch (wait_fd(fd, events, deadline, true)) {
	case WAIT_READY:
		if (!deadline_passed(deadline))
			return 0;
		/* The deadline also covers a proxy that sends one byte now and then. */
		return no_answer(endpoint, err);
	case WAIT_TIMED_OUT:
		return no_answer(endpoint, err);
	case WAIT_INTERRUPTED:
		return interrupt_err(err);
	case WAIT_FAILED:
		break;
	}
	return hung_up(endpoint, strerror(errno), err);
}

static int
send_request(const struct endpoint *endpoint, int fd, struct deadline deadline, struct err *err)
{
	size_t len = 0;
	size_t sent = 0;
	char *request = proxy_request(endpoint, &len, err);
	int rv = request ? 0 : -1;

	while (rv == 0 && sent < len) {
		ssize_t n = send(fd, request + sent, len - sent, MSG_NOSIGNAL);

		if (n >= 0)
			sent += (size_t)n;
		else if (errno == EAGAIN || errno == EINTR)
			rv = await(endpoint, fd, POLLOUT, deadline, err);
		else
			rv = hung_up(endpoint, strerror(errno), err);
	}
	OPENSSL_clear_free(request, len);
	return rv;
}

/*
 * Read what is there, but nothing after the blank line: the first bytes of the tunnel may come in the same
 * segment. Returns the new count, or -1.
 */
static ssize_t
take_head(const struct endpoint *endpoint, int fd, char *head, size_t used, enum proxy_head *state,
	struct err *err)
{
	size_t end = 0;
	ssize_t n = recv(fd, head + used, PROXY_HEAD_MAX - used, MSG_PEEK);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return (ssize_t)used;
	if (n <= 0)
		return hung_up(endpoint, n < 0 ? strerror(errno) : "end of stream", err);
	*state = proxy_scan(head, used + (size_t)n, &end);
	if (*state != PROXY_HEAD_WHOLE)
		end = used + (size_t)n;
	n = recv(fd, head + used, end - used, 0);
	if (n != (ssize_t)(end - used))
		return hung_up(endpoint, n < 0 ? strerror(errno) : "end of stream", err);
	return (ssize_t)end;
}

static int
read_answer(const struct endpoint *endpoint, int fd, struct deadline deadline, struct err *err)
{
	char head[PROXY_HEAD_MAX];
	enum proxy_head state = PROXY_HEAD_MORE;
	ssize_t used = 0;

	while (state == PROXY_HEAD_MORE) {
		if (used == PROXY_HEAD_MAX)
			return head_too_long(endpoint, err);
		if (await(endpoint, fd, POLLIN, deadline, err) < 0)
			return -1;
		used = take_head(endpoint, fd, head, (size_t)used, &state, err);
		if (used < 0)
			return -1;
	}
	if (state == PROXY_HEAD_NOT_HTTP)
		return not_http(endpoint, err);
	return proxy_evaluate(endpoint, head, (size_t)used, err);
}

int
proxy_tunnel(const struct endpoint *endpoint, int fd, struct deadline deadline, struct err *err)
{
	if (send_request(endpoint, fd, deadline, err) < 0)
		return -1;
	return read_answer(endpoint, fd, deadline, err);
}
