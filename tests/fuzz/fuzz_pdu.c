/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer (clang -fsanitize=fuzzer,address,undefined): any bytes as a PDU.
 * A P-DATA-TF that passes must fall into PDVs without a rest.
 */
#include "dicom/pdu.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
take_apart(const uint8_t *body, size_t size)
{
	while (size > 0) {
		struct pdv pdv;
		size_t n = pdv_parse(body, size, &pdv);

		if (n < 6 || n > size || pdv.data + pdv.size != body + n)
			abort();
		body += n;
		size -= n;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pdu_head head;
	struct err err = ERR_INIT;

	if (size < PDU_HEAD_SIZE)
		return 0;
	if (pdu_head_parse(data, &head, &err) < 0) {
		if (err.kind != ERR_ABORTED || !err.text[0])
			abort();
		return 0;
	}
	/* What the head claims matters to the pipe that gathers it, not here. */
	head.length = (uint32_t)(size - PDU_HEAD_SIZE);
	if (pdu_body_check(&head, data + PDU_HEAD_SIZE, &err) < 0) {
		if (err.kind != ERR_ABORTED || !err.text[0])
			abort();
	} else if (head.type == PDU_P_DATA) {
		take_apart(data + PDU_HEAD_SIZE, head.length);
	}
	return 0;
}
