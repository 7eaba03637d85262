/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads a file forwards through a small window: unchanged, or inflated from some offset on. Values that are
 * skipped in a plain file are never read.
 */
#ifndef MTLS_DICOM_INPUT_H
#define MTLS_DICOM_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#include "base/err.h"

#define INPUT_WINDOW 16384 /* bytes: enough for most headers */
#define INPUT_BACK   32	   /* bytes: one header can be read again without cost */

struct input {
	int fd;		/* owned by the caller */
	uint64_t size;	/* of the file, bytes */
	uint64_t next;	/* offset in the file of the next read */
	uint64_t at;	/* current offset in the file, or in what was inflated */
	uint64_t taken; /* bytes that went through the window so far */
	size_t start;	/* of what the window holds */
	size_t end;
	bool hopped;	/* the next read follows a skip, and can be short */
	bool deflated;
	bool ended;	/* the deflated stream ended */
	bool failed;	/* a read failed: what was read so far proves nothing */
	z_stream z;
	uint64_t packed_at; /* offset in the file of the deflated stream */
	unsigned char window[INPUT_BACK + INPUT_WINDOW];
	unsigned char packed[INPUT_BACK + INPUT_WINDOW];
};

/* Open a file to read, without being held up by a FIFO that nobody writes to. -1 with ERR_NO_INPUT,
 * naming no file. */
int input_open(const char *path, struct err *err) MUST_CHECK;

/* Put the file's name, made harmless, in front of what err says. Returns -1. */
int input_name(const char *path, struct err *err);

/* Read size bytes at an offset of fd, all of them. -1 with errno; 0 there: fewer are left. */
int input_read_at(int fd, void *buf, size_t size, uint64_t offset) MUST_CHECK;

/* Are as many bytes at offset a of one file and at offset b of another, or the same, equal? 1 or 0; -1 as
 * for input_read_at. */
int input_equal(int fd_a, uint64_t a, int fd_b, uint64_t b, uint64_t size);

/* Begin at the start of fd, a regular file of size bytes. */
void input_init(struct input *in, int fd, uint64_t size);

/* Begin at the start of size bytes in memory (at most INPUT_WINDOW): nothing is read. */
void input_init_kept(struct input *in, const unsigned char *bytes, size_t size);

/* What follows is a raw deflate stream (RFC 1951, PS3.5 A.5). `at` begins at 0 again. */
int input_inflate(struct input *in, struct err *err) MUST_CHECK;

/* The next `want` bytes (at most INPUT_WINDOW) in *p, valid until the next call, without consuming them;
 * *have is less than want only at the end. -1 if reading or inflating fails. */
int input_peek(struct input *in, size_t want, const unsigned char **p, size_t *have, struct err *err)
	MUST_CHECK;

/* Skip n bytes. *whole: all of them were there; if not, this is the end. */
int input_skip(struct input *in, uint64_t n, bool *whole, struct err *err) MUST_CHECK;

/* Read n bytes into buf. *whole as for input_skip. */
int input_read(struct input *in, void *buf, size_t n, bool *whole, struct err *err) MUST_CHECK;

/* Go to an offset in the file or in what was inflated. To go back by more than a few bytes, a deflated
 * stream is inflated again. For an offset after the end it stays somewhere before it, and nothing can be
 * read. */
int input_seek(struct input *in, uint64_t at, struct err *err) MUST_CHECK;

/* The number of bytes that the raw deflate stream from `offset` on inflates to, determined in constant
 * memory. It stops soon after `most`: then *total is greater than that. -1 as input_peek. */
int input_inflated_size(int fd, uint64_t file_size, uint64_t offset, uint64_t most, uint64_t *total,
	struct err *err) MUST_CHECK;

/* Bytes of the file after the end of the deflated stream. */
uint64_t input_leftover(const struct input *in);

void input_clear(struct input *in);

#endif
