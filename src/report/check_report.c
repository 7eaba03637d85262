/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/check_report.h"

#include <stdlib.h>
#include <string.h>

#include "base/hostname.h"
#include "base/text.h"

const struct naming step_names[] = {
	[STEP_STORES] = { "stores", "stores" },
	[STEP_RESOLVE] = { "resolve", "resolve" },
	[STEP_TCP] = { "tcp", "tcp" },
	[STEP_TLS] = { "tls", "tls" },
	[STEP_SERVER] = { "server identity", "server-identity" },
	[STEP_OURS] = { "our identity", "our-identity" },
	[STEP_ACCEPTED] = { "accepted by the server", "accepted" },
	[STEP_ASSOCIATION] = { "association", "association" },
	[STEP_ECHO] = { "C-ECHO", "echo" },
	[STEP_ENFORCED] = { "mTLS enforced", "enforced" },
	[STEP_RANGE] = { "offered range", "range" },
};

const struct naming severity_names[] = {
	[FINDING_OK] = { "ok", "ok" },
	[FINDING_INFORMATION] = { "information", "information" },
	[FINDING_WARNING] = { "warning", "warning" },
	[FINDING_FAILED] = { "failed", "failed" },
	[FINDING_UNDECIDED] = { "undecided", "undecided" },
	[FINDING_NOT_REACHED] = { "not reached", "not-reached" },
};

const char *const severity_marks[][2] = {
	[FINDING_OK] = { "+", "\xe2\x9c\x93" },	     /* check mark */
	[FINDING_INFORMATION] = { "i", "i" },
	[FINDING_WARNING] = { "!", "!" },
	[FINDING_FAILED] = { "x", "\xe2\x9c\x97" },	     /* ballot x */
	[FINDING_UNDECIDED] = { "?", "?" },
	[FINDING_NOT_REACHED] = { "-", "\xc2\xb7" },	     /* middle dot */
};

const struct naming side_names[] = {
	[SIDE_NONE] = { "", NULL },
	[SIDE_HERE] = { "On this side:", "here" },
	[SIDE_RECEIVER] = { "On the receiver:", "receiver" },
	[SIDE_NETWORK] = { "In the network:", "network" },
};

const char *const range_answer_names[] = {
	[RANGE_TAKEN] = "taken",
	[RANGE_REFUSED] = "refused",
	[RANGE_UNDECIDED] = "undecided",
};

char *
check_report_place(char *out, size_t size, const struct check_report *report)
{
	out[0] = '\0';
	return report->host && *report->host ? hostname_port(out, size, report->host, report->port) : out;
}

size_t
check_report_count(const struct check_report *report, enum severity severity)
{
	size_t count = 0;

	for (int i = 0; i < STEP_COUNT; i++)
		for (size_t j = 0; j < report->steps[i].count; j++)
			count += report->steps[i].findings[j].severity == severity;
	return count;
}

const struct finding *
check_report_first(const struct check_report *report, enum severity severity, enum err_kind kind)
{
	for (int i = 0; i < STEP_COUNT; i++)
		for (size_t j = 0; j < report->steps[i].count; j++) {
			const struct finding *finding = &report->steps[i].findings[j];

			if (finding->severity == severity && (kind == ERR_NONE || finding->kind == kind))
				return finding;
		}
	return NULL;
}

const struct finding *
check_report_first_critical(const struct check_report *report)
{
	for (int i = 0; i < STEP_COUNT; i++)
		for (size_t j = 0; j < report->steps[i].count; j++)
			if (report->steps[i].findings[j].critical)
				return &report->steps[i].findings[j];
	return NULL;
}

const struct finding *
check_report_failure(const struct check_report *report)
{
	return check_report_first(report, FINDING_FAILED, report->verdict.kind);
}

static int
by_duration(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

double
check_report_echo_ms(const struct check_report *report, double *least)
{
	const size_t middle = report->ping_count / 2;
	int64_t sorted[PINGS];

	memcpy(sorted, report->ping_us, sizeof sorted);
	qsort(sorted, report->ping_count, sizeof sorted[0], by_duration);
	if (least)
		*least = (double)sorted[0] / 1000;
	return (double)sorted[middle] / 1000;
}

void
chain_in_use(const struct certificate_chain *chain, bool used[CERTIFICATES_MAX])
{
	unsigned at = 0;

	memset(used, 0, CERTIFICATES_MAX * sizeof used[0]);
	while (at < chain->count) {
		const struct certificate *last = &chain->items[at];

		used[at] = true;
		if (last->store[0] || last->self_signed)
			return;
		for (at = 0; at < chain->count; at++)
			if (!used[at] && strcmp(chain->items[at].subject, last->issuer) == 0)
				break;
	}
}

const struct certificate *
chain_first_to_expire(const struct certificate_chain *chain)
{
	const struct certificate *first = NULL;
	bool used[CERTIFICATES_MAX];

	chain_in_use(chain, used);
	for (unsigned i = 0; i < chain->count; i++)
		if (used[i] && (!first || chain->items[i].days_left < first->days_left))
			first = &chain->items[i];
	return first;
}
