/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/check_report.h"

#include <string.h>

#include "base/hostname.h"
#include "base/text.h"

/* What people read, and what programs match. */
struct naming {
	const char *name, *word;
};

static const struct naming steps[] = {
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

static const struct naming severities[] = {
	[FINDING_OK] = { "ok", "ok" },
	[FINDING_INFORMATION] = { "information", "information" },
	[FINDING_WARNING] = { "warning", "warning" },
	[FINDING_FAILED] = { "failed", "failed" },
	[FINDING_UNDECIDED] = { "undecided", "undecided" },
	[FINDING_NOT_REACHED] = { "not reached", "not-reached" },
};

const char *
step_name(enum step step)
{
	return steps[step].name;
}

const char *
severity_name(enum severity severity)
{
	return severities[severity].name;
}

const char *
side_lead(enum side side)
{
	static const char *const leads[] = {
		[SIDE_NONE] = "",
		[SIDE_HERE] = "On this side:",
		[SIDE_RECEIVER] = "On the receiver:",
		[SIDE_NETWORK] = "In the network:",
	};

	return leads[side];
}

const char *
severity_mark(enum severity severity, bool utf8)
{
	static const char *const marks[][2] = {
		[FINDING_OK] = { "+", "\xe2\x9c\x93" },	     /* check mark */
		[FINDING_INFORMATION] = { "i", "i" },
		[FINDING_WARNING] = { "!", "!" },
		[FINDING_FAILED] = { "x", "\xe2\x9c\x97" },	     /* ballot x */
		[FINDING_UNDECIDED] = { "?", "?" },
		[FINDING_NOT_REACHED] = { "-", "\xc2\xb7" },	     /* middle dot */
	};

	return marks[severity][utf8];
}

const char *
range_answer_name(enum range_answer answer)
{
	static const char *const names[] = {
		[RANGE_TAKEN] = "taken",
		[RANGE_REFUSED] = "refused",
		[RANGE_UNDECIDED] = "undecided",
	};

	return names[answer];
}

const char *
step_word(enum step step)
{
	return steps[step].word;
}

const char *
severity_word(enum severity severity)
{
	return severities[severity].word;
}

const char *
side_word(enum side side)
{
	static const char *const words[] = {
		[SIDE_NONE] = NULL,
		[SIDE_HERE] = "here",
		[SIDE_RECEIVER] = "receiver",
		[SIDE_NETWORK] = "network",
	};

	return words[side];
}

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

/* The first finding that is as wanted. */
static const struct finding *
first_such(const struct check_report *report, bool (*is_such)(const struct finding *finding, int wanted),
	int wanted)
{
	for (int i = 0; i < STEP_COUNT; i++)
		for (size_t j = 0; j < report->steps[i].count; j++)
			if (is_such(&report->steps[i].findings[j], wanted))
				return &report->steps[i].findings[j];
	return NULL;
}

static bool
has_severity(const struct finding *finding, int severity)
{
	return (int)finding->severity == severity;
}

static bool
is_critical(const struct finding *finding, int unused)
{
	(void)unused;
	return finding->critical;
}

static bool
has_failed_so(const struct finding *finding, int kind)
{
	return finding->severity == FINDING_FAILED && (int)finding->kind == kind;
}

const struct finding *
check_report_first(const struct check_report *report, enum severity severity)
{
	return first_such(report, has_severity, (int)severity);
}

const struct finding *
check_report_first_critical(const struct check_report *report)
{
	return first_such(report, is_critical, 0);
}

const struct finding *
check_report_failure(const struct check_report *report)
{
	return first_such(report, has_failed_so, (int)report->verdict.kind);
}

double
check_report_echo_ms(const struct check_report *report)
{
	int64_t sorted[PINGS];
	size_t count = report->ping_count;

	if (count == 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		size_t at = i;

		for (; at > 0 && sorted[at - 1] > report->ping_us[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = report->ping_us[i];
	}
	return (double)sorted[count / 2] / 1000;
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
