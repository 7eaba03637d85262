/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer (clang -fsanitize=fuzzer,address,undefined): the first item in any bytes,
 * such as a whole DICOM file, and what follows it, as pixel data; the tables of which
 * are somewhere in them. What is told of the frames must hold for each of them, and
 * none may have bytes of another.
 */
#include "dicom/frames.h"

#include <stdlib.h>
#include <string.h>

#include "../unit/dicom_bytes.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
check(struct frames *frames, uint64_t total)
{
	struct err err = ERR_INIT;
	unsigned char part[7];
	uint64_t size, longest = 0, sum = 0;

	for (uint32_t i = 0; i < frames->count; i++) {
		require(frames_next(frames, part, sizeof part, &size, &err) == 0);
		require(size > 0);
		if (size > longest)
			longest = size;
		sum += 8 + size;
	}
	require(longest == frames->longest && sum <= total);
	require(frames_next(frames, part, sizeof part, &size, &err) < 0 && err.text[0]);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct pixel_place place = { .element = { 0, size } };
	const unsigned char *first;
	struct bytes b = { 0 };
	struct frames frames;
	struct err err = ERR_INIT;
	int fd;

	first = size < 8 ? NULL : memmem(data + 6, size - 6, "\xfe\xff\0\xe0", 4);
	if (!first)
		return 0;
	place.items = (uint64_t)(first - data);
	/* The first bytes say how many frames are wanted, and where an extended table stands. */
	place.offsets = (struct extent){ data[2], (size_t)data[3] * 8 };
	place.lengths = (struct extent){ data[4], (size_t)data[5] * 8 };
	bytes_put(&b, data, size);
	fd = bytes_fd(&b);
	if (frames_open(&frames, fd, &place, data[0] + 1u, data[1] & 1, &err) == 0)
		check(&frames, size);
	else
		require(err.kind == ERR_NO_INPUT && err.text[0]);
	close(fd);
	bytes_free(&b);
	return 0;
}
