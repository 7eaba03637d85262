/* SPDX-License-Identifier: BSD-3-Clause */
/* mtls-storescu-decode: the helper program in which frames are decoded; protocol.h says how. */
#include "decode/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "decode/frame.h"
#include "decode/sandbox.h"

/* A slot's memory as it is here. */
struct area {
	unsigned char *map; /* NULL: none */
	size_t size;
};

static void
area_clear(struct area *area)
{
	if (area->map)
		munmap(area->map, area->size);
	area->map = NULL;
}

/* The next request, and the descriptor that came with it, or -1. False once the program has gone. */
static bool
receive(struct decode_request *request, int *fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} control;
	struct iovec iov = { request, sizeof *request };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes };
	struct cmsghdr *header;

	if (recvmsg(DECODE_FD, &message, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof *request)
		return false;
	header = CMSG_FIRSTHDR(&message);
	*fd = -1;
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(header), sizeof *fd);
	return true;
}

static bool
map_area(struct area *area, int fd, const struct decode_request *request)
{
	void *map;

	if (fd < 0)
		return area->map != NULL;
	area_clear(area);
	area->size = (size_t)request->map_size;
	map = mmap(NULL, area->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	area->map = map == MAP_FAILED ? NULL : map;
	return area->map != NULL;
}

static void
decode(const struct decode_request *request, struct area *area, struct decode_reply *reply)
{
	struct err err = ERR_INIT;
	const struct frame frame = {
		.syntax = request->syntax,
		.image = &request->image,
		.bytes = area->map,
		.size = (size_t)request->size,
		.pixels = area->map + DECODE_PIXELS_AT(request->size),
		.pixels_size = (size_t)request->frame_size,
	};

	reply->slot = request->slot;
	reply->after = request->image;
	if (frame_decode(&frame, &reply->after, &err) == 0)
		return;
	reply->failed = 1;
	text_format(reply->text, sizeof reply->text, "%s", err.text);
}

static int
serve(void)
{
	struct area areas[DECODE_SLOTS] = { 0 };
	struct decode_request request = { 0 };
	int fd;

	while (receive(&request, &fd)) {
		struct decode_reply reply = { 0 };
		struct area *area = &areas[request.slot % DECODE_SLOTS];

		if (!map_area(area, fd, &request)) {
			reply.slot = request.slot;
			reply.failed = 1;
			text_format(reply.text, sizeof reply.text, "there is no memory to decode in");
		} else {
			decode(&request, area, &reply);
		}
		if (area->size > DECODE_KEEP_MAX)
			area_clear(area);
		if (send(DECODE_FD, &reply, sizeof reply, MSG_NOSIGNAL) != (ssize_t)sizeof reply)
			return 1;
	}
	return 0;
}

int
main(void)
{
	struct decode_hello hello = { MTLS_VERSION, "" };
	struct err err = ERR_INIT;
	int type = 0;
	socklen_t size = sizeof type;

	if (getsockopt(DECODE_FD, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_SEQPACKET) {
		fputs("This program is started by mtls-storescu " MTLS_VERSION
			", which has images decompressed in it.\n", stderr);
		return 2;
	}
	/* The kernel would have to clear what a frame takes for each anew. */
	mallopt(M_MMAP_THRESHOLD, DECODE_KEEP_MAX);
	mallopt(M_TRIM_THRESHOLD, 2 * DECODE_KEEP_MAX);
	frame_prepare();
	if (sandbox_enter(&err) < 0)
		text_format(hello.failure, sizeof hello.failure, "%s", err.text);
	if (send(DECODE_FD, &hello, sizeof hello, MSG_NOSIGNAL) != (ssize_t)sizeof hello || hello.failure[0])
		return 1;
	return serve();
}
