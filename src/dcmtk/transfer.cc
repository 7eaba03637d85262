/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/session.h"

#include <errno.h>
#include <functional>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmnet/assoc.h"
#include "dcmtk/dcmnet/dul.h"

extern "C" {
#include "base/text.h"
#include "dicom/pdu.h"
#include "dicom/rewrite.h"
#include "dicom/scatter.h"
}

#define RESPONSE_MAX 65536	/* bytes of a response's command set */

static_assert(KEPT_MAX <= INPUT_WINDOW, "the rewriter takes what was kept");

namespace {

const struct step sending_request = { "sending the request", "send", WAIT_FOREVER, "--send-timeout", false };
const struct step sending_data = { "sending the data set", "send", WAIT_FOREVER, "--send-timeout", false };

/* Send `size` bytes from the connection's payload area as one PDV; `next` bytes of payload follow at once,
 * if they still fit into the same write. */
OFCondition
write_pdv(struct association *assoc, unsigned char context, DUL_DATAPDV type, size_t size, bool last,
	size_t next)
{
	uint64_t *wire_bytes = assoc->request->wire_bytes;
	DUL_PDVLIST list = {};
	DUL_PDV pdv = {};
	OFCondition cond;

	pdv.fragmentLength = size;
	pdv.presentationContextID = context;
	pdv.pdvType = type;
	pdv.lastPDV = last;
	pdv.data = assoc->connection.payload();
	list.count = 1;
	list.pdv = &pdv;
	assoc->connection.hold(next);
	cond = DUL_WritePDVs(&assoc->asc->DULassociation, &list);
	assoc->connection.hold(0);
	if (cond.good() && wire_bytes && type == DUL_DATASETPDV)
		__atomic_fetch_add(wire_bytes, size, __ATOMIC_RELAXED);
	return cond;
}

/* A command set; it is held to be sent together with `next` bytes of data. */
int
send_command(struct association *assoc, unsigned char context, const unsigned char *command, size_t size,
	size_t next, struct err *err)
{
	OFCondition cond = EC_Normal;

	assoc->connection.begin(sending_request);
	while (size > 0 && cond.good()) {
		size_t n = size < assoc->pdv_max ? size : assoc->pdv_max;

		memcpy(assoc->connection.payload(), command, n);
		cond = write_pdv(assoc, context, DUL_COMMANDPDV, n, n == size, n == size ? next : size - n);
		command += n;
		size -= n;
	}
	return cond.good() ? 0 : assoc->connection.explain(cond, err);
}

/* Cuts a stream of bytes into PDVs. finish sends the last one. */
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
			cond_ = write_pdv(assoc_, context_, DUL_DATASETPDV, used_, false, assoc_->pdv_max);
			if (cond_.bad())
				return false;
			used_ = 0;
			continue;
		}
		n = size < n ? size : n;
		memcpy(assoc_->connection.payload() + used_, from, n);
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
		assoc_->connection.payload()[used_++] = '\0';
	return write_pdv(assoc_, context_, DUL_DATASETPDV, used_, true, 0);
}

/* Is the file the one that was scanned? Checked by its path if fd is -1. -1 with err. */
int
check_unchanged(int fd, const struct instance *instance, struct err *err)
{
	struct stat st;
	int rc = fd < 0 ? stat(instance->path, &st) : fstat(fd, &st);

	if (rc < 0)
		return err_set(err, ERR_NO_INPUT, "%s: can no longer be read: %s", instance->path,
			strerror(errno));
	if (instance_is_unchanged(instance, &st))
		return 0;
	err_set(err, ERR_NO_INPUT, "%s: changed since it was read", instance->path);
	return err_hint(err, "Send it again when it is no longer being written.");
}

/* The file while it is being sent. One that was kept whole need not be opened. */
struct open_file {
	int fd = -1;

	~open_file()
	{
		if (fd >= 0)
			close(fd);
	}
	/* Unchanged. False with err. */
	bool begin(const struct instance *instance, struct err *err)
	{
		if (!instance->kept && (fd = input_open(instance->path, err)) < 0) {
			err_wrap(err, "%s", instance->path);
			return false;
		}
		return check_unchanged(fd, instance, err) == 0;
	}
};

/* Read the next bytes of a payload into all the room there is. -1 with err, without the file's name. */
using Source = std::function<int(struct scatter *to, struct err *err)>;

/* The places of the PDVs that are sent with one write, for as many of `left` bytes as fit. */
struct scatter
lay_out(struct association *assoc, uint64_t left)
{
	const size_t stride = Connection::head_size + assoc->pdv_max;
	const size_t count = assoc->connection.slots(assoc->pdv_max);
	unsigned char *place = assoc->connection.payload();
	struct scatter out = {};

	for (size_t i = 0; i < count && left > 0; i++, place += stride) {
		size_t size = left < assoc->pdv_max ? static_cast<size_t>(left) : assoc->pdv_max;

		if (!scatter_add(&out, place, size))
			break;
		left -= size;
	}
	return out;
}

/* Send one PDV of the payload, the last one if nothing is left after it. A deflated stream may have an odd
 * length: then one NUL follows (PS3.5 A.5). */
int
send_piece(struct association *assoc, size_t size, uint64_t left, unsigned char context, struct err *err)
{
	bool last = left == 0;
	OFCondition cond;

	if (size % 2 != 0)
		assoc->connection.payload()[size++] = '\0';
	cond = write_pdv(assoc, context, DUL_DATASETPDV, size, last, last ? 0 : assoc->pdv_max);
	return cond.good() ? 0 : assoc->connection.explain(cond, err);
}

/* Send everything from the source; fd is -1 for data kept in memory. */
int
send_payload(struct association *assoc, const struct instance *instance, int fd, const Source &source,
	uint64_t left, unsigned char context, struct err *err)
{
	assoc->connection.begin(sending_data);
	while (left > 0) {
		struct scatter out = lay_out(assoc, left);
		size_t bytes = out.left;

		if (source(&out, err) < 0)
			return err_wrap(err, "%s", instance->path);
		/* Half of an old and half of a new file must not become an object on the receiver. */
		if (bytes == left && !instance->kept && check_unchanged(fd, instance, err) < 0)
			return -1;
		while (bytes > 0) {
			size_t size = bytes < assoc->pdv_max ? bytes : assoc->pdv_max;

			bytes -= size;
			left -= size;
			if (send_piece(assoc, size, left, context, err) < 0)
				return -1;
		}
	}
	return 0;
}

enum send_outcome
send_store_raw(struct association *assoc, const struct instance *instance, const struct plan_route *route,
	const unsigned char *command, size_t size, struct send_facts *facts, struct err *err)
{
	uint64_t bytes = instance->data_size, at = 0;
	open_file file;
	auto source = [&](struct scatter *to, struct err *why) {
		uint64_t from = at;

		at += to->left;
		if (!instance->kept)
			return scatter_read(to, file.fd, instance->data_offset + from, to->left, why);
		scatter_put(to, instance->kept + from, to->left);
		return 0;
	};

	if (!file.begin(instance, err))
		return SEND_REFUSED;
	facts->bytes = bytes;
	if (bytes % 2 != 0)
		text_format(facts->changed, sizeof facts->changed, "deflated stream of odd length padded");
	else if (instance_padding(instance) > 0)
		text_format(facts->changed, sizeof facts->changed, "zero padding at the end dropped");
	if (send_command(assoc, route->context, command, size, assoc->pdv_max, err) < 0 ||
	    send_payload(assoc, instance, file.fd, source, bytes, route->context, err) < 0)
		return SEND_LOST;
	return SEND_DONE;
}

/* Does it have to be decompressed? */
bool
is_expanded(const struct instance *instance, const struct plan_route *route)
{
	const struct syntax *own = syntax_find(instance->syntax);

	return own && own->decodable && !route->raw && strcmp(instance->syntax, route->syntax) != 0;
}

/* Let the decoder begin with it. False if it has to wait for its turn. */
bool
begin_ahead(struct association *assoc, const struct instance *instance, const char *syntax)
{
	const struct association_request *request = assoc->request;
	std::unique_ptr<Dataset> dataset(new Dataset(assoc->decoder, request->max_object_memory));
	struct err ignored = {};

	if (check_unchanged(-1, instance, &ignored) < 0 ||
	    dataset->begin(instance, request->edits, syntax, true, &ignored) < 0)
		return false;
	assoc->ahead.push_back(std::move(dataset));
	return true;
}

/* Let the decoder begin with what is sent next. Frames are returned in the order in which the decoder got
 * them: nothing is begun after an object that has more than one. */
void
begin_next(struct association *assoc, const Dataset &current)
{
	uint32_t frames = current.frames();
	struct err ignored = {};
	size_t begun = 0;

	for (size_t i = 0; i < assoc->next_count && frames <= 1; i++) {
		const struct instance *instance = assoc->next[i];
		struct plan_route route;

		if (plan_route(assoc->request->plan, assoc->accepted, instance, &route, &ignored) < 0)
			return;
		if (!is_expanded(instance, &route))
			continue;
		if (begun == assoc->ahead.size() && !begin_ahead(assoc, instance, route.syntax))
			return;
		frames = assoc->ahead[begun++]->frames();
	}
}

/* The data set, ready to be written. NULL with err. */
std::unique_ptr<Dataset>
load_dataset(struct association *assoc, const struct instance *instance, const struct plan_route *route,
	struct err *err)
{
	std::unique_ptr<Dataset> dataset;

	if (!assoc->ahead.empty() && assoc->ahead.front()->instance() == instance) {
		dataset = std::move(assoc->ahead.front());
		assoc->ahead.pop_front();
	} else {
		/* Its frames would have to be returned before those of the expected object. */
		if (is_expanded(instance, route))
			assoc->ahead.clear();
		dataset.reset(new Dataset(assoc->decoder, assoc->request->max_object_memory));
		if (dataset->begin(instance, assoc->request->edits, route->syntax, false, err) < 0)
			return nullptr;
	}
	begin_next(assoc, *dataset);
	if (dataset->finish(err) == 0)
		return dataset;
	/* The decoder that ended may have had their frames. */
	assoc->ahead.clear();
	return nullptr;
}

enum send_outcome
send_store_rewritten(struct association *assoc, const struct instance *instance,
	const struct plan_route *route, const unsigned char *command, size_t size, struct send_facts *facts,
	struct err *err)
{
	PdvSink sink(assoc, route->context);
	std::unique_ptr<Dataset> dataset;
	OFCondition cond;

	if (check_unchanged(-1, instance, err) == 0)
		dataset = load_dataset(assoc, instance, route, err);
	if (!dataset)
		return SEND_REFUSED;
	dataset->list_changes(facts->changed, sizeof facts->changed);
	if (send_command(assoc, route->context, command, size, assoc->pdv_max, err) < 0)
		return SEND_LOST;
	assoc->connection.begin(sending_data);
	if (dataset->write(sink, err) < 0) {
		if (sink.condition().bad())
			assoc->connection.explain(sink.condition(), err);
		return SEND_LOST;
	}
	if (check_unchanged(-1, instance, err) < 0)
		return SEND_LOST;
	cond = sink.finish();
	facts->bytes = sink.total();
	if (cond.good())
		return SEND_DONE;
	assoc->connection.explain(cond, err);
	return SEND_LOST;
}

/* Convert from explicit to implicit VR little endian while reading; if that is not possible, through the
 * data set. */
enum send_outcome
send_store_implicit(struct association *assoc, const struct instance *instance,
	const struct plan_route *route, const unsigned char *command, size_t size, struct send_facts *facts,
	struct err *err)
{
	open_file file;
	struct rewrite rewrite;
	const uint64_t from = instance->kept ? 0 : instance->data_offset;
	auto source = [&](struct scatter *to, struct err *why) { return rewrite_fill(&rewrite, to, why); };

	rewrite.misread = dataset_misread;
	if (!file.begin(instance, err))
		return SEND_REFUSED;
	if (!rewrite_init(&rewrite, file.fd, instance->kept, from, from + instance->data_size))
		return send_store_rewritten(assoc, instance, route, command, size, facts, err);
	facts->bytes = rewrite.total;
	text_format(facts->changed, sizeof facts->changed, "%s to %s%s%s", uid_name(instance->syntax),
		uid_name(route->syntax), rewrite.group_lengths ? ", group lengths dropped" : "",
		instance_padding(instance) > 0 ? ", zero padding at the end dropped" : "");
	if (send_command(assoc, route->context, command, size, assoc->pdv_max, err) < 0 ||
	    send_payload(assoc, instance, file.fd, source, rewrite.total, route->context, err) < 0)
		return SEND_LOST;
	return SEND_DONE;
}

/* Send the instance in one of the three ways above. */
using store_way = decltype(&send_store_raw);

store_way
choose_way(const struct instance *instance, const struct plan_route *route)
{
	if (route->raw)
		return send_store_raw;
	if (instance->raw == RAW_FIT && strcmp(instance->syntax, UID_EXPLICIT_LE) == 0 &&
	    strcmp(route->syntax, UID_IMPLICIT_LE) == 0)
		return send_store_implicit;
	return send_store_rewritten;
}

enum send_outcome
send_instance(struct association *assoc, const struct instance *instance, uint16_t message_id,
	struct send_facts *facts, struct err *err)
{
	unsigned char command[COMMAND_MAX];
	struct plan_route route;
	size_t size;

	memset(facts, 0, sizeof *facts);
	if (plan_route(assoc->request->plan, assoc->accepted, instance, &route, err) < 0)
		return SEND_REFUSED;
	facts->syntax = route.syntax;
	size = command_store_rq(command, message_id, instance->sop_class, instance->sop_instance,
		assoc->request->priority);
	return choose_way(instance, &route)(assoc, instance, &route, command, size, facts, err);
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

/* The next fragment, directly from the connection: DUL_NextPDV fails after a PDU's second PDV. */
int
next_pdv(struct association *assoc, const char *doing, struct pdv *pdv, struct err *err)
{
	size_t n;

	if (assoc->pdvs_left == 0) {
		OFCondition cond =
			DUL_ReadPDVs(&assoc->asc->DULassociation, nullptr, DUL_NOBLOCK, DCMTK_TIMEOUT);

		if (cond != DUL_PDATAPDUARRIVED)
			return assoc->connection.explain(cond, err);
		assoc->pdvs = assoc->connection.body();
		assoc->pdvs_left = assoc->connection.body_size();
	}
	n = pdv_parse(assoc->pdvs, assoc->pdvs_left, pdv);
	assoc->pdvs += n;
	assoc->pdvs_left -= n;
	if (n == 0 || !is_accepted(assoc, pdv->context))
		return err_set(err, ERR_ABORTED, "%s: the receiver sent a fragment on presentation context "
			"%u, which it has not accepted", doing, pdv->context);
	return 0;
}

/* Collect the fragments of one message's command (or data set, which is dropped) in buf. Returns its size,
 * -1 with err. */
ssize_t
read_message(struct association *assoc, bool command, unsigned char *buf, size_t room,
	const char *doing, struct err *err)
{
	size_t used = 0;
	struct pdv pdv = {};

	while (!pdv.last) {
		if (next_pdv(assoc, doing, &pdv, err) < 0)
			return -1;
		if (pdv.command != command)
			return err_set(err, ERR_ABORTED, "%s: the receiver sent an unexpected %s fragment",
				doing, pdv.command ? "command" : "data set");
		if (!buf)
			continue;
		if (pdv.size > room - used)
			return err_set(err, ERR_ABORTED, "%s: the receiver's answer is longer than %zu bytes",
				doing, room);
		memcpy(buf + used, pdv.data, pdv.size);
		used += pdv.size;
	}
	return static_cast<ssize_t>(used);
}

int
read_response(struct association *assoc, uint16_t field, const char *doing, struct command_rsp *rsp,
	struct err *err)
{
	unsigned char buf[RESPONSE_MAX];
	ssize_t size;

	/* An interrupt lets an object in flight finish, but not an echo. */
	assoc->connection.begin({ doing, "response", assoc->request->response_timeout, "--response-timeout",
		field == COMMAND_C_ECHO_RSP });
	size = read_message(assoc, true, buf, sizeof buf, doing, err);
	if (size < 0)
		return -1;
	if (command_rsp_decode(buf, static_cast<size_t>(size), rsp, err) < 0)
		return err_wrap(err, "%s", doing);
	if (rsp->has_data_set && read_message(assoc, false, nullptr, 0, doing, err) < 0)
		return -1;
	if (rsp->field != field)
		return err_set(err, ERR_ABORTED,
			"%s: the receiver answered with command %04XH instead of %04XH", doing, rsp->field,
			field);
	return 0;
}

} /* namespace */

void
transfer_announce(struct association *assoc, const struct instance *const *next, size_t count)
{
	assoc->next_count = count;
	for (size_t i = 0; i < count; i++)
		assoc->next[i] = next[i];
	if (count == 0)
		assoc->ahead.clear();
}

enum send_outcome
transfer_send(struct association *assoc, const struct instance *instance, uint16_t message_id,
	struct send_facts *facts, struct err *err)
{
	enum send_outcome outcome = SEND_LOST;

	try {
		outcome = send_instance(assoc, instance, message_id, facts, err);
	} catch (const std::exception &thrown) {
		session_gave_up(thrown, err);
	}
	assoc->next_count = 0;
	return outcome;
}

int
transfer_drain(struct association *assoc, struct store_answer *answer, struct err *err)
try
{
	static const char doing[] = "waiting for the C-STORE response";

	if (read_response(assoc, COMMAND_C_STORE_RSP, doing, &answer->rsp, err) < 0)
		return -1;
	answer->message_id = answer->rsp.message_id;
	answer->answered_us = clock_us();
	return 0;
} catch (const std::exception &thrown) {
	return session_gave_up(thrown, err);
}

int
transfer_echo(struct association *assoc, struct command_rsp *rsp, int64_t *rtt_us, struct err *err)
try
{
	static const char doing[] = "waiting for the C-ECHO response";
	unsigned char command[COMMAND_MAX];
	T_ASC_PresentationContextID context =
		ASC_findAcceptedPresentationContextID(assoc->asc, UID_VERIFICATION);
	uint16_t message_id = assoc->asc->nextMsgID++;
	int64_t start = clock_us();

	if (context == 0)
		return err_set(err, ERR_NO_CONTEXT, "the receiver did not accept Verification");
	if (send_command(assoc, context, command, command_echo_rq(command, message_id), 0, err) < 0)
		return -1;
	if (read_response(assoc, COMMAND_C_ECHO_RSP, doing, rsp, err) < 0)
		return -1;
	if (rsp->message_id != message_id)
		return err_set(err, ERR_ABORTED, "%s: the receiver answered message %u, which was not sent",
			doing, rsp->message_id);
	*rtt_us = clock_us() - start;
	return 0;
} catch (const std::exception &thrown) {
	return session_gave_up(thrown, err);
}
