/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer (clang -fsanitize=fuzzer,address,undefined): any bytes as a file.
 * What is OK must hold what part10.h promises.
 */
#include "dicom/part10.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
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
	return 0;
}
