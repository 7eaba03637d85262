/* SPDX-License-Identifier: BSD-3-Clause */
#include "receiver.h"

#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dicom/pdu.h"
#include "dicom_bytes.h"

#define LIFE_S	 600 /* of a process, if the test cannot end it */
#define IMPLICIT "1.2.840.10008.1.2"

static const struct encoding implicit_le = { .explicit_vr = false, .big_endian = false };

/* A connection, and the request that comes in over it. */
struct peer {
	const struct receiver *receiver;
	int fd;
	SSL *ssl; /* NULL: without TLS */
	struct bytes pdu, command, data;
	uint8_t context;
	unsigned answered; /* requests */
};

static bool
read_all(const struct peer *peer, uint8_t *to, size_t size)
{
	while (size > 0) {
		ssize_t n = peer->ssl ? SSL_read(peer->ssl, to, (int)size) : read(peer->fd, to, size);

		if (n <= 0)
			return false;
		to += n;
		size -= (size_t)n;
	}
	return true;
}

static void
write_pdu(const struct peer *peer, uint8_t type, const struct bytes *body)
{
	const size_t n = body->len;
	const uint8_t head[] = { type, 0, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8),
		(uint8_t)n };
	struct bytes pdu = { 0 };

	bytes_put(&pdu, head, sizeof head);
	bytes_put(&pdu, body->data, n);
	(void)!(peer->ssl ? SSL_write(peer->ssl, pdu.data, (int)pdu.len) :
			   write(peer->fd, pdu.data, pdu.len));
	bytes_free(&pdu);
}

static size_t
get_be16(const uint8_t *at)
{
	return (size_t)at[0] << 8 | at[1];
}

/* An item of a PDU: type, reserved, length of 2 bytes. */
static void
put_item(struct bytes *b, uint8_t type, const void *body, size_t len)
{
	const uint8_t head[] = { type, 0, (uint8_t)(len >> 8), (uint8_t)len };

	bytes_put(b, head, sizeof head);
	bytes_put(b, body, len);
}

/* Answer one presentation context that was proposed, size bytes. */
static void
put_context(const struct receiver *receiver, struct bytes *to, const uint8_t *proposed, size_t size)
{
	uint8_t result = receiver->only_implicit ? 4 : 0;
	const uint8_t *chosen = NULL;
	struct bytes body = { 0 };

	for (size_t at = 4; at + 4 <= size; at += 4 + get_be16(proposed + at + 2)) {
		bool implicit = get_be16(proposed + at + 2) == strlen(IMPLICIT) &&
			memcmp(proposed + at + 4, IMPLICIT, strlen(IMPLICIT)) == 0;

		if (proposed[at] == 0x40 && (!chosen || (receiver->only_implicit && implicit)))
			chosen = proposed + at;
		if (proposed[at] == 0x40 && implicit)
			result = 0;
	}
	if (receiver->refusal)
		result = receiver->refusal;
	bytes_put(&body, (uint8_t[]){ proposed[0], 0, result, 0 }, 4);
	if (chosen)
		put_item(&body, 0x40, chosen + 4, get_be16(chosen + 2));
	put_item(to, 0x21, body.data, body.len);
	bytes_free(&body);
}

/* Accept with PDUs of 16 kB, as many operations as proposed, and the user. */
static void
put_user(struct bytes *to, const uint8_t *proposed, size_t size)
{
	struct bytes body = { 0 };

	put_item(&body, 0x51, "\0\0\x40\0", 4);
	put_item(&body, 0x52, "1.2.3", 5);
	for (size_t at = 0; at + 4 <= size; at += 4 + get_be16(proposed + at + 2)) {
		if (proposed[at] == 0x53)
			put_item(&body, 0x53, proposed + at + 4, 4);
		if (proposed[at] == 0x58 && proposed[at + 5])
			put_item(&body, 0x59, "\0\0", 2);
	}
	put_item(to, 0x50, body.data, body.len);
	bytes_free(&body);
}

static void
answer_association(const struct peer *peer)
{
	const uint8_t *rq = peer->pdu.data;
	struct bytes body = { 0 };

	if (peer->receiver->rejects) {
		bytes_put(&body, "\0\1\1\7", 4); /* permanently: the called AE title is unknown */
		write_pdu(peer, PDU_ASSOCIATE_RJ, &body);
		bytes_free(&body);
		return;
	}
	bytes_put(&body, rq, 68);
	for (size_t at = 68; at + 4 <= peer->pdu.len; at += 4 + get_be16(rq + at + 2)) {
		if (rq[at] == 0x10)
			put_item(&body, 0x10, rq + at + 4, get_be16(rq + at + 2));
		if (rq[at] == 0x20)
			put_context(peer->receiver, &body, rq + at + 4, get_be16(rq + at + 2));
		if (rq[at] == 0x50)
			put_user(&body, rq + at + 4, get_be16(rq + at + 2));
	}
	write_pdu(peer, PDU_ASSOCIATE_AC, &body);
	bytes_free(&body);
}

/* The value of the element (0000,element), which has 2 bytes; 0 if it is missing. */
static unsigned
command_value(const struct bytes *command, unsigned element)
{
	const uint8_t *c = command->data;

	for (size_t at = 0; at + 8 <= command->len; at += 8 + (c[at + 4] | (size_t)c[at + 5] << 8))
		if (((unsigned)c[at + 2] | (unsigned)c[at + 3] << 8) == element)
			return (unsigned)c[at + 8] | (unsigned)c[at + 9] << 8;
	return 0;
}

static bool
has_data_set(const struct peer *peer)
{
	return command_value(&peer->command, 0x0800) != 0x0101;
}

static void
put_us(struct bytes *b, uint32_t tag, unsigned value)
{
	bytes_header(b, implicit_le, tag, "US", 2);
	bytes_u16(b, implicit_le, value);
}

static void
keep(const struct peer *peer)
{
	int fd = open(peer->receiver->file, O_WRONLY | O_CREAT | O_APPEND, 0600);

	(void)!write(fd, peer->data.data, peer->data.len);
	close(fd);
}

static void
answer_request(struct peer *peer)
{
	struct bytes response = { 0 }, body = { 0 };
	size_t n;

	if (peer->receiver->file && has_data_set(peer))
		keep(peer);
	put_us(&response, 0x00000100, command_value(&peer->command, 0x0100) | 0x8000);
	put_us(&response, 0x00000120, command_value(&peer->command, 0x0110));
	put_us(&response, 0x00000800, 0x0101);
	put_us(&response, 0x00000900, peer->answered++ ? peer->receiver->later : peer->receiver->status);
	n = response.len + 2;
	bytes_put(&body, (uint8_t[]){ 0, 0, (uint8_t)(n >> 8), (uint8_t)n, peer->context, 3 }, 6);
	bytes_put(&body, response.data, response.len);
	write_pdu(peer, PDU_P_DATA, &body);
	bytes_free(&response);
	bytes_free(&body);
	peer->command.len = peer->data.len = 0;
}

/* False: there is nothing more to read. */
static bool
take_data(struct peer *peer)
{
	struct pdv pdv;
	size_t n;

	for (size_t at = 0; (n = pdv_parse(peer->pdu.data + at, peer->pdu.len - at, &pdv)) > 0; at += n) {
		if (peer->receiver->closes)
			return false;
		peer->context = pdv.context;
		bytes_put(pdv.command ? &peer->command : &peer->data, pdv.data, pdv.size);
		if (pdv.last && (!pdv.command || !has_data_set(peer)))
			answer_request(peer);
	}
	return true;
}

static bool
read_pdu(struct peer *peer, uint8_t *type)
{
	uint8_t head[PDU_HEAD_SIZE];

	if (!read_all(peer, head, sizeof head))
		return false;
	*type = head[0];
	peer->pdu.len = 0;
	bytes_zero(&peer->pdu, get_be16(head + 2) << 16 | get_be16(head + 4));
	return read_all(peer, peer->pdu.data, peer->pdu.len);
}

static void
serve(struct peer *peer)
{
	bool more = true;
	uint8_t type;

	while (more && read_pdu(peer, &type)) {
		if (type == PDU_ASSOCIATE_RQ)
			answer_association(peer);
		else if (type == PDU_P_DATA)
			more = take_data(peer);
		else if (type == PDU_RELEASE_RQ)
			write_pdu(peer, PDU_RELEASE_RP, &peer->pdu);
		else
			more = false;
	}
}

/* In a process for each connection. */
static void
take_connection(const struct receiver *receiver, int fd)
{
	struct peer peer = { .receiver = receiver, .fd = fd };

	alarm(LIFE_S);
	if (receiver->tls) {
		peer.ssl = SSL_new(receiver->tls);
		SSL_set_fd(peer.ssl, fd);
	}
	if (!peer.ssl || SSL_accept(peer.ssl) == 1)
		serve(&peer);
	if (peer.ssl)
		SSL_shutdown(peer.ssl);
	_exit(0);
}

static void
take_connections(const struct receiver *receiver)
{
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	alarm(LIFE_S);
	for (;;) {
		int fd = accept(receiver->listener, NULL, NULL);

		if (fd >= 0 && fork() == 0)
			take_connection(receiver, fd);
		close(fd);
	}
}

void
receiver_start(struct receiver *receiver)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof addr;

	receiver->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(receiver->listener, (struct sockaddr *)&addr, len), 0);
	ck_assert_int_eq(listen(receiver->listener, 16), 0);
	ck_assert_int_eq(getsockname(receiver->listener, (struct sockaddr *)&addr, &len), 0);
	receiver->port = ntohs(addr.sin_port);
	receiver->pid = fork();
	ck_assert_int_ge(receiver->pid, 0);
	if (receiver->pid == 0)
		take_connections(receiver);
	close(receiver->listener);
}

void
receiver_stop(struct receiver *receiver)
{
	/* SIGTERM is caught by Check's handler, which it inherited. */
	kill(receiver->pid, SIGKILL);
	waitpid(receiver->pid, NULL, 0);
}
