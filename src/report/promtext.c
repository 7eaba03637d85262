/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/promtext.h"

#include <string.h>

#include "base/hostname.h"
#include "base/text.h"

#define VALUE_MAX 512

static void
add_label(char *out, const char *name, const char *value)
{
	char escaped[2 * VALUE_MAX], *to = escaped;

	for (const char *p = TEXT_SHOWN(value, VALUE_MAX); *p; p++) {
		if (*p == '"' || *p == '\\')
			*to++ = '\\';
		*to++ = *p;
	}
	*to = '\0';
	text_join(out, PROMTEXT_LABELS_MAX, ",", "%s=\"%s\"", name, escaped);
}

char *
promtext_labels(char out[PROMTEXT_LABELS_MAX], const struct promtext_labels *labels)
{
	char place[300] = "";

	out[0] = '\0';
	if (labels->host && *labels->host)
		hostname_port(place, sizeof place, labels->host, labels->port);
	add_label(out, "receiver", labels->called ? labels->called : "");
	add_label(out, "host", place);
	add_label(out, "calling", labels->calling ? labels->calling : "");
	if (labels->destination)
		add_label(out, "destination", labels->destination);
	return out;
}

void
promtext_head(FILE *to, const char *metric, const char *help)
{
	fprintf(to, "# HELP " PROMTEXT_PREFIX "%s %s\n# TYPE " PROMTEXT_PREFIX "%s gauge\n", metric, help,
		metric);
}

void
promtext_sample(FILE *to, const char *metric, const char *labels, const char *more, int digits,
	double value)
{
	fprintf(to, PROMTEXT_PREFIX "%s{%s%s%s} %.*f\n", metric, labels, more ? "," : "", more ? more : "",
		digits, value);
}
