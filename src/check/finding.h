/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Everything that --check can find: one row each. The ids are used in scripts, tickets and the manual, and
 * never change.
 */
#ifndef MTLS_CHECK_FINDING_H
#define MTLS_CHECK_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "report/check_report.h"

/* name, id, step, severity, the side of the remedy unless the case says otherwise, meaning */
#define FINDINGS(X) \
	X(STORES_OK, "stores-ok", STORES, OK, NONE, \
		"the stores can be read, and the key and its certificate match") \
	X(STORES_PLAIN, "stores-plain", STORES, OK, NONE, "no store is needed without TLS") \
	X(STORES_UNUSABLE, "stores-unusable", STORES, FAILED, HERE, \
		"a store, a password, the key or a revocation list cannot be used") \
	X(CLIENT_EXPIRED, "client-expired", STORES, FAILED, HERE, \
		"our certificate, or one above it, has expired") \
	X(CLIENT_EARLY, "client-not-yet-valid", STORES, FAILED, HERE, \
		"our certificate, or one above it, is not valid yet") \
	X(CLIENT_EXPIRES, "client-expires-soon", STORES, WARNING, HERE, \
		"our certificate, or one above it, expires within --warn-expiry days") \
	X(CLIENT_EXPIRES_CRITICAL, "client-expires-critical", STORES, WARNING, HERE, \
		"our certificate, or one above it, expires within --crit-expiry days") \
	X(CLIENT_WEAK_KEY, "client-weak-key", STORES, WARNING, HERE, \
		"our certificate, or one above it, has an RSA key under 2048 bits, or an EC key under 224") \
	X(CLIENT_WEAK_SIGNATURE, "client-weak-signature", STORES, WARNING, HERE, \
		"our certificate, or one above it, is signed with SHA-1 or MD5") \
	X(CLIENT_NO_USE, "client-without-clientauth", STORES, WARNING, HERE, \
		"our certificate does not say that it is for TLS clients") \
	X(CLIENT_NONE, "client-none", STORES, WARNING, HERE, "there is no --key-store") \
	X(CLIENT_KEYS_LEFT_OUT, "client-keys-left-out", STORES, WARNING, HERE, \
		"the key store holds keys that cannot be used") \
	X(FILE_EXPOSED, "file-exposed", STORES, WARNING, HERE, \
		"other users of this machine can read a key or a password, or change a trust store") \
	X(ANCHOR_EXPIRED, "anchor-expired", STORES, WARNING, HERE, \
		"a certificate of a trust store has expired") \
	X(ANCHOR_EXPIRES, "anchor-expires-soon", STORES, WARNING, HERE, \
		"a certificate of a trust store expires within --warn-expiry days") \
	X(ANCHOR_WEAK, "anchor-weak", STORES, WARNING, HERE, \
		"a certificate of a trust store has a weak key") \
	X(CRL_OVERDUE, "crl-overdue", STORES, WARNING, HERE, "a revocation list is past its nextUpdate") \
	X(CLIENT_REVOKED_HERE, "client-revoked-here", STORES, WARNING, HERE, \
		"a --crl-file lists our own certificate") \
	X(KEYLOG, "keys-logged", STORES, WARNING, HERE, "--tls-keylog writes the session's keys") \
	\
	X(RESOLVED, "resolve-ok", RESOLVE, OK, NONE, "the name has an address") \
	X(RESOLVE_FAILED, "resolve-failed", RESOLVE, FAILED, NETWORK, "the name has no address") \
	X(RESOLVE_TIMEOUT, "resolve-timeout", RESOLVE, FAILED, NETWORK, "the resolver does not answer") \
	\
	X(CONNECTED, "tcp-ok", TCP, OK, NONE, "connected") \
	X(TCP_REFUSED, "tcp-refused", TCP, FAILED, RECEIVER, "nothing listens on the port") \
	X(TCP_UNREACHABLE, "tcp-unreachable", TCP, FAILED, NETWORK, "there is no route to the host") \
	X(TCP_TIMEOUT, "tcp-timeout", TCP, FAILED, NETWORK, \
		"the host, or a firewall in front of it, does not answer") \
	X(TCP_LOCAL, "tcp-local-address", TCP, FAILED, HERE, "the address of --bind cannot be used") \
	X(PROXY_FAILED, "proxy-failed", TCP, FAILED, NETWORK, "the proxy refuses, or is not an HTTP proxy") \
	\
	X(TLS_OK, "tls-ok", TLS, OK, NONE, "protocol and cipher suite are agreed") \
	X(TLS_OFF, "tls-off", TLS, WARNING, HERE, "--plain: the connection is not encrypted") \
	X(TLS_NO_SECRECY, "tls-no-forward-secrecy", TLS, WARNING, RECEIVER, \
		"the cipher suite in use has no forward secrecy") \
	X(TLS_OFFERS_NO_SECRECY, "tls-offer-no-forward-secrecy", TLS, INFORMATION, HERE, \
		"our offer contains cipher suites without forward secrecy; none of them is in use") \
	X(TLS_NO_COMMON, "tls-no-common", TLS, FAILED, HERE, \
		"no protocol, cipher suite or key exchange group in common") \
	X(TLS_NOT_TLS, "tls-not-tls", TLS, FAILED, RECEIVER, "the port does not speak TLS") \
	X(TLS_WANTED, "tls-wanted", TLS, FAILED, HERE, "the port speaks TLS, and --plain was given") \
	X(TLS_TIMEOUT, "tls-timeout", TLS, FAILED, RECEIVER, \
		"connected, but the handshake did not finish: busy, or not TLS") \
	X(TLS_LARGE_HELLO, "tls-large-hello", TLS, WARNING, NETWORK, \
		"a small ClientHello is answered, the large one of a post-quantum key exchange is not") \
	X(TLS_SMALL_TOO, "tls-small-hello-too", TLS, OK, NONE, \
		"a small ClientHello fails like the large one: its size is not the cause") \
	X(TLS_SMALL_UNTRIED, "tls-small-hello-untried", TLS, UNDECIDED, NONE, \
		"could not try whether a small ClientHello is answered") \
	X(TLS_FAILED, "tls-failed", TLS, FAILED, RECEIVER, "the handshake failed for another reason") \
	\
	X(SERVER_OK, "server-ok", SERVER, OK, NONE, "chain, dates, purpose and host name are correct") \
	X(SERVER_EXPIRED, "server-expired", SERVER, FAILED, RECEIVER, "the server's chain has expired") \
	X(SERVER_EARLY, "server-not-yet-valid", SERVER, FAILED, RECEIVER, \
		"the server's chain is not valid yet") \
	X(SERVER_SELF_SIGNED, "server-self-signed", SERVER, FAILED, RECEIVER, \
		"the server's certificate is self-signed and not in a trust store") \
	X(SERVER_INTERMEDIATE, "server-intermediate-missing", SERVER, FAILED, RECEIVER, \
		"the server does not send an intermediate certificate, or most likely so") \
	X(SERVER_UNKNOWN_CA, "server-unknown-ca", SERVER, FAILED, HERE, \
		"the server's CA is in no trust store") \
	X(SERVER_FALSE_SIGNATURE, "server-signature-false", SERVER, FAILED, RECEIVER, \
		"a signature in the server's chain is invalid") \
	X(SERVER_REVOKED, "server-revoked", SERVER, FAILED, RECEIVER, "the server's certificate is revoked") \
	X(SERVER_REVOCATION_UNKNOWN, "server-revocation-unknown", SERVER, FAILED, RECEIVER, \
		"nothing says that the server's certificate is not revoked: --tls-revocation require") \
	X(SERVER_CRL_MISSING, "server-crl-missing", SERVER, FAILED, HERE, \
		"no --crl-file is from the server's CA") \
	X(SERVER_CRL_UNUSABLE, "server-crl-unusable", SERVER, FAILED, HERE, "the revocation list of the " \
		"server's CA has expired, is not valid yet or has an invalid signature") \
	X(SERVER_WRONG_USE, "server-wrong-use", SERVER, FAILED, RECEIVER, \
		"the server's certificate is not for a TLS server") \
	X(SERVER_TOO_WEAK, "server-too-weak", SERVER, FAILED, RECEIVER, \
		"a key or a signature in the server's chain is too weak to be accepted") \
	X(SERVER_NOT_PINNED, "server-not-pinned", SERVER, FAILED, RECEIVER, \
		"the server's key matches no --tls-pin") \
	X(SERVER_WRONG_HOST, "server-wrong-host", SERVER, FAILED, RECEIVER, \
		"the server's certificate is for other names") \
	X(SERVER_UNTRUSTED, "server-untrusted", SERVER, FAILED, RECEIVER, \
		"the server's chain is refused for another reason") \
	X(SERVER_EXPIRES, "server-expires-soon", SERVER, WARNING, RECEIVER, \
		"the server's certificate, or one above it, expires within --warn-expiry days") \
	X(SERVER_EXPIRES_CRITICAL, "server-expires-critical", SERVER, WARNING, RECEIVER, \
		"the server's certificate, or one above it, expires within --crit-expiry days") \
	X(SERVER_WEAK_KEY, "server-weak-key", SERVER, WARNING, RECEIVER, \
		"the server's chain has an RSA key under 2048 bits, or an EC key under 224") \
	X(SERVER_WEAK_SIGNATURE, "server-weak-signature", SERVER, WARNING, RECEIVER, \
		"a certificate in the server's chain is signed with SHA-1 or MD5") \
	X(SERVER_NO_USE, "server-without-serverauth", SERVER, WARNING, RECEIVER, \
		"the server's certificate does not say that it is for TLS servers") \
	X(SERVER_KEY_USE, "server-key-usage", SERVER, WARNING, RECEIVER, \
		"the keyUsage of the server's certificate does not allow what its key was used for") \
	X(SERVER_CN_ONLY, "server-name-by-cn", SERVER, WARNING, RECEIVER, \
		"the host is in the CN alone, not among the subject alternative names: --tls-allow-cn") \
	X(SERVER_WILDCARD, "server-wildcard", SERVER, WARNING, RECEIVER, \
		"the server's certificate is for a wildcard") \
	X(SERVER_CHAIN_ORDER, "server-chain-order", SERVER, WARNING, RECEIVER, \
		"the server sends its chain out of order") \
	X(SERVER_ROOT_SENT, "server-root-sent", SERVER, INFORMATION, RECEIVER, \
		"the server also sends its root certificate (harmless)") \
	X(SERVER_HOST_UNCHECKED, "server-host-unchecked", SERVER, WARNING, HERE, "--tls-no-host-check") \
	X(CLOCK_SKEW, "clock-skew", SERVER, WARNING, HERE, "this machine's clock is probably wrong") \
	X(OCSP_OK, "ocsp-good", SERVER, OK, NONE, "a stapled OCSP response says good") \
	X(OCSP_MISSING, "ocsp-missing", SERVER, WARNING, RECEIVER, \
		"the server's certificate requires a stapled OCSP response, but there is none") \
	X(OCSP_UNSURE, "ocsp-unknown", SERVER, WARNING, RECEIVER, \
		"the OCSP responder does not know the certificate") \
	X(OCSP_BAD, "ocsp-invalid", SERVER, WARNING, RECEIVER, "a stapled OCSP response is not valid") \
	\
	X(OURS_OK, "ours-shown", OURS, OK, NONE, "the server asked for our certificate and got it") \
	X(OURS_NOT_ASKED, "ours-not-asked", OURS, WARNING, RECEIVER, \
		"the server does not ask for a certificate") \
	X(OURS_REQUIRED, "ours-not-asked-required", OURS, FAILED, RECEIVER, \
		"the server does not ask for a certificate: --require-mtls") \
	X(OURS_NONE, "ours-none", OURS, WARNING, HERE, \
		"the server asked for a certificate and we have none") \
	X(OURS_UNLISTED, "ours-issuer-unlisted", OURS, WARNING, RECEIVER, \
		"our CA is not among those that the server names") \
	X(OURS_UNUSABLE, "ours-unusable", OURS, FAILED, HERE, \
		"none of our keys can be used with this server") \
	\
	X(ACCEPTED_OK, "accepted-ok", ACCEPTED, OK, NONE, "the server accepts our certificate") \
	X(ACCEPTED_WITHOUT, "accepted-without", ACCEPTED, OK, NONE, "the server accepts us without a " \
		"certificate") \
	X(ACCEPTED_UNDECIDED, "accepted-undecided", ACCEPTED, UNDECIDED, RECEIVER, \
		"no DICOM answer, so it is unknown whether the server accepts our certificate") \
	X(CLIENT_REQUIRED, "client-required", ACCEPTED, FAILED, HERE, \
		"the server requires a certificate and we have none") \
	X(CLIENT_UNKNOWN_CA, "client-unknown-ca", ACCEPTED, FAILED, RECEIVER, \
		"the server does not know our CA") \
	X(CLIENT_REFUSED_EXPIRED, "client-refused-expired", ACCEPTED, FAILED, HERE, \
		"the server says that our certificate has expired") \
	X(CLIENT_REVOKED, "client-revoked", ACCEPTED, FAILED, HERE, "the server says that our " \
		"certificate is revoked") \
	X(CLIENT_WRONG_USE, "client-wrong-use", ACCEPTED, FAILED, HERE, \
		"the server does not support this kind of certificate") \
	X(CLIENT_REFUSED, "client-refused", ACCEPTED, FAILED, RECEIVER, \
		"the server refused our certificate") \
	X(ACCEPTED_BROKEN, "accepted-broken", ACCEPTED, FAILED, RECEIVER, \
		"the server closed the connection right after the TLS handshake") \
	\
	X(ASSOCIATED, "association-ok", ASSOCIATION, OK, NONE, "the association was accepted") \
	X(CONTEXTS, "contexts", ASSOCIATION, OK, NONE, \
		"what the receiver accepts, in which transfer syntaxes") \
	X(CONTEXT_MISSING, "context-missing", ASSOCIATION, WARNING, RECEIVER, \
		"some of the files given would be refused") \
	X(CONTEXTS_NONE, "context-none", ASSOCIATION, FAILED, RECEIVER, \
		"the association is accepted, but none of the presentation contexts that are needed") \
	X(STORAGE_NONE, "storage-none", ASSOCIATION, WARNING, RECEIVER, \
		"none of the common storage classes is accepted") \
	X(TOO_MANY_CLASSES, "contexts-too-many", ASSOCIATION, WARNING, NONE, \
		"the files need more contexts than one association can have; the rest was not proposed") \
	X(AE_NOT_BOUND, "ae-titles-not-bound", ASSOCIATION, OK, NONE, \
		"AE titles are not tied to certificates") \
	X(USER_UNCONFIRMED, "user-unconfirmed", ASSOCIATION, WARNING, RECEIVER, \
		"the receiver did not confirm the user identity") \
	X(CALLING_UNKNOWN, "association-calling-unknown", ASSOCIATION, FAILED, HERE, \
		"the receiver does not know our AE title") \
	X(CALLED_UNKNOWN, "association-called-unknown", ASSOCIATION, FAILED, HERE, \
		"the receiver does not have that AE title") \
	X(RECEIVER_BUSY, "association-busy", ASSOCIATION, FAILED, RECEIVER, \
		"the receiver accepts no more associations at the moment") \
	X(REJECTED, "association-rejected", ASSOCIATION, FAILED, RECEIVER, \
		"the receiver rejected the association for another reason") \
	X(ASSOCIATION_TIMEOUT, "association-timeout", ASSOCIATION, FAILED, RECEIVER, \
		"no answer to the association request") \
	X(ASSOCIATION_LOST, "association-lost", ASSOCIATION, FAILED, RECEIVER, \
		"aborted, or lost before it was accepted") \
	\
	X(ECHOED, "echo-ok", ECHO, OK, NONE, "C-ECHO is answered with Success") \
	X(ECHO_NOT_OFFERED, "echo-not-offered", ECHO, INFORMATION, RECEIVER, \
		"Verification is refused while storage is accepted") \
	X(ECHO_ODD, "echo-odd", ECHO, INFORMATION, RECEIVER, \
		"C-ECHO is answered with a failure while storage is accepted") \
	X(ECHO_REFUSED, "echo-refused", ECHO, FAILED, RECEIVER, "C-ECHO is answered with a failure") \
	X(ECHO_TIMEOUT, "echo-timeout", ECHO, FAILED, RECEIVER, "C-ECHO is not answered") \
	X(ECHO_LOST, "echo-lost", ECHO, FAILED, RECEIVER, "the association was lost at the C-ECHO") \
	X(RELEASE_UNCONFIRMED, "release-unconfirmed", ECHO, WARNING, RECEIVER, \
		"the receiver did not confirm the release") \
	\
	X(NONE_REFUSED, "enforced-none", ENFORCED, OK, NONE, "a client without a certificate is refused") \
	X(FOREIGN_REFUSED, "enforced-foreign", ENFORCED, OK, NONE, \
		"a client with an untrusted certificate is refused") \
	X(NONE_LET_IN, "let-in-without", ENFORCED, FAILED, RECEIVER, \
		"a client without a certificate is accepted") \
	X(FOREIGN_LET_IN, "let-in-foreign", ENFORCED, FAILED, RECEIVER, \
		"a client with a certificate that no CA issued is accepted") \
	X(ENFORCED_UNDECIDED, "enforced-undecided", ENFORCED, UNDECIDED, RECEIVER, \
		"no DICOM answer, alert or close, so it is unknown whether a certificate is required") \
	\
	X(RANGE_AS_GUIDE, "range-guide", RANGE, OK, NONE, "accepts what the guide's settings allow") \
	X(RANGE_NOT_GUIDE, "range-not-guide", RANGE, WARNING, RECEIVER, \
		"accepts more or less than the guide's settings") \
	X(RANGE_AS_BCP195, "range-bcp195", RANGE, OK, NONE, "complies with PS3.15 B.12 (BCP 195)") \
	X(RANGE_NOT_BCP195, "range-not-bcp195", RANGE, WARNING, RECEIVER, \
		"accepts what BCP 195 forbids, or lacks what it requires") \
	X(RANGE_ADVISED, "range-advised-against", RANGE, INFORMATION, RECEIVER, \
		"accepts suites that BCP 195 advises against: no forward secrecy, or finite-field DH") \
	X(RANGE_UNFINISHED, "range-undecided", RANGE, UNDECIDED, RECEIVER, \
		"part of the offered range could not be determined") \
	\
	X(INTERRUPTED, "interrupted", TCP, UNDECIDED, NONE, "a signal ended the check; in any step") \
	X(INTERNAL, "internal", TLS, FAILED, HERE, "an internal error; in any step")

enum finding_id {
#define X(name, id, step, severity, side, meaning) FIND_##name,
	FINDINGS(X)
#undef X
	FIND_COUNT,
};

struct finding_row {
	const char *id;	     /* lower case, digits, hyphens */
	enum step step;	     /* the step it belongs to */
	enum severity severity;
	enum side side;
	const char *meaning; /* one line, no full stop */
};

/* FIND_COUNT rows, by enum finding_id. */
extern const struct finding_row finding_table[];

/* The row with that id, NULL if there is none. */
const struct finding_row *finding_named(const char *id);

/* Can --ignore make it information? A warning or a finding of a side step, but not a failure of the path,
 * nor a certificate that is about to expire. */
bool finding_may_be_ignored(const struct finding_row *row);

#endif
