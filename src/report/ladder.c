/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/ladder.h"

#include <string.h>

#include "base/hostname.h"
#include "base/text.h"

/* What people read, and what programs match. */
struct naming {
	const char *name, *word;
};

static const struct naming rungs[] = {
	[RUNG_STORES] = { "stores", "stores" },
	[RUNG_RESOLVE] = { "resolve", "resolve" },
	[RUNG_TCP] = { "tcp", "tcp" },
	[RUNG_TLS] = { "tls", "tls" },
	[RUNG_SERVER] = { "server identity", "server-identity" },
	[RUNG_OURS] = { "our identity", "our-identity" },
	[RUNG_ACCEPTED] = { "accepted by the server", "accepted" },
	[RUNG_ASSOCIATION] = { "association", "association" },
	[RUNG_ECHO] = { "C-ECHO", "echo" },
	[RUNG_ENFORCED] = { "mTLS enforced", "enforced" },
	[RUNG_RANGE] = { "offered range", "range" },
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
rung_name(enum rung rung)
{
	return rungs[rung].name;
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
range_judgement_name(enum range_judgement judgement)
{
	static const char *const names[] = {
		[RANGE_TAKEN] = "taken",
		[RANGE_REFUSED] = "refused",
		[RANGE_UNDECIDED] = "undecided",
	};

	return names[judgement];
}

const char *
rung_word(enum rung rung)
{
	return rungs[rung].word;
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
ladder_place(char *out, size_t size, const struct ladder *ladder)
{
	out[0] = '\0';
	return ladder->host && *ladder->host ? hostname_port(out, size, ladder->host, ladder->port) : out;
}

size_t
ladder_count(const struct ladder *ladder, enum severity severity)
{
	size_t count = 0;

	for (int i = 0; i < RUNG_COUNT; i++)
		for (size_t j = 0; j < ladder->rungs[i].count; j++)
			count += ladder->rungs[i].findings[j].severity == severity;
	return count;
}

/* The first finding that is as wanted. */
static const struct finding *
first_such(const struct ladder *ladder, bool (*is_such)(const struct finding *finding, int wanted),
	int wanted)
{
	for (int i = 0; i < RUNG_COUNT; i++)
		for (size_t j = 0; j < ladder->rungs[i].count; j++)
			if (is_such(&ladder->rungs[i].findings[j], wanted))
				return &ladder->rungs[i].findings[j];
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
ladder_first(const struct ladder *ladder, enum severity severity)
{
	return first_such(ladder, has_severity, (int)severity);
}

const struct finding *
ladder_first_critical(const struct ladder *ladder)
{
	return first_such(ladder, is_critical, 0);
}

const struct finding *
ladder_failure(const struct ladder *ladder)
{
	return first_such(ladder, has_failed_so, (int)ladder->verdict.kind);
}

double
ladder_echo_ms(const struct ladder *ladder)
{
	int64_t sorted[PINGS];
	size_t count = ladder->ping_count;

	if (count == 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		size_t at = i;

		for (; at > 0 && sorted[at - 1] > ladder->ping_us[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = ladder->ping_us[i];
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
