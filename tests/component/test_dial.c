/* SPDX-License-Identifier: BSD-3-Clause */
/* dial with listeners on the loopback interface. Names are resolved by the small resolver below. */
#include "net/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "base/wait.h"
#include "check_main.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])
#define SHORT_MS 150   /* where silence is wanted */
#define LONG_MS 30000  /* where it would be a fault */

/* Names and their addresses, in the resolver's order, or its error. */
static const struct {
	const char *name, *addresses[3];
	int error;
} names[] = {
	{ "iris.test", { "127.0.0.1" }, 0 },
	{ "both.test", { "::1", "127.0.0.1" }, 0 },
	{ "four.test", { "127.0.0.1", "127.0.0.2", "127.0.0.3" }, 0 },
	{ "two.test", { "127.0.0.2", "127.0.0.1" }, 0 },
	/* TCP has no broadcast and no multicast: connect(2) fails at once with "unreachable". */
	{ "refused-first.test", { "127.0.0.1", "255.255.255.255" }, 0 },
	{ "refused-last.test", { "255.255.255.255", "127.0.0.1" }, 0 },
	{ "refused-between.test", { "224.0.0.1", "127.0.0.1", "255.255.255.255" }, 0 },
	{ "no-way.test", { "255.255.255.255", "224.0.0.1" }, 0 },
	{ "unknown.test", { NULL }, EAI_NONAME },
	{ "again.test", { NULL }, EAI_AGAIN },
	{ "slow.test", { NULL }, EAI_INPROGRESS },
};

static void
answer(struct gaicb *cb, size_t row)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
	struct addrinfo **tail = &cb->ar_result;

	for (size_t i = 0; i < 3 && names[row].addresses[i]; i++) {
		ck_assert_int_eq(getaddrinfo(names[row].addresses[i], cb->ar_service, &hints, tail), 0);
		tail = &(*tail)->ai_next;
	}
	cb->__return = names[row].error;
}

/* These four stand before glibc's. */
int
getaddrinfo_a(int mode, struct gaicb *list[], int count, struct sigevent *event)
{
	ck_assert(mode == GAI_NOWAIT && count == 1 && !event);
	for (size_t row = 0; row < sizeof names / sizeof names[0]; row++) {
		if (strcmp(list[0]->ar_name, names[row].name) == 0) {
			answer(list[0], row);
			return 0;
		}
	}
	ck_abort_msg("the resolver was asked for \"%s\"", list[0]->ar_name);
}

int
gai_error(struct gaicb *cb)
{
	return cb->__return;
}

int
gai_suspend(const struct gaicb *const list[], int count, const struct timespec *timeout)
{
	(void)list;
	(void)count;
	nanosleep(timeout, NULL);
	return EAI_AGAIN;
}

/* Nobody goes on with the request, so that it may be freed. */
int
gai_cancel(struct gaicb *cb)
{
	(void)cb;
	return EAI_CANCELED;
}

static int
socket_at(const char *address, uint16_t port, struct addrinfo **out)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST };
	char service[8];
	int on = 1;
	int fd;

	text_format(service, sizeof service, "%u", port);
	ck_assert_int_eq(getaddrinfo(address, service, &hints, out), 0);
	fd = socket((*out)->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && (*out)->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	return fd;
}

/* A bound socket on a free port (*port 0) or on *port; -1 if the machine has no such address. */
static int
bind_at(const char *address, uint16_t *port)
{
	struct addrinfo *at;
	struct sockaddr_in6 bound;
	socklen_t size = sizeof bound;
	int fd = socket_at(address, *port, &at);
	int rc = fd < 0 ? -1 : bind(fd, at->ai_addr, at->ai_addrlen);

	freeaddrinfo(at);
	if (rc < 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&bound, &size), 0);
	*port = ntohs(bound.sin6_port); /* stands where sockaddr_in has it */
	return fd;
}

static int
listen_at(const char *address, uint16_t *port)
{
	int fd = bind_at(address, port);

	if (fd >= 0)
		ck_assert_int_eq(listen(fd, 8), 0);
	return fd;
}

/* A listener whose queue is full: a connection gets no answer, as with a firewall that drops packets. */
struct blackhole {
	int listener;
	int fillers[16];
	size_t count;
};

static void
blackhole_open(struct blackhole *hole, const char *address, uint16_t *port)
{
	hole->count = 0;
	hole->listener = bind_at(address, port);
	ck_assert_int_ge(hole->listener, 0);
	ck_assert_int_eq(listen(hole->listener, 0), 0);
	for (;;) {
		struct addrinfo *to;
		int fd = socket_at(address, *port, &to);

		ck_assert_int_ge(fd, 0);
		ck_assert_uint_lt(hole->count, sizeof hole->fillers / sizeof hole->fillers[0]);
		hole->fillers[hole->count++] = fd;
		ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
		ck_assert(connect(fd, to->ai_addr, to->ai_addrlen) == 0 || errno == EINPROGRESS);
		freeaddrinfo(to);
		if (wait_fd(fd, POLLOUT, deadline_in(SHORT_MS), false) == WAIT_TIMED_OUT)
			return;
	}
}

static void
blackhole_close(struct blackhole *hole)
{
	while (hole->count > 0)
		close(hole->fillers[--hole->count]);
	close(hole->listener);
}

static struct endpoint
endpoint_to(const char *host, uint16_t port)
{
	return (struct endpoint){
		.host = host,
		.port = port,
		.connect_timeout = LONG_MS,
		.limit = deadline_never(),
	};
}

static void
check_text(const char *text, const char *wanted)
{
	ck_assert_msg(strstr(text, wanted) != NULL, "\"%s\" is not in \"%s\"", wanted, text);
}

/* dial must fail so. */
static struct err
check_failure(const struct endpoint *endpoint, enum err_kind kind, const char *phase, const char *text)
{
	struct err err = ERR_INIT;
	struct dial_facts facts;

	ck_assert_int_eq(dial(endpoint, &facts, &err), -1);
	ck_assert_msg(err.kind == kind, "%s: %s", err_word(err.kind), err.text);
	if (phase)
		ck_assert_str_eq(err.phase, phase);
	check_text(err.text, text);
	return err;
}

/* dial must succeed and be connected to address:port. */
static int
check_success(const struct endpoint *endpoint, const char *address, uint16_t port, struct dial_facts *facts)
{
	struct err err = ERR_INIT;
	char wanted[64];
	int fd = dial(endpoint, facts, &err);

	ck_assert_msg(fd >= 0, "%s", err.text);
	text_format(wanted, sizeof wanted, strchr(address, ':') ? "[%s]:%u" : "%s:%u", address, port);
	ck_assert_str_eq(facts->address, wanted);
	return fd;
}

static const char *
has_ipv6(void)
{
	uint16_t port = 0;
	int fd = bind_at("::1", &port);

	if (fd < 0)
		return NULL;
	close(fd);
	return "::1";
}

/* Where something listens, and where we dial. */
static const struct {
	const char *listens, *host;
} ways[] = {
	{ "127.0.0.1", "127.0.0.1" },
	{ "127.0.0.1", "iris.test" },
	{ "127.0.0.1", "localhost" },
	{ "127.0.0.1", "LOCALHOST" },
	{ "127.0.0.1", "both.test" },
	{ "127.0.0.3", "four.test" },
	{ "::1", "::1" },
	{ "::1", "both.test" },
	{ "::1", "localhost" },
};

START_TEST(connects)
{
	struct endpoint endpoint;
	struct dial_facts facts;
	uint16_t port = 0;
	int listener, fd, peer;

	if (strcmp(ways[_i].listens, "::1") == 0 && !has_ipv6()) {
		fprintf(stderr, "# no IPv6 here: %s to ::1 is not tried\n", ways[_i].host);
		return;
	}
	listener = listen_at(ways[_i].listens, &port);
	ck_assert_int_ge(listener, 0);
	endpoint = endpoint_to(ways[_i].host, port);
	fd = check_success(&endpoint, ways[_i].listens, port, &facts);
	peer = accept(listener, NULL, NULL);
	ck_assert_int_ge(peer, 0);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	ck_assert_int_eq(read(peer, &(char){ 0 }, 1), 1);
	ck_assert(facts.resolve_us >= 0 && facts.connect_us > 0);
	close(peer);
	close(fd);
	close(listener);
}
END_TEST

static int
get_option(int fd, int level, int name)
{
	int value = 0;
	socklen_t size = sizeof value;

	ck_assert_int_eq(getsockopt(fd, level, name, &value, &size), 0);
	return value;
}

START_TEST(descriptor_is_set_up)
{
	struct endpoint endpoint;
	struct dial_facts facts;
	uint16_t port = 0;
	int listener = listen_at("127.0.0.1", &port);
	int fd;

	endpoint = endpoint_to("127.0.0.1", port);
	endpoint.connect_timeout = WAIT_FOREVER;
	fd = check_success(&endpoint, "127.0.0.1", port, &facts);
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert(get_option(fd, IPPROTO_TCP, TCP_NODELAY));
	ck_assert(get_option(fd, SOL_SOCKET, SO_KEEPALIVE));
	close(fd);
	/* Nothing else stays open. */
	ck_assert_int_eq(dup(listener), fd);
	close(fd);
	close(listener);
}
END_TEST

START_TEST(refused)
{
	struct endpoint endpoint;
	struct err err;
	uint16_t port = 0;
	char text[128];
	int fd = bind_at("127.0.0.1", &port); /* bound, not listening: nobody else can come to listen there */

	endpoint = endpoint_to("iris.test", port);
	text_format(text, sizeof text, "cannot connect to iris.test:%u (127.0.0.1: Connection refused)",
		port);
	err = check_failure(&endpoint, ERR_CONNECT, "tcp", text);
	ck_assert_int_eq(err.detail, ECONNREFUSED);
	ck_assert_str_eq(err.hint, "Nothing listens on that port: check the port and that the receiver is running.");

	endpoint.host = "four.test";
	check_failure(&endpoint, ERR_CONNECT, "tcp",
		"(127.0.0.1: Connection refused, 127.0.0.2: Connection refused, "
		"127.0.0.3: Connection refused)");

	endpoint.host = "both.test";
	endpoint.proxy = (struct proxy){ .host = "iris.test", .port = port };
	err = check_failure(&endpoint, ERR_CONNECT, "tcp", "cannot connect to the proxy iris.test:");
	check_text(err.hint, "the proxy is running");
	close(fd);
}
END_TEST

/* Several addresses, several reasons: a refusal is preferred, since it shows that the host answers. */
static const struct {
	const char *host;
	int detail;
	const char *hint;
} reasons[] = {
	{ "refused-first.test", ECONNREFUSED, "Nothing listens on that port" },
	{ "refused-last.test", ECONNREFUSED, "Nothing listens on that port" },
	{ "refused-between.test", ECONNREFUSED, "Nothing listens on that port" },
	{ "no-way.test", ENETUNREACH, "Check the address, and this machine" },
};

START_TEST(most_telling_reason)
{
	struct endpoint endpoint;
	struct err err;
	uint16_t port = 0;
	int fd = bind_at("127.0.0.1", &port);

	endpoint = endpoint_to(reasons[_i].host, port);
	err = check_failure(&endpoint, ERR_CONNECT, "tcp", "cannot connect to");
	ck_assert_msg(err.detail == reasons[_i].detail, "%d: %s", err.detail, err.text);
	check_text(err.hint, reasons[_i].hint);
	close(fd);
}
END_TEST

START_TEST(unanswered)
{
	struct blackhole hole;
	struct endpoint endpoint;
	struct err err;
	uint16_t port = 0;
	char text[160];

	blackhole_open(&hole, "127.0.0.1", &port);
	endpoint = endpoint_to("iris.test", port);
	endpoint.connect_timeout = SHORT_MS;
	text_format(text, sizeof text,
		"no answer from iris.test:%u (127.0.0.1) within %d ms (--connect-timeout)", port, SHORT_MS);
	err = check_failure(&endpoint, ERR_TIMEOUT, "tcp", text);
	check_text(err.hint, "firewall");

	endpoint.connect_timeout = LONG_MS;
	endpoint.limit = deadline_in(SHORT_MS);
	check_failure(&endpoint, ERR_TIMEOUT, "tcp", "ms (--max-time)");
	endpoint.limit = deadline_in(0);
	check_failure(&endpoint, ERR_TIMEOUT, "tcp", "within 0 ms (--max-time)");
	blackhole_close(&hole);
}
END_TEST

/* RFC 8305: the second address has its chance while the first is silent. */
START_TEST(null_address_is_overtaken)
{
	struct blackhole hole;
	struct endpoint endpoint;
	struct dial_facts facts;
	uint16_t port = 0;
	int listener, fd;

	blackhole_open(&hole, "127.0.0.2", &port);
	listener = listen_at("127.0.0.1", &port);
	ck_assert_int_ge(listener, 0);
	endpoint = endpoint_to("two.test", port);
	fd = check_success(&endpoint, "127.0.0.1", port, &facts);
	close(fd);
	close(listener);

	/* If nothing answers, one is reported with its errno, the other without an answer. */
	endpoint.connect_timeout = 1000;
	check_failure(&endpoint, ERR_TIMEOUT, "tcp",
		"(127.0.0.2, 127.0.0.1: Connection refused) within 1000 ms");
	blackhole_close(&hole);
}
END_TEST

START_TEST(source_address)
{
	struct sockaddr_in from;
	socklen_t size = sizeof from;
	struct endpoint endpoint;
	struct dial_facts facts;
	uint16_t port = 0;
	int listener = listen_at("127.0.0.1", &port);
	int fd, peer;

	endpoint = endpoint_to("both.test", port); /* its IPv6 address cannot be reached from there */
	endpoint.local_address = "127.0.0.5";
	fd = check_success(&endpoint, "127.0.0.1", port, &facts);
	peer = accept(listener, (struct sockaddr *)&from, &size);
	ck_assert_int_ge(peer, 0);
	ck_assert_uint_eq(ntohl(from.sin_addr.s_addr), 0x7f000005);
	close(peer);
	close(fd);
	close(listener);
	check_failure(&endpoint, ERR_CONNECT, "tcp", "(127.0.0.1: Connection refused)");
}
END_TEST

static const struct {
	const char *local, *host, *text;
} strangers[] = {
	{ "192.0.2.1", "127.0.0.1",
		"local address \"192.0.2.1\" given with --bind does not belong to this machine" }, /* RFC 5737 */
	{ "2001:db8::1", "127.0.0.1", "\"2001:db8::1\" given with --bind does not belong to" },
	{ "unknown.test", "127.0.0.1", "\"unknown.test\" given with --bind does not belong to" },
	{ "127.0.0.1", "::1",
		"\"127.0.0.1\" given with --bind cannot reach [::1]:9: one is IPv4, the other IPv6" },
};

START_TEST(strange_source_address)
{
	struct endpoint endpoint = endpoint_to(strangers[_i].host, 9);

	endpoint.local_address = strangers[_i].local;
	check_failure(&endpoint, ERR_USAGE, NULL, strangers[_i].text);
}
END_TEST

static const struct {
	const char *host;
	enum err_kind kind;
	int detail;
	const char *text, *hint;
} unresolvable[] = {
	{ "unknown.test", ERR_DNS, EAI_NONAME,
		"cannot resolve \"unknown.test\": Name or service not known", "spelling" },
	{ "again.test", ERR_DNS, EAI_AGAIN, "cannot resolve \"again.test\": Temporary failure", "try again" },
	{ "slow.test", ERR_TIMEOUT, 0,
		"no answer from the resolver for \"slow.test\" within 150 ms (--connect-timeout)",
		"name servers" },
};

START_TEST(not_resolved)
{
	struct endpoint endpoint = endpoint_to(unresolvable[_i].host, 9);
	struct err err;

	endpoint.connect_timeout = SHORT_MS;
	err = check_failure(&endpoint, unresolvable[_i].kind, "resolve", unresolvable[_i].text);
	ck_assert_int_eq(err.detail, unresolvable[_i].detail);
	check_text(err.hint, unresolvable[_i].hint);

	/* With a proxy, the proxy resolves the name; we resolve only the proxy's name. */
	endpoint.host = "iris.test";
	endpoint.proxy = (struct proxy){ .host = unresolvable[_i].host, .port = 3128 };
	check_failure(&endpoint, unresolvable[_i].kind, "resolve", unresolvable[_i].text);
}
END_TEST

/* A process that answers one CONNECT. What it was asked comes out of `asked`. */
struct fake_proxy {
	pid_t pid;
	uint16_t port;
	int asked;
};

struct script {
	const char *answer;
	size_t len;
	size_t piece;  /* bytes per write */
	size_t repeat; /* how often the answer is given; it stops when nobody listens any more */
	bool hang_up;  /* else it stays until the client goes */
};

static void
copy_request(int fd, int to)
{
	char request[4096] = "";
	size_t used = 0;

	while (!strstr(request, "\r\n\r\n")) {
		ssize_t n = read(fd, request + used, sizeof request - used - 1);

		if (n <= 0)
			_exit(1);
		used += (size_t)n;
	}
	if (write(to, request, used) < 0)
		_exit(1);
}

static void
play(int listener, int asked, const struct script *script)
{
	int on = 1;
	int fd = accept(listener, NULL, NULL);

	signal(SIGPIPE, SIG_IGN);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	copy_request(fd, asked);
	for (size_t round = 0; round < script->repeat; round++) {
		for (size_t at = 0; at < script->len; at += script->piece) {
			size_t left = script->len - at;

			if (write(fd, script->answer + at, left < script->piece ? left : script->piece) < 0)
				_exit(0);
		}
	}
	while (!script->hang_up && read(fd, &(char){ 0 }, 1) > 0)
		;
	_exit(0);
}

static void
proxy_start(struct fake_proxy *proxy, const struct script *script)
{
	int listener;
	int ends[2];

	proxy->port = 0;
	listener = listen_at("127.0.0.1", &proxy->port);
	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(pipe(ends), 0);
	proxy->pid = fork();
	ck_assert_int_ge(proxy->pid, 0);
	if (proxy->pid == 0)
		play(listener, ends[1], script);
	close(listener);
	close(ends[1]);
	proxy->asked = ends[0];
}

static void
proxy_stop(struct fake_proxy *proxy)
{
	close(proxy->asked);
	kill(proxy->pid, SIGKILL); /* Check's handler for SIGTERM, inherited, would end the test itself */
	ck_assert_int_eq(waitpid(proxy->pid, NULL, 0), proxy->pid);
}

static struct endpoint
endpoint_through(const struct fake_proxy *proxy)
{
	struct endpoint endpoint = endpoint_to("iris.invalid", 2010); /* for the proxy to resolve */

	endpoint.proxy = (struct proxy){ .host = "localhost", .port = proxy->port };
	return endpoint;
}

#define ANSWER(s) .answer = s, .len = sizeof s - 1, .repeat = 1

static const struct script tunnels[] = {
	{ ANSWER("HTTP/1.1 200 Connection established\r\n\r\nhello"), .piece = 4096 },
	{ ANSWER("HTTP/1.1 200 Connection established\r\nVia: 1.1 squid\r\n\r\nhello"), .piece = 1 },
	{ ANSWER("HTTP/1.0 200 OK\n\nhello"), .piece = 3 },
};

START_TEST(tunnel)
{
	static const char wanted[] = "CONNECT iris.invalid:2010 HTTP/1.1\r\nHost: iris.invalid:2010\r\n"
		"Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n";
	struct fake_proxy proxy;
	struct endpoint endpoint;
	struct dial_facts facts;
	char bytes[256] = "";
	size_t used = 0;
	int fd;

	proxy_start(&proxy, &tunnels[_i]);
	endpoint = endpoint_through(&proxy);
	endpoint.proxy.user = "Aladdin";
	ck_assert_int_eq(secret_set(&endpoint.proxy.password, "open sesame", 11), 0);
	fd = check_success(&endpoint, "127.0.0.1", proxy.port, &facts);
	secret_clear(&endpoint.proxy.password);
	ck_assert(facts.connect_us > 0);
	ck_assert_int_eq(read(proxy.asked, bytes, sizeof bytes), sizeof wanted - 1);
	ck_assert_mem_eq(bytes, wanted, sizeof wanted - 1);
	/* The receiver's first bytes are all there. */
	while (used < 5) {
		ssize_t n;

		ck_assert_int_eq(wait_fd(fd, POLLIN, deadline_in(LONG_MS), false), WAIT_READY);
		n = read(fd, bytes + used, sizeof bytes - used);
		ck_assert_int_gt(n, 0);
		used += (size_t)n;
	}
	ck_assert_uint_eq(used, 5);
	ck_assert_mem_eq(bytes, "hello", 5);
	close(fd);
	proxy_stop(&proxy);
}
END_TEST

static const struct {
	struct script script;
	int64_t timeout;
	enum err_kind kind;
	int detail;
	const char *text;
} refusals[] = {
	{ { ANSWER("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n"),
		.piece = 99 },
		LONG_MS, ERR_CONNECT, 407, "requires credentials (HTTP/1.1 407 Proxy Authentication Required)" },
	{ { ANSWER("HTTP/1.1 403 For\x1b" "bidden\r\n\r\n<html>"), .piece = 7 },
		LONG_MS, ERR_CONNECT, 403, "to connect to iris.invalid:2010 (HTTP/1.1 403 For?bidden)" },
	{ { ANSWER("SSH-2.0-OpenSSH_9.2p1\r\n"), .piece = 99 }, /* says no more until it is answered */
		LONG_MS, ERR_CONNECT, 0, "is not an HTTP proxy" },
	{ { ANSWER("HTTP/1.1 maybe\r\n\r\n"), .piece = 99 },
		LONG_MS, ERR_CONNECT, 0, "is not an HTTP proxy" },
	{ { ANSWER("HTTP/1.1 200 OK\r\n"), .piece = 99, .hang_up = true },
		LONG_MS, ERR_CONNECT, 0, "closed the connection before it answered CONNECT (end of stream)" },
	{ { ANSWER(""), .piece = 1, .hang_up = true },
		LONG_MS, ERR_CONNECT, 0, "closed the connection before it answered CONNECT" },
	{ { ANSWER(""), .piece = 1 },
		SHORT_MS, ERR_TIMEOUT, 0, "to CONNECT iris.invalid:2010 within 150 ms (--connect-timeout)" },
	{ { ANSWER("HTTP/1.1 200 OK\r\n"), .piece = 99 },
		SHORT_MS, ERR_TIMEOUT, 0, "no answer from the proxy localhost:" },
	{ { .answer = "HTTP/1.1 200 OK\r\nA: b\r\n", .len = 23, .repeat = 100000, .piece = 23 },
		LONG_MS, ERR_CONNECT, 0, "answered CONNECT with more than 16384 bytes of header fields" },
};

START_TEST(refused_by_proxy)
{
	struct fake_proxy proxy;
	struct endpoint endpoint;
	struct err err;

	proxy_start(&proxy, &refusals[_i].script);
	endpoint = endpoint_through(&proxy);
	endpoint.connect_timeout = refusals[_i].timeout;
	err = check_failure(&endpoint, refusals[_i].kind, "proxy", refusals[_i].text);
	ck_assert_int_eq(err.detail, refusals[_i].detail);
	ck_assert_str_ne(err.hint, "");
	proxy_stop(&proxy);
}
END_TEST

START_TEST(host_no_proxy_can_be_asked_for)
{
	static const struct script script = { ANSWER(""), .piece = 1 };
	struct fake_proxy proxy;
	struct endpoint endpoint;

	proxy_start(&proxy, &script);
	endpoint = endpoint_through(&proxy);
	endpoint.host = "iris\r\nX";
	check_failure(&endpoint, ERR_USAGE, "proxy", "the host \"iris  X:2010\" cannot be sent to a proxy");
	proxy_stop(&proxy);
}
END_TEST

/* Send ourselves a signal from a child, so that it comes while dial waits (or just before: no matter). */
static pid_t
signal_from_child(int signo)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(kill(getppid(), signo) < 0);
	return pid;
}

/* One row for each step that could last for ever. */
static const struct {
	const char *host;
	bool proxy;
	int signo;
	enum err_kind kind;
	const char *phase;
} interrupts[] = {
	{ "slow.test", false, SIGINT, ERR_SIGINT, "resolve" },
	{ "iris.test", false, SIGTERM, ERR_SIGTERM, "tcp" },
	{ "iris.test", true, SIGINT, ERR_SIGINT, NULL }, /* "tcp" if it comes early */
};

START_TEST(interrupted)
{
	static const struct script script = { ANSWER(""), .piece = 1 };
	struct fake_proxy proxy = { .pid = -1 };
	struct blackhole hole;
	struct endpoint endpoint;
	uint16_t port = 0;
	pid_t pid;

	ck_assert_int_eq(interrupt_install(), 0);
	blackhole_open(&hole, "127.0.0.1", &port);
	endpoint = endpoint_to(interrupts[_i].host, port);
	if (interrupts[_i].proxy) {
		proxy_start(&proxy, &script);
		endpoint = endpoint_through(&proxy);
	}
	endpoint.connect_timeout = WAIT_FOREVER;
	pid = signal_from_child(interrupts[_i].signo);
	check_failure(&endpoint, interrupts[_i].kind, interrupts[_i].phase, "interrupted");
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	if (interrupts[_i].proxy)
		proxy_stop(&proxy);
	blackhole_close(&hole);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dial");
	TCase *direct = tcase_create("direct");
	TCase *proxy = tcase_create("proxy");

	tcase_add_rows(direct, connects, ways, listens);
	tcase_add_test(direct, descriptor_is_set_up);
	tcase_add_test(direct, refused);
	tcase_add_rows(direct, most_telling_reason, reasons, host);
	tcase_add_test(direct, unanswered);
	tcase_add_test(direct, null_address_is_overtaken);
	tcase_add_test(direct, source_address);
	tcase_add_rows(direct, strange_source_address, strangers, local);
	tcase_add_rows(direct, not_resolved, unresolvable, host);
	suite_add_tcase(suite, direct);

	tcase_add_rows(proxy, tunnel, tunnels, answer);
	tcase_add_rows(proxy, refused_by_proxy, refusals, text);
	tcase_add_test(proxy, host_no_proxy_can_be_asked_for);
	tcase_add_rows(proxy, interrupted, interrupts, host);
	suite_add_tcase(suite, proxy);
	return check_run(suite);
}
