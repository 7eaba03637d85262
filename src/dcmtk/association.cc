/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/association.h"

#include <memory>
#include <new>
#include <string.h>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmnet/assoc.h"
#include "dcmtk/dcmnet/cond.h"
#include "dcmtk/dcmnet/dul.h"
#include "dcmtk/dataset.h"
#include "dcmtk/session.h"
#include "dcmtk/warnings.h"

extern "C" {
#include "base/text.h"
#include "dicom/pdu.h"
#include "dicom/status.h"
#include "dicom/userinfo.h"
#include "net/history.h"
}

/* Our implementation identification (PS3.7 D.3.3.2): a UID made from a UUID (PS3.5 B.2), and VERSION_NAME. */
#define IMPLEMENTATION_UID "2.25.93908579203948054530229434995768776469"
static_assert(sizeof VERSION_NAME <= 16 + 1, "an implementation version name has at most 16 characters");

#define PDV_OVERHEAD 12		/* bytes of the headers of a PDU and its PDV */
#define ABORT_TIMEOUT 500	/* ms that the peer has to notice an A-ABORT */

association::~association()
{
	if (asc)
		ASC_destroyAssociation(&asc);
	if (network)
		ASC_dropNetwork(&network);
	ahead.clear();
	decoder_free(decoder);
}

int
session_gave_up(const std::exception &thrown, struct err *err)
{
	return err_set(err, ERR_INTERNAL, "the DICOM layer failed: %s", thrown.what());
}

namespace {

int
set_identity(const struct association_request *request, T_ASC_Parameters *params, struct err *err)
{
	const struct secret *secret = request->user_secret;
	const char *user = request->user ? request->user : "";
	OFCondition cond = EC_Normal;

	if (strlen(user) > UINT16_MAX)
		return err_set(err, ERR_USAGE, "--user: the name is longer than DICOM's 65535 bytes");
	if (request->identity != USER_NONE && request->identity != USER_NAME && secret->len > UINT16_MAX)
		return err_set(err, ERR_USAGE, "the user's %s has %zu bytes; DICOM allows 65535 at most",
			request->identity == USER_NAME_PASSWORD ? "password" : "token", secret->len);
	switch (request->identity) {
	case USER_NONE:
		break;
	case USER_NAME:
		cond = ASC_setIdentRQUserOnly(params, user, request->user_response);
		break;
	case USER_NAME_PASSWORD:
		cond = ASC_setIdentRQUserPassword(params, user, OFString(secret->bytes, secret->len),
			request->user_response);
		break;
	case USER_SAML:
	case USER_JWT:
		cond = (request->identity == USER_SAML ? ASC_setIdentRQSaml : ASC_setIdentRQJwt)(
			params, secret->bytes, static_cast<Uint16>(secret->len), request->user_response);
		break;
	}
	if (cond.bad())
		return err_set(err, ERR_INTERNAL, "cannot propose the user identity: %s", cond.text());
	return 0;
}

int
add_contexts(const struct plan *plan, T_ASC_Parameters *params, struct err *err)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_context *context = &plan->contexts[i];
		const char *syntaxes[] = { context->syntaxes[0], context->syntaxes[1] };
		OFCondition cond = ASC_addPresentationContext(params, context->id, context->sop_class,
			syntaxes, *syntaxes[1] ? 2 : 1);

		if (cond.bad())
			return err_set(
				err, ERR_INTERNAL, "cannot propose %s: %s", context->sop_class, cond.text());
	}
	return 0;
}

/* The parameters of our request. NULL with err. */
T_ASC_Parameters *
make_parameters(const struct association_request *request, struct err *err)
{
	T_ASC_Parameters *params = nullptr;
	uint32_t max_pdu = request->max_pdu_receive ? request->max_pdu_receive : ASC_DEFAULTMAXPDU;
	OFCondition cond;

#if PACKAGE_VERSION_NUMBER >= 368
	cond = ASC_createAssociationParameters(&params, static_cast<long>(max_pdu), LOOPBACK_TIMEOUT);
#else
	cond = ASC_createAssociationParameters(&params, static_cast<long>(max_pdu));
#endif
	if (cond.bad()) {
		err_set(err, ERR_INTERNAL, "cannot prepare the association: %s", cond.text());
		return nullptr;
	}
	OFStandard::strlcpy(params->ourImplementationClassUID, IMPLEMENTATION_UID,
		sizeof params->ourImplementationClassUID);
	OFStandard::strlcpy(params->ourImplementationVersionName, VERSION_NAME,
		sizeof params->ourImplementationVersionName);
	ASC_setAPTitles(params, request->calling, request->called, nullptr);
	ASC_setTransportLayerType(params, request->endpoint->tls != nullptr);
	if (add_contexts(request->plan, params, err) < 0 || set_identity(request, params, err) < 0) {
		ASC_destroyAssociationParameters(&params);
		return nullptr;
	}
	return params;
}

/* The raw codes: DCMTK's own accessor replaces those it does not know. */
int
explain_reject(const struct association_request *request, const T_ASC_Parameters *params, struct err *err)
{
	const DUL_ASSOCIATESERVICEPARAMETERS *answer = &params->DULparams;

	status_reject(answer->result, answer->resultSource, answer->diagnostic, request->calling,
		request->called, err);
	return err_phase(err, "association");
}

int
negotiate(struct association *assoc, struct err *err)
{
	const struct association_request *request = assoc->request;
	T_ASC_Parameters *params = make_parameters(request, err);
	char doing[64];
	OFCondition cond;

	if (!params)
		return -1;
	text_format(doing, sizeof doing, "no association with %s", request->called);
	assoc->connection.begin({ doing, "association", request->accept_timeout, "--accept-timeout", true });
	cond = assoc->connection.request(assoc->network, params, &assoc->asc);
	if (!assoc->asc)
		ASC_destroyAssociationParameters(&params);
	if (cond == DUL_ASSOCIATIONREJECTED)
		return explain_reject(request, params, err);
	/* DCMTK treats any other PDU in the same way once it has answered it with an A-ABORT. */
	if (cond.bad() || assoc->connection.pdu_type() != PDU_ASSOCIATE_AC)
		return assoc->connection.explain(cond, err);
	return 0;
}

/* The syntax accepted for each proposed context. Returns how many were accepted. */
size_t
collect_accepted(struct association *assoc)
{
	const struct plan *plan = assoc->request->plan;
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++) {
		T_ASC_PresentationContext context;
		OFCondition found = ASC_findAcceptedPresentationContext(assoc->asc->params,
			plan->contexts[i].id, &context);

		if (found.bad())
			continue;
		OFStandard::strlcpy(assoc->accepted_uids[i], context.acceptedTransferSyntax, UID_MAX + 1);
		assoc->accepted[i] = assoc->accepted_uids[i];
		count++;
	}
	return count;
}

int
no_context(const struct association_request *request, struct err *err)
{
	err_set(err, ERR_NO_CONTEXT, "%s accepted the association but none of the %zu presentation contexts "
		"proposed", request->called, request->plan->count);
	err_phase(err, "association");
	return err_hint(err,
		"On the receiver, allow these SOP classes for %s. In IRIS two settings matter: the "
		"service's LocalAET/RemoteAET, and the association-table row (calling %s, called %s) with "
		"the SOP class and transfer syntax among its contexts.",
		request->calling, request->calling, request->called);
}

void
fill_facts(const struct association *assoc, struct association_facts *facts)
{
	const T_ASC_Parameters *params = assoc->asc->params;
	UserIdentityNegotiationSubItemAC *identity = nullptr;

	memcpy(facts->accepted, assoc->accepted, sizeof facts->accepted);
	facts->max_pdu_send = static_cast<uint32_t>(assoc->pdv_max + PDV_OVERHEAD);
	text_harmless_str(facts->peer_implementation, sizeof facts->peer_implementation,
		params->theirImplementationClassUID);
	text_harmless_str(
		facts->peer_version, sizeof facts->peer_version, params->theirImplementationVersionName);
	ASC_getUserIdentAC(assoc->asc->params, &identity);
	facts->user_confirmed = identity != nullptr;
}

/* Every object would fail, also over a new connection. */
int
explain_tiny_pdu(const struct association_request *request, uint32_t max, struct err *err)
{
	err_set(err, ERR_ABORTED, "%s accepted the association, but accepts PDUs of at most %u bytes, too "
		"few to send data: its maximum length (PS3.8 D.1) must be 0 (no limit), or %u or more",
		request->called, max, PDV_OVERHEAD + 2);
	err->retryable = RETRY_NEVER;
	err_phase(err, "association");
	return err_hint(err, "Raise the maximum PDU length in the receiver's settings; 16384 is usual.");
}

/* The number of bytes in one PDV: what the peer accepts minus the PDU and PDV headers, as in DCMTK; and
 * even, so that DCMTK never splits it again. */
int
set_pdv_max(struct association *assoc, struct err *err)
{
	uint32_t max = static_cast<uint32_t>(assoc->asc->params->theirMaxPDUReceiveSize);

	if (max == 0 || max > ASC_MAXIMUMPDUSIZE) /* 0: no limit (PS3.8 D.1) */
		max = ASC_MAXIMUMPDUSIZE;
	if (assoc->request->max_pdu_send && assoc->request->max_pdu_send < max)
		max = assoc->request->max_pdu_send;
	if (max < PDV_OVERHEAD + 2)
		return explain_tiny_pdu(assoc->request, max, err);
	assoc->pdv_max = (max - PDV_OVERHEAD) & ~1U;
	return 0;
}

/* DCMTK's network for one association. */
int
make_network(struct association *assoc, struct err *err)
{
	OFCondition cond = ASC_initializeNetwork(NET_REQUESTOR, 0, DCMTK_TIMEOUT, &assoc->network);

	if (cond.good())
		cond = ASC_setTransportLayer(assoc->network, &assoc->connection, 0);
	if (cond.bad())
		return err_set(err, ERR_INTERNAL, "cannot initialise DCMTK's network layer: %s", cond.text());
	return 0;
}

/* Copy what was agreed into assoc and facts. -1: nothing could be sent over it. */
int
record_result(struct association *assoc, struct association_facts *facts, struct err *err)
{
	const struct association_request *request = assoc->request;

	history_note_association(request->endpoint->history);
	if (set_pdv_max(assoc, err) < 0)
		return -1;
	facts->window = !request->window ? 1 :
		window_agreed(assoc->connection.body(), assoc->connection.body_size(), request->window);
	facts->proposed_count = request->plan->count;
	facts->accepted_count = collect_accepted(assoc);
	fill_facts(assoc, facts);
	return facts->accepted_count > 0 ? 0 : no_context(request, err);
}

void
association_abort(struct association *assoc)
try
{
	std::unique_ptr<struct association> owned(assoc);

	if (!assoc)
		return;
	/* Keep DCMTK from waiting for the peer to close. */
	assoc->connection.begin({ "aborting", "association", ABORT_TIMEOUT, "", true });
	if (!assoc->connection.is_over())
		ASC_abortAssociation(assoc->asc);
	assoc->connection.close();
} catch (const std::exception &) {
}

/* One connection, one request. */
struct association *
try_open(const struct association_request *request, struct association_facts *facts, struct err *err)
{
	struct channel *channel;

	memset(facts, 0, sizeof *facts);
	channel = channel_open(request->endpoint, request->observation, &facts->channel.dial, err);
	if (channel)
		return association_negotiate(request, channel, facts, err);
	if (request->observation)
		facts->channel.tls_us = request->observation->handshake_us;
	return nullptr;
}

/* The caller decides about all other attempts. */
struct association *
association_open(const struct association_request *request, struct association_facts *facts, struct err *err)
try
{
	struct association *assoc = try_open(request, facts, err);

	if (assoc || err->retryable != RETRY_WITHOUT_SESSION)
		return assoc;
	*err = {};
	return try_open(request, facts, err);
} catch (const std::exception &thrown) {
	session_gave_up(thrown, err);
	return nullptr;
}

int
association_release(struct association *assoc, struct err *err)
try
{
	std::unique_ptr<struct association> owned(assoc);
	OFCondition cond;
	int rv = 0;

	assoc->connection.begin({ "waiting for the release to be confirmed", "release",
		assoc->request->release_timeout, "--release-timeout", false });
	cond = ASC_releaseAssociation(assoc->asc);
	if (cond.bad() || assoc->connection.pdu_type() != PDU_RELEASE_RP)
		rv = assoc->connection.explain(cond, err);
	assoc->connection.close();
	return rv;
} catch (const std::exception &thrown) {
	return session_gave_up(thrown, err);
}

} /* namespace */

struct association *
association_negotiate(const struct association_request *request, struct channel *channel,
	struct association_facts *facts, struct err *err)
{
	std::unique_ptr<struct association> assoc(new association(request, channel));
	int64_t start;
	int rv;

	facts->channel = *channel_facts(channel);
	assoc->decoder = decoder_new(request->max_object_memory);
	if (!assoc->decoder)
		err_nomem(err);
	if (!assoc->decoder || make_network(assoc.get(), err) < 0)
		return nullptr;
	start = clock_us();
	rv = negotiate(assoc.get(), err);
	facts->accept_us = clock_us() - start;
	facts->answer = assoc->connection.answer();
	/* A session ticket or a refusal of our certificate may have come since. */
	if (request->observation)
		channel_observe(channel, request->observation);
	if (rv < 0)
		return nullptr;
	if (record_result(assoc.get(), facts, err) == 0)
		return assoc.release();
	association_abort(assoc.release());
	return nullptr;
}

const struct association_driver association_dcmtk = {
	association_open,
	transfer_send,
	transfer_drain,
	transfer_echo,
	association_release,
	association_abort,
	transfer_announce,
};

int
association_init(int log_level, struct err *err)
{
	T_ASC_Network *network = nullptr;
	OFCondition cond;

	warnings_init(log_level > 0);
	Dataset::init();
#if PACKAGE_VERSION_NUMBER < 368
	dcmConnectionTimeout.set(LOOPBACK_TIMEOUT);
#endif
	cond = ASC_initializeNetwork(NET_REQUESTOR, 0, DCMTK_TIMEOUT, &network);
	if (cond.bad())
		return err_set(err, ERR_INTERNAL, "cannot initialise DCMTK's network layer: %s", cond.text());
	ASC_dropNetwork(&network);
	return 0;
}
