/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages over an association that stands (PS3.7 9, PS3.8 annex E): requests
 * out, responses in. The members of struct association_driver, see there. */
#ifndef MTLS_DCMTK_TRANSFER_H
#define MTLS_DCMTK_TRANSFER_H

#include "dcmtk/association.h"

enum send_outcome transfer_send(struct association *assoc, const struct instance *instance,
	uint16_t message_id, struct send_facts *facts, struct err *err);
void transfer_announce(struct association *assoc, const struct instance *const *next, size_t count);
int transfer_drain(struct association *assoc, struct store_answer *answer, struct err *err);
int transfer_echo(struct association *assoc, struct command_rsp *rsp, int64_t *rtt_us, struct err *err);

#endif
