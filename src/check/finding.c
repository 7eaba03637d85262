/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/finding.h"

const struct finding_row finding_table[] = {
#define X(name, id, rung, severity, side, meaning) \
	[FIND_##name] = { id, RUNG_##rung, FINDING_##severity, SIDE_##side, meaning },
	FINDINGS(X)
#undef X
};
