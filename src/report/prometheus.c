/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/prometheus.h"

#include <time.h>

#include "base/text.h"
#include "report/output.h"
#include "report/promtext.h"

static void
print_sample(FILE *to, const struct check_report *report, const char *metric, const char *more, int digits,
	double value)
{
	const struct promtext_labels whose = { report->called, report->calling, report->host,
		report->port, report->destination };
	char labels[PROMTEXT_LABELS_MAX];

	promtext_sample(to, metric, promtext_labels(labels, &whose), more, digits, value);
}

/* UTC as strptime reads it; -1 if text is not a time. */
static long long
parse_time(const char *text, const char *format)
{
	struct tm utc = { .tm_year = 0 };

	return strptime(text, format, &utc) ? (long long)timegm(&utc) : -1;
}

static double
end_time(const struct check_report *report)
{
	long long started = parse_time(report->started, "%Y-%m-%dT%H:%M:%S");

	return (double)(started < 0 ? (long long)time(NULL) : started + report->us / 1000000);
}

static void
print_runs(FILE *to, const struct prometheus_checks *checks)
{
	promtext_head(to, "check_success", "1 if no step of the last --check failed, else 0.");
	for (size_t i = 0; i < checks->count; i++)
		print_sample(to, &checks->reports[i], "check_success", NULL, 0,
			checks->reports[i].verdict.kind == ERR_NONE);
	promtext_head(to, "last_run_timestamp_seconds", "When the last --check ended.");
	for (size_t i = 0; i < checks->count; i++)
		print_sample(to, &checks->reports[i], "last_run_timestamp_seconds", NULL, 0,
			end_time(&checks->reports[i]));
	promtext_head(to, "check_ignored_findings", "Findings of the last --check that --ignore suppressed.");
	for (size_t i = 0; i < checks->count; i++)
		print_sample(to, &checks->reports[i], "check_ignored_findings", NULL, 0,
			(double)checks->reports[i].ignored);
}

/* A sample for each step that was reached: its time, or whether it is in order. */
static void
print_steps(FILE *to, const struct prometheus_checks *checks, const char *metric, bool time)
{
	char step[80];

	for (size_t i = 0; i < checks->count; i++)
		for (enum step step_index = 0; step_index < STEP_COUNT; step_index++) {
			const struct step_result *result = &checks->reports[i].steps[step_index];
			bool ok = result->severity <= FINDING_WARNING;

			if (result->severity == FINDING_NOT_REACHED)
				continue;
			text_format(step, sizeof step, "step=\"%s\"", step_names[step_index].word);
			print_sample(to, &checks->reports[i], metric, step, time ? 6 : 0,
				time ? (double)result->us / 1e6 : ok);
		}
}

static bool
print_expiry(FILE *to, const struct check_report *report, const char *side, const struct certificate *first)
{
	long long at = first ? parse_time(first->not_after, "%Y-%m-%d %H:%M") : -1;

	if (at < 0)
		return false;
	if (to)
		print_sample(to, report, "certificate_expiry_timestamp_seconds", side, 0, (double)at);
	return true;
}

/* to NULL: only test whether there are any. */
static bool
print_expiries(FILE *to, const struct prometheus_checks *checks)
{
	bool some = false;

	for (size_t i = 0; i < checks->count; i++) {
		const struct check_report *report = &checks->reports[i];

		some |= print_expiry(to, report, "side=\"server\"", chain_first_to_expire(&report->server));
		some |= print_expiry(to, report, "side=\"client\"", chain_first_to_expire(&report->ours));
	}
	return some;
}

static void
print_echoes(FILE *to, const struct prometheus_checks *checks)
{
	bool headed = false;

	for (size_t i = 0; i < checks->count; i++) {
		if (checks->reports[i].ping_count == 0)
			continue;
		if (!headed)
			promtext_head(to, "echo_seconds", "Median round trip of the C-ECHOs.");
		headed = true;
		print_sample(to, &checks->reports[i], "echo_seconds", NULL, 6,
			check_report_echo_ms(&checks->reports[i], NULL) / 1000);
	}
}

void
prometheus_print(FILE *to, const void *what)
{
	const struct prometheus_checks *checks = what;

	print_runs(to, checks);
	promtext_head(to, "step_ok", "1 if the step is ok, with or without a warning, 0 if it failed or is "
		"undecided; absent if it was not reached.");
	print_steps(to, checks, "step_ok", false);
	promtext_head(to, "step_seconds", "Time that the step took.");
	print_steps(to, checks, "step_seconds", true);
	if (print_expiries(NULL, checks))
		promtext_head(to, "certificate_expiry_timestamp_seconds", "When the first certificate of the "
			"chain expires: (this - time()) / 86400 days are left.");
	(void)print_expiries(to, checks);
	print_echoes(to, checks);
}

int
prometheus_write(const char *path, const struct check_report *reports, size_t count, struct err *err)
{
	const struct prometheus_checks checks = { reports, count };

	return output_replace(path, prometheus_print, &checks, err);
}
