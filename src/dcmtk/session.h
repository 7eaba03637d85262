/* SPDX-License-Identifier: BSD-3-Clause */
/* What association.cc and transfer.cc share: one association's inside. For the wing alone. */
#ifndef MTLS_DCMTK_SESSION_H
#define MTLS_DCMTK_SESSION_H

#include "dcmtk/association.h"

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmnet/assoc.h"
#include "dcmtk/connection.h"

#define DCMTK_PATIENCE 1000000	/* s; our own deadlines rule, see PduPipe */

struct association {
	const struct association_request *request;
	struct channel *channel;
	PduPipe *pipe;
	ChannelLayer *layer;
	T_ASC_Network *network;
	T_ASC_Association *asc;
	const char *accepted[PLAN_CONTEXTS_MAX];
	char accepted_uids[PLAN_CONTEXTS_MAX][UID_MAX + 1];
	size_t pdv_max; /* payload bytes per PDV, even */
	const uint8_t *pdvs; /* those of the last PDU that are still to be taken */
	size_t pdvs_left;    /* bytes of them */
	unsigned outstanding;
	unsigned window = 1; /* of those at most */
};

/* What we were at: for the sentence, should it fail. */
struct step {
	const char *doing;
	const char *phase;
	int64_t timeout;	/* ms, WAIT_FOREVER if it has none of its own */
	const char *option;	/* that sets it */
};

/* Why the association ended at this step: the first, most specific cause. Returns -1. */
int session_explain_end(struct association *assoc, const struct step *step, OFCondition cond,
	struct err *err);

#endif
