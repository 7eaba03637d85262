/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is mutual TLS enforced? Two clients that must not get in: one without a
 * certificate, one with a certificate made for the occasion, which nobody
 * issued. The end of the handshake tells nothing: in TLS 1.3 the server checks
 * later (RFC 8446 4.6.2), and in either protocol a server may let its library
 * finish and check by itself. So each asks for an association; without a user
 * identity, which is not for a receiver that has yet to prove itself.
 */
#include "check/steps.h"

#include <string.h>

#include "base/wait.h"

enum answer { LET_IN, REFUSED, UNSURE };

/* Each client, and the text for each answer. */
struct client_case {
	const char *who;
	const struct key_store *keys;
	enum finding_id refused, let_in;
	const char *hint;
};

/* Only an answer in DICOM shows that the client was accepted. An alert after the server asked for a
 * certificate shows that it was refused; so does a close without an answer, if the server has answered us
 * on the main connection (nginx and Node do this). Silence, a reset and other answers prove nothing. */
static enum answer
evaluate(const struct tls_observation *observed, const struct association_facts *facts)
{
	if (facts->answer == ANSWER_DICOM)
		return LET_IN;
	if (facts->answer == ANSWER_OTHER || !observed->asked)
		return UNSURE;
	return observed->alerted || observed->closed ? REFUSED : UNSURE;
}

/* Connect with these keys. */
static enum answer
try_client(struct checker *checker, const struct key_store *keys, bool *alerted, struct err *err)
{
	const struct association_driver *driver = checker->job->driver;
	struct tlsctx_config config = *checker->job->tls_config;
	struct association_request request = checker->job->request;
	struct endpoint endpoint = *request.endpoint;
	struct association_facts facts = { .answer = ANSWER_NONE };
	struct tls_observation observed = { .handshake_us = 0 };
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
	request.observation = &observed;
	assoc = driver->open(&request, &facts, err);
	if (assoc)
		(void)!driver->release(assoc, &ignored);
	tlsctx_free(ctx);
	*alerted = observed.alerted;
	return evaluate(&observed, &facts);
}

static void
try_and_report(struct checker *checker, const struct client_case *client_case)
{
	struct err err = ERR_INIT;
	bool alerted;

	switch (try_client(checker, client_case->keys, &alerted, &err)) {
	case REFUSED:
		checker_summarize(checker, "without a certificate, and with a self-signed one: both refused");
		checker_add(checker, client_case->refused, ERR_NONE, "%s is refused: the server %s",
			client_case->who,
			alerted ? "sent an alert" : "closed the connection without an answer");
		break;
	case LET_IN:
		checker_add(checker, client_case->let_in, ERR_NOT_ENFORCED,
			"%s is accepted: mutual TLS is not enforced", client_case->who);
		checker_hint(checker, "%s", client_case->hint);
		break;
	case UNSURE:
		if (err_is_interrupt(err.kind) || err.kind == ERR_INTERNAL) {
			checker_add_err(checker, FIND_ENFORCED_UNDECIDED, &err);
			break;
		}
		checker_add(checker, FIND_ENFORCED_UNDECIDED, ERR_NONE,
			"cannot tell whether %s is refused: %s", client_case->who, err.text);
		checker_hint(checker, "See the receiver's log; try again when it is idle.");
		break;
	}
}

static void
try_both(struct checker *checker)
{
	const struct client_case none = {
		.who = "a client without a certificate",
		.refused = FIND_NONE_REFUSED,
		.let_in = FIND_NONE_LET_IN,
		.hint = "Have the receiver require a certificate (IRIS: Client certificate verification: "
			"Require, in the TLS configuration of the service).",
	};
	struct client_case foreign = {
		.who = "a client with a self-signed certificate",
		.refused = FIND_FOREIGN_REFUSED,
		.let_in = FIND_FOREIGN_LET_IN,
		.hint = "Have the receiver verify the client's chain against your CA alone (IRIS: Client "
			"certificate verification: Require, and Trusted CA certificate(s)).",
	};
	struct err err = ERR_INIT;
	struct key_store *temporary;

	try_and_report(checker, &none);
	if (interrupt_signal())
		return;
	temporary = key_store_temporary(&err);
	if (!temporary) {
		checker_add_err(checker, FIND_ENFORCED_UNDECIDED, &err);
		return;
	}
	foreign.keys = temporary;
	try_and_report(checker, &foreign);
	key_store_free(temporary);
}

void
step_enforced(struct checker *checker)
{
	int64_t start = clock_us();

	checker_begin(checker, STEP_ENFORCED);
	try_both(checker);
	checker_end(checker, clock_us() - start);
}
