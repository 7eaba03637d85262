/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer (clang -fsanitize=fuzzer,address,undefined): any bytes as a file of
 * related SOP classes, up to a NUL, and behind it as an A-ASSOCIATE-RQ to
 * append them to. The first byte says how much room there is for it.
 */
#include "dicom/extneg.h"

#include <stdbool.h>
#include <stdio.h>

#include "../unit/dicom_bytes.h"
#include "dicom/pdu.h"

#define FIXED 68 /* bytes before the first item, PS3.8 table 9-11 */

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
load(struct extneg *extneg, const unsigned char *text, size_t size)
{
	struct bytes b = { 0 };
	struct err err = ERR_INIT;
	char path[64];
	int fd;

	bytes_zero(&b, 0);
	if (size > 0)
		bytes_put(&b, text, size);
	fd = bytes_fd(&b);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (extneg_load(extneg, path, &err) < 0)
		require(err.kind == ERR_USAGE && err.text[0]);
	close(fd);
	bytes_free(&b);
}

static void
make_plan(struct plan *plan)
{
	static const char *const classes[] = {
		UID_VERIFICATION, "1.2.840.10008.5.1.4.1.1.88.11", "1.2.3", "1.1",
	};
	static const char *const syntaxes[] = { UID_EXPLICIT_LE };

	*plan = (struct plan){ .count = 0 };
	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
		require(plan_add_class(plan, classes[i], syntaxes, 1));
}

/* Every item must end where the PDU does, and those of the last one where it does. */
static void
check(const unsigned char *pdu, size_t size)
{
	size_t at = PDU_HEAD_SIZE + FIXED, item = at;

	require(size >= at && element_u32(pdu + 2, true) == size - PDU_HEAD_SIZE);
	for (; at < size; at += 4 + element_u16(pdu + at + 2, true)) {
		require(size - at >= 4);
		item = at;
	}
	require(at == size && pdu[item] == 0x50);
}

static void
append(const struct extneg *extneg, const unsigned char *given, size_t size, size_t more)
{
	unsigned char *pdu = malloc(size + more); /* of its own, for the sanitizer to watch */
	struct plan plan;
	struct err err = ERR_INIT;
	size_t now = size;

	require(pdu != NULL);
	memcpy(pdu, given, size);
	make_plan(&plan);
	if (extneg_append(extneg, &plan, pdu, &now, size + more, &err) == 0) {
		require(now > size && now <= size + more);
		check(pdu, now);
	} else {
		require(err.kind == ERR_INTERNAL && err.text[0]);
		require(now == size && memcmp(pdu, given, size) == 0);
	}
	free(pdu);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const unsigned char *nul = size > 0 ? memchr(data + 1, '\0', size - 1) : NULL;
	size_t text = nul ? (size_t)(nul - data) - 1 : size - 1;
	struct err err = ERR_INIT;
	struct extneg *extneg;

	if (size == 0)
		return 0;
	extneg = extneg_new(&err);
	require(extneg != NULL);
	load(extneg, data + 1, text);
	if (nul && text + 2 < size)
		append(extneg, nul + 1, size - text - 2, 8 * (size_t)data[0]);
	extneg_free(extneg);
	return 0;
}
