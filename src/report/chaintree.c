/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/chaintree.h"

#include <string.h>

#include "base/text.h"

/* An unused certificate that issued `child`; count if there is none. */
static unsigned
find_issuer(const struct certificate_chain *chain, const struct certificate *child, const bool *used)
{
	unsigned i = 0;

	while (i < chain->count && (used[i] || strcmp(chain->items[i].subject, child->issuer) != 0))
		i++;
	return i;
}

static void
add_item(struct chaintree *tree, const struct certificate_chain *chain, unsigned i, bool unrelated)
{
	tree->nodes[tree->count++] = (struct chaintree_node){ .certificate = &chain->items[i],
		.subject = chain->items[i].subject, .sent = i < chain->sent, .unrelated = unrelated };
}

static void
reverse(struct chaintree_node *nodes, unsigned count)
{
	for (unsigned i = 0; i < count / 2; i++) {
		struct chaintree_node node = nodes[i];

		nodes[i] = nodes[count - 1 - i];
		nodes[count - 1 - i] = node;
	}
}

void
chaintree_grow(struct chaintree *tree, const struct certificate_chain *chain, bool ours,
	const struct check_report *report)
{
	bool used[CERTIFICATES_MAX] = { false };
	const struct certificate *last = NULL;

	*tree = (struct chaintree){ .ours = ours, .warn_days = report->warn_days,
		.crit_days = report->crit_days };
	for (unsigned i = 0; i < chain->count; i = find_issuer(chain, last, used)) {
		used[i] = true;
		last = &chain->items[i];
		add_item(tree, chain, i, false);
		if (last->self_signed)
			break;
	}
	if (last && !last->self_signed && !last->store[0] && !chain->complete)
		tree->nodes[tree->count++] = (struct chaintree_node){ .subject = last->issuer };
	reverse(tree->nodes, tree->count);
	for (unsigned i = 0; i < chain->count; i++)
		if (!used[i])
			add_item(tree, chain, i, true);
}

static bool
is_anchored(const struct chaintree *tree)
{
	for (unsigned i = 0; i < tree->count; i++)
		if (tree->nodes[i].certificate && tree->nodes[i].certificate->store[0])
			return true;
	return false;
}

/* For our chain, the store is where the certificate was found; only the receiver decides on its anchor. */
static enum severity
origin_of_ours(char *out, size_t size, const struct chaintree_node *node)
{
	const char *store = node->certificate ? node->certificate->store : "";

	if (!node->certificate)
		text_format(out, size, "not available here: the receiver must have it");
	else if (*store)
		text_format(out, size, "%s; found in %s", node->sent ? "sent" : "not sent", store);
	else
		text_format(out, size, "%s", node->sent ? "sent" : "not sent");
	return FINDING_OK;
}

enum severity
chaintree_origin(char *out, size_t size, const struct chaintree *tree, unsigned at)
{
	const struct chaintree_node *node = &tree->nodes[at];
	const struct certificate *certificate = node->certificate;

	if (node->unrelated) {
		text_format(out, size, "sent, but not part of this chain");
		return FINDING_WARNING;
	}
	if (tree->ours)
		return origin_of_ours(out, size, node);
	if (!certificate) {
		text_format(out, size, "missing: not sent, and not in a trust store");
		return FINDING_FAILED;
	}
	if (certificate->store[0]) {
		text_format(out, size, "%strusted: in %s", node->sent ? "sent; " : "", certificate->store);
		return FINDING_OK;
	}
	if (at == 0 && !is_anchored(tree)) {
		text_format(out, size, "%snot trusted: not in a trust store", node->sent ? "sent; " : "");
		return FINDING_FAILED;
	}
	text_format(out, size, "%s", node->sent ? "sent" : "found in a store, not sent");
	return FINDING_OK;
}

enum severity
chaintree_validity(char *out, size_t size, const struct chaintree *tree, unsigned at)
{
	const struct certificate *certificate = tree->nodes[at].certificate;
	int days = certificate->days_left;

	if (certificate->early) {
		text_format(out, size, "not valid before %s", certificate->not_before);
		return FINDING_FAILED;
	}
	if (days < 0) {
		text_format(out, size, "expired %ld day%s ago, on %s", -(long)days, TEXT_PLURAL(-(long)days),
			certificate->not_after);
		return FINDING_FAILED;
	}
	text_format(out, size, "%d day%s left, until %s", days, TEXT_PLURAL(days), certificate->not_after);
	if (days < tree->crit_days)
		return FINDING_FAILED;
	return days < tree->warn_days ? FINDING_WARNING : FINDING_OK;
}

enum severity
chaintree_strength(char *out, size_t size, const struct chaintree *tree, unsigned at)
{
	const struct certificate *certificate = tree->nodes[at].certificate;

	text_format(out, size, "%s%s, signed with %s%s", certificate->key,
		certificate->key_weak ? " (weak)" : "", certificate->signature,
		certificate->signature_weak ? " (weak)" : "");
	return certificate->key_weak || certificate->signature_weak ? FINDING_WARNING : FINDING_OK;
}
