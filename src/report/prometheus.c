/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/prometheus.h"

#include <time.h>

#include "report/output.h"
#include "report/promtext.h"

/* NAME{receiver="...",host="...",LABEL="..."}, the value is to follow. */
static void
print_series(FILE *to, const struct ladder *ladder, const char *metric, const char *label, const char *value)
{
	char place[300];

	fprintf(to, PROMTEXT_PREFIX "%s{", metric);
	promtext_label(to, "receiver", ladder->called ? ladder->called : "");
	fputc(',', to);
	promtext_label(to, "host", ladder_place(place, sizeof place, ladder));
	if (label) {
		fputc(',', to);
		promtext_label(to, label, value);
	}
	fputs("} ", to);
}

/* UTC as strptime reads it; -1 if text is none. */
static long long
parse_time(const char *text, const char *format)
{
	struct tm utc = { .tm_year = 0 };

	return strptime(text, format, &utc) ? (long long)timegm(&utc) : -1;
}

static long long
ended(const struct ladder *ladder)
{
	long long started = parse_time(ladder->started, "%Y-%m-%dT%H:%M:%S");

	return started < 0 ? (long long)time(NULL) : started + ladder->us / 1000000;
}

static void
print_run(FILE *to, const struct ladder *ladder)
{
	promtext_head(to, "check_success", "1 if no rung of the last --check failed, else 0.");
	print_series(to, ladder, "check_success", NULL, NULL);
	fprintf(to, "%d\n", ladder->verdict.kind == ERR_NONE);
	promtext_head(to, "last_run_timestamp_seconds", "When the last --check ended.");
	print_series(to, ladder, "last_run_timestamp_seconds", NULL, NULL);
	fprintf(to, "%lld\n", ended(ladder));
}

static void
print_rungs(FILE *to, const struct ladder *ladder)
{
	promtext_head(to, "rung_ok",
		"1 if the rung held, with or without a warning, 0 if it failed or stayed undecided; "
		"absent if it was not reached.");
	for (enum rung i = 0; i < RUNG_COUNT; i++) {
		enum severity severity = ladder->rungs[i].severity;

		if (severity == FINDING_NOT_REACHED)
			continue;
		print_series(to, ladder, "rung_ok", "rung", rung_word(i));
		fprintf(to, "%d\n", severity == FINDING_OK || severity == FINDING_WARNING);
	}
	promtext_head(to, "rung_seconds", "Time that the rung took.");
	for (enum rung i = 0; i < RUNG_COUNT; i++) {
		if (ladder->rungs[i].severity == FINDING_NOT_REACHED)
			continue;
		print_series(to, ladder, "rung_seconds", "rung", rung_word(i));
		fprintf(to, "%.6f\n", (double)ladder->rungs[i].us / 1e6);
	}
}

static void
print_expiry(FILE *to, const struct ladder *ladder, const char *side, const struct certificate *first)
{
	long long at = first ? parse_time(first->not_after, "%Y-%m-%d %H:%M") : -1;

	if (at < 0)
		return;
	print_series(to, ladder, "certificate_expiry_timestamp_seconds", "side", side);
	fprintf(to, "%lld\n", at);
}

static void
print_expiries(FILE *to, const struct ladder *ladder)
{
	const struct certificate *server = chain_first_to_expire(&ladder->server);
	const struct certificate *ours = chain_first_to_expire(&ladder->ours);

	if (!server && !ours)
		return;
	promtext_head(to, "certificate_expiry_timestamp_seconds",
		"When the first certificate of the chain expires: (this - time()) / 86400 days are left.");
	print_expiry(to, ladder, "server", server);
	print_expiry(to, ladder, "client", ours);
}

void
prometheus_print(FILE *to, const struct ladder *ladder)
{
	print_run(to, ladder);
	print_rungs(to, ladder);
	print_expiries(to, ladder);
	if (ladder->ping_count == 0)
		return;
	promtext_head(to, "echo_seconds", "Median round trip of the C-ECHOs.");
	print_series(to, ladder, "echo_seconds", NULL, NULL);
	fprintf(to, "%.6f\n", ladder_echo_ms(ladder) / 1000);
}

static void
print(FILE *to, const void *ladder)
{
	prometheus_print(to, ladder);
}

int
prometheus_write(const char *path, const struct ladder *ladder, struct err *err)
{
	return output_replace(path, print, ladder, err);
}
