/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file read forwards through a small window: as it is, or inflated from some
 * offset on. Values passed over in a plain file are never read.
 */
#ifndef MTLS_DICOM_INPUT_H
#define MTLS_DICOM_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#include "base/err.h"

#define INPUT_WINDOW 16384 /* bytes: most heads come with the first read */
#define INPUT_BACK   32	   /* bytes: a header more than is read can be gone back at no cost */

struct input {
	int fd;		/* the caller's */
	uint64_t size;	/* of the file, bytes */
	uint64_t next;	/* offset in the file of the next read */
	uint64_t at;	/* bytes passed: offset in the file, or in what was inflated */
	uint64_t taken; /* bytes that went through the window so far */
	size_t start;	/* of what the window holds */
	size_t end;
	bool hopped;	/* the next read follows a hop: a little will do */
	bool deflated;
	bool ended;	/* the deflated stream came to its own end */
	bool failed;	/* a read did: what was seen so far proves nothing */
	z_stream z;
	uint64_t packed_at; /* offset in the file of the deflated stream */
	unsigned char window[INPUT_BACK + INPUT_WINDOW];
	unsigned char packed[INPUT_BACK + INPUT_WINDOW];
};

/* Open a file to read, without being held up by a FIFO that nobody writes to. -1 with ERR_NO_INPUT,
 * naming no file. */
int input_open(const char *path, struct err *err) __attribute__((warn_unused_result));

/* Put the file's name, made harmless, in front of what err says. Returns -1. */
int input_name(const char *path, struct err *err);

/* Read size bytes at an offset of fd, all of them. -1 with errno; 0 there: fewer are left. */
int input_read_at(int fd, void *buf, size_t size, uint64_t offset) __attribute__((warn_unused_result));

/* Are as many bytes at offset a of one file and at offset b of another, or the same, equal? 1 or 0; -1 as
 * for input_read_at. */
int input_equal(int fd_a, uint64_t a, int fd_b, uint64_t b, uint64_t size);

/* Begin at the start of fd, a regular file of size bytes. */
void input_init(struct input *in, int fd, uint64_t size);

/* Begin at the start of size bytes (at most INPUT_WINDOW), which are all there is: nothing is read. */
void input_init_kept(struct input *in, const unsigned char *bytes, size_t size);

/* What follows is a raw deflate stream (RFC 1951, PS3.5 A.5). `at` begins at 0 again. */
int input_inflate(struct input *in, struct err *err) __attribute__((warn_unused_result));

/* Show the next `want` bytes (at most INPUT_WINDOW) in *p, valid until the next
 * call; *have is less than want only at the end. -1 if reading or inflating fails. */
int input_peek(struct input *in, size_t want, const unsigned char **p, size_t *have, struct err *err)
	__attribute__((warn_unused_result));

/* Pass over n bytes. *whole: they were all there; if not, the walk is over. */
int input_skip(struct input *in, uint64_t n, bool *whole, struct err *err)
	__attribute__((warn_unused_result));

/* Read n bytes into buf, and pass over them. *whole as for input_skip. */
int input_read(struct input *in, void *buf, size_t n, bool *whole, struct err *err)
	__attribute__((warn_unused_result));

/* Go to an offset, of the file or of what was inflated. Back by more than a few bytes, a deflated stream
 * is inflated anew. Behind the end it stays somewhere before: nothing can be read then. */
int input_seek(struct input *in, uint64_t at, struct err *err) __attribute__((warn_unused_result));

/* How many bytes the raw deflate stream from `offset` on becomes, in constant memory. It is inflated
 * no further than some way behind `most`: then *total is more than that. -1 as input_peek. */
int input_inflated_size(int fd, uint64_t file_size, uint64_t offset, uint64_t most, uint64_t *total,
	struct err *err) __attribute__((warn_unused_result));

/* Bytes of the file behind the end of the deflated stream. */
uint64_t input_leftover(const struct input *in);

void input_clear(struct input *in);

#endif
