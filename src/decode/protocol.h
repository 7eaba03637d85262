/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the program and a decoders' helper say to each other: packets of fixed
 * size over a SOCK_SEQPACKET pair, which is the helper's descriptor DECODE_FD. A
 * frame and its pixels stand in shared memory, DECODE_MEMORY_FD: a memfd of fixed
 * size (sealed), with a place for each slot, of which as much is mapped as the
 * largest frame so far has needed. The helper decodes in the order of the requests,
 * and answers in that order.
 */
#ifndef MTLS_DECODE_PROTOCOL_H
#define MTLS_DECODE_PROTOCOL_H

#include <sys/mman.h>

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
#define DECODE_MEMORY_FD 4

/* A slot's memory that is larger is given back after each frame. */
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
	uint64_t offset, map_size; /* of the slot's memory, at least */
	uint64_t size, frame_size;
	uint32_t slot;
	char syntax[68];
	struct decoder_image image;
};

enum decode_result { DECODE_DONE, DECODE_FAILED, DECODE_NO_MEMORY };

struct decode_reply {
	uint32_t slot;
	uint32_t result;
	struct decoder_image after;
	char text[448]; /* why it failed */
};

/* A slot's memory, as far as it is mapped. */
struct decode_area {
	unsigned char *map; /* NULL: none */
	size_t size;
};

static inline void
decode_unmap(struct decode_area *area)
{
	if (area->map)
		munmap(area->map, area->size);
	area->map = NULL;
	area->size = 0;
}

/* Have so much of it mapped, or more. False: errno says why not. */
static inline bool
decode_map(struct decode_area *area, int fd, uint64_t offset, size_t size)
{
	void *map;

	if (size <= area->size)
		return true;
	decode_unmap(area);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
	if (map == MAP_FAILED)
		return false;
	area->map = (unsigned char *)map;
	area->size = size;
	return true;
}

#endif
