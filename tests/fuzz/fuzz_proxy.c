/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer (clang -fsanitize=fuzzer,address,undefined): any bytes as a
 * proxy's answer to CONNECT. A verdict on part of it must hold for all of it.
 */
#include "net/proxy.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
evaluate(const char *head, size_t len)
{
	static const struct endpoint endpoint = {
		.host = "iris",
		.port = 2762,
		.proxy = { .host = "proxy", .port = 8080 },
	};
	struct err err = ERR_INIT;

	if (proxy_evaluate(&endpoint, head, len, &err) == 0)
		return;
	if (err.kind != ERR_CONNECT || !err.text[0])
		abort();
	for (const char *p = err.text; *p; p++) {
		if ((unsigned char)*p < ' ')
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *answer = (const char *)data;
	size_t end = 0, sooner = 0;
	enum proxy_head all = proxy_scan(answer, size, &end);

	for (size_t len = 0; len < size && size < 300; len++) {
		enum proxy_head part = proxy_scan(answer, len, &sooner);

		if (part != PROXY_HEAD_MORE && (part != all || (part == PROXY_HEAD_WHOLE && sooner != end)))
			abort();
	}
	if (all == PROXY_HEAD_WHOLE && (end == 0 || end > size))
		abort();
	if (all == PROXY_HEAD_WHOLE)
		evaluate(answer, end);
	return 0;
}
