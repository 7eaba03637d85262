/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/event.h"

struct report_association
association_event(const struct association_request *request, const struct association_facts *facts)
{
	return (struct report_association){
		.called = request->called,
		.calling = request->calling,
		.host = request->endpoint->host,
		.port = request->endpoint->port,
		.address = facts->address,
		.protocol = facts->protocol,
		.cipher = facts->cipher,
		.contexts = facts->proposed_count,
		.accepted = facts->accepted_count,
		.max_pdu = facts->max_pdu_send,
		.implementation = facts->peer_implementation,
		.version = facts->peer_version,
		.resolve_us = facts->resolve_us,
		.connect_us = facts->connect_us,
		.tls_us = facts->tls_us,
		.accept_us = facts->accept_us,
	};
}

void
association_warn(const struct reporter *reporter, const struct association_request *request,
	const struct association_facts *facts)
{
	if (request->identity != USER_NONE && request->user_response && !facts->user_confirmed)
		reporter->warning(reporter->self, "the receiver did not confirm the user identity; "
			"it may not look at user identities at all");
}
