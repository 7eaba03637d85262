/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer (clang -fsanitize=fuzzer,address,undefined): any bytes as a file
 * that has to be sent in implicit VR: read, decompressed, written.
 */
#include "object.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct bytes b = { 0 };
	struct instance instance;
	int fd;

	bytes_zero(&b, 0);
	if (size > 0)
		bytes_put(&b, data, size);
	fd = bytes_fd(&b);
	if (object_read(fd, &instance)) {
		object_check(&instance, NULL);
		instance_clear(&instance);
	}
	close(fd);
	bytes_free(&b);
	return 0;
}
