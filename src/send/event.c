/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/event.h"

#include <stdlib.h>

#include "base/text.h"

struct report_association
association_event(const struct association_request *request, const struct association_facts *facts)
{
	const struct channel_facts *channel = &facts->channel;

	return (struct report_association){
		.called = request->called,
		.calling = request->calling,
		.host = request->endpoint->host,
		.port = request->endpoint->port,
		.address = channel->dial.address,
		.protocol = channel->protocol,
		.cipher = channel->cipher,
		.group = channel->group,
		.contexts = facts->proposed_count,
		.accepted = facts->accepted_count,
		.max_pdu = facts->max_pdu_send,
		.implementation = facts->peer_implementation,
		.version = facts->peer_version,
		.resolve_us = channel->dial.resolve_us,
		.connect_us = channel->dial.connect_us,
		.resumed = channel->resumed,
		.tls_us = channel->tls_us,
		.accept_us = facts->accept_us,
	};
}

void
expiry_warn(const struct reporter *reporter, struct expiry_limits limits, const char *whose,
	const char *subject, int days_left)
{
	char when[48] = "expires within a day", text[400];
	const char *plural = abs(days_left) == 1 ? "" : "s";

	if (days_left >= limits.warning && days_left >= limits.alarm)
		return;
	if (days_left > 0)
		text_format(when, sizeof when, "expires in %d day%s", days_left, plural);
	else if (days_left < 0)
		text_format(when, sizeof when, "expired %d day%s ago", -days_left, plural);
	text_format(text, sizeof text, "%s certificate \"%s\" %s; have it renewed", whose, subject, when);
	(days_left < limits.alarm ? reporter->alarm : reporter->warning)(reporter->self, text);
}

void
association_warn(const struct reporter *reporter, struct expiry_limits limits,
	const struct association_request *request, const struct association_facts *facts)
{
	const struct channel_facts *channel = &facts->channel;
	char text[640];

	if (channel->server_subject[0])
		expiry_warn(reporter, limits, "the receiver's", channel->server_subject,
			channel->server_days_left);
	for (unsigned i = 0; i < channel->tls_warning_count; i++) {
		text_format(text, sizeof text, "%s. %s", channel->warnings[i].text,
			channel->warnings[i].hint);
		reporter->warning(reporter->self, text);
	}
	if (request->identity != USER_NONE && request->user_response && !facts->user_confirmed)
		reporter->warning(reporter->self, "the receiver did not confirm the user identity; "
			"it may not look at user identities at all");
}
