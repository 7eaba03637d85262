/* SPDX-License-Identifier: BSD-3-Clause */
/* What is in the stores: no packet is sent, so it can run from cron. */
#include "check/steps.h"

#include <string.h>

#include "base/text.h"

/* "our certificate" */
static const char *
whose_certificate(bool leaf)
{
	return leaf ? "our certificate" : "a certificate above ours";
}

static void
find_client_expiry(struct checker *checker, const struct certificate *cert, bool leaf)
{
	bool critical = cert->days_left < checker->job->crit_days;

	if (cert->days_left < 0 || (cert->days_left >= checker->job->warn_days && !critical))
		return;
	checker_add(checker, critical ? FIND_CLIENT_EXPIRES_CRITICAL : FIND_CLIENT_EXPIRES, ERR_NONE,
		"%s expires in %d day%s, on %s", cert->subject, cert->days_left, TEXT_PLURAL(cert->days_left),
		cert->not_after);
	checker_brief(checker, "%s expires in %d day%s", whose_certificate(leaf), cert->days_left,
		TEXT_PLURAL(cert->days_left));
	checker_hint(checker, "Have it renewed, and put the new one into the --key-store.");
	if (critical)
		checker_critical(checker, ERR_CREDENTIALS);
}

/* One certificate that we would send. */
static void
find_client(struct checker *checker, const struct certificate *cert)
{
	if (cert->key_weak) {
		checker_add(checker, FIND_CLIENT_WEAK_KEY, ERR_NONE, "%s has a weak key: %s", cert->subject,
			cert->key);
		checker_hint(checker, "Create an RSA key of 2048 bits or more, or an EC key, and get a "
			"certificate for it.");
	}
	if (cert->signature_weak) {
		checker_add(checker, FIND_CLIENT_WEAK_SIGNATURE, ERR_NONE, "%s is signed with %s, which many "
			"receivers refuse", cert->subject, cert->signature);
		checker_hint(checker, "Have it reissued with a SHA-256 signature or better.");
	}
}

/* One of several keys, which cannot be used now; if it were the only one, loading would have failed. */
static void
find_dates(struct checker *checker, const struct certificate *leaf)
{
	if (checker->job->credentials_err.kind != ERR_NONE || (leaf->days_left >= 0 && !leaf->early))
		return;
	checker_add(checker, FIND_CLIENT_KEYS_LEFT_OUT, ERR_NONE, "%s %s %s, so it cannot be used",
		leaf->subject, leaf->early ? "is not valid before" : "expired on",
		leaf->early ? leaf->not_before : leaf->not_after);
	checker_hint(checker, "Remove it from the --key-store, or have it renewed.");
}

/* A certificate above ours that we send with it: receivers check its dates, too. */
static void
find_dates_above(struct checker *checker, const struct certificate *leaf, const struct certificate *above)
{
	if (above->days_left >= 0 && !above->early)
		return;
	checker_add(checker, above->early ? FIND_CLIENT_EARLY : FIND_CLIENT_EXPIRED, ERR_CREDENTIALS,
		"%s, the CA that we send above %s, %s %s", above->subject, leaf->subject,
		above->early ? "is not valid before" : "expired on",
		above->early ? above->not_before : above->not_after);
	if (!above->early)
		checker_brief(checker, "a certificate above ours expired %d day%s ago", -above->days_left,
			TEXT_PLURAL(-above->days_left));
	checker_hint(checker, "Replace it with the CA's current certificate in the --key-store.");
}

static void
find_key(struct checker *checker, const struct credentials_key *key)
{
	const struct certificate *leaf = &key->chain.items[0];
	bool used[CERTIFICATES_MAX];

	find_dates(checker, leaf);
	chain_in_use(&key->chain, used);
	for (unsigned i = 0; i < key->chain.count; i++) {
		const struct certificate *cert = &key->chain.items[i];

		if (used[i])
			find_client_expiry(checker, cert, i == 0);
		if (i < key->chain.sent)
			find_client(checker, cert);
		if (i > 0 && i < key->chain.sent)
			find_dates_above(checker, leaf, cert);
	}
	if (leaf->purpose_said && leaf->for_client)
		return;
	checker_add(checker, FIND_CLIENT_NO_USE, ERR_NONE,
		"%s does not say that it is for TLS clients (extendedKeyUsage clientAuth)", leaf->subject);
	checker_hint(checker, "Have it reissued with extendedKeyUsage=clientAuth; many receivers refuse it "
		"otherwise.");
}

static void
find_keys(struct checker *checker)
{
	const struct check_job *job = checker->job;
	const char *alias = job->tls_config ? job->tls_config->key_alias : NULL;
	struct credentials_key key;
	size_t n = 0;

	for (; credentials_describe_key(job->credentials, alias, n, &key); n++) {
		const struct certificate *best = &checker->report->ours.items[0], *leaf = &key.chain.items[0];

		if (n == 0 || ((best->days_left < 0 || best->early) && leaf->days_left >= 0 && !leaf->early))
			checker->report->ours = key.chain;
		find_key(checker, &key);
	}
	if (!job->credentials->keys && job->credentials_err.kind == ERR_NONE) {
		checker_add(checker, FIND_CLIENT_NONE, ERR_NONE,
			"there is no --key-store, so no certificate can be sent");
		checker_hint(checker, "A receiver that requires mutual TLS will refuse; give a certificate "
			"with --key-store.");
	} else if (credentials_left_out(job->credentials)[0]) {
		checker_add(checker, FIND_CLIENT_KEYS_LEFT_OUT, ERR_NONE, "keys that cannot be used: %s",
			credentials_left_out(job->credentials));
		checker_hint(checker, "Give their password with --key-pass, or name the key to use with "
			"--key-alias.");
	}
}

static void
find_anchor(struct checker *checker, const struct certificate *cert)
{
	char where[300];

	text_format(where, sizeof where, cert->store[0] ? " in %s" : "%s", cert->store);
	if (cert->days_left < 0) {
		checker_add(checker, FIND_ANCHOR_EXPIRED, ERR_NONE, "the trusted %s%s expired on %s",
			cert->subject, where, cert->not_after);
		checker_hint(checker, "Add the CA's current certificate to the --trust-store.");
	} else if (cert->days_left < checker->job->warn_days) {
		checker_add(checker, FIND_ANCHOR_EXPIRES, ERR_NONE, "the trusted %s%s expires in %d day%s",
			cert->subject, where, cert->days_left, TEXT_PLURAL(cert->days_left));
		checker_hint(checker, "Ask the CA for its next certificate.");
	}
	if (cert->key_weak) {
		checker_add(checker, FIND_ANCHOR_WEAK, ERR_NONE, "the trusted %s%s has a weak key: %s",
			cert->subject, where, cert->key);
		checker_hint(checker, "No certificate that it issued will be accepted: ask the CA for a "
			"stronger one.");
	}
}

/* Returns how many there are. */
static size_t
find_anchors(struct checker *checker)
{
	struct certificate cert;
	size_t n = 0;

	for (; credentials_describe_anchor(checker->job->credentials, n, &cert); n++)
		find_anchor(checker, &cert);
	return n;
}

static size_t
find_crls(struct checker *checker)
{
	struct credentials_crl crl;
	size_t n = 0;

	for (; credentials_describe_crl(checker->job->credentials, n, &crl); n++) {
		if (crl.overdue || crl.early) {
			checker_add(checker, FIND_CRL_OVERDUE, ERR_NONE, "the revocation list of %s %s %s",
				crl.issuer, crl.overdue ? "expired on" : "is not valid before",
				crl.overdue ? crl.next_update : crl.this_update);
			checker_hint(checker, "Get the CA's current list for --crl-file; until then its "
				"servers are refused.");
		}
		if (crl.revokes_ours) {
			checker_add(checker, FIND_CLIENT_REVOKED_HERE, ERR_NONE,
				"the revocation list of %s lists our own certificate", crl.issuer);
			checker_hint(checker, "Get a new certificate and put it into the --key-store.");
		}
	}
	return n;
}

static void
find_exposed(struct checker *checker)
{
	const struct exposed_file *file = checker->job->exposed;

	for (; file && file->text[0]; file++) {
		checker_add(checker, FIND_FILE_EXPOSED, ERR_NONE, "%s", file->text);
		checker_hint(checker, "%s", file->hint);
	}
}

/* What was loaded, in one line. */
static void
find_summary(struct checker *checker, size_t anchors, size_t crls)
{
	const struct certificate_chain *ours = &checker->report->ours;
	const struct certificate *leaf = &ours->items[0];
	char lists[64] = "";

	if (crls > 0)
		text_format(lists, sizeof lists, ", %zu revocation list%s", crls, TEXT_PLURAL(crls));
	if (ours->count > 0)
		checker_add(checker, FIND_STORES_OK, ERR_NONE,
			"%s, %s, %d day%s left; %zu trusted certificate%s%s", leaf->subject, leaf->key,
			leaf->days_left, TEXT_PLURAL(leaf->days_left), anchors, TEXT_PLURAL(anchors),
			lists);
	else
		checker_add(checker, FIND_STORES_OK, ERR_NONE, "no key; %zu trusted certificate%s%s", anchors,
			TEXT_PLURAL(anchors), lists);
}

/* Why the credentials cannot be used. They were loaded as far as possible. */
static enum finding_id
unusable(const struct checker *checker)
{
	const struct certificate_chain *ours = &checker->report->ours;

	if (ours->count > 0 && ours->items[0].days_left < 0)
		return FIND_CLIENT_EXPIRED;
	if (ours->count > 0 && ours->items[0].early)
		return FIND_CLIENT_EARLY;
	return FIND_STORES_UNUSABLE;
}

static void
find_unusable(struct checker *checker)
{
	const struct certificate_chain *ours = &checker->report->ours;
	enum finding_id id = unusable(checker);

	checker_add_err(checker, id, &checker->job->credentials_err);
	if (id == FIND_CLIENT_EXPIRED)
		checker_brief(checker, "our certificate expired %d day%s ago", -ours->items[0].days_left,
			TEXT_PLURAL(-ours->items[0].days_left));
}

static void
find_all(struct checker *checker)
{
	const struct check_job *job = checker->job;
	size_t anchors, crls;

	if (!job->credentials) {
		checker_add(checker, FIND_STORES_PLAIN, ERR_NONE, "no store is needed without TLS");
		return;
	}
	find_keys(checker);
	anchors = find_anchors(checker);
	crls = find_crls(checker);
	find_exposed(checker);
	if (job->tls_config && job->tls_config->keylog_path) {
		checker_add(checker, FIND_KEYLOG, ERR_NONE,
			"--tls-keylog: anyone who can read that file can decrypt this connection");
		checker_hint(checker, "Omit it once the problem is solved.");
	}
	if (job->credentials_err.kind != ERR_NONE)
		find_unusable(checker);
	else if (!checker->stopped)
		find_summary(checker, anchors, crls);
}

void
step_stores(struct checker *checker)
{
	int64_t start = clock_us();

	checker_begin(checker, STEP_STORES);
	find_all(checker);
	checker_end(checker, clock_us() - start);
}
