/* SPDX-License-Identifier: BSD-3-Clause */
/* mtls-storescu-decode: the helper program in which frames are decoded; protocol.h says how. */
#include "decode/protocol.h"

#include <malloc.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/text.h"
#include "decode/frame.h"
#include "decode/sandbox.h"

static void
decode(const struct decode_request *request, struct decode_area *area, struct decode_reply *reply)
{
	struct frame frame = { .syntax = request->syntax, .image = &request->image,
		.size = (size_t)request->size, .pixels_size = (size_t)request->frame_size };
	struct err err = ERR_INIT;

	reply->slot = request->slot;
	reply->after = request->image;
	reply->result = DECODE_NO_MEMORY;
	text_format(reply->text, sizeof reply->text, "there is no memory to decode in");
	if (!decode_map(area, DECODE_MEMORY_FD, request->offset, (size_t)request->map_size))
		return;
	frame.bytes = area->map;
	frame.pixels = area->map + DECODE_PIXELS_AT(request->size);
	if (frame_decode(&frame, &reply->after, &err) == 0)
		reply->result = DECODE_DONE;
	else if (err.kind != ERR_INTERNAL) /* which is a want of memory */
		reply->result = DECODE_FAILED;
	text_format(reply->text, sizeof reply->text, "%s", err.text);
}

static int
serve(void)
{
	struct decode_area areas[DECODER_SLOTS] = { 0 };
	struct decode_request request;

	while (recv(DECODE_FD, &request, sizeof request, 0) == (ssize_t)sizeof request) {
		struct decode_reply reply = { 0 };

		decode(&request, &areas[request.slot % DECODER_SLOTS], &reply);
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
