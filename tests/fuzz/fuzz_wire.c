/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer (clang -fsanitize=fuzzer,address,undefined): any bytes as what a
 * peer sends while TLS is due. The first one picks the reader.
 */
#include "tls/wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
offer(const uint8_t *msg, size_t len)
{
	struct wire_offer offer;

	if (wire_offer_parse(msg, len, &offer) < 0)
		return;
	require(offer.versions.count <= WIRE_LIST_MAX && offer.suites.count <= WIRE_LIST_MAX);
	require(offer.groups.count <= WIRE_LIST_MAX && memchr(offer.name, '\0', sizeof offer.name));
}

static void
choice(const uint8_t *msg, size_t len)
{
	struct wire_choice choice;

	if (wire_choice_parse(msg, len, &choice) == 0)
		require(wire_version_name(choice.version)[0] != '\0');
}

static void
describe(const uint8_t *bytes, size_t len)
{
	char out[200];
	bool dicom;

	require(wire_describe(bytes, len, out, sizeof out, &dicom) == out && out[0]);
	for (const char *p = out; *p; p++)
		require((unsigned char)*p >= ' ');
	require(wire_describe(bytes, len, out, 8, &dicom) == out && strlen(out) < 8);
}

static void
alert(const uint8_t *bytes, size_t len)
{
	int code = wire_find_alert(bytes, len);

	require(code >= -1 && code <= UINT8_MAX && wire_alert_name(code)[0]);
	if (len >= 3)
		(void)wire_is_record(bytes, len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	switch (data[0] % 4) {
	case 0:
		offer(data + 1, size - 1);
		break;
	case 1:
		choice(data + 1, size - 1);
		break;
	case 2:
		describe(data + 1, size - 1);
		break;
	case 3:
		alert(data + 1, size - 1);
		break;
	}
	return 0;
}
