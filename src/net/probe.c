/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/probe.h"

#include "base/hostname.h"
#include "net/dial.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/rand.h>

#define ANSWER_MAX 4096 /* bytes: alerts and a ServerHello are much shorter */

static int
build(const struct endpoint *endpoint, const struct hello *offer, uint8_t out[HELLO_MAX], size_t *len,
	struct err *err)
{
	const char *name = endpoint->tls_host ? endpoint->tls_host : endpoint->host;
	uint8_t random[HELLO_RANDOM];

	if (RAND_bytes(random, sizeof random) != 1)
		return err_set(err, ERR_INTERNAL, "cannot get random bytes from OpenSSL");
	*len = hello_build(offer, hostname_is_address(name) ? NULL : name, random, out); /* RFC 6066 3 */
	if (*len == 0)
		return err_set(err, ERR_INTERNAL,
			"cannot build a ClientHello of version %04x with %zu suites", offer->version,
			offer->suite_count);
	return 0;
}

/* Failures are ignored: what the peer has sent by then is the answer. */
static void
send_bytes(int fd, const uint8_t *bytes, size_t len, struct deadline d)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (errno != EINTR && (errno != EAGAIN || wait_fd(fd, POLLOUT, d, true) != WAIT_READY))
			return;
	}
}

/* Parse what came until now. True if that is enough. */
static bool
parse_answer(const uint8_t *bytes, size_t len, struct probe_result *result)
{
	enum hello_answer answer = hello_parse(bytes, len, &result->choice, &result->alert);

	if (answer == HELLO_TAKEN)
		result->answer = PROBE_TAKEN;
	return answer != HELLO_MORE;
}

/* Read until the answer is clear, the peer closes (which refuses), or time is up. */
static void
read_answer(int fd, struct deadline d, struct probe_result *result)
{
	uint8_t bytes[ANSWER_MAX];
	size_t len = 0;

	while (len < sizeof bytes) {
		ssize_t n = recv(fd, bytes + len, sizeof bytes - len, 0);

		if (n > 0) {
			len += (size_t)n;
			if (parse_answer(bytes, len, result))
				return;
		} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
			return;
		} else if (wait_fd(fd, POLLIN, d, true) != WAIT_READY) {
			result->answer = PROBE_SILENT;
			return;
		}
	}
}

int
probe(const struct endpoint *endpoint, const struct hello *offer, struct probe_result *result,
	struct err *err)
{
	uint8_t hello[HELLO_MAX];
	struct dial_facts dialled;
	struct deadline d;
	size_t len;
	int fd;

	memset(result, 0, sizeof *result);
	result->answer = PROBE_REFUSED;
	result->alert = -1;
	if (build(endpoint, offer, hello, &len, err) < 0)
		return -1;
	fd = dial(endpoint, &dialled, err);
	if (fd < 0)
		return -1;
	d = deadline_earlier(deadline_in(endpoint->tls_timeout), endpoint->limit);
	send_bytes(fd, hello, len, d);
	read_answer(fd, d, result);
	close(fd);
	return interrupt_signal() ? interrupt_err(err) : 0;
}
