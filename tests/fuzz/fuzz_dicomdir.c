/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer (clang -fsanitize=fuzzer,address,undefined): any bytes as what
 * follows the header of a DICOMDIR. The first one picks the transfer syntax,
 * and whether the records begin at once. What is handed out must lie below the
 * DICOMDIR's directory.
 */
#include "dicom/dicomdir.h"

#include <limits.h>

#include "../unit/dicom_bytes.h"

#define DIRECTORY "/nonexistent/"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static int
check(void *ctx, const char *path)
{
	size_t *left = ctx;
	const char *p = path;

	require(strlen(path) < PATH_MAX && strncmp(path, DIRECTORY, sizeof DIRECTORY - 1) == 0);
	require(path[sizeof DIRECTORY - 1] != '\0');
	while ((p = strchr(p, '/'))) {
		p++;
		require(strcmp(p, "..") != 0 && strncmp(p, "../", 3) != 0);
	}
	/* Each was referred to by bytes of its own. */
	require((*left)-- > 0);
	return 0;
}

static void
put_directory(struct bytes *b, unsigned char choice, const unsigned char *data, size_t size)
{
	static const char *const syntaxes[] = {
		UID_EXPLICIT_LE, UID_IMPLICIT_LE, UID_EXPLICIT_BE, UID_DEFLATED_LE,
	};
	struct encoding e = { .explicit_vr = (choice & 3) != 1, .big_endian = (choice & 3) == 2 };
	struct bytes set = { 0 };

	bytes_preamble(b);
	bytes_meta(b, UID_MEDIA_DIRECTORY, "1.2.3", syntaxes[choice & 3], 0);
	bytes_zero(&set, 0);
	if (choice & 4)
		bytes_header(&set, e, 0x00041220, "SQ", ELEMENT_UNDEFINED);
	if (size > 0)
		bytes_put(&set, data, size);
	/* With 8, the bytes are the deflated stream; without, what it inflates to. */
	if ((choice & 3) == 3 && !(choice & 8))
		bytes_deflate(b, &set, 1);
	else
		bytes_put(b, set.data, set.len);
	bytes_free(&set);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct err err = ERR_INIT;
	struct bytes b = { 0 };
	size_t left = SIZE_MAX;
	int fd, rc;

	if (size == 0)
		return 0;
	put_directory(&b, data[0], data + 1, size - 1);
	/* An item's header and a file ID's; an inflated stream may hold more than its bytes. */
	if (!(data[0] & 8))
		left = size / 16;
	fd = bytes_fd(&b);
	rc = dicomdir_read_fd(fd, DIRECTORY "DICOMDIR", check, &left, &err);
	require(rc == 0 || (rc == -1 && err.kind == ERR_NO_INPUT && err.text[0]));
	close(fd);
	bytes_free(&b);
	return 0;
}
