/* SPDX-License-Identifier: BSD-3-Clause */
/* What is in the stores: fit for cron, no packet is sent. */
#include "check/rungs.h"

#include <string.h>

#include "base/text.h"

/* "truststore.p12 (dicom-ca)" after a certificate's subject, where it is known. */
static const char *
origin(const struct certificate *cert, char *out, size_t size)
{
	text_format(out, size, cert->store[0] ? " in %s" : "%s", cert->store);
	return out;
}

/* "our certificate" */
static const char *
which(bool leaf)
{
	return leaf ? "our certificate" : "a certificate above ours";
}

static void
find_client_expiry(struct climb *climb, const struct certificate *cert, bool leaf)
{
	bool critical = cert->days_left < climb->job->crit_days;

	if (cert->days_left < 0 || (cert->days_left >= climb->job->warn_days && !critical))
		return;
	climb_find(climb, critical ? FIND_CLIENT_EXPIRES_CRITICAL : FIND_CLIENT_EXPIRES, ERR_NONE,
		"%s expires in %d day%s, on %s", cert->subject, cert->days_left, TEXT_PLURAL(cert->days_left),
		cert->not_after);
	climb_brief(climb, "%s expires in %d day%s", which(leaf), cert->days_left,
		TEXT_PLURAL(cert->days_left));
	climb_hint(climb, "Have it renewed, and put the new one into the --key-store.");
	if (critical)
		climb_critical(climb, ERR_CREDENTIALS);
}

/* One certificate that we would send. */
static void
find_client(struct climb *climb, const struct certificate *cert)
{
	if (cert->key_weak) {
		climb_find(climb, FIND_CLIENT_WEAK_KEY, ERR_NONE, "%s has a weak key: %s", cert->subject,
			cert->key);
		climb_hint(climb, "Create an RSA key of 2048 bits or more, or an EC key, and get a "
			"certificate for it.");
	}
	if (cert->signature_weak) {
		climb_find(climb, FIND_CLIENT_WEAK_SIGNATURE, ERR_NONE, "%s is signed with %s, which many "
			"receivers refuse", cert->subject, cert->signature);
		climb_hint(climb, "Have it reissued with a SHA-256 signature or better.");
	}
}

/* One key of several that cannot be shown now; where it is the only one, loading failed. */
static void
find_dates(struct climb *climb, const struct certificate *leaf)
{
	if (climb->job->credentials_err.kind != ERR_NONE || (leaf->days_left >= 0 && !leaf->early))
		return;
	climb_find(climb, FIND_CLIENT_KEYS_LEFT_OUT, ERR_NONE, "%s %s %s, so it cannot be used",
		leaf->subject, leaf->early ? "is not valid before" : "expired on",
		leaf->early ? leaf->not_before : leaf->not_after);
	climb_hint(climb, "Remove it from the --key-store, or have it renewed.");
}

/* One above ours that we send with it: receivers look at its dates too. */
static void
find_dates_above(struct climb *climb, const struct certificate *leaf, const struct certificate *above)
{
	if (above->days_left >= 0 && !above->early)
		return;
	climb_find(climb, above->early ? FIND_CLIENT_EARLY : FIND_CLIENT_EXPIRED, ERR_CREDENTIALS,
		"%s, the CA that we send above %s, %s %s", above->subject, leaf->subject,
		above->early ? "is not valid before" : "expired on",
		above->early ? above->not_before : above->not_after);
	if (!above->early)
		climb_brief(climb, "a certificate above ours expired %d day%s ago", -above->days_left,
			TEXT_PLURAL(-above->days_left));
	climb_hint(climb, "Replace it with the CA's current certificate in the --key-store.");
}

static void
find_key(struct climb *climb, const struct credentials_key *key)
{
	const struct certificate *leaf = &key->chain.items[0];
	bool used[CERTIFICATES_MAX];

	find_dates(climb, leaf);
	chain_in_use(&key->chain, used);
	for (unsigned i = 0; i < key->chain.count; i++) {
		const struct certificate *cert = &key->chain.items[i];

		if (used[i])
			find_client_expiry(climb, cert, i == 0);
		if (i < key->chain.sent)
			find_client(climb, cert);
		if (i > 0 && i < key->chain.sent)
			find_dates_above(climb, leaf, cert);
	}
	if (leaf->purpose_said && leaf->for_client)
		return;
	climb_find(climb, FIND_CLIENT_NO_USE, ERR_NONE,
		"%s does not say that it is for TLS clients (extendedKeyUsage clientAuth)", leaf->subject);
	climb_hint(climb, "Have it reissued with extendedKeyUsage=clientAuth; many receivers refuse it "
		"otherwise.");
}

static void
find_keys(struct climb *climb)
{
	const struct check_job *job = climb->job;
	const char *alias = job->tls_config ? job->tls_config->key_alias : NULL;
	struct credentials_key key;
	size_t n = 0;

	for (; credentials_describe_key(job->credentials, alias, n, &key); n++) {
		const struct certificate *best = &climb->ladder->ours.items[0], *leaf = &key.chain.items[0];

		if (n == 0 || ((best->days_left < 0 || best->early) && leaf->days_left >= 0 && !leaf->early))
			climb->ladder->ours = key.chain;
		find_key(climb, &key);
	}
	if (!job->credentials->keys && job->credentials_err.kind == ERR_NONE) {
		climb_find(climb, FIND_CLIENT_NONE, ERR_NONE,
			"there is no --key-store, so no certificate can be sent");
		climb_hint(climb, "A receiver that requires mutual TLS will refuse; give a certificate "
			"with --key-store.");
	} else if (credentials_left_out(job->credentials)[0]) {
		climb_find(climb, FIND_CLIENT_KEYS_LEFT_OUT, ERR_NONE, "keys that cannot be used: %s",
			credentials_left_out(job->credentials));
		climb_hint(climb, "Give their password with --key-pass, or name the key to use with "
			"--key-alias.");
	}
}

static void
find_anchor(struct climb *climb, const struct certificate *cert)
{
	char where[300];

	origin(cert, where, sizeof where);
	if (cert->days_left < 0) {
		climb_find(climb, FIND_ANCHOR_EXPIRED, ERR_NONE, "the trusted %s%s expired on %s",
			cert->subject, where, cert->not_after);
		climb_hint(climb, "Add the CA's current certificate to the --trust-store.");
	} else if (cert->days_left < climb->job->warn_days) {
		climb_find(climb, FIND_ANCHOR_EXPIRES, ERR_NONE, "the trusted %s%s expires in %d day%s",
			cert->subject, where, cert->days_left, TEXT_PLURAL(cert->days_left));
		climb_hint(climb, "Ask the CA for its next certificate.");
	}
	if (cert->key_weak) {
		climb_find(climb, FIND_ANCHOR_WEAK, ERR_NONE, "the trusted %s%s has a weak key: %s",
			cert->subject, where, cert->key);
		climb_hint(climb, "No certificate that it issued will be accepted: ask the CA for a "
			"stronger one.");
	}
}

/* Returns how many there are. */
static size_t
find_anchors(struct climb *climb)
{
	struct certificate cert;
	size_t n = 0;

	for (; credentials_describe_anchor(climb->job->credentials, n, &cert); n++)
		find_anchor(climb, &cert);
	return n;
}

static size_t
find_crls(struct climb *climb)
{
	struct credentials_crl crl;
	size_t n = 0;

	for (; credentials_describe_crl(climb->job->credentials, n, &crl); n++) {
		if (crl.overdue || crl.early) {
			climb_find(climb, FIND_CRL_OVERDUE, ERR_NONE, "the revocation list of %s %s %s",
				crl.issuer, crl.overdue ? "expired on" : "is not valid before",
				crl.overdue ? crl.next_update : crl.this_update);
			climb_hint(climb, "Get the CA's current list for --crl-file; until then its "
				"servers are refused.");
		}
		if (crl.revokes_ours) {
			climb_find(climb, FIND_CLIENT_REVOKED_HERE, ERR_NONE,
				"the revocation list of %s lists our own certificate", crl.issuer);
			climb_hint(climb, "Get a new certificate and put it into the --key-store.");
		}
	}
	return n;
}

static void
find_exposed(struct climb *climb)
{
	const struct exposed_file *file = climb->job->exposed;

	for (; file && file->text[0]; file++) {
		climb_find(climb, FIND_FILE_EXPOSED, ERR_NONE, "%s", file->text);
		climb_hint(climb, "%s", file->hint);
	}
}

/* What was loaded, told in one line. */
static void
find_summary(struct climb *climb, size_t anchors, size_t crls)
{
	const struct certificate_chain *ours = &climb->ladder->ours;
	const struct certificate *leaf = &ours->items[0];
	char lists[64] = "";

	if (crls > 0)
		text_format(lists, sizeof lists, ", %zu revocation list%s", crls, TEXT_PLURAL(crls));
	if (ours->count > 0)
		climb_find(climb, FIND_STORES_OK, ERR_NONE,
			"%s, %s, %d day%s left; %zu trusted certificate%s%s", leaf->subject, leaf->key,
			leaf->days_left, TEXT_PLURAL(leaf->days_left), anchors, TEXT_PLURAL(anchors),
			lists);
	else
		climb_find(climb, FIND_STORES_OK, ERR_NONE, "no key; %zu trusted certificate%s%s", anchors,
			TEXT_PLURAL(anchors), lists);
}

/* Why the credentials cannot be used. What they hold was loaded as far as possible. */
static enum finding_id
unusable(const struct climb *climb)
{
	const struct certificate_chain *ours = &climb->ladder->ours;

	if (ours->count > 0 && ours->items[0].days_left < 0)
		return FIND_CLIENT_EXPIRED;
	if (ours->count > 0 && ours->items[0].early)
		return FIND_CLIENT_EARLY;
	return FIND_STORES_UNUSABLE;
}

static void
find_unusable(struct climb *climb)
{
	const struct certificate_chain *ours = &climb->ladder->ours;
	enum finding_id id = unusable(climb);

	climb_find_err(climb, id, &climb->job->credentials_err);
	if (id == FIND_CLIENT_EXPIRED)
		climb_brief(climb, "our certificate expired %d day%s ago", -ours->items[0].days_left,
			TEXT_PLURAL(-ours->items[0].days_left));
}

static void
find_all(struct climb *climb)
{
	const struct check_job *job = climb->job;
	size_t anchors, crls;

	if (!job->credentials) {
		climb_find(climb, FIND_STORES_PLAIN, ERR_NONE, "no store is needed without TLS");
		return;
	}
	find_keys(climb);
	anchors = find_anchors(climb);
	crls = find_crls(climb);
	find_exposed(climb);
	if (job->tls_config && job->tls_config->keylog_path) {
		climb_find(climb, FIND_KEYLOG, ERR_NONE,
			"--tls-keylog: anyone who can read that file can decrypt this connection");
		climb_hint(climb, "Omit it once the problem is solved.");
	}
	if (job->credentials_err.kind != ERR_NONE)
		find_unusable(climb);
	else if (!climb_is_over(climb))
		find_summary(climb, anchors, crls);
}

void
rung_stores(struct climb *climb)
{
	int64_t start = clock_us();

	climb_begin(climb, RUNG_STORES);
	find_all(climb);
	climb_end(climb, clock_us() - start);
}
