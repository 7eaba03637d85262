/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * OpenJPEG's decoder of high-throughput blocks meets some damaged frames with an
 * assertion. That ends the helper, and the program tells of a crash; a fuzzer, which
 * decodes in its own process, would end too. Such frames are left out here.
 */
#ifndef MTLS_TESTS_FUZZ_ASSERTION_H
#define MTLS_TESTS_FUZZ_ASSERTION_H

#include <stdbool.h>
#include <stddef.h>

/* May blocks be of that kind (ISO/IEC 15444-15 A.4)? What looks like a COD or COC marker counts. */
static inline bool
may_meet_assertion(const unsigned char *bytes, size_t size)
{
	const unsigned high_throughput = 0x40; /* of the code-block style */

	for (size_t i = 0; i + 13 <= size; i++) {
		if (bytes[i] != 0xff)
			continue;
		if (bytes[i + 1] == 0x52 && (bytes[i + 12] & high_throughput))
			return true;
		if (bytes[i + 1] == 0x53 && ((bytes[i + 9] | bytes[i + 10]) & high_throughput))
			return true;
	}
	return false;
}

#endif
