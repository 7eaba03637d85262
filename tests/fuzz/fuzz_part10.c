/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer (clang -fsanitize=fuzzer,address,undefined): any bytes as a file.
 * What is OK must hold what part10.h promises. And any places in a deflated stream, in
 * any order: what is read there is what was deflated.
 */
#include "dicom/part10.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../unit/dicom_bytes.h"
#include "dicom/input.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* Four bytes say where and how much is read next. */
static void
read_anywhere(struct input *in, const struct bytes *plain, const unsigned char *data, size_t size)
{
	static unsigned char got[UINT16_MAX];
	struct err err = ERR_INIT;
	bool whole;

	for (size_t i = 0; i + 4 <= size && i < 64; i += 4) {
		uint64_t at = (uint64_t)(data[i] << 8 | data[i + 1]) << (data[i + 2] & 1);
		size_t n = (size_t)data[i + 2] << 8 * (data[i + 3] & 1);

		require(input_seek(in, at, &err) == 0);
		require(input_read(in, got, n, &whole, &err) == 0);
		require(whole == (at + n <= plain->len) || n == 0);
		require(!whole || n == 0 || memcmp(got, plain->data + at, n) == 0);
	}
}

static void
check_inflating(const unsigned char *data, size_t size)
{
	struct bytes plain = { 0 }, file = { 0 };
	struct err err = ERR_INIT;
	struct input in;
	int fd;

	while (size > 0 && plain.len < 100000)
		bytes_put(&plain, data, size);
	bytes_zero(&file, 5);
	bytes_deflate(&file, &plain, 0);
	fd = bytes_fd(&file);
	input_init(&in, fd, file.len);
	in.next = 5;
	require(input_inflate(&in, &err) == 0);
	read_anywhere(&in, &plain, data, size);
	input_clear(&in);
	close(fd);
	bytes_free(&plain);
	bytes_free(&file);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct err err = ERR_INIT;
	struct instance instance;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd == -1 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (part10_read_fd(fd, "fuzz", &instance, &err) == PART10_OK) {
		require(uid_valid(instance.sop_class) && uid_valid(instance.sop_instance));
		require(uid_valid(instance.syntax));
		require(instance.size == size && instance.data_offset < size);
		require(instance.data_size <= size - instance.data_offset);
		require(instance.raw != RAW_FIT || instance.data_size % 2 == 0 ||
			strcmp(instance.syntax, UID_DEFLATED_LE) == 0);
		require(strcmp(instance.path, "fuzz") == 0);
	} else {
		require(err.kind == ERR_NO_INPUT && err.text[0] && !instance.path);
	}
	instance_clear(&instance);
	close(fd);
	check_inflating(data, size);
	return 0;
}
