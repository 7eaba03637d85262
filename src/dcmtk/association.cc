/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/association.h"

#include <errno.h>
#include <exception>
#include <fcntl.h>
#include <new>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmnet/assoc.h"
#include "dcmtk/dcmnet/cond.h"
#include "dcmtk/dcmnet/dul.h"
#include "dcmtk/connection.h"
#include "dcmtk/dataset.h"
#include "dcmtk/warnings.h"

extern "C" {
#include "base/text.h"
#include "dicom/pdu.h"
#include "dicom/status.h"
}

/* Who we say we are (PS3.7 D.3.3.2): a UID made from a UUID (PS3.5 B.2). */
#define IMPLEMENTATION_UID "2.25.93908579203948054530229434995768776469"
#define IMPLEMENTATION_VERSION "MTLSSTORESCU_010"

#define RESPONSE_MAX 65536	/* bytes of a response's command set */
#define PDV_OVERHEAD 12		/* bytes of the heads of a PDU and its one PDV */
#define ABORT_PATIENCE 500	/* ms for an A-ABORT to be noticed */
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
};

namespace {

void
association_free(struct association *assoc)
{
	if (!assoc)
		return;
	if (assoc->asc)
		ASC_destroyAssociation(&assoc->asc);
	if (assoc->network)
		ASC_dropNetwork(&assoc->network);
	delete assoc->layer;
	delete assoc->pipe;
	channel_free(assoc->channel);
	delete assoc;
}

/* What we were at: for the sentence, should it fail. */
struct step {
	const char *doing;
	const char *phase;
	int64_t timeout;	/* ms, WAIT_FOREVER if it has none of its own */
	const char *option;	/* that sets it */
};

int
explain_timeout(const struct association *assoc, const struct step *step, struct err *err)
{
	if (deadline_passed(assoc->request->endpoint->limit))
		return err_set(err, ERR_TIMEOUT, "no answer before --max-time ended the run");
	if (assoc->pipe->interrupted())
		return err_set(err, ERR_TIMEOUT, "interrupted, and no answer came in time");
	err_set(err, ERR_TIMEOUT, "no answer within %lld ms", static_cast<long long>(step->timeout));
	return err_hint(err,
		"If the receiver is only slow, raise %s; else look into its log for what it waits for.",
		step->option);
}

/* Why the association ended at this step: the first, most specific cause. Returns -1. */
int
explain_end(struct association *assoc, const struct step *step, OFCondition cond, struct err *err)
{
	const struct err *failure = channel_failure(assoc->channel);
	const PduPipe *pipe = assoc->pipe;
	char sent[32];

	if (pipe->peer_aborted())
		status_abort(pipe->abort_source(), pipe->abort_reason(), err);
	else if (pipe->fault()->kind != ERR_NONE)
		*err = *pipe->fault();
	else if (pipe->interrupted() && !pipe->timed_out())
		interrupt_err(err);
	else if (pipe->timed_out())
		explain_timeout(assoc, step, err);
	else if (failure->kind != ERR_NONE)
		*err = *failure;
	else if (pipe->peer_closed())
		channel_explain_close(assoc->channel, err);
	else if (cond == DUL_PEERREQUESTEDRELEASE)
		err_set(err, ERR_ABORTED, "the receiver released the association");
	else if (cond.good() || cond == DUL_PDATAPDUARRIVED)
		err_set(err, ERR_ABORTED, "the receiver sent %s out of turn",
			pdu_name(pipe->pdu_type(), sent, sizeof sent));
	else
		err_set(err, ERR_ABORTED, "the receiver broke the DICOM upper layer protocol: %s",
			cond.text());
	if (err->kind == ERR_ABORTED)
		err_hint(err, "The receiver's log of this moment may say more; if it does not, report this "
			"with the output of -d.");
	err_phase(err, step->phase);
	return err_wrap(err, "%s", step->doing);
}

int
set_identity(const struct association_request *request, T_ASC_Parameters *params, struct err *err)
{
	const struct secret *secret = request->user_secret;
	OFCondition cond = EC_Normal;

	if (request->user && strlen(request->user) > UINT16_MAX)
		return err_set(err, ERR_USAGE, "--user: the name is longer than DICOM's 65535 bytes");
	if (request->identity != USER_NONE && request->identity != USER_NAME && secret->len > UINT16_MAX)
		return err_set(err, ERR_USAGE, "the user's %s has %zu bytes; DICOM carries 65535 at most",
			request->identity == USER_NAME_PASSWORD ? "password" : "token", secret->len);
	switch (request->identity) {
	case USER_NONE:
		break;
	case USER_NAME:
		cond = ASC_setIdentRQUserOnly(params, request->user, request->user_response);
		break;
	case USER_NAME_PASSWORD:
		cond = ASC_setIdentRQUserPassword(params, request->user, OFString(secret->bytes, secret->len),
			request->user_response);
		break;
	case USER_SAML:
		cond = ASC_setIdentRQSaml(
			params, secret->bytes, static_cast<Uint16>(secret->len), request->user_response);
		break;
	case USER_JWT:
		cond = ASC_setIdentRQJwt(
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

/* What we ask for. `port` is where DCMTK is to connect to. NULL with err. */
T_ASC_Parameters *
make_parameters(const struct association_request *request, unsigned short port, struct err *err)
{
	T_ASC_Parameters *params = nullptr;
	uint32_t max_pdu = request->max_pdu_receive ? request->max_pdu_receive : ASC_DEFAULTMAXPDU;
	char address[32];
	OFCondition cond;

#if PACKAGE_VERSION_NUMBER >= 368
	cond = ASC_createAssociationParameters(&params, static_cast<long>(max_pdu), DCMTK_PATIENCE);
#else
	cond = ASC_createAssociationParameters(&params, static_cast<long>(max_pdu));
#endif
	if (cond.bad()) {
		err_set(err, ERR_INTERNAL, "cannot prepare the association: %s", cond.text());
		return nullptr;
	}
	text_format(address, sizeof address, "127.0.0.1:%u", port);
	OFStandard::strlcpy(params->ourImplementationClassUID, IMPLEMENTATION_UID,
		sizeof params->ourImplementationClassUID);
	OFStandard::strlcpy(params->ourImplementationVersionName, IMPLEMENTATION_VERSION,
		sizeof params->ourImplementationVersionName);
	ASC_setAPTitles(params, request->calling, request->called, nullptr);
	ASC_setPresentationAddresses(params, "localhost", address);
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
	unsigned short port;
	T_ASC_Parameters *params;
	OFCondition cond;
	int listener = loopback_listen(&port);

	if (listener < 0)
		return err_set(
			err, ERR_INTERNAL, "cannot listen on the loopback for DCMTK: %s", strerror(errno));
	params = make_parameters(request, port, err);
	if (!params) {
		close(listener);
		return -1;
	}
	assoc->pipe->set_deadline(deadline_in(request->accept_timeout), true);
	cond = ASC_requestAssociation(assoc->network, params, &assoc->asc, nullptr, nullptr, DUL_NOBLOCK,
		DCMTK_PATIENCE);
	close(listener);
	if (!assoc->asc)
		ASC_destroyAssociationParameters(&params);
	if (cond == DUL_ASSOCIATIONREJECTED)
		return explain_reject(request, params, err);
	/* Any other PDU is as good to DCMTK once it has answered it with an A-ABORT. */
	if (cond.bad() || assoc->pipe->pdu_type() != PDU_ASSOCIATE_AC) {
		char doing[64];
		struct step step = { doing, "association", request->accept_timeout, "--accept-timeout" };

		text_format(doing, sizeof doing, "no association with %s", request->called);
		return explain_end(assoc, &step, cond, err);
	}
	return 0;
}

/* The syntax accepted for each proposed context. Returns how many were. */
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
		"On the receiver, allow these SOP classes for %s. In IRIS both gates count: the "
		"service's LocalAET/RemoteAET, and the association-table row (calling %s, called %s) with "
		"the SOP class and transfer syntax among its contexts.",
		request->calling, request->calling, request->called);
}

void
fill_channel_facts(const struct association *assoc, struct association_facts *facts)
{
	const struct channel_facts *channel = channel_facts(assoc->channel);

	facts->protocol = channel->protocol;
	facts->cipher = channel->cipher;
	text_format(facts->server_subject, sizeof facts->server_subject, "%s", channel->server_subject);
	facts->server_days_left = channel->server_days_left;
	text_format(facts->address, sizeof facts->address, "%s", channel->dial.address);
	facts->resolve_us = channel->dial.resolve_us;
	facts->connect_us = channel->dial.connect_us + channel->dial.proxy_us;
	facts->tls_us = channel->tls_us;
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
	facts->window = 1;
	ASC_getUserIdentAC(assoc->asc->params, &identity);
	facts->user_confirmed = identity != nullptr;
}

struct association *
association_new(const struct association_request *request, struct association_facts *facts, struct err *err)
{
	struct association *assoc = new (std::nothrow) association();
	OFCondition cond;

	if (!assoc) {
		err_nomem(err);
		return nullptr;
	}
	assoc->request = request;
	assoc->channel = channel_open(request->endpoint, err);
	if (!assoc->channel) {
		association_free(assoc);
		return nullptr;
	}
	assoc->pipe = new PduPipe(assoc->channel);
	assoc->layer = new ChannelLayer(*assoc->pipe);
	fill_channel_facts(assoc, facts);
	cond = ASC_initializeNetwork(NET_REQUESTOR, 0, DCMTK_PATIENCE, &assoc->network);
	if (cond.good())
		cond = ASC_setTransportLayer(assoc->network, assoc->layer, 0);
	if (cond.bad()) {
		err_set(err, ERR_INTERNAL, "cannot initialise DCMTK's network layer: %s", cond.text());
		association_free(assoc);
		return nullptr;
	}
	return assoc;
}

/* How much goes into one PDV. Smaller than what the peer takes by PDU and PDV
 * heads, as DCMTK has it; and even, so that DCMTK never cuts it again. */
int
set_pdv_max(struct association *assoc, struct err *err)
{
	uint32_t max = static_cast<uint32_t>(assoc->asc->params->theirMaxPDUReceiveSize);

	if (max == 0 || max > ASC_MAXIMUMPDUSIZE) /* 0: no limit (PS3.8 D.1) */
		max = ASC_MAXIMUMPDUSIZE;
	if (max < PDV_OVERHEAD + 2) {
		err_set(err, ERR_ABORTED, "%s takes PDUs of at most %u bytes, in which no data fits",
			assoc->request->called, max);
		err_phase(err, "association");
		return err_hint(err, "Raise the maximum PDU length in the receiver's settings.");
	}
	assoc->pdv_max = (max - PDV_OVERHEAD) & ~1U;
	return 0;
}

void association_abort(struct association *assoc);

struct association *
association_open(const struct association_request *request, struct association_facts *facts, struct err *err)
{
	struct association *assoc;
	int64_t start;

	memset(facts, 0, sizeof *facts);
	assoc = association_new(request, facts, err);
	if (!assoc)
		return nullptr;
	start = clock_us();
	if (negotiate(assoc, err) < 0) {
		association_free(assoc);
		return nullptr;
	}
	facts->accept_us = clock_us() - start;
	if (set_pdv_max(assoc, err) < 0) {
		association_abort(assoc);
		return nullptr;
	}
	facts->proposed_count = request->plan->count;
	facts->accepted_count = collect_accepted(assoc);
	fill_facts(assoc, facts);
	if (facts->accepted_count == 0) {
		no_context(request, err);
		association_abort(assoc);
		return nullptr;
	}
	return assoc;
}

const struct step sending_request = { "sending the request", "send", WAIT_FOREVER, "--send-timeout" };
const struct step sending_data = { "sending the data set", "send", WAIT_FOREVER, "--send-timeout" };

/* Send `size` bytes that stand in the pipe's payload area as one PDV. */
OFCondition
write_pdv(struct association *assoc, unsigned char context, DUL_DATAPDV type, size_t size, bool last)
{
	DUL_PDVLIST list = {};
	DUL_PDV pdv = {};

	pdv.fragmentLength = size;
	pdv.presentationContextID = context;
	pdv.pdvType = type;
	pdv.lastPDV = last;
	pdv.data = assoc->pipe->payload();
	list.count = 1;
	list.pdv = &pdv;
	return DUL_WritePDVs(&assoc->asc->DULassociation, &list);
}

/* A command set; with `hold` it waits for the first data to leave with it. */
int
send_command(struct association *assoc, unsigned char context, const unsigned char *command, size_t size,
	bool hold, struct err *err)
{
	OFCondition cond = EC_Normal;

	assoc->pipe->hold(hold);
	while (size > 0 && cond.good()) {
		size_t n = size < assoc->pdv_max ? size : assoc->pdv_max;

		memcpy(assoc->pipe->payload(), command, n);
		cond = write_pdv(assoc, context, DUL_COMMANDPDV, n, n == size);
		command += n;
		size -= n;
	}
	assoc->pipe->hold(false);
	if (cond.bad())
		return explain_end(assoc, &sending_request, cond, err);
	return 0;
}

/* Cuts a stream of bytes into PDVs. The last one goes out by finish. */
class PdvSink : public DatasetSink {
    public:
	PdvSink(struct association *assoc, unsigned char context) : assoc_(assoc), context_(context) {}
	bool put(const void *bytes, size_t size) override;
	OFCondition finish();
	OFCondition condition() const { return cond_; }
	uint64_t total() const { return total_; }

    private:
	struct association *assoc_;
	unsigned char context_;
	size_t used_ = 0;
	uint64_t total_ = 0;
	OFCondition cond_ = EC_Normal;
};

bool
PdvSink::put(const void *bytes, size_t size)
{
	const unsigned char *from = static_cast<const unsigned char *>(bytes);

	total_ += size;
	while (size > 0) {
		size_t n = assoc_->pdv_max - used_;

		if (n == 0) {
			cond_ = write_pdv(assoc_, context_, DUL_DATASETPDV, used_, false);
			if (cond_.bad())
				return false;
			used_ = 0;
			continue;
		}
		n = size < n ? size : n;
		memcpy(assoc_->pipe->payload() + used_, from, n);
		used_ += n;
		from += n;
		size -= n;
	}
	return true;
}

/* pdv_max is even, so an odd remainder (a deflated stream's, PS3.5 A.5) has room for its NUL. */
OFCondition
PdvSink::finish()
{
	if (used_ % 2 != 0)
		assoc_->pipe->payload()[used_++] = '\0';
	return write_pdv(assoc_, context_, DUL_DATASETPDV, used_, true);
}

/* Is the file what was scanned? By its path if fd is -1. -1 with err. */
int
check_unchanged(int fd, const struct instance *instance, struct err *err)
{
	struct stat st;
	int rc = fd < 0 ? stat(instance->path, &st) : fstat(fd, &st);

	if (rc == 0 && static_cast<uint64_t>(st.st_size) == instance->size &&
	    st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec == instance->mtime_ns)
		return 0;
	err_set(err, ERR_NO_INPUT, "%s: has changed since it was looked at", instance->path);
	return err_hint(err, "Send it again once nobody writes to it any more.");
}

/* Open the file for the raw way. -1 with err. */
int
open_unchanged(const struct instance *instance, struct err *err)
{
	/* Were it a FIFO by now, O_NONBLOCK keeps it from holding us up. */
	int fd = open(instance->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return err_set(err, ERR_NO_INPUT, "%s: cannot be opened: %s", instance->path,
			strerror(errno));
	if (check_unchanged(fd, instance, err) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Fill the payload area from the file. -1 with err. */
int
read_payload(struct association *assoc, int fd, const char *path, size_t size, uint64_t offset,
	struct err *err)
{
	unsigned char *to = assoc->pipe->payload();

	while (size > 0) {
		ssize_t n = pread(fd, to, size, static_cast<off_t>(offset));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, ERR_NO_INPUT, "%s: cannot be read: %s", path, strerror(errno));
		if (n == 0)
			return err_set(err, ERR_NO_INPUT, "%s: was cut short while it was being sent", path);
		to += n;
		size -= static_cast<size_t>(n);
		offset += static_cast<uint64_t>(n);
	}
	return 0;
}

/* The file's own bytes, PDV by PDV. A deflated stream may end odd: then one NUL follows (PS3.5 A.5). */
int
send_raw(struct association *assoc, const struct instance *instance, int fd, unsigned char context,
	struct err *err)
{
	uint64_t offset = instance->data_offset;
	uint64_t left = instance->size - offset;

	while (left > 0) {
		size_t size = left < assoc->pdv_max ? static_cast<size_t>(left) : assoc->pdv_max;
		bool last = size == left;
		OFCondition cond;

		if (read_payload(assoc, fd, instance->path, size, offset, err) < 0)
			return -1;
		/* What is half old and half new must not become an object over there. */
		if (last && check_unchanged(fd, instance, err) < 0)
			return -1;
		offset += size;
		left -= size;
		if (size % 2 != 0)
			assoc->pipe->payload()[size++] = '\0';
		cond = write_pdv(assoc, context, DUL_DATASETPDV, size, last);
		if (cond.bad())
			return explain_end(assoc, &sending_data, cond, err);
	}
	return 0;
}

enum send_outcome
send_store_raw(struct association *assoc, const struct instance *instance, const struct plan_route *route,
	const unsigned char *command, size_t size, struct send_facts *facts, struct err *err)
{
	int fd = open_unchanged(instance, err);
	int rv;

	if (fd < 0)
		return SEND_REFUSED;
	facts->bytes = instance->size - instance->data_offset;
	if (facts->bytes % 2 != 0)
		text_format(facts->changed, sizeof facts->changed, "deflated stream of odd length padded");
	rv = send_command(assoc, route->context, command, size, true, err);
	if (rv == 0)
		rv = send_raw(assoc, instance, fd, route->context, err);
	close(fd);
	return rv < 0 ? SEND_LOST : SEND_DONE;
}

enum send_outcome
send_store_rewritten(struct association *assoc, const struct instance *instance,
	const struct plan_route *route, const unsigned char *command, size_t size, struct send_facts *facts,
	struct err *err)
{
	Dataset dataset;
	PdvSink sink(assoc, route->context);
	OFCondition cond;

	if (check_unchanged(-1, instance, err) < 0 || dataset.load(instance, route->syntax, err) < 0)
		return SEND_REFUSED;
	text_format(facts->changed, sizeof facts->changed, "%s", dataset.changed());
	if (send_command(assoc, route->context, command, size, true, err) < 0)
		return SEND_LOST;
	if (dataset.write(sink, err) < 0) {
		if (sink.condition().bad())
			explain_end(assoc, &sending_data, sink.condition(), err);
		return SEND_LOST;
	}
	if (check_unchanged(-1, instance, err) < 0)
		return SEND_LOST;
	cond = sink.finish();
	facts->bytes = sink.total();
	if (cond.good())
		return SEND_DONE;
	explain_end(assoc, &sending_data, cond, err);
	return SEND_LOST;
}

enum send_outcome
association_send(struct association *assoc, const struct instance *instance, uint16_t message_id,
	struct send_facts *facts, struct err *err)
{
	unsigned char command[COMMAND_MAX];
	struct plan_route route;
	enum send_outcome outcome;
	size_t size;

	memset(facts, 0, sizeof *facts);
	if (plan_route(assoc->request->plan, assoc->accepted, instance, &route, err) < 0)
		return SEND_REFUSED;
	facts->syntax = route.syntax;
	facts->raw = route.raw;
	size = command_store_rq(
		command, message_id, instance->sop_class, instance->sop_instance, PRIORITY_MEDIUM);
	outcome = (route.raw ? send_store_raw : send_store_rewritten)(assoc, instance, &route, command, size,
		facts, err);
	if (outcome == SEND_DONE)
		assoc->outstanding++;
	return outcome;
}

bool
is_accepted(const struct association *assoc, uint8_t context)
{
	const struct plan *plan = assoc->request->plan;

	for (size_t i = 0; i < plan->count; i++) {
		if (plan->contexts[i].id == context)
			return assoc->accepted[i] != nullptr;
	}
	return false;
}

/* The next fragment, out of the pipe: DUL_NextPDV loses its way behind a PDU's second PDV. */
int
next_pdv(struct association *assoc, const struct step *step, struct pdv *pdv, struct err *err)
{
	size_t n;

	if (assoc->pdvs_left == 0) {
		OFCondition cond =
			DUL_ReadPDVs(&assoc->asc->DULassociation, nullptr, DUL_NOBLOCK, DCMTK_PATIENCE);

		if (cond != DUL_PDATAPDUARRIVED)
			return explain_end(assoc, step, cond, err);
		assoc->pdvs = assoc->pipe->body();
		assoc->pdvs_left = assoc->pipe->body_size();
	}
	n = pdv_parse(assoc->pdvs, assoc->pdvs_left, pdv);
	assoc->pdvs += n;
	assoc->pdvs_left -= n;
	if (n == 0 || !is_accepted(assoc, pdv->context))
		return err_set(err, ERR_ABORTED, "%s: the receiver sent a fragment on presentation context "
			"%u, which it has not accepted", step->doing, pdv->context);
	return 0;
}

/* Gather the fragments of one message's command (or data set, which is dropped)
 * into buf. Returns its size, -1 with err. */
ssize_t
read_message(struct association *assoc, bool command, unsigned char *buf, size_t room,
	const struct step *step, struct err *err)
{
	size_t used = 0;
	struct pdv pdv = {};

	while (!pdv.last) {
		if (next_pdv(assoc, step, &pdv, err) < 0)
			return -1;
		if (pdv.command != command)
			return err_set(err, ERR_ABORTED, "%s: the receiver sent a %s fragment out of turn",
				step->doing, pdv.command ? "command" : "data set");
		if (!buf)
			continue;
		if (pdv.size > room - used)
			return err_set(err, ERR_ABORTED, "%s: the receiver's answer is longer than %zu bytes",
				step->doing, room);
		memcpy(buf + used, pdv.data, pdv.size);
		used += pdv.size;
	}
	return static_cast<ssize_t>(used);
}

int
read_response(struct association *assoc, uint16_t field, const char *doing, struct command_rsp *rsp,
	struct err *err)
{
	const struct step step = { doing, "response", assoc->request->response_timeout,
		"--response-timeout" };
	unsigned char buf[RESPONSE_MAX];
	ssize_t size;

	/* An object under way is waited for; an echo is not worth it. */
	assoc->pipe->set_deadline(deadline_in(step.timeout), field == COMMAND_C_ECHO_RSP);
	size = read_message(assoc, true, buf, sizeof buf, &step, err);
	if (size < 0)
		return -1;
	if (command_rsp_decode(buf, static_cast<size_t>(size), rsp, err) < 0)
		return err_wrap(err, "%s", doing);
	if (rsp->has_data_set && read_message(assoc, false, nullptr, 0, &step, err) < 0)
		return -1;
	if (rsp->field != field)
		return err_set(err, ERR_ABORTED,
			"%s: the receiver answered with command %04XH instead of %04XH", doing, rsp->field,
			field);
	return 0;
}

int
association_drain(struct association *assoc, struct store_answer *answer, struct err *err)
{
	static const char doing[] = "waiting for the C-STORE response";

	if (read_response(assoc, COMMAND_C_STORE_RSP, doing, &answer->rsp, err) < 0)
		return -1;
	answer->message_id = answer->rsp.message_id;
	answer->answered_us = clock_us();
	assoc->outstanding--;
	return 0;
}

int
association_echo(struct association *assoc, struct command_rsp *rsp, int64_t *rtt_us, struct err *err)
{
	static const char doing[] = "waiting for the C-ECHO response";
	unsigned char command[COMMAND_MAX];
	T_ASC_PresentationContextID context =
		ASC_findAcceptedPresentationContextID(assoc->asc, UID_VERIFICATION);
	uint16_t message_id = assoc->asc->nextMsgID++;
	int64_t start = clock_us();

	if (context == 0)
		return err_set(err, ERR_NO_CONTEXT, "the receiver did not accept Verification");
	if (send_command(assoc, context, command, command_echo_rq(command, message_id), false, err) < 0)
		return -1;
	if (read_response(assoc, COMMAND_C_ECHO_RSP, doing, rsp, err) < 0)
		return -1;
	if (rsp->message_id != message_id)
		return err_set(err, ERR_ABORTED, "%s: the receiver answered message %u, which was not asked",
			doing, rsp->message_id);
	*rtt_us = clock_us() - start;
	return 0;
}

int
association_release(struct association *assoc, struct err *err)
{
	const struct step step = { "waiting for the release to be confirmed", "release",
		assoc->request->release_timeout, "--release-timeout" };
	OFCondition cond;
	int rv = 0;

	assoc->pipe->set_deadline(deadline_in(step.timeout), false);
	cond = ASC_releaseAssociation(assoc->asc);
	if (cond.bad() || assoc->pipe->pdu_type() != PDU_RELEASE_RP)
		rv = explain_end(assoc, &step, cond, err);
	channel_close(assoc->channel);
	association_free(assoc);
	return rv;
}

void
association_abort(struct association *assoc)
{
	if (!assoc)
		return;
	/* DCMTK waits for the peer to close; do not let it. */
	assoc->pipe->set_deadline(deadline_in(ABORT_PATIENCE), true);
	if (channel_failure(assoc->channel)->kind == ERR_NONE && !assoc->pipe->peer_closed())
		ASC_abortAssociation(assoc->asc);
	channel_close(assoc->channel);
	association_free(assoc);
}

/* No exception crosses into C. What is thrown here is a want of memory. */
template <class Result, class Work>
Result
guarded(Result otherwise, struct err *err, Work work)
{
	try {
		return work();
	} catch (const std::exception &thrown) {
		err_set(err, ERR_INTERNAL, "the DICOM layer gave up: %s", thrown.what());
		return otherwise;
	}
}

struct association *
guarded_open(const struct association_request *request, struct association_facts *facts, struct err *err)
{
	struct association *none = nullptr;

	return guarded(none, err, [&] { return association_open(request, facts, err); });
}

enum send_outcome
guarded_send(struct association *assoc, const struct instance *instance, uint16_t message_id,
	struct send_facts *facts, struct err *err)
{
	return guarded(SEND_LOST, err,
		[&] { return association_send(assoc, instance, message_id, facts, err); });
}

int
guarded_drain(struct association *assoc, struct store_answer *answer, struct err *err)
{
	return guarded(-1, err, [&] { return association_drain(assoc, answer, err); });
}

int
guarded_echo(struct association *assoc, struct command_rsp *rsp, int64_t *rtt_us, struct err *err)
{
	return guarded(-1, err, [&] { return association_echo(assoc, rsp, rtt_us, err); });
}

int
guarded_release(struct association *assoc, struct err *err)
{
	return guarded(-1, err, [&] { return association_release(assoc, err); });
}

void
guarded_abort(struct association *assoc)
{
	struct err ignored;

	guarded(0, &ignored, [&] {
		association_abort(assoc);
		return 0;
	});
}

} /* namespace */

const struct association_driver association_dcmtk = {
	guarded_open,
	guarded_send,
	guarded_drain,
	guarded_echo,
	guarded_release,
	guarded_abort,
};

int
association_init(int log_level, struct err *err)
{
	T_ASC_Network *network = nullptr;
	OFCondition cond;

	warnings_init(log_level > 0);
	Dataset::init();
	cond = ASC_initializeNetwork(NET_REQUESTOR, 0, DCMTK_PATIENCE, &network);
	if (cond.bad())
		return err_set(err, ERR_INTERNAL, "cannot initialise DCMTK's network layer: %s", cond.text());
	ASC_dropNetwork(&network);
	return 0;
}
