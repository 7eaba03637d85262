/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is mutual TLS enforced? Two clients that must not get in: one without a
 * certificate, one with a certificate made for the occasion, which nobody
 * issued. The end of the handshake tells nothing: in TLS 1.3 the server judges
 * later (RFC 8446 4.6.2), and in either protocol a server may let its library
 * finish and judge by itself. So each asks for an association; without a user
 * identity, which is not for a receiver that has yet to prove itself.
 */
#include "check/rungs.h"

#include <string.h>

#include "base/wait.h"

enum answer { LET_IN, REFUSED, UNSURE };

/* Who knocks, and what is said of each answer. */
struct visitor {
	const char *who;
	const struct key_store *keys;
	enum finding_id refused, let_in;
	const char *hint;
};

/* Only DICOM shows that it was let in. An alert after the server asked for a
 * certificate refuses it; so does a close without an answer, of a server that has
 * answered us on the main connection (nginx and Node do it). Silence, a reset and
 * other words decide nothing. */
static enum answer
judge(const struct tls_observation *seen, const struct association_facts *facts)
{
	if (facts->answer == ANSWER_DICOM)
		return LET_IN;
	if (facts->answer == ANSWER_OTHER || !seen->asked)
		return UNSURE;
	return seen->alerted || seen->closed ? REFUSED : UNSURE;
}

/* Knock with these keys. */
static enum answer
knock(struct climb *climb, const struct key_store *keys, bool *alerted, struct err *err)
{
	const struct association_driver *driver = climb->job->driver;
	struct tlsctx_config config = *climb->job->tls_config;
	struct association_request request = climb->job->request;
	struct endpoint endpoint = *request.endpoint;
	struct association_facts facts = { .answer = ANSWER_NONE };
	struct tls_observation seen = { .handshake_us = 0 };
	struct association *assoc;
	struct err ignored = ERR_INIT;
	struct plan plan;
	struct tlsctx *ctx;

	*alerted = false;
	config.keys = keys;
	config.key_alias = NULL;
	ctx = tlsctx_new(&config, err);
	if (!ctx)
		return UNSURE;
	plan_echo(&plan);
	endpoint.tls = ctx;
	request.endpoint = &endpoint;
	request.plan = &plan;
	request.identity = USER_NONE;
	request.accept_timeout = endpoint.tls_timeout;
	request.observation = &seen;
	assoc = driver->open(&request, &facts, err);
	if (assoc)
		(void)!driver->release(assoc, &ignored);
	tlsctx_free(ctx);
	*alerted = seen.alerted;
	return judge(&seen, &facts);
}

static void
visit(struct climb *climb, const struct visitor *visitor)
{
	struct err err = ERR_INIT;
	bool alerted;

	switch (knock(climb, visitor->keys, &alerted, &err)) {
	case REFUSED:
		climb_summarize(climb, "without a certificate, and with a self-signed one: both refused");
		climb_find(climb, visitor->refused, ERR_NONE, "%s is refused: the server %s", visitor->who,
			alerted ? "sent an alert" : "closed the connection without an answer");
		break;
	case LET_IN:
		climb_find(climb, visitor->let_in, ERR_NOT_ENFORCED,
			"%s is accepted: mutual TLS is not enforced", visitor->who);
		climb_hint(climb, "%s", visitor->hint);
		break;
	case UNSURE:
		if (err_is_interrupt(err.kind) || err.kind == ERR_INTERNAL) {
			climb_find_err(climb, FIND_ENFORCED_UNDECIDED, &err);
			break;
		}
		climb_find(climb, FIND_ENFORCED_UNDECIDED, ERR_NONE,
			"cannot tell whether %s is refused: %s", visitor->who, err.text);
		climb_hint(climb, "See the receiver's log; try again when it is idle.");
		break;
	}
}

static void
visit_both(struct climb *climb)
{
	struct visitor visitor = {
		.who = "a client without a certificate",
		.refused = FIND_NONE_REFUSED,
		.let_in = FIND_NONE_LET_IN,
		.hint = "Have the receiver require a certificate (IRIS: Client certificate verification: "
			"Require, in the TLS configuration of the service).",
	};
	struct err err = ERR_INIT;
	struct key_store *throwaway;

	visit(climb, &visitor);
	if (interrupt_signal())
		return;
	throwaway = key_store_throwaway(&err);
	if (!throwaway) {
		climb_find_err(climb, FIND_ENFORCED_UNDECIDED, &err);
		return;
	}
	visitor = (struct visitor){
		.who = "a client with a self-signed certificate",
		.keys = throwaway,
		.refused = FIND_FOREIGN_REFUSED,
		.let_in = FIND_FOREIGN_LET_IN,
		.hint = "Have the receiver verify the client's chain against your CA alone (IRIS: Client "
			"certificate verification: Require, and Trusted CA certificate(s)).",
	};
	visit(climb, &visitor);
	key_store_free(throwaway);
}

void
rung_enforced(struct climb *climb)
{
	int64_t start = clock_us();

	climb_begin(climb, RUNG_ENFORCED);
	visit_both(climb);
	climb_end(climb, clock_us() - start);
}
