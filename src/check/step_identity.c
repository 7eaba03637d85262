/* SPDX-License-Identifier: BSD-3-Clause */
/* Who the server is, who we are, and whether it accepts us: server identity, our identity, accepted. */
#include "check/steps.h"

#include <string.h>

#include "base/text.h"

#define IRIS_VERIFY "in the IRIS TLS configuration, set Client certificate verification to Require"

#define SKEW_MAX (INT64_C(24) * 60 * 60) /* seconds: with more, the certificate is meant to begin later */

/* Everything that it sent: what we trust is checked in the stores. */
static void
find_weak(struct checker *checker, const struct certificate_chain *chain)
{
	for (unsigned i = 0; i < chain->sent && i < chain->count; i++) {
		const struct certificate *cert = &chain->items[i];

		if (cert->key_weak) {
			checker_add(checker, FIND_SERVER_WEAK_KEY, ERR_NONE, "%s has a weak key: %s",
				cert->subject, cert->key);
			checker_hint(checker, "Have the receiver use a certificate with an RSA key of 2048 "
				"bits or more, or an EC key.");
		}
		if (cert->signature_weak) {
			checker_add(checker, FIND_SERVER_WEAK_SIGNATURE, ERR_NONE,
				"%s is signed with %s, which can be forged", cert->subject, cert->signature);
			checker_hint(checker, "Have it reissued with a SHA-256 signature or better.");
		}
	}
}

/* A certificate of the server's chain: one that it sent, or the anchor in our trust store. */
static void
find_expiry_of(struct checker *checker, const struct certificate *cert, bool leaf, bool sent)
{
	bool critical = cert->days_left < checker->job->crit_days;

	if (cert->days_left >= checker->job->warn_days && !critical)
		return;
	checker_add(checker, critical ? FIND_SERVER_EXPIRES_CRITICAL : FIND_SERVER_EXPIRES, ERR_NONE,
		"%s expires in %d day%s, on %s", cert->subject, cert->days_left, TEXT_PLURAL(cert->days_left),
		cert->not_after);
	checker_brief(checker, "%s expires in %d day%s", leaf ? "the server's certificate" :
		"a certificate above the server's", cert->days_left, TEXT_PLURAL(cert->days_left));
	checker_hint(checker, "%s", sent ? "Have the receiver's administrator renew it before then." :
		"Add the CA's next certificate to the --trust-store before then.");
	if (!sent)
		checker->last->side = SIDE_HERE;
	if (critical)
		checker_critical(checker, ERR_UNTRUSTED);
}

static void
find_expiry(struct checker *checker, const struct certificate_chain *chain)
{
	bool used[CERTIFICATES_MAX];

	chain_in_use(chain, used);
	for (unsigned i = 0; i < chain->count; i++)
		if (used[i])
			find_expiry_of(checker, &chain->items[i], i == 0, i < chain->sent);
}

/* Warnings about the server's own certificate. */
static void
find_leaf(struct checker *checker, const struct certificate *leaf)
{
	const struct endpoint *endpoint = checker->job->request.endpoint;

	if (!leaf->purpose_said || !leaf->for_server) {
		checker_add(checker, FIND_SERVER_NO_USE, ERR_NONE,
			"%s does not say that it is for TLS servers (extendedKeyUsage serverAuth)",
			leaf->subject);
		checker_hint(checker, "Have it reissued with extendedKeyUsage=serverAuth; other clients may "
			"refuse it.");
	}
	if (leaf->wildcard) {
		checker_add(checker, FIND_SERVER_WILDCARD, ERR_NONE,
			"%s is for a wildcard (%s): its key is valid for all those hosts",
			leaf->subject, leaf->names);
		checker_hint(checker, "Use a certificate for this host only.");
	}
	if (!endpoint->check_host) {
		checker_add(checker, FIND_SERVER_HOST_UNCHECKED, ERR_NONE, "--tls-no-host-check: any host "
			"with a trusted certificate can impersonate the receiver");
		checker_hint(checker, "Omit it, or give the name in the certificate with --tls-host.");
	}
}

static void
find_chain(struct checker *checker, const struct certificate_chain *chain)
{
	if (chain->out_of_order) {
		checker_add(checker, FIND_SERVER_CHAIN_ORDER, ERR_NONE,
			"the server sends its chain out of order");
		checker_hint(checker, "In the receiver's certificate file, put the server's certificate "
			"first and each certificate before its issuer's (RFC 5246 7.4.2).");
	}
	if (chain->root_sent) {
		checker_add(checker, FIND_SERVER_ROOT_SENT, ERR_NONE,
			"the server also sends its root certificate (harmless)");
		checker_hint(checker, "Remove the root from the receiver's certificate file, unless its TLS "
			"library adds it from the trusted CAs.");
	}
}

/* A new certificate that is not valid here yet shows that the clocks differ. */
static void
find_skew(struct checker *checker)
{
	int64_t skew = checker->observed.clock_skew_s;

	if (skew <= 0 || skew > SKEW_MAX)
		return;
	checker_add(checker, FIND_CLOCK_SKEW, ERR_NONE, "the server's certificate becomes valid in %lld "
		"minutes: this machine's clock is probably slow", (long long)(skew + 59) / 60);
	checker_hint(checker, "Compare the clocks of both sides; use NTP.");
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
server_passed(struct checker *checker)
{
	const struct tls_observation *observed = &checker->observed;
	const struct certificate_chain *chain = &observed->server;
	const struct certificate *leaf = &chain->items[0];
	char anchor[320];

	if (chain->count == 0) {
		checker_add(checker, FIND_SERVER_OK, ERR_NONE, "the server's chain is in order");
		return;
	}
	checker_add(checker, FIND_SERVER_OK, ERR_NONE, "%s, %s%s%d day%s left%s%s", leaf->subject,
		leaf->names, leaf->names[0] ? ", " : "", leaf->days_left, TEXT_PLURAL(leaf->days_left),
		anchor_text(chain, anchor, sizeof anchor),
		observed->revocation_checked ? ", not revoked" : ", revocation not checked");
	find_expiry(checker, chain);
	find_weak(checker, chain);
	find_leaf(checker, leaf);
	find_chain(checker, chain);
	find_skew(checker);
	if (observed->ocsp == OCSP_GOOD)
		checker_add(checker, FIND_OCSP_OK, ERR_NONE, "the stapled OCSP response says good%s%s",
			observed->ocsp_text[0] ? ": " : "", observed->ocsp_text);
	checker_add_tls_warnings(checker);
}

/* The chain could not be built: is an intermediate certificate missing, or is the CA unknown? */
static enum finding_id
missing_issuer(const struct err *err)
{
	/* tls/explain decides this from certificates that are not available here, and its text says so. */
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

/* How long ago it expired, if it did. */
static void
brief_expired(struct checker *checker, const struct err *err)
{
	const struct certificate_chain *chain = &checker->observed.server;

	if (err->detail != X509_V_ERR_CERT_HAS_EXPIRED)
		return;
	for (unsigned i = 0; i < chain->count; i++)
		if (chain->items[i].days_left < 0) {
			checker_brief(checker, "%s expired %d day%s ago", i == 0 ?
				"the server's certificate" :
				"a certificate above the server's", -chain->items[i].days_left,
				TEXT_PLURAL(-chain->items[i].days_left));
			return;
		}
}

void
server_failed(struct checker *checker, const struct err *err)
{
	checker_add_err(checker, server_finding(err), err);
	brief_expired(checker, err);
	if (strstr(err->hint, "--tls-host"))
		/* the certificate may be correct and the requested name wrong */
		checker->last->side = SIDE_HERE;
	find_skew(checker);
}

/* "\"CN=A\", \"CN=B\" and 3 more" */
static const char *
wanted_text(const struct tls_observation *observed, char *out, size_t size)
{
	out[0] = '\0';
	for (unsigned i = 0; i < observed->wanted_count && i < 3; i++)
		text_join(out, size, ", ", "\"%s\"", observed->wanted[i]);
	if (observed->wanted_count > 3)
		text_join(out, size, "", " and %u more", observed->wanted_count - 3);
	return out;
}

void
ours_passed(struct checker *checker)
{
	const struct tls_observation *observed = &checker->observed;
	const struct certificate *leaf = &observed->ours.items[0];
	char wanted[600];

	if (!observed->asked) {
		checker_add(checker, FIND_OURS_NOT_ASKED, ERR_NONE,
			"the server did not ask for a certificate: it does not authenticate clients");
		checker_hint(checker, "For mutual TLS, " IRIS_VERIFY ".");
		return;
	}
	if (!observed->shown || observed->ours.count == 0) {
		checker_add(checker, FIND_OURS_NONE, ERR_NONE,
			"the server asked for a certificate and we have none");
		checker_hint(checker, "Give ours with --key-store.");
		return;
	}
	checker_add(checker, FIND_OURS_OK, ERR_NONE, "%s, issued by %s, %d day%s left, %u certificate%s sent",
		leaf->subject, leaf->issuer, leaf->days_left, TEXT_PLURAL(leaf->days_left),
		observed->ours.sent, TEXT_PLURAL(observed->ours.sent));
	if (observed->ours_fits)
		return;
	checker_add(checker, FIND_OURS_UNLISTED, ERR_NONE, "no CA of our chain is among those that the "
		"server names: %s", wanted_text(observed, wanted, sizeof wanted));
	checker_hint(checker, "Have the receiver's administrator add our CA to those it trusts (IRIS: "
		"Trusted CA certificate(s)), or show a certificate from one of them.");
}

void
ours_failed(struct checker *checker, const struct err *err)
{
	checker_add_err(checker, err->kind == ERR_NOT_ENFORCED ? FIND_OURS_REQUIRED : FIND_OURS_UNUSABLE,
		err);
}

/* The end of the handshake is no answer: the server may check us after it. Nor is
 * a session ticket, which its TLS library sends. A DICOM PDU is. */
static void
find_undecided(struct checker *checker)
{
	const struct tls_observation *observed = &checker->observed;

	if (!observed->asked || !observed->shown)
		checker_add(checker, FIND_ACCEPTED_UNDECIDED, ERR_NONE, "no DICOM answer was received, so it "
			"is unknown whether the server accepts us without a certificate");
	else
		checker_add(checker, FIND_ACCEPTED_UNDECIDED, ERR_NONE,
			"no DICOM answer was received, so it is unknown whether the server accepts our "
			"certificate%s",
			observed->ticket ?
				" (a session ticket was received, but the TLS library sends that by "
				"itself)" :
			"");
	checker_hint(checker, "See the receiver's log for the cause, the certificate or the association; "
		"--accept-timeout waits longer.");
}

void
accepted_passed(struct checker *checker)
{
	const struct tls_observation *observed = &checker->observed;

	if (checker->facts.answer != ANSWER_DICOM)
		find_undecided(checker);
	else if (!observed->asked || !observed->shown)
		checker_add(checker, FIND_ACCEPTED_WITHOUT, ERR_NONE,
			"the server accepts us without a certificate: it answered in DICOM");
	else
		checker_add(checker, FIND_ACCEPTED_OK, ERR_NONE,
			"the server accepts our certificate: it answered in DICOM");
}

void
accepted_failed(struct checker *checker, const struct err *err)
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
	else if (!checker->observed.shown)
		id = FIND_CLIENT_REQUIRED;
	else
		for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
			if (rows[i].alert == err->detail)
				id = rows[i].id;
	checker_add_err(checker, id, err);
}
