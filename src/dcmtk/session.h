/* SPDX-License-Identifier: BSD-3-Clause */
/* What association.cc and transfer.cc share: one association's inside. For src/dcmtk only. */
#ifndef MTLS_DCMTK_SESSION_H
#define MTLS_DCMTK_SESSION_H

#include "dcmtk/association.h"

#include <deque>
#include <exception>
#include <memory>

#include "dcmtk/connection.h"
#include "dcmtk/dataset.h"

extern "C" {
#include "decode/decoder.h"
}

struct association {
	association(const struct association_request *wanted, struct channel *channel)
	    : request(wanted), connection(wanted, channel)
	{
	}
	~association();

	const struct association_request *request;
	Connection connection;
	T_ASC_Network *network = nullptr;
	T_ASC_Association *asc = nullptr;
	const char *accepted[PLAN_CONTEXTS_MAX] = {};
	char accepted_uids[PLAN_CONTEXTS_MAX][UID_MAX + 1];
	struct decoder *decoder = nullptr; /* for what has to be decompressed */
	const struct instance *next[ANNOUNCE_MAX] = {}; /* to be sent, probably, in that order */
	size_t next_count = 0;
	std::deque<std::unique_ptr<Dataset>> ahead; /* those data sets of them that decoders are at work on */
	size_t pdv_max = 0; /* payload bytes per PDV, even */
	const uint8_t *pdvs = nullptr; /* those of the last PDU that are still to be taken */
	size_t pdvs_left = 0; /* bytes of them */
};

/* Messages over an association that stands (PS3.7 9, PS3.8 annex E): requests out, responses in. The
 * members of struct association_driver, see there. */
enum send_outcome transfer_send(struct association *assoc, const struct instance *instance,
	uint16_t message_id, struct send_facts *facts, struct err *err);
void transfer_announce(struct association *assoc, const struct instance *const *next, size_t count);
int transfer_drain(struct association *assoc, struct store_answer *answer, struct err *err);
int transfer_echo(struct association *assoc, struct command_rsp *rsp, int64_t *rtt_us, struct err *err);

/* No exception crosses into C. What is thrown in the functions of association_dcmtk is a want of
 * memory. Returns -1. */
int session_gave_up(const std::exception &thrown, struct err *err);

#endif
