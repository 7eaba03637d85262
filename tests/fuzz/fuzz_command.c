/* SPDX-License-Identifier: BSD-3-Clause */
/* libFuzzer (clang -fsanitize=fuzzer,address,undefined): any bytes as a response. */
#include "dicom/command.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct command_rsp rsp;
	struct err err = ERR_INIT;

	if (command_rsp_decode(data, size, &rsp, &err) != 0 && err.kind != ERR_ABORTED)
		abort();
	if (strlen(rsp.comment) >= sizeof rsp.comment || strlen(rsp.sop_class) > UID_MAX ||
		rsp.offending_count > sizeof rsp.offending / sizeof rsp.offending[0])
		abort();
	return 0;
}
