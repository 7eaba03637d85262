/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TCP relay on the loopback that adds a round trip, for machines whose kernel
 * has no netem: each way bytes are held for half of it, and as many as come.
 *
 *     relay [-l SECONDS] ROUND-TRIP-MS PORT
 *
 * Prints "port N", a free one, and hands its connections on to 127.0.0.1:PORT.
 * Ends by itself after SECONDS (3600). The TCP handshake itself is not delayed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 64
#define CHUNK		(256 * 1024)
#define HELD_MAX	(256 * 1024 * 1024) /* one way; a round trip of 100 ms at 20 Gbit/s */

/* Bytes on their way; none: the end. */
struct chunk {
	struct chunk *next;
	int64_t due; /* ns */
	size_t size, sent;
	unsigned char bytes[];
};

/* One way of a connection. */
struct way {
	int from, to;
	struct chunk *first, **last;
	size_t held;
	bool ended;   /* the source has */
	bool blocked; /* the sink takes no more now */
	bool done;    /* the sink knows of the end */
};

struct connection {
	bool used;
	struct way ways[2];
};

static struct connection connections[CONNECTIONS_MAX];
static int64_t delay; /* ns */

static int64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void
die(const char *what)
{
	fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct sockaddr_in
loopback(uint16_t port)
{
	struct sockaddr_in address = { 0 };

	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(port);
	return address;
}

static int
listen_anywhere(void)
{
	struct sockaddr_in address = loopback(0);
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 64) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		die("cannot listen");
	printf("port %d\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

static int
connect_to(uint16_t port)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* --- a connection's life */

static void
begin_way(struct way *way, int from, int to)
{
	int on = 1;

	*way = (struct way){ .from = from, .to = to };
	way->last = &way->first;
	fcntl(from, F_SETFL, fcntl(from, F_GETFL) | O_NONBLOCK);
	setsockopt(from, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void
begin(int listener, uint16_t port)
{
	struct connection *connection = connections;
	int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC), server;

	if (client < 0)
		return;
	while (connection < connections + CONNECTIONS_MAX && connection->used)
		connection++;
	server = connection < connections + CONNECTIONS_MAX ? connect_to(port) : -1;
	if (server < 0) {
		close(client);
		return;
	}
	connection->used = true;
	begin_way(&connection->ways[0], client, server);
	begin_way(&connection->ways[1], server, client);
}

static void
drop_first(struct way *way)
{
	struct chunk *chunk = way->first;

	way->first = chunk->next;
	if (!way->first)
		way->last = &way->first;
	way->held -= chunk->size;
	free(chunk);
}

static void
finish(struct connection *connection)
{
	for (int i = 0; i < 2; i++) {
		while (connection->ways[i].first)
			drop_first(&connection->ways[i]);
		close(connection->ways[i].from);
	}
	connection->used = false;
}

/* --- bytes */

static void
hold(struct way *way, const unsigned char *bytes, size_t size)
{
	struct chunk *chunk = malloc(sizeof *chunk + size);

	if (!chunk)
		die("cannot hold bytes");
	chunk->next = NULL;
	chunk->due = now() + delay;
	chunk->size = size;
	chunk->sent = 0;
	memcpy(chunk->bytes, bytes, size);
	*way->last = chunk;
	way->last = &chunk->next;
	way->held += size;
}

/* Read what the source has. False if the connection is broken. */
static bool
take(struct way *way)
{
	static unsigned char bytes[CHUNK];
	ssize_t n;

	if (way->ended || way->held >= HELD_MAX)
		return true;
	n = recv(way->from, bytes, sizeof bytes, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		way->ended = true;
	hold(way, bytes, (size_t)n);
	return true;
}

/* Write what is due. False if the connection is broken. */
static bool
give(struct way *way)
{
	way->blocked = false;
	while (way->first && way->first->due <= now()) {
		struct chunk *chunk = way->first;
		ssize_t n;

		if (chunk->size == 0) {
			shutdown(way->to, SHUT_WR);
			way->done = true;
			drop_first(way);
			continue;
		}
		n = send(way->to, chunk->bytes + chunk->sent, chunk->size - chunk->sent, MSG_NOSIGNAL);
		if (n < 0) {
			way->blocked = errno == EAGAIN;
			return errno == EAGAIN || errno == EINTR;
		}
		chunk->sent += (size_t)n;
		if (chunk->sent == chunk->size)
			drop_first(way);
	}
	return true;
}

/* --- all of them */

/* What a socket is waited for: it is the source of one way and the sink of the
 * other. One that is waited for nothing is not looked at: it may have hung up. */
static struct pollfd
wish(const struct way *source, const struct way *sink)
{
	bool reads = !source->ended && source->held < HELD_MAX;
	struct pollfd wish = { .fd = source->from };

	wish.events = (short)((reads ? POLLIN : 0) | (sink->blocked ? POLLOUT : 0));
	if (wish.events == 0)
		wish.fd = -1;
	return wish;
}

/* ns until something held is due; -1: nothing is. */
static int64_t
timeout_ms(void)
{
	int64_t first = INT64_MAX, left;

	for (struct connection *c = connections; c < connections + CONNECTIONS_MAX; c++)
		for (int i = 0; c->used && i < 2; i++)
			if (c->ways[i].first && !c->ways[i].blocked && c->ways[i].first->due < first)
				first = c->ways[i].first->due;
	if (first == INT64_MAX)
		return -1;
	left = first - now();
	return left > 0 ? left : 0;
}

static void
wait_for_events(struct pollfd *fds, nfds_t count)
{
	int64_t left = timeout_ms();
	struct timespec limit = { left / 1000000000, left % 1000000000 };

	if (ppoll(fds, count, left < 0 ? NULL : &limit, NULL) < 0 && errno != EINTR)
		die("ppoll");
}

/* A connection's turn, with what its two sockets are ready for. */
static void
serve(struct connection *connection, const struct pollfd *ready)
{
	struct way *ways = connection->ways;

	for (int i = 0; i < 2; i++)
		if (((ready[i].revents & (POLLIN | POLLHUP | POLLERR)) && !take(&ways[i])) || !give(&ways[i])) {
			finish(connection);
			return;
		}
	if (ways[0].done && ways[1].done)
		finish(connection);
}

static void
serve_all(int listener, uint16_t port)
{
	struct pollfd fds[1 + 2 * CONNECTIONS_MAX];
	struct connection *whose[CONNECTIONS_MAX];

	for (;;) {
		nfds_t count = 0;

		for (struct connection *c = connections; c < connections + CONNECTIONS_MAX; c++) {
			if (!c->used)
				continue;
			whose[count / 2] = c;
			for (int i = 0; i < 2; i++)
				fds[count++] = wish(&c->ways[i], &c->ways[1 - i]);
		}
		fds[count] = (struct pollfd){ .fd = listener, .events = POLLIN };
		wait_for_events(fds, count + 1);
		for (nfds_t i = 0; i < count; i += 2)
			serve(whose[i / 2], fds + i);
		if (fds[count].revents)
			begin(listener, port);
	}
}

/* All of the text as a number from 1 to max, or the end of the program. */
static unsigned long
number(const char *text, unsigned long max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end || *text == '-' || value < 1 || value > max) {
		fprintf(stderr, "usage: relay [-l SECONDS] ROUND-TRIP-MS PORT\n");
		exit(2);
	}
	return value;
}

static void
end(int signal_number)
{
	(void)signal_number;
	_exit(0);
}

int
main(int argc, char **argv)
{
	unsigned lifetime = 3600;
	int option;

	while ((option = getopt(argc, argv, "l:")) == 'l')
		lifetime = (unsigned)number(optarg, 1000000);
	if (option != -1 || argc - optind != 2)
		number("", 0);
	delay = (int64_t)number(argv[optind], 60000) * 500000;
	signal(SIGALRM, end);
	alarm(lifetime);
	/* Late by the kernel's usual 50 us, each way, would be late enough to see. */
	prctl(PR_SET_TIMERSLACK, 1000, 0, 0, 0);
	serve_all(listen_anywhere(), (uint16_t)number(argv[optind + 1], 65535));
	return 0;
}
