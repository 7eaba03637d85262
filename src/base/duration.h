/* SPDX-License-Identifier: BSD-3-Clause */
/* Times as people write them: 1500ms, 10s, 2.5m, 1h. */
#ifndef MTLS_BASE_DURATION_H
#define MTLS_BASE_DURATION_H

#include <stdbool.h>
#include <stdint.h>

enum duration_result { DURATION_OK, DURATION_MALFORMED, DURATION_TOO_LONG };

struct duration {
	int64_t ms;
	bool bare; /* a number without a unit */
};

/*
 * Digits, maybe a decimal point and more digits, and a unit: ms, s, m or h; a
 * number without one counts bare_ms milliseconds each. Nothing may be before, between or after them. A
 * fraction of a millisecond is rounded up. *out is set where DURATION_OK is returned; the longest is
 * most_ms (at most INT64_MAX / 2).
 */
enum duration_result duration_parse(const char *text, int64_t bare_ms, int64_t most_ms, struct duration *out);

#endif
