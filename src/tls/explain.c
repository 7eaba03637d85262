/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/explain.h"

#include "base/text.h"
#include "tls/certfacts.h"
#include "tls/commonname.h"
#include "tls/facts.h"
#include "tls/issuer.h"
#include "tls/wire.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include <openssl/sslerr.h>
#include <openssl/x509v3.h>

/*
 * Sentences with placeholders: "{cert}" is replaced by the fact of that name (see tls/facts.h). A row
 * without a hint has no remedy.
 */
struct row {
	int code;
	enum err_kind kind;
	const char *text;
	const char *hint;
};

/* Where TLS is turned on in IRIS: the configuration alone has no effect. */
#define IRIS_SERVICE \
	"IRIS: choose the TLS configuration in the service's SSLConfig setting; creating it is not enough"

/* What most often helps with a refused client certificate. */
#define TRUST_OUR_CA \
	"{foreign}{replace}See the receiver's log; most likely its administrator has to trust our CA " \
	"(IRIS: Trusted CA certificate(s))."

/* Rows without an X509_V_ERR_ code: see refine. */
enum {
	NO_INTERMEDIATE = -1,	 /* the chain sent is missing a certificate */
	MAYBE_INTERMEDIATE = -2, /* the leaf came alone; its issuer has a name similar to an anchor's */
	UNKNOWN_CA = -3,
	SAME_NAME = -4,		 /* an anchor has the issuer's name but another key */
	UNPINNED = -5,		 /* trusted, but not the key that --tls-pin requires */
	HOST_IN_CN = -7,	 /* the host is in the CN, and there is no SAN of its kind */
	/* it is, but there are SANs of its kind, so that no option can allow it */
	HOST_IN_CN_AND_OTHERS = -8,
	CN_FORBIDDEN = -9,	 /* the CN was allowed, but name constraints forbid it */
	ADDRESS_AS_NAME = -10,	 /* the address is written as a DNS name */
	WRONG_KEY_USAGE = -11,	 /* of the server's own certificate */
	WRONG_CA_USE = -12,	 /* a CA's extendedKeyUsage lacks serverAuth */
	CA_CANNOT_SIGN = -13,	 /* a CA's keyUsage lacks keyCertSign */
	FORBIDDEN_NAME = -14,	 /* by name constraints */
	NO_STAPLE = -15,	 /* the certificate requires a stapled response */
	ANY = -6,		 /* ends a table: for everything without a separate row */
};

/* Our verdict on the server's certificate. */
static const struct row verdicts[] = {
	{ X509_V_ERR_CERT_HAS_EXPIRED, ERR_UNTRUSTED,
		"{whose} {cert} has expired",
		"{renew}; if the dates look right, correct this machine's clock, which says {now}." },
	{ X509_V_ERR_CERT_NOT_YET_VALID, ERR_UNTRUSTED,
		"{whose} {cert} is not valid yet",
		"Check this machine's clock, which says {now}; if it is right, wait until the certificate "
		"becomes valid." },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, ERR_UNTRUSTED,
		"the server's certificate {cert} is self-signed and not in the trust store",
		"Let the receiver use a certificate from a CA that you trust; or, if its SHA-256 "
		"fingerprint is {sha256}, add it to the --trust-store." },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, ERR_UNTRUSTED,
		"the server's chain ends at the CA {cert}, which is not in the trust store; the trust "
		"store contains {anchors}",
		"Make sure that this is the intended receiver; then add its CA's certificate to the "
		"--trust-store." },
	{ NO_INTERMEDIATE, ERR_UNTRUSTED,
		"an intermediate certificate is missing: {whose} {cert} was sent without its issuer's, "
		"which is not in the trust store either; the trust store contains {anchors}",
		"Let the receiver send its whole chain (on IRIS: put \"{issuer}\" behind the server's "
		"certificate in its file), or add that intermediate to the --trust-store." },
	{ MAYBE_INTERMEDIATE, ERR_UNTRUSTED,
		"the server sent only its own certificate {cert}, and the issuer's is not in the trust "
		"store, which contains {anchors}: probably an intermediate certificate is missing",
		"Let the receiver send its whole chain (on IRIS: put \"{issuer}\" behind the server's "
		"certificate in its file), or add that issuer's certificate to the --trust-store." },
	{ UNKNOWN_CA, ERR_UNTRUSTED,
		"{whose} {cert} was issued by a CA that is not in the trust store, which contains {anchors}",
		"Make sure that this is the intended receiver; then add the certificate of \"{issuer}\" "
		"to the --trust-store, or, if that is an intermediate CA, let the receiver send its "
		"whole chain." },
	{ SAME_NAME, ERR_UNTRUSTED,
		"{whose} {cert} was not issued by the \"{issuer}\" in the trust store, but by a CA of the "
		"same name with another key",
		"The CA was recreated or replaced: put its current certificate into the --trust-store, "
		"or have the receiver use a certificate from the CA that you have." },
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE, ERR_UNTRUSTED,
		"the signature of {whose} {cert} is invalid",
		"It was altered, or a CA of the same name with another key issued it: verify the "
		"receiver's certificates with its administrator." },
	{ X509_V_ERR_CERT_REVOKED, ERR_UNTRUSTED,
		"{whose} {cert} is revoked{crl}",
		"Do not send; have the receiver's administrator replace the certificate." },
	{ X509_V_ERR_UNABLE_TO_GET_CRL, ERR_UNTRUSTED,
		"{whose} {cert} cannot be checked for revocation: no --crl-file contains a list of "
		"\"{issuer}\"",
		"Give that CA's revocation list with another --crl-file." },
	{ X509_V_ERR_CRL_HAS_EXPIRED, ERR_UNTRUSTED,
		"{whose} {cert} cannot be checked for revocation: the list of \"{issuer}\" expired{crl}",
		"Get the CA's current list for --crl-file; if the date looks right, correct this "
		"machine's clock, which says {now}." },
	{ X509_V_ERR_CRL_NOT_YET_VALID, ERR_UNTRUSTED,
		"{whose} {cert} cannot be checked for revocation: the list of \"{issuer}\" is not "
		"valid{crl}",
		"Check this machine's clock, which says {now}." },
	{ X509_V_ERR_CRL_SIGNATURE_FAILURE, ERR_UNTRUSTED,
		"{whose} {cert} cannot be checked for revocation: the list of \"{issuer}\" has an invalid "
		"signature",
		"Download that CA's list again; a CA of the same name with another key may have issued "
		"this one." },
	{ X509_V_ERR_DIFFERENT_CRL_SCOPE, ERR_UNTRUSTED,
		"{whose} {cert} cannot be checked for revocation: the list of \"{issuer}\" is for other "
		"certificates of that CA only (its issuingDistributionPoint)",
		"Give the CA's list for this kind of certificate with another --crl-file." },
	{ X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, ERR_UNTRUSTED,
		"{whose} {cert} cannot be checked for revocation: the list of \"{issuer}\" has an "
		"unsupported critical extension",
		"Give that CA's complete list, without such an extension, with --crl-file." },
	{ X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, ERR_UNTRUSTED,
		"{whose} {cert} cannot be checked for revocation: its issuer \"{issuer}\" may not sign "
		"revocation lists (its keyUsage lacks cRLSign)",
		"Have the CA's certificate reissued with keyUsage keyCertSign and cRLSign, or omit "
		"--crl-file." },
	{ X509_V_ERR_OCSP_VERIFY_NEEDED, ERR_UNTRUSTED,
		"the revocation status of {whose} {cert} is unknown, and --tls-revocation require needs "
		"it: {staple}, and no --crl-file covers it",
		"Have the receiver staple a valid OCSP response, or give the list of \"{issuer}\" with "
		"--crl-file; without --tls-revocation require this is a warning." },
	{ NO_STAPLE, ERR_UNTRUSTED,
		"{whose} {cert} requires a stapled OCSP response (RFC 7633) with status good, and so does "
		"--tls-revocation require: {staple}",
		"Let the receiver's administrator turn OCSP stapling on, or get a certificate without that "
		"requirement." },
	{ X509_V_ERR_INVALID_PURPOSE, ERR_UNTRUSTED,
		"{whose} {cert} is not for a TLS server, but for {usages}",
		"Let the receiver use a certificate whose extendedKeyUsage has serverAuth; it may have "
		"been given a client certificate." },
	{ WRONG_KEY_USAGE, ERR_UNTRUSTED,
		"{whose} {cert} has a key that may not be used for TLS: its keyUsage is {keyusage}",
		"Let the receiver use a certificate whose keyUsage has digitalSignature (and "
		"keyEncipherment, for RSA key exchange)." },
	{ WRONG_CA_USE, ERR_UNTRUSTED,
		"{whose} {cert} may not issue certificates for TLS servers: its extendedKeyUsage allows only "
		"{usages}",
		"Have the CA's certificate reissued without an extendedKeyUsage, or "
		"with serverAuth in it; or let the receiver use a certificate from another CA." },
	{ X509_V_ERR_INVALID_CA, ERR_UNTRUSTED,
		"{whose} {cert} issued another certificate, but is not a CA certificate: it has no "
		"basicConstraints with CA:TRUE",
		"Let the receiver use a certificate from a CA; if this is one, have it reissued with "
		"basicConstraints CA:TRUE." },
	{ CA_CANNOT_SIGN, ERR_UNTRUSTED,
		"{whose} {cert} may not issue certificates: it says CA:TRUE, but its keyUsage is "
		"{keyusage}, without keyCertSign",
		"Have the CA's certificate reissued with keyUsage keyCertSign and cRLSign." },
	{ X509_V_ERR_PATH_LENGTH_EXCEEDED, ERR_UNTRUSTED,
		"{whose} {cert} does not allow as many CAs below it as there are in the chain: the pathlen "
		"of its basicConstraints is {pathlen}",
		"Let the receiver use a certificate from a CA that is nearer to it, or have the CA's "
		"certificate reissued with a larger pathlen." },
	{ FORBIDDEN_NAME, ERR_UNTRUSTED,
		"{whose} {cert} has a name that the name constraints of a CA above it do not permit: "
		"{constraint}",
		"Let the receiver use a certificate from a CA whose name constraints permit that name, or "
		"without that name; or have the constraints widened." },
	{ X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, ERR_UNTRUSTED,
		"{whose} {cert} has an unsupported critical extension: {unknown}",
		"Unsupported critical extensions must be refused (RFC 5280): have it reissued without that "
		"extension, or with the extension not critical." },
	{ X509_V_ERR_CERT_CHAIN_TOO_LONG, ERR_UNTRUSTED,
		"the chain of {whose} {cert} has too many certificates below a trusted one",
		"Add an intermediate CA's certificate from the receiver's chain to the --trust-store." },
	{ X509_V_ERR_CERT_REJECTED, ERR_UNTRUSTED,
		"{whose} {cert} is marked in the trust store as not to be trusted for TLS servers",
		"Remove that mark (openssl x509 -clrtrust) to trust the CA for the receiver." },
	{ X509_V_ERR_CERT_UNTRUSTED, ERR_UNTRUSTED,
		"{whose} {cert} is in the trust store, but marked there for other uses than TLS servers",
		"Remove that mark (openssl x509 -clrtrust) to trust the CA for the receiver." },
	{ X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED, ERR_UNTRUSTED,
		"{whose} {cert} is a proxy certificate (RFC 3820), which is not supported",
		"Let the receiver use a certificate that a CA issued for it." },
	{ X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, ERR_UNTRUSTED,
		"{whose} {cert} cannot be verified: its issuer's public key is damaged or of an "
		"unsupported kind",
		"Let the receiver use a certificate from a CA with an RSA key, or an EC key on P-256 or "
		"P-384." },
	{ X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM, ERR_UNTRUSTED,
		"{whose} {cert} has a signature of an unsupported kind: {key}",
		"Let the receiver use a certificate that is signed with RSA or ECDSA and SHA-256." },
	{ X509_V_ERR_EC_KEY_EXPLICIT_PARAMS, ERR_UNTRUSTED,
		"{whose} {cert} has an EC key that describes its curve instead of naming it",
		"Have it reissued for a key on a named curve, such as P-256: RFC 5480 forbids anything "
		"else." },
	{ X509_V_ERR_OUT_OF_MEM, ERR_INTERNAL,
		"out of memory while the server's certificate was verified",
		"Make more memory available and try again." },
	{ X509_V_ERR_STORE_LOOKUP, ERR_UNTRUSTED,
		"the trust store cannot be searched for the issuer of {whose} {cert}",
		"With --trust-system, check the system's trust store: it may be damaged or unreadable." },
	{ X509_V_ERR_EE_KEY_TOO_SMALL, ERR_UNTRUSTED,
		"{whose} {cert} has too weak a key: {key}",
		"Let the receiver use a certificate with an RSA key of 2048 bits or more, or an EC key." },
	{ X509_V_ERR_CA_KEY_TOO_SMALL, ERR_UNTRUSTED,
		"{whose} {cert} has too weak a key: {key}",
		"Let the receiver use a certificate from a CA whose RSA key has 2048 bits or more, or an "
		"EC key." },
	{ X509_V_ERR_CA_MD_TOO_WEAK, ERR_UNTRUSTED,
		"{whose} {cert} has too weak a signature: {key}",
		"Let the receiver use a certificate that is signed with SHA-256 or better." },
	{ X509_V_ERR_HOSTNAME_MISMATCH, ERR_WRONG_HOST,
		"the server's certificate {cert} is for {names}, not for \"{host}\"",
		"{let} the receiver use a certificate with the subject alternative name {san}." },
	{ X509_V_ERR_IP_ADDRESS_MISMATCH, ERR_WRONG_HOST,
		"the server's certificate {cert} is for {names}, not for the address {host}",
		"{let} the receiver use a certificate with the subject alternative name {san}." },
	{ HOST_IN_CN, ERR_WRONG_HOST,
		"the server's certificate {cert} has \"{host}\" only in its CN, which is not used (RFC "
		"9525): it has {sans}",
		"Let the receiver use a certificate with the subject alternative name {san}; until then, "
		"--tls-allow-cn accepts the CN." },
	{ HOST_IN_CN_AND_OTHERS, ERR_WRONG_HOST,
		"the server's certificate {cert} has \"{host}\" in its CN, which is not used (RFC 9525), "
		"and is otherwise for {names}",
		"{let} the receiver use a certificate with the subject alternative name {san}." },
	{ CN_FORBIDDEN, ERR_WRONG_HOST,
		"the server's certificate {cert} has \"{host}\" in its CN, but the name constraints of a "
		"CA above it forbid that",
		"Have the receiver use a certificate from a CA whose constraints permit \"{host}\", with "
		"the subject alternative name {san}." },
	{ ADDRESS_AS_NAME, ERR_WRONG_HOST,
		"the server's certificate {cert} has the address {host} as a DNS name (DNS:{host}), which "
		"is not used for addresses (RFC 9525)",
		"Let the receiver use a certificate with the subject alternative name {san}." },
	{ UNPINNED, ERR_UNTRUSTED,
		"the server's certificate {cert} has a public key that is not pinned: its pin is {pin}",
		"If the receiver's key was renewed, and its administrator confirms this pin, give it with "
		"--tls-pin; otherwise the connection may be intercepted." },
	{ ANY, ERR_UNTRUSTED,
		"{whose} {cert} does not conform to RFC 5280: {verdict}",
		"Have its CA reissue it; \"openssl x509 -text\" shows its contents." },
};

/* Alerts about the certificate that we sent. */
static const struct row refusals[] = {
	{ 48, ERR_CLIENT_REJECTED,
		"{peer} refused our certificate {ours}: it does not know its CA (alert {alert})",
		"{foreign}{replace}Let the receiver's administrator trust our CA (IRIS: Trusted CA "
		"certificate(s)), or use a certificate from one that it trusts." },
	{ 45, ERR_CLIENT_REJECTED,
		"{peer} refused our certificate {ours} as expired (alert {alert})",
		"Renew it in the --key-store; if its dates are right, the receiver's clock is wrong." },
	{ 44, ERR_CLIENT_REJECTED,
		"{peer} refused our certificate {ours} as revoked (alert {alert})",
		"Get a new one from the CA and put it into the --key-store." },
	{ 43, ERR_CLIENT_REJECTED,
		"{peer} refused our certificate {ours} as unsupported (alert {alert})",
		"Use one for clients (extendedKeyUsage clientAuth) with a key that the receiver supports." },
	{ 49, ERR_CLIENT_REJECTED,
		"{peer} refused the holder of our certificate {ours} (alert {alert})",
		"The certificate is valid, but not authorized: have the receiver's administrator authorize "
		"it." },
	{ 42, ERR_CLIENT_REJECTED,
		"{peer} refused our certificate {ours} (alert {alert})",
		TRUST_OUR_CA },
	{ 116, ERR_CLIENT_REJECTED,
		"{peer} refused our certificate {ours} (alert {alert})",
		"See the receiver's log." },
	{ 40, ERR_CLIENT_REJECTED,
		"{peer} aborted the handshake after our certificate {ours} (alert {alert})",
		TRUST_OUR_CA },
};

/* 45 if a CA's certificate sent with ours has expired, and ours has not. */
static const struct row outdated_above = { 45, ERR_CLIENT_REJECTED,
	"{peer} refused our certificate {ours} as expired (alert {alert}): the certificate of a CA that we "
	"send with it, {outdated}, has expired",
	"Replace it with the CA's current certificate in the --key-store." };

/* The same if we had no certificate, or could not use it. */
static const struct row not_shown = { 0, ERR_CLIENT_REJECTED,
	"{peer} requires a client certificate and we have none (alert {alert})",
	"Give ours with --key-store{wanted}." };
static const struct row unfit = { 0, ERR_CLIENT_REJECTED,
	"{peer} requires a client certificate, but its list of signature algorithms has none for our "
	"{ours} (alert {alert})",
	"Use a certificate with another kind of key; an RSA key of 2048 bits works everywhere." };

/* A key on a curve that many do not accept (in TLS 1.2 the signature algorithms do not name curves). */
static const struct row unusual_curve = { 0, ERR_CLIENT_REJECTED,
	"{peer} refused our certificate {ours} (alert {alert}): probably it does not support keys on the "
	"curve {curve}",
	"Use a certificate with an RSA key or one on P-256 or P-384, or enable this curve on the receiver." };

/* Alerts about our offer, before any ServerHello. */
static const struct row offers[] = {
	{ 40, ERR_NO_COMMON_TLS,
		"{peer} refused our offer ({offer}): no protocol, cipher suite, key exchange group or "
		"kind of certificate in common (alert {alert})",
		"Allow what the receiver supports with --tls-protocol, --tls-cipher and --tls-group, or "
		"omit them for the default; on the receiver, widen the protocol range and the cipher "
		"lists." },
	{ 70, ERR_NO_COMMON_TLS,
		"{peer} refused our offer ({offer}): it supports none of these protocol versions (alert "
		"{alert})",
		"Omit --tls-protocol to offer TLSv1.2 and TLSv1.3; if the receiver only supports older "
		"ones, raise its maximum protocol version." },
	{ 71, ERR_NO_COMMON_TLS,
		"{peer} refused our offer ({offer}) as too weak (alert {alert})",
		"Offer stronger suites with --tls-cipher, or omit it for the default." },
};

/* Every other alert. */
static const struct row alerts[] = {
	{ 112, ERR_TLS,
		"{peer} does not know the name \"{host}\" (alert {alert})",
		"Give the receiver's name with --tls-host." },
	{ 80, ERR_TLS,
		"{peer} had an internal error in the handshake (alert {alert})",
		"See the receiver's log." },
	{ ANY, ERR_TLS,
		"{peer} aborted TLS with the alert {alert}",
		"See the receiver's log.{small}" },
};

/* OpenSSL's reasons for aborting on our side. */
static const struct row reasons[] = {
	{ SSL_R_UNSUPPORTED_PROTOCOL, ERR_NO_COMMON_TLS,
		"{peer} chose a protocol version that we do not offer ({offer})",
		"If --tls-protocol narrows the offer, omit it; otherwise raise the receiver's maximum "
		"protocol version." },
	{ SSL_R_WRONG_CIPHER_RETURNED, ERR_NO_COMMON_TLS,
		"{peer} chose a cipher suite that we did not offer ({offer})",
		"Give one that the receiver supports with --tls-cipher." },
	{ SSL_R_NO_CIPHERS_AVAILABLE, ERR_NO_COMMON_TLS,
		"no cipher suite is left to offer to {peer}",
		"Omit --tls-cipher for the default." },
	{ SSL_R_ECC_CERT_NOT_FOR_SIGNING, ERR_UNTRUSTED,
		"{peer} has a certificate whose key may not sign: its keyUsage lacks digitalSignature",
		"Let the receiver use a certificate whose keyUsage has digitalSignature." },
	{ SSL_R_DH_KEY_TOO_SMALL, ERR_TLS,
		"{peer} uses Diffie-Hellman parameters that are too weak",
		"Offer ECDHE suites only, or let the receiver use parameters of 2048 bits or more." },
	{ SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED, ERR_TLS,
		"{peer} does not support secure renegotiation (RFC 5746)",
		"The receiver's TLS library needs an update." },
	{ ANY, ERR_TLS,
		"TLS with {peer} failed: {detail}",
		"--tls-debug shows the handshake step by step." },
};

/* No TLS at all. */
static const struct row speaks_dicom = { 0, ERR_NOT_TLS,
	"{peer} answered with {said}: this port speaks plain DICOM",
	"Turn TLS on at the receiver (" IRIS_SERVICE "), or use another port; --plain sends unencrypted." };
static const struct row speaks_else = { 0, ERR_NOT_TLS,
	"{peer} does not speak TLS, it answered {said}",
	"Check host and port; this is not the receiver's TLS port." };
static const struct row garbled = { 0, ERR_NOT_TLS,
	"{peer} does not speak TLS, its answer is invalid ({detail})",
	"Check host and port; if they are right, turn TLS on at the receiver (" IRIS_SERVICE "). "
	"--plain sends unencrypted." };

/* It closed without an alert: how far the connection got. */
static const char *const before_hello = "{peer} closed the connection without an answer in TLS{why}";
static const char *const before_finished = "{peer} closed the connection{why} in the middle of the handshake";
static const char *const before_data =
	"{peer} closed the connection{why} after the TLS handshake, without an alert and before any DICOM";
static const char *const after_data = "{peer} closed the connection instead of answering";
static const char *const lost = "the connection to {peer} was lost{why}";

/* From this long after our last data on, the close counts as late. */
#define SLOW_MS 1000

/* The possible causes, each as the end of a sentence, and the remedies, each as the rest of one. */
static const struct {
	const char *clause, *remedy;
} causes[CAUSE_COUNT] = {
	[CAUSE_RENEGOTIATION] = { "it asked for a renegotiation, which is refused here",
		"disable renegotiation on the receiver (IIS and others use it to request the client "
		"certificate: have it requested in the first handshake), or use TLS 1.3, which has none" },
	[CAUSE_PLAIN] = { "the port speaks plain DICOM",
		"turn TLS on at the receiver (" IRIS_SERVICE ")" },
	[CAUSE_ADDRESS] = { "it routes connections by name, but we connected by address",
		"give the receiver's name with --tls-host" },
	[CAUSE_NAME] = { "it routes connections by name, and does not know \"{host}\"",
		"give the name that it knows with --tls-host" },
	[CAUSE_LARGE_HELLO] = { "the receiver, or a firewall in front of it, does not accept a ClientHello "
		"of two packets: ours has {hello} bytes, for its post-quantum key share",
		"--tls-group x25519 --tls-group secp256r1 makes it small" },
	[CAUSE_BUSY] = { "it accepts no more connections at the moment", "try again later" },
	[CAUSE_FAULT] = { "it closed the connection for another reason", "see its log, then try again" },
	[CAUSE_NOT_RUNNING] = {
		"a load balancer or TLS front end answered, and the receiver behind it is not running",
		"start the receiver" },
	[CAUSE_RESTART] = { "the receiver went down or restarts", "see its log" },
	[CAUSE_AE_TITLE] = { "it drops requests with AE titles that it does not know",
		"compare both AE titles with its settings (IRIS: LocalAET, RemoteAET, and the association "
		"table)" },
	[CAUSE_WANTED] = { "it requires a client certificate and we have none",
		"give ours with --key-store{wanted}" },
	[CAUSE_REFUSED] = { "it refused our certificate {ours}",
		"let its administrator trust our CA (IRIS: Trusted CA certificate(s)){asks}" },
};

/* A timeout. */
static const struct row busy = { 0, ERR_TIMEOUT,
	"{peer} accepted the connection but sent no ServerHello within {seconds}: it is busy or does not "
	"speak TLS",
	"A receiver that serves one connection at a time keeps others waiting: try again later. If it "
	"never answers, its port speaks plain DICOM (" IRIS_SERVICE ").{small}" };
static const struct row flooded = { 0, ERR_TIMEOUT,
	"{peer} keeps sending TLS records without data ({idle} in a row); gave up",
	"The receiver is faulty, or another service answers on the port: check host and port, and the "
	"receiver's log." };
static const struct row stalled = { 0, ERR_TIMEOUT,
	"{peer} stopped answering in the middle of the handshake ({seconds})",
	"Try again, or raise --tls-timeout." };
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Report what the row says. */
static int
state_row(const struct handshake_log *w, const struct row *row, int detail, struct err *err)
{
	char text[sizeof err->text], hint[sizeof err->hint];

	facts_expand(w, row->text, text, sizeof text);
	err_set(err, row->kind, "%s", text);
	err->detail = detail;
	if (row->kind != ERR_ABORTED)
		err_phase(err, "tls");
	if (!row->hint)
		return -1;
	facts_expand(w, row->hint, hint, sizeof hint);
	return err_hint(err, "%s", hint);
}

/* The row of a code, else the one for any, else NULL. */
static const struct row *
row_of(const struct row *rows, size_t count, int code)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].code == code || rows[i].code == ANY)
			return &rows[i];
	}
	return NULL;
}

/* Does an anchor have the name of the failed certificate's issuer? */
static bool
has_same_name(const struct handshake_log *w)
{
	for (int i = 0; i < sk_X509_num(w->anchors); i++)
		if (issuer_is_named(sk_X509_value(w->anchors, i), w->failed_cert))
			return true;
	return false;
}

static bool
same_organization(const X509_NAME *a, const X509_NAME *b)
{
	int at_a = X509_NAME_get_index_by_NID(a, NID_organizationName, -1);
	int at_b = X509_NAME_get_index_by_NID(b, NID_organizationName, -1);

	if (at_a < 0 || at_b < 0)
		return false;
	return ASN1_STRING_cmp(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(a, at_a)),
		X509_NAME_ENTRY_get_data(X509_NAME_get_entry(b, at_b))) == 0;
}

/* Does the failed certificate's issuer belong to the organization of one of the anchors? */
static bool
has_similar_name(const struct handshake_log *w)
{
	for (int i = 0; i < sk_X509_num(w->anchors); i++) {
		if (same_organization(X509_get_subject_name(sk_X509_value(w->anchors, i)),
		    X509_get_issuer_name(w->failed_cert)))
			return true;
	}
	return false;
}

/*
 * The failed certificate's issuer was not found. From a leaf alone it is unknown whether that is an
 * intermediate or an unrelated CA: report the more likely one first.
 */
static int
missing_issuer(const struct handshake_log *w)
{
	if (has_same_name(w))
		return SAME_NAME;
	if (w->depth + 1 < sk_X509_num(w->chain))
		return NO_INTERMEDIATE;
	if (w->depth == 0 && has_similar_name(w))
		return MAYBE_INTERMEDIATE;
	return UNKNOWN_CA;
}

#define NO_CN X509_CHECK_FLAG_NEVER_CHECK_SUBJECT

/* The host is not among the names that are used. Is it somewhere else? */
static int
wrong_host(const struct handshake_log *w)
{
	bool address = w->verdict == X509_V_ERR_IP_ADDRESS_MISMATCH;

	if (w->cn_forbidden)
		return CN_FORBIDDEN;
	/* It would match as a DNS name, but an address is not a name. */
	if (address && X509_check_host(w->failed_cert, w->host, 0, NO_CN, NULL) == 1)
		return ADDRESS_AS_NAME;
	if (!commonname_holds(w->failed_cert, w->host))
		return w->verdict;
	return commonname_has_san(w->failed_cert, address ? GEN_IPADD : GEN_DNS) ? HOST_IN_CN_AND_OTHERS :
		HOST_IN_CN;
}

static int
wrong_purpose(const struct handshake_log *w)
{
	bool said = X509_get_extension_flags(w->failed_cert) & EXFLAG_XKUSAGE;
	bool for_server = X509_get_extended_key_usage(w->failed_cert) & (XKU_SSL_SERVER | XKU_ANYEKU);

	if (w->depth > 0)
		return said ? WRONG_CA_USE : X509_V_ERR_INVALID_CA;
	return said && !for_server ? X509_V_ERR_INVALID_PURPOSE : WRONG_KEY_USAGE;
}

/* The code of the row for the verdict: one row answers several of OpenSSL's codes, and some of these do not
 * tell apart what needs different remedies. */
static int
verdict_code(const struct handshake_log *w)
{
	if (!w->failed_cert)
		return w->verdict;
	switch (w->verdict) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return missing_issuer(w);
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return has_same_name(w) ? SAME_NAME : w->verdict;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return wrong_host(w);
	case X509_V_ERR_INVALID_PURPOSE:
		return wrong_purpose(w);
	case X509_V_ERR_INVALID_CA:
		return X509_get_extension_flags(w->failed_cert) & EXFLAG_CA ? CA_CANNOT_SIGN : w->verdict;
	case X509_V_ERR_OCSP_VERIFY_NEEDED:
		return certfacts_must_staple(w->failed_cert) ? NO_STAPLE : w->verdict;
	case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
	case X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN:
		return CA_CANNOT_SIGN;
	case X509_V_ERR_INVALID_NON_CA:
		return X509_V_ERR_INVALID_CA;
	case X509_V_ERR_PERMITTED_VIOLATION:
	case X509_V_ERR_EXCLUDED_VIOLATION:
		return FORBIDDEN_NAME;
	case X509_V_ERR_NO_ISSUER_PUBLIC_KEY:
	case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
		return X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY;
	case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
	case X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD:
	case X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
		return X509_V_ERR_CRL_SIGNATURE_FAILURE;
	case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
	case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
		return X509_V_ERR_UNABLE_TO_GET_CRL;
	default:
		return w->verdict;
	}
}

static int
explain_verdict(const struct handshake_log *w, struct err *err)
{
	int code = w->unpinned ? UNPINNED : verdict_code(w);

	state_row(w, row_of(verdicts, COUNT(verdicts), code), w->verdict, err);
	return err_wrap(err, "%s", w->peer);
}

/* The evidence that causes_of_close evaluates. */
static struct close_evidence
evidence_of(const struct handshake_log *w)
{
	struct close_evidence evidence = w->seen;

	evidence.hello_large = handshake_log_hello_is_large(w);
	evidence.shown = w->shown > 0;
	evidence.requested = w->sent_ms > 0;
	evidence.slow = w->sent_ms > 0 && w->ended_ms - w->sent_ms >= SLOW_MS;
	return evidence;
}

/* How far the connection got. */
static const char *
stage_of(const struct handshake_log *w)
{
	if (w->seen.data)
		return w->sys_errno ? lost : after_data;
	if (w->seen.done)
		return before_data;
	return w->seen.server_hello ? before_finished : before_hello;
}

/* Append a template to what is in out. */
static void
append_template(const struct handshake_log *w, const char *template, char *out, size_t size)
{
	size_t used = strlen(out);

	facts_expand(w, template, out + used, size - used);
}

/* The remedy of the most likely cause; then the other causes, each with its remedy. */
static void
hint_causes(const struct handshake_log *w, const struct close_verdict *verdict, char *out, size_t size)
{
	append_template(w, causes[verdict->causes[0]].remedy, out, size);
	out[0] = (char)toupper((unsigned char)out[0]);
	append_template(w, ".", out, size);
	for (size_t i = 1; i < verdict->count; i++) {
		append_template(w, " Or ", out, size);
		append_template(w, causes[verdict->causes[i]].clause, out, size);
		append_template(w, ": ", out, size);
		append_template(w, causes[verdict->causes[i]].remedy, out, size);
		append_template(w, ".", out, size);
	}
	if (verdict->causes[0] == CAUSE_PLAIN)
		append_template(w, " --plain sends unencrypted.", out, size);
}

/* The connection ended without an alert, in order or not. */
static int
explain_end(const struct handshake_log *w, struct err *err)
{
	struct close_evidence evidence = evidence_of(w);
	struct close_verdict verdict;
	char text[sizeof err->text] = "", hint[sizeof err->hint] = "";

	causes_of_close(&evidence, &verdict);
	append_template(w, stage_of(w), text, sizeof text);
	if (!w->seen.data || w->seen.renegotiation) {
		append_template(w, w->seen.renegotiation ? ": " : ": probably ", text, sizeof text);
		append_template(w, causes[verdict.causes[0]].clause, text, sizeof text);
	}
	hint_causes(w, &verdict, hint, sizeof hint);
	err_set(err, verdict.kind, "%s", text);
	err->detail = w->sys_errno;
	err->retryable = w->seen.renegotiation ? RETRY_NEVER : RETRY_POSSIBLE;
	if (verdict.kind != ERR_ABORTED)
		err_phase(err, "tls");
	return err_hint(err, "%s", hint);
}

/* Alerts by which a TLS 1.2 server says that it does not support the key in our certificate. */
static bool
is_of_curve(const struct handshake_log *w)
{
	return w->seen.answered && w->shown > 0 && !w->seen.data && !w->seen.tls13 &&
		(w->alert == SSL_AD_ILLEGAL_PARAMETER || w->alert == SSL_AD_HANDSHAKE_FAILURE ||
		w->alert == SSL_AD_UNSUPPORTED_CERTIFICATE || w->alert == SSL_AD_DECODE_ERROR ||
		w->alert == SSL_AD_INTERNAL_ERROR);
}

static int
explain_alert(const struct handshake_log *w, struct err *err)
{
	const struct row *row = NULL;

	if (w->seen.renegotiation)
		return explain_end(w, err);
	if (!w->seen.server_hello)
		row = row_of(offers, COUNT(offers), w->alert);
	else if (w->alert == 70 && !w->seen.answered)
		row = &offers[1];
	else if (w->seen.answered && !w->seen.data)
		row = row_of(refusals, COUNT(refusals), w->alert == 46 ? 42 : w->alert);
	if (row && row->kind == ERR_CLIENT_REJECTED && w->shown == 0)
		row = w->ours ? &unfit : &not_shown;
	else if (is_of_curve(w) && facts_curve_is_unusual(w))
		row = &unusual_curve;
	else if (row && row->kind == ERR_CLIENT_REJECTED && w->alert == 45 && facts_outdated_issuer(w))
		row = &outdated_above;
	if (!row)
		row = row_of(alerts, COUNT(alerts), w->alert);
	state_row(w, row, w->alert, err);
	/* An internal error of the server may be temporary; so may a failure of a connection on which DICOM
	 * was already spoken. */
	if (w->alert == 80 || w->seen.data)
		err->retryable = RETRY_POSSIBLE;
	return -1;
}

/* The peer answered, but not in TLS; or it closed without an answer. */
static int
explain_not_tls(const struct handshake_log *w, struct err *err)
{
	char said[128];
	bool dicom = false;

	if (w->first_len == 0)
		return explain_end(w, err);
	wire_describe(w->first, w->first_len, said, sizeof said, &dicom);
	return state_row(w, dicom ? &speaks_dicom : &speaks_else, 0, err);
}

/* OpenSSL's reasons that, before any ServerHello, mean that the answer was not TLS. */
static bool
is_garbled(int reason)
{
	static const int garbage[] = { SSL_R_WRONG_VERSION_NUMBER, SSL_R_PACKET_LENGTH_TOO_LONG,
		SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST, SSL_R_UNEXPECTED_MESSAGE };

	for (size_t i = 0; i < COUNT(garbage); i++) {
		if (garbage[i] == reason)
			return true;
	}
	return false;
}

/* We aborted ourselves, for OpenSSL's reason. */
static int
explain_reason(const struct handshake_log *w, struct err *err)
{
	int reason = w->reason == SSL_R_BAD_ECC_CERT ? SSL_R_ECC_CERT_NOT_FOR_SIGNING : w->reason;

	if (!w->seen.server_hello && is_garbled(w->reason))
		return state_row(w, &garbled, w->reason, err);
	state_row(w, row_of(reasons, COUNT(reasons), reason), w->reason, err);
	if (w->seen.data)
		err->retryable = RETRY_POSSIBLE;
	return -1;
}

int
explain(const struct handshake_log *w, struct err *err)
{
	if (handshake_log_is_over_limit(w))
		return state_row(w, &flooded, 0, err);
	if (w->refusal.kind != ERR_NONE) {
		*err = w->refusal;
		return err_phase(err, "tls");
	}
	if (w->verdict != X509_V_OK)
		return explain_verdict(w, err);
	if (w->alert >= 0)
		return explain_alert(w, err);
	if (!w->seen.server_hello && (w->first_len > 0 || w->eof || w->sys_errno))
		return explain_not_tls(w, err);
	if (w->eof || w->sys_errno)
		return explain_end(w, err);
	return explain_reason(w, err);
}

int
explain_close(const struct handshake_log *w, struct err *err)
{
	if (w->alert >= 0)
		return explain_alert(w, err);
	return explain_end(w, err);
}

int
explain_timeout(const struct handshake_log *w, struct err *err)
{
	return state_row(w, w->seen.server_hello ? &stalled : &busy, 0, err);
}
