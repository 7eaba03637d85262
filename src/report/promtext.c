/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/promtext.h"

#include "base/text.h"

void
promtext_head(FILE *to, const char *metric, const char *help)
{
	fprintf(to, "# HELP " PROMTEXT_PREFIX "%s %s\n# TYPE " PROMTEXT_PREFIX "%s gauge\n", metric, help,
		metric);
}

void
promtext_label(FILE *to, const char *name, const char *value)
{
	char shown[512];

	fprintf(to, "%s=\"", name);
	for (const char *p = text_harmless_str(shown, sizeof shown, value); *p; p++) {
		if (*p == '"' || *p == '\\')
			putc('\\', to);
		putc(*p, to);
	}
	putc('"', to);
}
