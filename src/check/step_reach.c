/* SPDX-License-Identifier: BSD-3-Clause */
/* From the name to an agreed cipher suite: resolve, tcp, tls. */
#include "check/steps.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "base/wait.h"
#include "net/probe.h"
#include "tls/hello.h"
#include "tls/policy.h"

enum step
step_of_failure(const struct checker *checker, const struct err *err)
{
	const char *phase = err->phase ? err->phase : "association";

	if (strcmp(phase, "resolve") == 0)
		return STEP_RESOLVE;
	if (strcmp(phase, "tcp") == 0 || strcmp(phase, "proxy") == 0)
		return STEP_TCP;
	if (strcmp(phase, "tls") != 0)
		return STEP_ASSOCIATION;
	switch (err->kind) {
	case ERR_UNTRUSTED:
	case ERR_WRONG_HOST:
		return STEP_SERVER;
	case ERR_CREDENTIALS:
	case ERR_NOT_ENFORCED:
		return STEP_OURS;
	case ERR_CLIENT_REJECTED:
		return STEP_ACCEPTED;
	default:
		/* TLS 1.3: the server's answer to our last flight comes after the handshake. */
		return checker_has_tls(checker) && checker->opened ? STEP_ACCEPTED : STEP_TLS;
	}
}

void
resolve_passed(struct checker *checker)
{
	const struct endpoint *endpoint = checker->job->request.endpoint;
	const char *host = endpoint->host, *address = checker->facts.channel.dial.address;
	const char *colon = strrchr(address, ':'); /* before the port */
	size_t len = colon ? (size_t)(colon - address) : 0;

	if (endpoint->proxy.host)
		checker_add(checker, FIND_RESOLVED, ERR_NONE, "resolved the proxy %s; the proxy resolves %s",
			endpoint->proxy.host, host);
	else if (strchr(host, ':') || (strlen(host) == len && strncmp(host, address, len) == 0))
		checker_add(checker, FIND_RESOLVED, ERR_NONE, "%s is an address", host);
	else if (colon)
		checker_add(checker, FIND_RESOLVED, ERR_NONE, "%s is %.*s", host, (int)len, address);
	else
		checker_add(checker, FIND_RESOLVED, ERR_NONE, "%s is resolved", host);
}

void
resolve_failed(struct checker *checker, const struct err *err)
{
	if (err->kind == ERR_USAGE)
		checker_add_err(checker, FIND_TCP_LOCAL, err);
	else
		checker_add_err(checker, err->kind == ERR_TIMEOUT ? FIND_RESOLVE_TIMEOUT :
			FIND_RESOLVE_FAILED,
			err);
}

void
tcp_passed(struct checker *checker)
{
	const struct endpoint *endpoint = checker->job->request.endpoint;

	if (endpoint->proxy.host)
		checker_add(checker, FIND_CONNECTED, ERR_NONE, "connected to %s:%u through the proxy at %s",
			endpoint->host, endpoint->port, checker->facts.channel.dial.address);
	else
		checker_add(checker, FIND_CONNECTED, ERR_NONE, "connected to %s",
			checker->facts.channel.dial.address);
}

void
tcp_failed(struct checker *checker, const struct err *err)
{
	enum finding_id id = FIND_TCP_UNREACHABLE;

	if (err->kind == ERR_USAGE)
		id = FIND_TCP_LOCAL;
	else if (err->phase && strcmp(err->phase, "proxy") == 0)
		id = FIND_PROXY_FAILED;
	else if (err->kind == ERR_TIMEOUT || err->detail == ETIMEDOUT)
		id = FIND_TCP_TIMEOUT;
	else if (err->detail == ECONNREFUSED)
		id = FIND_TCP_REFUSED;
	checker_add_err(checker, id, err);
}

/* In TLS 1.3 every suite has forward secrecy, in 1.2 those with an ephemeral key (RFC 9325 4.1). */
static bool
is_secret_forward(const char *protocol, const char *suite)
{
	return strcmp(protocol, "TLSv1.3") == 0 || strstr(suite, "DHE_");
}

/* In use it is a weakness; only offered, it is harmless. */
static void
find_secrecy(struct checker *checker)
{
	const struct tls_observation *observed = &checker->observed;
	struct policy_suite suites[POLICY_SUITES_MAX];
	size_t count = policy_suites(checker->job->tls_config->policy, suites), without = 0;

	if (observed->cipher[0] && !is_secret_forward(observed->protocol, observed->cipher)) {
		checker_add(checker, FIND_TLS_NO_SECRECY, ERR_NONE, "%s has no forward secrecy: recorded "
			"traffic can be decrypted by anyone who gets the receiver's key later",
				observed->cipher);
		checker_hint(checker, "Have the receiver prefer cipher suites with ECDHE (RFC 9325 4.1), or "
			"exclude the others here with --tls-cipher.");
		return;
	}
	for (size_t i = 0; i < count; i++)
		without += suites[i].version != TLS1_3_VERSION && !strstr(suites[i].name, "DHE_");
	if (without == 0)
		return;
	checker_add(checker, FIND_TLS_OFFERS_NO_SECRECY, ERR_NONE,
		"our offer contains %zu cipher suite%s without forward secrecy, not in use here", without,
		TEXT_PLURAL(without));
	checker_hint(checker, "The default offer, and --tls-profile bcp195, contain none.");
}

void
agreement_passed(struct checker *checker)
{
	const struct tls_observation *observed = &checker->observed;

	if (!checker_has_tls(checker)) {
		checker_add(checker, FIND_TLS_OFF, ERR_NONE,
			"no TLS: the traffic can be read and altered on the network");
		checker_hint(checker, "Omit --plain and give --trust-store and --key-store.");
		return;
	}
	checker_add(checker, FIND_TLS_OK, ERR_NONE, "%s, %s%s%s", observed->protocol, observed->cipher,
		observed->group[0] ? ", " : "", observed->group);
	find_secrecy(checker);
}

/*
 * The receiver did not answer a ClientHello of more than one packet: would it
 * have answered a small one? A send never tries this by itself, because an attacker on the network could
 * then make it omit the post-quantum key exchange.
 */
static void
try_small_hello(struct checker *checker)
{
	const struct hello offer = { 0x0304, hello_modern_suites, hello_modern_count, true };
	struct probe_result result;
	struct err err = ERR_INIT;

	if (!checker->job->probes || !checker->observed.hello_large || interrupt_signal())
		return;
	if (probe(checker->job->request.endpoint, &offer, &result, &err) < 0) {
		checker_add(checker, FIND_TLS_SMALL_UNTRIED, ERR_NONE,
			"could not try whether it answers a small ClientHello: %s", err.text);
	} else if (result.answer == PROBE_TAKEN || result.alert >= 0) {
		checker_add(checker, FIND_TLS_LARGE_HELLO, ERR_NONE, "a small ClientHello, without a "
			"post-quantum key share, is answered: ours is too large for it");
		checker_hint(checker,
			"Use --tls-group x25519 --tls-group secp256r1 until the receiver, or the "
			"firewall or load balancer in front of it, accepts a ClientHello of two packets.");
	} else {
		checker_add(checker, FIND_TLS_SMALL_TOO, ERR_NONE, "a small ClientHello, without a "
			"post-quantum key share, fails too: the size of ours is not the cause");
	}
}

void
agreement_failed(struct checker *checker, const struct err *err)
{
	enum finding_id id = FIND_TLS_FAILED;

	if (!checker_has_tls(checker))
		id = FIND_TLS_WANTED;
	else if (err->kind == ERR_NO_COMMON_TLS)
		id = FIND_TLS_NO_COMMON;
	else if (err->kind == ERR_NOT_TLS)
		id = FIND_TLS_NOT_TLS;
	else if (err->kind == ERR_TIMEOUT)
		id = FIND_TLS_TIMEOUT;
	checker_add_err(checker, id, err);
	try_small_hello(checker);
}
