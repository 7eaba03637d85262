/* SPDX-License-Identifier: BSD-3-Clause */
/* Who the server is, who we are, and whether it takes us: server identity, our identity, accepted. */
#include "check/rungs.h"

#include <string.h>

#include "base/text.h"

#define IRIS_VERIFY "in the IRIS TLS configuration, set Client certificate verification to Require"

#define SKEW_MAX (24 * 60 * 60) /* seconds: beyond, the certificate is meant to begin later */

/* Everything that it sent: what we trust is ours to judge, in the stores. */
static void
find_weak(struct climb *climb, const struct certificate_chain *chain)
{
	for (unsigned i = 0; i < chain->sent && i < chain->count; i++) {
		const struct certificate *cert = &chain->items[i];

		if (cert->key_weak) {
			climb_find(climb, FIND_SERVER_WEAK_KEY, ERR_NONE, "%s has a weak key: %s",
				cert->subject, cert->key);
			climb_hint(climb, "Have the receiver use a certificate with an RSA key of 2048 bits "
				"or more, or an EC key.");
		}
		if (cert->signature_weak) {
			climb_find(climb, FIND_SERVER_WEAK_SIGNATURE, ERR_NONE,
				"%s is signed with %s, which can be forged", cert->subject, cert->signature);
			climb_hint(climb, "Have it reissued with a SHA-256 signature or better.");
		}
	}
}

/* One in use of the server's chain: what it sent, or the anchor in our trust store. */
static void
find_expiry_of(struct climb *climb, const struct certificate *cert, bool leaf, bool sent)
{
	bool critical = cert->days_left < climb->job->crit_days;

	if (cert->days_left >= climb->job->warn_days && !critical)
		return;
	climb_find(climb, critical ? FIND_SERVER_EXPIRES_CRITICAL : FIND_SERVER_EXPIRES, ERR_NONE,
		"%s expires in %d day%s, on %s", cert->subject, cert->days_left, TEXT_PLURAL(cert->days_left),
		cert->not_after);
	climb_brief(climb, "%s expires in %d day%s", leaf ? "the server's certificate" :
		"a certificate above the server's", cert->days_left, TEXT_PLURAL(cert->days_left));
	climb_hint(climb, "%s", sent ? "Have the receiver's administrator renew it before then." :
		"Add the CA's next certificate to the --trust-store before then.");
	if (!sent)
		climb_side(climb, SIDE_HERE);
	if (critical)
		climb_critical(climb, ERR_UNTRUSTED);
}

static void
find_expiry(struct climb *climb, const struct certificate_chain *chain)
{
	bool used[CERTIFICATES_MAX];

	chain_in_use(chain, used);
	for (unsigned i = 0; i < chain->count; i++)
		if (used[i])
			find_expiry_of(climb, &chain->items[i], i == 0, i < chain->sent);
}

/* Warnings about the server's own certificate. */
static void
find_leaf(struct climb *climb, const struct certificate *leaf)
{
	const struct endpoint *endpoint = climb->job->request.endpoint;

	if (!leaf->purpose_said || !leaf->for_server) {
		climb_find(climb, FIND_SERVER_NO_USE, ERR_NONE,
			"%s does not say that it is for TLS servers (extendedKeyUsage serverAuth)",
			leaf->subject);
		climb_hint(climb, "Have it reissued with extendedKeyUsage=serverAuth; other clients may "
			"refuse it.");
	}
	if (leaf->wildcard) {
		climb_find(climb, FIND_SERVER_WILDCARD, ERR_NONE,
			"%s is for a wildcard (%s): its key is valid for all those hosts",
			leaf->subject, leaf->names);
		climb_hint(climb, "Use a certificate for this host only.");
	}
	if (!endpoint->check_host) {
		climb_find(climb, FIND_SERVER_HOST_UNCHECKED, ERR_NONE,
			"--tls-no-host-check: any host with a trusted certificate can impersonate the "
			"receiver");
		climb_hint(climb, "Omit it, or give the name in the certificate with --tls-host.");
	}
}

static void
find_chain(struct climb *climb, const struct certificate_chain *chain)
{
	if (chain->out_of_order) {
		climb_find(climb, FIND_SERVER_CHAIN_ORDER, ERR_NONE,
			"the server sends its chain out of order");
		climb_hint(climb, "In the receiver's certificate file, put the server's certificate first "
			"and each certificate before its issuer's (RFC 5246 7.4.2).");
	}
	if (chain->root_sent) {
		climb_find(climb, FIND_SERVER_ROOT_SENT, ERR_NONE,
			"the server also sends its root certificate (harmless)");
		climb_hint(climb, "Remove the root from the receiver's certificate file, unless its TLS "
			"library adds it from the trusted CAs.");
	}
}

/* A certificate made just now, and not yet begun here, tells of clocks that differ. */
static void
find_skew(struct climb *climb)
{
	int64_t skew = climb->seen.clock_skew_s;

	if (skew <= 0 || skew > SKEW_MAX)
		return;
	climb_find(climb, FIND_CLOCK_SKEW, ERR_NONE,
		"the server's certificate becomes valid in %lld minutes: this machine's clock is probably "
		"slow", (long long)(skew + 59) / 60);
	climb_hint(climb, "Compare the clocks of both sides; use NTP.");
}

/* "anchored by truststore.p12 (dicom-ca)", or nothing. */
static const char *
anchor_text(const struct certificate_chain *chain, char *out, size_t size)
{
	out[0] = '\0';
	for (unsigned i = 0; i < chain->count; i++) {
		if (!chain->items[i].store[0])
			continue;
		text_format(out, size, ", anchored by %s", chain->items[i].store);
		break;
	}
	return out;
}

void
server_passed(struct climb *climb)
{
	const struct tls_observation *seen = &climb->seen;
	const struct certificate_chain *chain = &seen->server;
	const struct certificate *leaf = &chain->items[0];
	char anchor[320];

	if (chain->count == 0) {
		climb_find(climb, FIND_SERVER_OK, ERR_NONE, "the server's chain is in order");
		return;
	}
	climb_find(climb, FIND_SERVER_OK, ERR_NONE, "%s, %s%s%d day%s left%s%s", leaf->subject,
		leaf->names, leaf->names[0] ? ", " : "", leaf->days_left, TEXT_PLURAL(leaf->days_left),
		anchor_text(chain, anchor, sizeof anchor),
		seen->revocation_checked ? ", not revoked" : ", revocation not checked");
	find_expiry(climb, chain);
	find_weak(climb, chain);
	find_leaf(climb, leaf);
	find_chain(climb, chain);
	find_skew(climb);
	if (seen->ocsp == OCSP_GOOD)
		climb_find(climb, FIND_OCSP_OK, ERR_NONE, "the stapled OCSP response says good%s%s",
			seen->ocsp_text[0] ? ": " : "", seen->ocsp_text);
	climb_find_remarks(climb);
}

/* The chain could not be built: does a certificate between lack, or do we not know the CA? */
static enum finding_id
missing_issuer(const struct err *err)
{
	/* tls/explain weighs that from certificates that are not seen here, and says it so. */
	return strstr(err->text, "intermediate certificate is missing") ? FIND_SERVER_INTERMEDIATE :
		FIND_SERVER_UNKNOWN_CA;
}

/* err's detail is OpenSSL's verdict. */
static enum finding_id
server_finding(const struct err *err)
{
	static const struct {
		int verdict;
		enum finding_id id;
	} rows[] = {
		{ X509_V_ERR_CERT_HAS_EXPIRED, FIND_SERVER_EXPIRED },
		{ X509_V_ERR_CERT_NOT_YET_VALID, FIND_SERVER_EARLY },
		{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, FIND_SERVER_SELF_SIGNED },
		{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, FIND_SERVER_UNKNOWN_CA },
		{ X509_V_ERR_CERT_SIGNATURE_FAILURE, FIND_SERVER_FALSE_SIGNATURE },
		{ X509_V_ERR_CERT_REVOKED, FIND_SERVER_REVOKED },
		{ X509_V_ERR_UNABLE_TO_GET_CRL, FIND_SERVER_CRL_MISSING },
		{ X509_V_ERR_CRL_HAS_EXPIRED, FIND_SERVER_CRL_UNUSABLE },
		{ X509_V_ERR_CRL_NOT_YET_VALID, FIND_SERVER_CRL_UNUSABLE },
		{ X509_V_ERR_CRL_SIGNATURE_FAILURE, FIND_SERVER_CRL_UNUSABLE },
		{ X509_V_ERR_DIFFERENT_CRL_SCOPE, FIND_SERVER_CRL_UNUSABLE },
		{ X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, FIND_SERVER_CRL_UNUSABLE },
		{ X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, FIND_SERVER_CRL_UNUSABLE },
		{ X509_V_ERR_OCSP_VERIFY_NEEDED, FIND_SERVER_REVOCATION_UNKNOWN },
		{ X509_V_ERR_INVALID_PURPOSE, FIND_SERVER_WRONG_USE },
		{ X509_V_ERR_EE_KEY_TOO_SMALL, FIND_SERVER_TOO_WEAK },
		{ X509_V_ERR_CA_KEY_TOO_SMALL, FIND_SERVER_TOO_WEAK },
		{ X509_V_ERR_CA_MD_TOO_WEAK, FIND_SERVER_TOO_WEAK },
		{ X509_V_ERR_APPLICATION_VERIFICATION, FIND_SERVER_NOT_PINNED },
	};

	if (err->kind == ERR_WRONG_HOST)
		return FIND_SERVER_WRONG_HOST;
	if (err->detail == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
		err->detail == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
		err->detail == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE)
		return missing_issuer(err);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].verdict == err->detail)
			return rows[i].id;
	return FIND_SERVER_UNTRUSTED;
}

/* How long ago, if that is it. */
static void
brief_expired(struct climb *climb, const struct err *err)
{
	const struct certificate_chain *chain = &climb->seen.server;

	if (err->detail != X509_V_ERR_CERT_HAS_EXPIRED)
		return;
	for (unsigned i = 0; i < chain->count; i++)
		if (chain->items[i].days_left < 0) {
			climb_brief(climb, "%s expired %d day%s ago", i == 0 ? "the server's certificate" :
				"a certificate above the server's", -chain->items[i].days_left,
				TEXT_PLURAL(-chain->items[i].days_left));
			return;
		}
}

void
server_failed(struct climb *climb, const struct err *err)
{
	climb_find_err(climb, server_finding(err), err);
	brief_expired(climb, err);
	if (strstr(err->hint, "--tls-host"))
		climb_side(climb, SIDE_HERE); /* the certificate may be right, and the name asked for wrong */
	find_skew(climb);
}

/* "\"CN=A\", \"CN=B\" and 3 more" */
static const char *
wanted_text(const struct tls_observation *seen, char *out, size_t size)
{
	out[0] = '\0';
	for (unsigned i = 0; i < seen->wanted_count && i < 3; i++)
		text_join(out, size, ", ", "\"%s\"", seen->wanted[i]);
	if (seen->wanted_count > 3)
		text_join(out, size, "", " and %u more", seen->wanted_count - 3);
	return out;
}

void
ours_passed(struct climb *climb)
{
	const struct tls_observation *seen = &climb->seen;
	const struct certificate *leaf = &seen->ours.items[0];
	char wanted[600];

	if (!seen->asked) {
		climb_find(climb, FIND_OURS_NOT_ASKED, ERR_NONE,
			"the server did not ask for a certificate: it does not authenticate clients");
		climb_hint(climb, "For mutual TLS, " IRIS_VERIFY ".");
		return;
	}
	if (!seen->shown || seen->ours.count == 0) {
		climb_find(climb, FIND_OURS_NONE, ERR_NONE,
			"the server asked for a certificate and we have none");
		climb_hint(climb, "Give ours with --key-store.");
		return;
	}
	climb_find(climb, FIND_OURS_OK, ERR_NONE, "%s, issued by %s, %d day%s left, %u certificate%s sent",
		leaf->subject, leaf->issuer, leaf->days_left, TEXT_PLURAL(leaf->days_left), seen->ours.sent,
		TEXT_PLURAL(seen->ours.sent));
	if (seen->ours_fits)
		return;
	climb_find(climb, FIND_OURS_UNLISTED, ERR_NONE, "no CA of our chain is among those that the server "
		"names: %s", wanted_text(seen, wanted, sizeof wanted));
	climb_hint(climb, "Have the receiver's administrator add our CA to those it trusts (IRIS: Trusted CA "
		"certificate(s)), or show a certificate from one of them.");
}

void
ours_failed(struct climb *climb, const struct err *err)
{
	climb_find_err(climb, err->kind == ERR_NOT_ENFORCED ? FIND_OURS_REQUIRED : FIND_OURS_UNUSABLE, err);
}

/* The end of the handshake is no answer: the server may judge us after it. Nor is
 * a session ticket, which its TLS library sends. A DICOM PDU is. */
static void
find_undecided(struct climb *climb)
{
	const struct tls_observation *seen = &climb->seen;

	if (!seen->asked || !seen->shown)
		climb_find(climb, FIND_ACCEPTED_UNDECIDED, ERR_NONE,
			"no DICOM answer was received, so it is unknown whether the server accepts us "
			"without a certificate");
	else
		climb_find(climb, FIND_ACCEPTED_UNDECIDED, ERR_NONE,
			"no DICOM answer was received, so it is unknown whether the server accepts our "
			"certificate%s",
			seen->ticket ? " (a session ticket was received, but the TLS library sends that by "
				"itself)" :
			"");
	climb_hint(climb, "See the receiver's log for the cause, the certificate or the association; "
		"--accept-timeout waits longer.");
}

void
accepted_passed(struct climb *climb)
{
	const struct tls_observation *seen = &climb->seen;

	if (climb->facts.answer != ANSWER_DICOM)
		find_undecided(climb);
	else if (!seen->asked || !seen->shown)
		climb_find(climb, FIND_ACCEPTED_WITHOUT, ERR_NONE,
			"the server accepts us without a certificate: it answered in DICOM");
	else
		climb_find(climb, FIND_ACCEPTED_OK, ERR_NONE,
			"the server accepts our certificate: it answered in DICOM");
}

void
accepted_failed(struct climb *climb, const struct err *err)
{
	static const struct {
		int alert;
		enum finding_id id;
	} rows[] = {
		{ 43, FIND_CLIENT_WRONG_USE }, { 44, FIND_CLIENT_REVOKED },
		{ 45, FIND_CLIENT_REFUSED_EXPIRED }, { 48, FIND_CLIENT_UNKNOWN_CA },
		{ 116, FIND_CLIENT_REQUIRED },
	};
	enum finding_id id = FIND_CLIENT_REFUSED;

	if (err->kind != ERR_CLIENT_REJECTED)
		id = FIND_ACCEPTED_BROKEN;
	else if (!climb->seen.shown)
		id = FIND_CLIENT_REQUIRED;
	else
		for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
			if (rows[i].alert == err->detail)
				id = rows[i].id;
	climb_find_err(climb, id, err);
}
