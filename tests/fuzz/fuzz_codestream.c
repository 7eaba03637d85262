/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer (clang -fsanitize=fuzzer,address,undefined): a compressed frame
 * somewhere in any bytes, such as a whole DICOM file. What follows a header
 * that was whole must not change what it says.
 */
#include "dicom/codestream.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
check(const struct codestream *stream)
{
	bool wavelets = stream->kind == CODESTREAM_JPEG_2000;

	require(stream->components > 0 && stream->components <= (wavelets ? UINT16_MAX : UINT8_MAX));
	require(stream->tiles > 0 && (wavelets || stream->tiles == 1));
	require(!wavelets || (stream->rows > 0 && stream->columns > 0));
	require(wavelets || (!stream->is_signed && !stream->transformed && stream->uniform));
	require(stream->colour == COLOUR_UNSAID || stream->kind == CODESTREAM_JPEG);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct codestream whole, part;
	struct err err = ERR_INIT;

	while (size > 0 && !codestream_starts(data, size)) {
		data++;
		size--;
	}
	if (codestream_parse(data, size, &whole, &err) < 0) {
		require(err.kind == ERR_NO_INPUT && err.text[0]);
		return 0;
	}
	check(&whole);
	for (size_t less = 0; less < size && less < 300; less++) {
		if (codestream_parse(data, less, &part, &err) == 0)
			require(memcmp(&part, &whole, sizeof part) == 0);
	}
	return 0;
}
