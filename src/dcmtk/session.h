/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared by association.cc and transfer.cc: the internals of an association. For src/dcmtk only. */
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
	const struct instance *next[ANNOUNCE_MAX] = {}; /* probably to be sent next, in that order */
	size_t next_count = 0;
	std::deque<std::unique_ptr<Dataset>> ahead; /* those of their data sets that are being decoded */
	size_t pdv_max = 0; /* payload bytes per PDV, even */
	const uint8_t *pdvs = nullptr; /* the rest of the last PDU */
	size_t pdvs_left = 0; /* bytes of them */
};

/* Messages over an open association (PS3.7 9, PS3.8 annex E): requests and responses. These are members of
 * struct association_driver; see there. */
enum send_outcome transfer_send(struct association *assoc, const struct instance *instance,
	uint16_t message_id, struct send_facts *facts, struct err *err);
void transfer_announce(struct association *assoc, const struct instance *const *next, size_t count);
int transfer_drain(struct association *assoc, struct store_answer *answer, struct err *err);
int transfer_echo(struct association *assoc, struct command_rsp *rsp, int64_t *rtt_us, struct err *err);

/* No exception crosses into C. The functions of association_dcmtk only throw if there is no memory. Returns
 * -1. */
int session_gave_up(const std::exception &thrown, struct err *err);

#endif
