/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the program and its decoders' helper say to each other: packets of fixed
 * size over a SOCK_SEQPACKET pair, which is the helper's descriptor DECODE_FD. A
 * frame and its pixels stand in shared memory, one piece for each slot: a memfd of
 * fixed size (sealed), which comes with the first request that uses it. The
 * helper decodes in the order of the requests, and answers in that order.
 */
#ifndef MTLS_DECODE_PROTOCOL_H
#define MTLS_DECODE_PROTOCOL_H

#include "decode/decoder.h"

/* Sanitizers need more memory and system calls than decoding does: the helper is not confined then. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DECODE_SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define DECODE_SANITIZED
#endif

#define DECODE_FD 3
#define DECODE_SLOTS 3

/* A slot's memory that is larger is given back after each frame, on both sides. */
#define DECODE_KEEP_MAX (UINT64_C(8) << 20)

/* Behind the compressed bytes there is room for an end marker, which is missing from some frames. */
#define DECODE_END 2

/* Where the pixels begin in a slot, behind so many compressed bytes. */
#define DECODE_PIXELS_AT(size) (((size) + DECODE_END + 63) / 64 * 64)

/* The helper's first packet, once it is confined; it stays as it is in all versions. */
struct decode_hello {
	char version[64];
	char failure[448]; /* why it cannot decode; "" if it can */
};

struct decode_request {
	uint64_t map_size; /* of the memfd that comes with it; 0: the slot's is there already */
	uint64_t size, frame_size;
	uint32_t slot;
	char syntax[68];
	struct decoder_image image;
};

struct decode_reply {
	uint32_t slot;
	uint32_t failed; /* 0 or 1 */
	struct decoder_image after;
	char text[448]; /* why it failed */
};

#endif
