/* SPDX-License-Identifier: BSD-3-Clause */
/* A certificate chain as it is drawn: from the anchor down to the leaf, with missing certificates marked. */
#ifndef MTLS_REPORT_CHAINTREE_H
#define MTLS_REPORT_CHAINTREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/certificate.h"
#include "report/check_report.h"

struct chaintree_node {
	const struct certificate *certificate; /* NULL: missing */
	const char *subject;		       /* also of a missing one: its child's issuer */
	bool sent;
	bool unrelated; /* sent, but it issued none of the others */
};

#define CHAINTREE_MAX (CERTIFICATES_MAX + 1)

struct chaintree {
	struct chaintree_node nodes[CHAINTREE_MAX]; /* each the issuer of the next; unrelated ones last */
	unsigned count;
	bool ours; /* the chain that we send, not the one that we receive */
	int warn_days, crit_days;
};

/* Follow the issuers from the leaf, in whatever order the chain came. The tree points into the chain. */
void chaintree_grow(struct chaintree *tree, const struct certificate_chain *chain, bool ours,
	const struct check_report *report);

/* Where the node comes from and what anchors it: "sent", "in truststore.p12 (dicom-ca), the anchor".
 * Returns the severity. */
enum severity chaintree_origin(char *out, size_t size, const struct chaintree *tree, unsigned at);

/* "824 days left, until 2029-02-25 12:21 UTC", "expired 3 days ago, on ...". Likewise. */
enum severity chaintree_validity(char *out, size_t size, const struct chaintree *tree, unsigned at);

/* "RSA 2048 bits, signed with sha256WithRSAEncryption". Likewise: a weak one is a warning. */
enum severity chaintree_strength(char *out, size_t size, const struct chaintree *tree, unsigned at);

#endif
