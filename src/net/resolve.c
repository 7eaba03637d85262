/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/resolve.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#include "base/hostname.h"
#include "base/text.h"

#define SLICE_MS 20 /* between two checks for the interrupt: a signal may reach another thread */

/* One request to the resolver with everything it points to, so that it can be abandoned as a whole. */
struct request {
	struct gaicb cb;
	struct addrinfo hints;
	char service[8];
	char host[];
};

static struct request *
request_new(const char *host, const char *service)
{
	size_t size = strlen(host) + 1;
	struct request *req = calloc(1, sizeof *req + size);

	if (!req)
		return NULL;
	memcpy(req->host, host, size);
	text_format(req->service, sizeof req->service, "%s", service);
	req->hints.ai_socktype = SOCK_STREAM;
	req->hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
	req->cb.ar_name = req->host;
	req->cb.ar_service = req->service;
	req->cb.ar_request = &req->hints;
	return req;
}

/* Abandon the request. While the resolver's thread may still write to it, it must not be freed: it is
 * leaked on purpose. */
static void
request_abandon(struct request *req)
{
	int rc = gai_cancel(&req->cb);

	if (rc == EAI_NOTCANCELED)
		return;
	if (rc == EAI_ALLDONE && gai_error(&req->cb) == 0)
		freeaddrinfo(req->cb.ar_result);
	free(req);
}

/* Wait for an answer for a short time. */
static void
request_wait(const struct request *req, struct deadline deadline)
{
	const struct gaicb *const list[] = { &req->cb };
	int left = deadline_left(deadline_earlier(deadline, deadline_in(SLICE_MS)));
	struct timespec slice = { .tv_nsec = left * 1000000L };

	(void)gai_suspend(list, 1, &slice);
}

static int
unresolved(const char *host, int rc, struct err *err)
{
	char plain[600];

	hostname_shown(plain, sizeof plain, host);
	err_set(err, ERR_DNS, "cannot resolve \"%s\": %s", plain, gai_strerror(rc));
	err->detail = rc;
	if (rc == EAI_AGAIN)
		return err_hint(err, "The name server did not answer: try again, or check the network and "
			"/etc/resolv.conf.");
	return err_hint(err, "Check the spelling of the name, or give the address; this machine uses "
		"/etc/hosts and the name servers in /etc/resolv.conf.");
}

static int
too_slow(const char *host, struct err *err)
{
	char plain[600];

	hostname_shown(plain, sizeof plain, host);
	err_set(err, ERR_TIMEOUT, "no answer from the resolver for \"%s\"", plain);
	return err_hint(err, "Check the name servers in /etc/resolv.conf, or give the address.");
}

/* What needs no resolver. 0 or an EAI_ code. */
static int
resolve_numeric(const char *host, const char *service, struct addrinfo **out)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	};

	/* No node means the loopback addresses. */
	return getaddrinfo(strcasecmp(host, "localhost") == 0 ? NULL : host, service, &hints, out);
}

/* getaddrinfo has no deadline: let glibc's helper thread call it, and wait for that. */
static int
resolve_async(const char *host, const char *service, struct deadline deadline, struct addrinfo **out,
	struct err *err)
{
	struct request *req = request_new(host, service);
	struct gaicb *list[1];
	int rc;

	if (!req)
		return err_nomem(err);
	list[0] = &req->cb;
	rc = getaddrinfo_a(GAI_NOWAIT, list, 1, NULL);
	while (rc == 0 && (rc = gai_error(&req->cb)) == EAI_INPROGRESS) {
		if (interrupt_ends_waits() || deadline_passed(deadline)) {
			request_abandon(req);
			return interrupt_ends_waits() ? interrupt_err(err) : too_slow(host, err);
		}
		request_wait(req, deadline);
		rc = 0;
	}
	*out = rc == 0 ? req->cb.ar_result : NULL;
	free(req);
	return rc == 0 ? 0 : unresolved(host, rc, err);
}

int
resolve(const char *host, uint16_t port, struct deadline deadline, struct addrinfo **out, struct err *err)
{
	char service[8];

	*out = NULL;
	text_format(service, sizeof service, "%u", port);
	if (resolve_numeric(host, service, out) == 0)
		return 0;
	return resolve_async(host, service, deadline, out, err);
}

char *
resolve_address(char *out, size_t size, const struct addrinfo *address, bool with_port)
{
	char host[NI_MAXHOST];
	char port[NI_MAXSERV];

	if (getnameinfo(address->ai_addr, address->ai_addrlen, host, sizeof host, port, sizeof port,
		NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		text_format(out, size, "an unprintable address");
	else if (!with_port)
		text_format(out, size, "%s", host);
	else
		text_format(out, size, address->ai_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
	return out;
}
