/* SPDX-License-Identifier: BSD-3-Clause */
#include "check/finding.h"

#include <string.h>

const struct finding_row finding_table[] = {
#define X(name, id, step, severity, side, meaning) \
	[FIND_##name] = { id, STEP_##step, FINDING_##severity, SIDE_##side, meaning },
	FINDINGS(X)
#undef X
};

const struct finding_row *
finding_named(const char *id)
{
	for (int i = 0; i < FIND_COUNT; i++)
		if (strcmp(finding_table[i].id, id) == 0)
			return &finding_table[i];
	return NULL;
}

bool
finding_may_be_ignored(const struct finding_row *row)
{
	if (row == &finding_table[FIND_CLIENT_EXPIRES_CRITICAL] ||
	    row == &finding_table[FIND_SERVER_EXPIRES_CRITICAL])
		return false;
	return row->severity == FINDING_WARNING || row->step >= STEP_ENFORCED;
}
