/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/dial.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/hostname.h"
#include "base/text.h"
#include "base/watchdog.h"
#include "net/proxy.h"
#include "net/resolve.h"

#define ATTEMPTS_MAX 16
#define ATTEMPT_DELAY_MS 250 /* RFC 8305 section 5 */

struct attempt {
	const struct addrinfo *to;
	int fd;	   /* -1 before it begins and after it ended */
	int error; /* the errno with which it ended, 0 before */
};

struct race {
	struct attempt attempts[ATTEMPTS_MAX];
	size_t count;
	size_t begun;
	struct deadline next; /* when the next one begins even if this one is still running */
	struct deadline deadline;
	const struct addrinfo *local; /* NULL: any */
	bool proxy;		      /* connects to the proxy, not to the receiver */
	struct dial_facts *facts;     /* where the winner's address goes */
	char where[320];
};

static void
attempt_end(struct attempt *attempt, int error)
{
	if (attempt->fd >= 0)
		close(attempt->fd);
	attempt->fd = -1;
	attempt->error = error;
}

static const struct addrinfo *
find_family(const struct addrinfo *list, int family)
{
	while (list && list->ai_family != family)
		list = list->ai_next;
	return list;
}

static int
bind_local(int fd, const struct addrinfo *local, int family)
{
	int rc = -1;

	for (local = find_family(local, family); local && rc < 0; local = find_family(local->ai_next, family))
		rc = bind(fd, local->ai_addr, local->ai_addrlen);
	return rc;
}

/* Begin one connection; poll shows how it ends. */
static void
attempt_begin(struct attempt *attempt, const struct addrinfo *local)
{
	const struct addrinfo *to = attempt->to;
	int on = 1;

	attempt->fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (attempt->fd < 0 ||
		setsockopt(attempt->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0 ||
		setsockopt(attempt->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) < 0 ||
		(local && bind_local(attempt->fd, local, to->ai_family) < 0) ||
		(connect(attempt->fd, to->ai_addr, to->ai_addrlen) < 0 && errno != EINPROGRESS))
		attempt_end(attempt, errno);
}

/* The next address of the family, or of any other family, that a local address can reach. */
static const struct addrinfo *
next_in_turn(const struct race *race, const struct addrinfo *list, int family, bool same)
{
	while (list && ((list->ai_family == family) != same ||
		(race->local && !find_family(race->local, list->ai_family))))
		list = list->ai_next;
	return list;
}

/* RFC 8305 section 4: keep the resolver's order, but alternate between the families. */
static void
order_attempts(struct race *race, const struct addrinfo *found)
{
	int family = found->ai_family;
	const struct addrinfo *turn[2] = {
		next_in_turn(race, found, family, true),
		next_in_turn(race, found, family, false),
	};

	for (size_t i = 0; (turn[0] || turn[1]) && race->count < ATTEMPTS_MAX; i ^= 1) {
		if (!turn[i])
			continue;
		race->attempts[race->count++] = (struct attempt){ .to = turn[i], .fd = -1 };
		turn[i] = next_in_turn(race, turn[i]->ai_next, family, i == 0);
	}
}

static bool
is_running(const struct race *race)
{
	for (size_t i = 0; i < race->begun; i++) {
		if (race->attempts[i].fd >= 0)
			return true;
	}
	return false;
}

/* Begin what is due: the next one at its time, or at once if none is running. */
static void
begin_due(struct race *race)
{
	while (race->begun < race->count && (!is_running(race) || deadline_passed(race->next))) {
		attempt_begin(&race->attempts[race->begun++], race->local);
		race->next = deadline_in(ATTEMPT_DELAY_MS);
	}
}

/* Wait until something happens. Returns the attempt that succeeded, or NULL. */
static struct attempt *
wait_for_attempt(struct race *race)
{
	struct pollfd fds[ATTEMPTS_MAX + 1];
	struct deadline until = race->deadline;
	size_t n = race->begun;

	if (race->begun < race->count)
		until = deadline_earlier(until, race->next);
	for (size_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){ .fd = race->attempts[i].fd, .events = POLLOUT };
	fds[n] = (struct pollfd){ .fd = interrupt_fd(), .events = POLLIN };
	if (poll(fds, n + 1, deadline_left(until)) <= 0 || interrupt_ends_waits())
		return NULL;
	for (size_t i = 0; i < n; i++) {
		int error = 0;
		socklen_t size = sizeof error;

		if (!fds[i].revents)
			continue;
		if (getsockopt(fds[i].fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0)
			return &race->attempts[i];
		attempt_end(&race->attempts[i], error ? error : errno);
		/* RFC 8305 section 5: the next one need not wait any longer. */
		race->next = deadline_in(0);
	}
	return NULL;
}

/* "10.0.0.1: Connection refused, ::1", as much of it as fits. */
static char *
list_attempts(const struct race *race, char *out, size_t size)
{
	out[0] = '\0';
	for (size_t i = 0; i < race->begun; i++) {
		const struct attempt *attempt = &race->attempts[i];
		char address[NI_MAXHOST];

		resolve_address(address, sizeof address, attempt->to, false);
		text_join(out, size, ", ", "%s%s%s", address, attempt->error ? ": " : "",
			attempt->error ? strerror(attempt->error) : "");
	}
	return out;
}

/* The most telling errno: one that shows that the host answers, else the last one. */
static int
most_specific_error(const struct race *race)
{
	int error = 0;

	for (size_t i = 0; i < race->begun; i++) {
		error = race->attempts[i].error;
		if (error == ECONNREFUSED)
			break;
	}
	return error;
}

static int
all_refused(const struct race *race, struct err *err)
{
	const char *peer = race->proxy ? "proxy" : "receiver";
	char list[600];

	err_set(err, ERR_CONNECT, "cannot connect to %s (%s)", race->where,
		list_attempts(race, list, sizeof list));
	err->detail = most_specific_error(race);
	switch (err->detail) {
	case ECONNREFUSED:
		return err_hint(err, "Nothing listens on that port: check the port and that the %s is "
			"running.",
			peer);
	case ENETUNREACH:
	case EHOSTUNREACH:
		return err_hint(err, "Check the address, and this machine's network or VPN.");
	case EACCES:
	case EPERM:
		return err_hint(err, "A firewall on this machine blocks it: allow that port.");
	default:
		return err_hint(err, "Check host and port, and the network to the %s.", peer);
	}
}

static int
unanswered(const struct race *race, struct err *err)
{
	char list[600];

	err_set(err, ERR_TIMEOUT, "no answer from %s (%s)", race->where,
		list_attempts(race, list, sizeof list));
	return err_hint(err, "Check host and port; a firewall may drop the packets.");
}

/* Run until one is connected. Returns its descriptor, or -1. */
static int
run_race(struct race *race, struct err *err)
{
	for (;;) {
		struct attempt *winner;

		begin_due(race);
		if (!is_running(race))
			return all_refused(race, err);
		winner = wait_for_attempt(race);
		if (winner) {
			int fd = winner->fd;

			resolve_address(race->facts->address, sizeof race->facts->address, winner->to, true);
			winner->fd = -1;
			return fd;
		}
		if (interrupt_ends_waits())
			return interrupt_err(err);
		if (deadline_passed(race->deadline))
			return unanswered(race, err);
	}
}

/* Addresses of both sides to one connected descriptor. */
static int
connect_any(struct race *race, const struct endpoint *endpoint, const struct addrinfo *found, struct err *err)
{
	int fd;

	order_attempts(race, found);
	if (race->count == 0) {
		char plain[300];

		text_harmless_str(plain, sizeof plain, endpoint->local_address);
		err_set(err, ERR_USAGE, "the local address \"%s\" given with --bind cannot reach "
			"%s: one is IPv4, the other IPv6", plain, race->where);
		return err_hint(err, "Bind to an address of the other family, or omit the address.");
	}
	fd = run_race(race, err);
	for (size_t i = 0; i < race->begun; i++)
		attempt_end(&race->attempts[i], 0);
	return fd;
}

/* Can a socket be bound to one of these? */
static bool
is_ours(const struct addrinfo *list)
{
	for (; list; list = list->ai_next) {
		int fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		int rc = fd < 0 ? -1 : bind(fd, list->ai_addr, list->ai_addrlen);

		if (fd >= 0)
			close(fd);
		if (rc == 0)
			return true;
	}
	return false;
}

/* The source addresses --bind names; *out stays NULL if it names none. */
static int
resolve_local(const char *name, struct deadline deadline, struct addrinfo **out, struct err *err)
{
	char plain[300];

	if (!name)
		return 0;
	if (resolve(name, 0, deadline, out, err) < 0 && err->kind != ERR_DNS)
		return -1;
	if (*out && is_ours(*out))
		return 0;
	text_harmless_str(plain, sizeof plain, name);
	err_set(err, ERR_USAGE, "the local address \"%s\" given with --bind does not belong to this machine",
		plain);
	return err_hint(err, "Give an address that `ip address` shows, or omit it.");
}

/* Resolve both sides and connect, to the proxy if there is one. */
static int
connect_tcp(const struct endpoint *endpoint, struct deadline deadline, struct dial_facts *facts,
	struct err *err)
{
	struct race race = { .deadline = deadline, .proxy = endpoint->proxy.host != NULL, .facts = facts };
	const char *host = race.proxy ? endpoint->proxy.host : endpoint->host;
	uint16_t port = race.proxy ? endpoint->proxy.port : endpoint->port;
	struct addrinfo *local = NULL;
	struct addrinfo *found = NULL;
	int64_t start = clock_us();
	char name[300];
	int fd = -1;

	text_format(race.where, sizeof race.where, "%s%s", race.proxy ? "the proxy " : "",
		hostname_port(name, sizeof name, host, port));
	if (resolve_local(endpoint->local_address, deadline, &local, err) < 0 ||
		resolve(host, port, deadline, &found, err) < 0) {
		err_phase(err, "resolve");
		goto out;
	}
	facts->resolve_us = clock_us() - start;
	race.local = local;
	start = clock_us();
	fd = connect_any(&race, endpoint, found, err);
	facts->connect_us = clock_us() - start;
	if (fd < 0)
		err_phase(err, "tcp");
out:
	if (local)
		freeaddrinfo(local);
	if (found)
		freeaddrinfo(found);
	return fd;
}

/* Let the proxy, if there is one, connect fd to the receiver. Takes ownership of fd: returns it, or -1. */
static int
cross_proxy(const struct endpoint *endpoint, int fd, struct deadline deadline, struct dial_facts *facts,
	struct err *err)
{
	int64_t start = clock_us();

	if (!endpoint->proxy.host)
		return fd;
	if (proxy_tunnel(endpoint, fd, deadline, err) < 0) {
		err_phase(err, "proxy");
		close(fd);
		return -1;
	}
	facts->connect_us += clock_us() - start;
	return fd;
}

/* The steps say who did not answer; how long we waited, and which option set that, is known here. */
static void
add_duration(const struct endpoint *endpoint, int64_t start, struct deadline deadline, struct err *err)
{
	bool limited = deadline.at_ms == endpoint->limit.at_ms;
	int64_t ms = limited ? deadline.at_ms - start : endpoint->connect_timeout;

	text_join(err->text, sizeof err->text, "", " within %" PRId64 " ms (%s)", ms > 0 ? ms : 0,
		limited ? "--max-time" : "--connect-timeout");
}

int
dial(const struct endpoint *endpoint, struct dial_facts *facts, struct err *err)
{
	int64_t start = clock_ms();
	struct deadline deadline = deadline_earlier(deadline_in(endpoint->connect_timeout), endpoint->limit);
	int fd;

	watchdog_disarm();
	memset(facts, 0, sizeof *facts);
	fd = connect_tcp(endpoint, deadline, facts, err);
	if (fd >= 0)
		fd = cross_proxy(endpoint, fd, deadline, facts, err);
	if (fd < 0 && err->kind == ERR_TIMEOUT)
		add_duration(endpoint, start, deadline, err);
	return fd;
}
