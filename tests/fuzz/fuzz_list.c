/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer (clang -fsanitize=fuzzer,address,undefined): any bytes as a list of
 * paths, the first one picking what ends them. Every path must come, in order,
 * and nothing else.
 */
#include "dicom/list.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "../unit/dicom_bytes.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* What of the list has not come yet. */
struct rest {
	const char *at;
	size_t left;
	char end;
};

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* The next path that is not empty, by another way than the reader's. False at the end. */
static bool
next(struct rest *rest, const char **path, size_t *len)
{
	while (rest->left > 0) {
		const char *end = memchr(rest->at, rest->end, rest->left);
		size_t whole = end ? (size_t)(end - rest->at) : rest->left;

		*path = rest->at;
		*len = whole;
		rest->at += whole + (end != NULL);
		rest->left -= whole + (end != NULL);
		if (rest->end == '\n' && *len > 0 && (*path)[*len - 1] == '\r')
			--*len;
		if (*len > 0)
			return true;
	}
	return false;
}

static int
check(void *ctx, const char *path)
{
	const char *wanted;
	size_t len;

	require(next(ctx, &wanted, &len));
	require(len < PATH_MAX && strlen(path) == len && memcmp(path, wanted, len) == 0);
	return 0;
}

/* Called for what names nothing, empty lines, say. */
static int
idle(void *ctx)
{
	(void)ctx;
	return 0;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct bytes b = { 0 };
	struct err err = ERR_INIT;
	struct rest rest;
	const char *wanted;
	char path[64];
	size_t len;
	int fd, rc;

	if (size == 0)
		return 0;
	bytes_zero(&b, 0);
	if (size > 1)
		bytes_put(&b, data + 1, size - 1);
	rest = (struct rest){ (const char *)b.data, b.len, data[0] & 1 ? '\0' : '\n' };
	fd = bytes_fd(&b);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	rc = list_read(path, data[0] & 1, &(struct list_reader){ check, idle, &rest }, &err);
	if (rc == 0)
		require(!next(&rest, &wanted, &len));
	else
		require(rc == -1 && err.kind == ERR_NO_INPUT && err.text[0] && next(&rest, &wanted, &len) &&
			(len >= PATH_MAX || memchr(wanted, '\0', len)));
	close(fd);
	bytes_free(&b);
	return 0;
}
