/* SPDX-License-Identifier: BSD-3-Clause */
/* From the name to an agreed cipher suite: resolve, tcp, tls. */
#include "check/rungs.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "base/wait.h"
#include "net/probe.h"
#include "tls/hello.h"
#include "tls/policy.h"

enum rung
rung_of_failure(const struct climb *climb, const struct err *err)
{
	const char *phase = err->phase ? err->phase : "association";

	if (strcmp(phase, "resolve") == 0)
		return RUNG_RESOLVE;
	if (strcmp(phase, "tcp") == 0 || strcmp(phase, "proxy") == 0)
		return RUNG_TCP;
	if (strcmp(phase, "tls") != 0)
		return RUNG_ASSOCIATION;
	switch (err->kind) {
	case ERR_UNTRUSTED:
	case ERR_WRONG_HOST:
		return RUNG_SERVER;
	case ERR_CREDENTIALS:
	case ERR_NOT_ENFORCED:
		return RUNG_OURS;
	case ERR_CLIENT_REJECTED:
		return RUNG_ACCEPTED;
	default:
		/* TLS 1.3: what the server says of our last flight comes after the handshake. */
		return climb_has_tls(climb) && climb->opened ? RUNG_ACCEPTED : RUNG_TLS;
	}
}

void
resolve_passed(struct climb *climb)
{
	const struct endpoint *endpoint = climb->job->request.endpoint;
	const char *host = endpoint->host, *address = climb->facts.address;
	const char *colon = strrchr(address, ':'); /* before the port */
	size_t len = colon ? (size_t)(colon - address) : 0;

	if (endpoint->proxy.host)
		climb_find(climb, FIND_RESOLVED, ERR_NONE, "resolved the proxy %s; the proxy resolves %s",
			endpoint->proxy.host, host);
	else if (strchr(host, ':') || (strlen(host) == len && strncmp(host, address, len) == 0))
		climb_find(climb, FIND_RESOLVED, ERR_NONE, "%s is an address", host);
	else if (colon)
		climb_find(climb, FIND_RESOLVED, ERR_NONE, "%s is %.*s", host, (int)len, address);
	else
		climb_find(climb, FIND_RESOLVED, ERR_NONE, "%s is resolved", host);
}

void
resolve_failed(struct climb *climb, const struct err *err)
{
	if (err->kind == ERR_USAGE)
		climb_find_err(climb, FIND_TCP_LOCAL, err);
	else
		climb_find_err(climb, err->kind == ERR_TIMEOUT ? FIND_RESOLVE_TIMEOUT : FIND_RESOLVE_FAILED,
			err);
}

void
tcp_passed(struct climb *climb)
{
	const struct endpoint *endpoint = climb->job->request.endpoint;

	if (endpoint->proxy.host)
		climb_find(climb, FIND_CONNECTED, ERR_NONE, "connected to %s:%u through the proxy at %s",
			endpoint->host, endpoint->port, climb->facts.address);
	else
		climb_find(climb, FIND_CONNECTED, ERR_NONE, "connected to %s", climb->facts.address);
}

void
tcp_failed(struct climb *climb, const struct err *err)
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
	climb_find_err(climb, id, err);
}

/* In TLS 1.3 every suite has forward secrecy, in 1.2 those with an ephemeral key (RFC 9325 4.1). */
static bool
is_secret_forward(const char *protocol, const char *suite)
{
	return strcmp(protocol, "TLSv1.3") == 0 || strstr(suite, "DHE_");
}

/* In use it is a weakness; offered, it does no harm. */
static void
find_secrecy(struct climb *climb)
{
	const struct tls_observation *seen = &climb->seen;
	struct policy_suite suites[POLICY_SUITES_MAX];
	size_t count = policy_suites(climb->job->tls_config->policy, suites), without = 0;

	if (seen->cipher[0] && !is_secret_forward(seen->protocol, seen->cipher)) {
		climb_find(climb, FIND_TLS_NO_SECRECY, ERR_NONE, "%s has no forward secrecy: recorded "
			"traffic can be decrypted by anyone who gets the receiver's key later", seen->cipher);
		climb_hint(climb, "Have the receiver prefer cipher suites with ECDHE (RFC 9325 4.1), or "
			"exclude the others here with --tls-cipher.");
		return;
	}
	for (size_t i = 0; i < count; i++)
		without += suites[i].version != TLS1_3_VERSION && !strstr(suites[i].name, "DHE_");
	if (without == 0)
		return;
	climb_find(climb, FIND_TLS_OFFERS_NO_SECRECY, ERR_NONE,
		"our offer contains %zu cipher suite%s without forward secrecy, not in use here", without,
		TEXT_PLURAL(without));
	climb_hint(climb, "The default offer, and --tls-profile bcp195, contain none.");
}

void
agreement_passed(struct climb *climb)
{
	const struct tls_observation *seen = &climb->seen;

	if (!climb_has_tls(climb)) {
		climb_find(climb, FIND_TLS_OFF, ERR_NONE,
			"no TLS: the traffic can be read and altered on the network");
		climb_hint(climb, "Omit --plain and give --trust-store and --key-store.");
		return;
	}
	climb_find(climb, FIND_TLS_OK, ERR_NONE, "%s, %s%s%s", seen->protocol, seen->cipher,
		seen->group[0] ? ", " : "", seen->group);
	find_secrecy(climb);
}

/*
 * The receiver did not answer a ClientHello of more than one packet: would it
 * have answered a small one? A send never tries that by itself, since whoever
 * sits on the way could make it leave the post-quantum key exchange out.
 */
static void
try_small_hello(struct climb *climb)
{
	const struct probe_offer offer = { 0x0304, hello_modern_suites, hello_modern_count, true };
	struct probe_result result;
	struct err err = ERR_INIT;

	if (!climb->job->probes || !climb->seen.hello_large || interrupt_signal())
		return;
	if (probe(climb->job->request.endpoint, &offer, &result, &err) < 0) {
		climb_find(climb, FIND_TLS_SMALL_UNTRIED, ERR_NONE,
			"could not try whether it answers a small ClientHello: %s", err.text);
	} else if (result.answer == PROBE_TAKEN || result.alert >= 0) {
		climb_find(climb, FIND_TLS_LARGE_HELLO, ERR_NONE,
			"a small ClientHello, without a post-quantum key share, is answered: ours is too "
			"large for it");
		climb_hint(climb, "Use --tls-group x25519 --tls-group secp256r1 until the receiver, or the "
			"firewall or load balancer in front of it, accepts a ClientHello of two packets.");
	} else {
		climb_find(climb, FIND_TLS_SMALL_TOO, ERR_NONE,
			"a small ClientHello, without a post-quantum key share, fails too: the size of "
			"ours is not the cause");
	}
}

void
agreement_failed(struct climb *climb, const struct err *err)
{
	enum finding_id id = FIND_TLS_FAILED;

	if (!climb_has_tls(climb))
		id = FIND_TLS_WANTED;
	else if (err->kind == ERR_NO_COMMON_TLS)
		id = FIND_TLS_NO_COMMON;
	else if (err->kind == ERR_NOT_TLS)
		id = FIND_TLS_NOT_TLS;
	else if (err->kind == ERR_TIMEOUT)
		id = FIND_TLS_TIMEOUT;
	climb_find_err(climb, id, err);
	try_small_hello(climb);
}
