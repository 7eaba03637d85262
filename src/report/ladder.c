/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/ladder.h"

#include <string.h>

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
	[FINDING_WARNING] = { "warning", "warning" },
	[FINDING_FAILED] = { "failed", "failed" },
	[FINDING_UNDECIDED] = { "undecided", "undecided" },
	[FINDING_NOT_REACHED] = { "not reached", "not-reached" },
};

static const struct naming sides[] = {
	[SIDE_NONE] = { "", NULL },
	[SIDE_HERE] = { "this side", "here" },
	[SIDE_RECEIVER] = { "the receiver", "receiver" },
	[SIDE_NETWORK] = { "the network", "network" },
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
side_name(enum side side)
{
	return sides[side].name;
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
	return sides[side].word;
}

char *
ladder_place(char *out, size_t size, const struct ladder *ladder)
{
	const char *host = ladder->host ? ladder->host : "";
	bool bare_v6 = strchr(host, ':') && host[0] != '[';

	if (!*host)
		out[0] = '\0';
	else
		text_format(out, size, bare_v6 ? "[%s]:%u" : "%s:%u", host, ladder->port);
	return out;
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

const struct finding *
ladder_first(const struct ladder *ladder, enum severity severity)
{
	for (int i = 0; i < RUNG_COUNT; i++)
		for (size_t j = 0; j < ladder->rungs[i].count; j++)
			if (ladder->rungs[i].findings[j].severity == severity)
				return &ladder->rungs[i].findings[j];
	return NULL;
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

const struct certificate *
chain_first_to_expire(const struct certificate_chain *chain)
{
	const struct certificate *first = NULL;

	for (unsigned i = 0; i < chain->count; i++) {
		const struct certificate *certificate = &chain->items[i];

		if (!first || certificate->days_left < first->days_left)
			first = certificate;
		if (certificate->store[0])
			break;
	}
	return first;
}
