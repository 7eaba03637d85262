/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The test receiver: a storage SCP that behaves as InterSystems IRIS does in
 * the sample the guide is about, and misbehaves by option (see --help).
 *
 * What it has from IRIS: both AE titles must be the ones configured; Storage
 * classes are accepted in Implicit VR Little Endian alone; C-ECHO is not
 * (Verification is not among the contexts of the sample's association table);
 * a row of that table may have no context at all (--empty-row); one connection
 * is served at a time, so that a second one connects and then waits (unless
 * --concurrent gives each a thread).
 *
 *     options.cc    the command line -> struct Options
 *     wire.cc       command sets, Part 10 heads
 *     memory.cc     how often each object came
 *     inbox.cc      objects -> files
 *     event_log.cc      what happened, in lines
 *     testscp.cc    listen, accept, negotiate, receive, answer
 *     fast_receiver.cc       the same once more, fast and without DCMTK (--lean):
 *     associate.cc  an association request -> its acceptance
 *     pdus.cc       bytes -> PDUs and PDVs
 *
 * DCMTK has the upper layer and TLS. What must be wrong on the wire is written
 * past it, onto its transport connection.
 */
#include "event_log.h"
#include "inbox.h"
#include "fast_receiver.h"
#include "memory.h"
#include "options.h"
#include "disconnect.h"
#include "wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include <openssl/ssl.h>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcuid.h"
#include "dcmtk/dcmnet/assoc.h"
#include "dcmtk/dcmnet/dcmtrans.h"
#include "dcmtk/dcmnet/dul.h"
#include "dcmtk/dcmtls/tlslayer.h"
#include "dcmtk/dcmtls/tlstrans.h"

namespace {

using ContextId = T_ASC_PresentationContextID;

constexpr long receive_buffer = ASC_MAXIMUMPDUSIZE; /* DCMTK's own limit, whatever we announce */
constexpr size_t command_max = 65536;

/* How many associations stand. Any thread may call. */
class Hall {
    public:
	/* The newcomer included. */
	unsigned enter()
	{
		std::lock_guard<std::mutex> lock(mutex_);

		return ++standing_;
	}
	void leave()
	{
		std::lock_guard<std::mutex> lock(mutex_);

		standing_--;
	}

    private:
	std::mutex mutex_;
	unsigned standing_ = 0;
};

/* What lasts from one connection to the next, and what their threads share. */
struct Run {
	explicit Run(const Options &given) : options(given), event_log(given.log) {}

	const Options &options;
	EventLog event_log;
	Memory memory;
	Hall hall;
	std::unique_ptr<DcmTransportLayer> layer; /* TLS; null: plain */
	T_ASC_Network *network = nullptr;
	std::mutex door; /* DCMTK is handed descriptors through a global */
	unsigned long associations = 0; /* guarded by the door */
};

bool
names(const std::vector<std::string> &list, const std::string &uid)
{
	return std::find(list.begin(), list.end(), uid) != list.end();
}

/* Say and read nothing until the peer leaves. */
void
be_silent(Run &run, int fd)
{
	run.event_log.say("silent");
	outlast(fd);
}

/* One association, from its request to its end. It ends with the object. */
class Association {
    public:
	Association(Run &run, T_ASC_Association *asc, int fd)
		: run_(run), options_(run.options), event_log_(run.event_log), asc_(asc), fd_(fd)
	{
		crowd_ = run.hall.enter();
	}
	~Association()
	{
		leave();
		ASC_destroyAssociation(&asc_);
	}
	Association(const Association &) = delete;
	Association &operator=(const Association &) = delete;

	void serve();

    private:
	bool admit();
	bool titles_fit();
	bool negotiate();
	bool accepts_class(const char *uid) const;
	OFCondition evaluate(const T_ASC_PresentationContext &context);
	bool next_pdv(DUL_PDV *pdv);
	bool next_request(Request *request, ContextId *id);
	bool answer_store(const Request &request, ContextId id);
	bool answer_echo(const Request &request, ContextId id);
	bool receive(const Request &request, ContextId id, unsigned long object, Inbox &inbox);
	bool break_off(unsigned long object);
	bool is_cursed(const std::string &sop_instance);
	bool misbehaves(unsigned long object) const;
	bool misbehave(unsigned long object);
	void record_result(const std::string &sop_instance, uint16_t status, Inbox &inbox);
	void leave();
	bool respond(const Request &request, ContextId id, uint16_t status, uint16_t message_id);
	void ended(OFCondition cond);
	void say_last(const char *what, Bytes words);
	bool abort(const char *when);
	bool drop(const char *what);
	bool reject(unsigned char result, unsigned char source, unsigned char reason);
	bool fall_silent();

	Run &run_;
	const Options &options_;
	EventLog &event_log_;
	T_ASC_Association *asc_;
	int fd_;
	unsigned crowd_; /* associations that stood when it began; 0 once it has left them */
};

/* No longer standing. */
void
Association::leave()
{
	if (crowd_ > 0)
		run_.hall.leave();
	crowd_ = 0;
}

/* Bytes of our own in place of the answer due; then the peer shall leave. */
void
Association::say_last(const char *what, Bytes words)
{
	DcmTransportConnection *connection = DUL_getTransportConnection(asc_->DULassociation);

	event_log_.say("%s", what);
	if (connection && connection->write(words.data(), words.size()) > 0)
		let_go(fd_);
}

/* A-ABORT by the service user (PS3.8 9.3.8). */
bool
Association::abort(const char *when)
{
	say_last(when, { 7, 0, 0, 0, 0, 4, 0, 0, 0, 0 });
	return false;
}

/* Written by ourselves: DCMTK sends no codes it does not know. */
bool
Association::reject(unsigned char result, unsigned char source, unsigned char reason)
{
	say_last("rejected", { 3, 0, 0, 0, 0, 4, 0, result, source, reason });
	return false;
}

bool
Association::fall_silent()
{
	be_silent(run_, fd_);
	return false;
}

/* IRIS looks at both titles; either one unknown keeps the peer out (PS3.8 9.3.4). */
bool
Association::titles_fit()
{
	const DUL_ASSOCIATESERVICEPARAMETERS &request = asc_->params->DULparams;

	if (!options_.called.empty() && options_.called != request.calledAPTitle)
		return reject(1, 1, 7);
	if (!options_.calling.empty() && options_.calling != request.callingAPTitle)
		return reject(1, 1, 3);
	return true;
}

bool
Association::accepts_class(const char *uid) const
{
	if (options_.empty_row)
		return false;
	if (std::strcmp(uid, UID_VerificationSOPClass) == 0)
		return options_.verification;
	if (!options_.only_class.empty())
		return options_.only_class == uid;
	return dcmIsaStorageSOPClassUID(uid, ESSC_All);
}

/* Accept one context in the first of its syntaxes that will do, or refuse it. */
OFCondition
Association::evaluate(const T_ASC_PresentationContext &context)
{
	ContextId id = context.presentationContextID;

	if (!accepts_class(context.abstractSyntax))
		return ASC_refusePresentationContext(asc_->params, id, ASC_P_ABSTRACTSYNTAXNOTSUPPORTED);
	for (int i = 0; i < context.transferSyntaxCount; i++) {
		const char *syntax = context.proposedTransferSyntaxes[i];

		if (options_.accepts_syntax(syntax))
			return ASC_acceptPresentationContext(asc_->params, id, syntax);
	}
	return ASC_refusePresentationContext(asc_->params, id, ASC_P_TRANSFERSYNTAXESNOTSUPPORTED);
}

bool
Association::negotiate()
{
	int count = ASC_countPresentationContexts(asc_->params);
	OFCondition cond = EC_Normal;

	for (int i = 0; i < count && cond.good(); i++) {
		T_ASC_PresentationContext context;

		cond = ASC_getPresentationContext(asc_->params, i, &context);
		if (cond.good())
			cond = evaluate(context);
	}
	asc_->params->ourMaxPDUReceiveSize = static_cast<long>(options_.max_pdu);
	if (cond.good())
		cond = ASC_acknowledgeAssociation(asc_);
	if (cond.bad())
		ended(cond);
	return cond.good();
}

bool
Association::admit()
{
	static const char noise[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	const DUL_ASSOCIATESERVICEPARAMETERS &request = asc_->params->DULparams;

	event_log_.say("association %s %s", request.callingAPTitle, request.calledAPTitle);
	if (options_.silence == Silence::associate)
		return fall_silent();
	if (options_.garbage) {
		say_last("garbage", Bytes(noise, noise + sizeof noise - 1));
		return false;
	}
	if (options_.reject.given)
		return reject(options_.reject.result, options_.reject.source, options_.reject.reason);
	if (options_.reject_when_busy && crowd_ > 1)
		return reject(2, 3, 2);
	if (!titles_fit() || !negotiate())
		return false;
	if (options_.silence == Silence::data)
		return fall_silent();
	return true;
}

/* The association is over; who ended it? */
void
Association::ended(OFCondition cond)
{
	if (cond == DUL_PEERREQUESTEDRELEASE) {
		if (options_.silence == Silence::release) {
			be_silent(run_, fd_);
			return;
		}
		/* Before the peer knows: it may come again at once. */
		leave();
		ASC_acknowledgeRelease(asc_);
		event_log_.say("released");
		let_go(fd_);
	} else if (cond == DUL_PEERABORTEDASSOCIATION) {
		event_log_.say("aborted by the peer");
	} else {
		event_log_.say("lost: %s", cond.text());
	}
}

bool
Association::next_pdv(DUL_PDV *pdv)
{
	while (DUL_NextPDV(&asc_->DULassociation, pdv).bad()) {
		OFCondition cond = DUL_ReadPDVs(&asc_->DULassociation, nullptr, DUL_BLOCK, 0);

		if (cond != DUL_PDATAPDUARRIVED) {
			ended(cond);
			return false;
		}
	}
	return true;
}

bool
Association::next_request(Request *request, ContextId *id)
{
	Bytes command;
	DUL_PDV pdv;

	do {
		if (!next_pdv(&pdv))
			return false;
		if (pdv.pdvType != DUL_COMMANDPDV || command.size() + pdv.fragmentLength > command_max)
			return abort("aborted: no command where one is due");
		const unsigned char *data = static_cast<const unsigned char *>(pdv.data);
		command.insert(command.end(), data, data + pdv.fragmentLength);
	} while (!pdv.lastPDV);
	*id = pdv.presentationContextID;
	if (!request_decode(command, request))
		return abort("aborted: not a command set");
	return true;
}

bool
Association::respond(const Request &request, ContextId id, uint16_t status, uint16_t message_id)
{
	Response response;
	DUL_PDVLIST list = {};
	DUL_PDV pdv = {};
	OFCondition cond;

	response.message_id = message_id;
	response.status = status;
	if (status != 0) {
		response.comment = options_.comment;
		response.offending = options_.offending;
	}
	Bytes command = response_encode(request, response);
	pdv.fragmentLength = command.size();
	pdv.presentationContextID = id;
	pdv.pdvType = DUL_COMMANDPDV;
	pdv.lastPDV = OFTrue;
	pdv.data = command.data();
	list.count = 1;
	list.pdv = &pdv;
	usleep(options_.delay * 1000);
	cond = DUL_WritePDVs(&asc_->DULassociation, &list);
	if (cond.bad())
		ended(cond);
	return cond.good();
}

/* Close without a word. */
bool
Association::drop(const char *what)
{
	event_log_.say("%s", what);
	/* Both ways, so that not even TLS can say goodbye. */
	shutdown(fd_, SHUT_RDWR);
	return false;
}

/* End it with the object half received. */
bool
Association::break_off(unsigned long object)
{
	if (object == options_.abort_mid)
		return abort("aborted in the middle");
	return drop("closed");
}

/* The data set, PDV by PDV, as it comes. False if that is where it all ends. */
bool
Association::receive(const Request &request, ContextId id, unsigned long object, Inbox &inbox)
{
	T_ASC_PresentationContext context;
	DUL_PDV pdv;

	if (!request.has_data_set || ASC_findAcceptedPresentationContext(asc_->params, id, &context).bad())
		return abort("aborted: no data set, or no such context");
	if (!options_.ignore && !options_.out.empty()) {
		inbox.open(options_.out, request.sop_instance, object);
		Bytes head = part10_head(request, context.acceptedTransferSyntax,
			asc_->params->DULparams.callingAPTitle);
		inbox.put(head.data(), head.size());
	}
	do {
		if (!next_pdv(&pdv))
			return false;
		if (pdv.pdvType != DUL_DATASETPDV || pdv.presentationContextID != id)
			return abort("aborted: no data where some is due");
		if (object == options_.abort_mid || object == options_.close_at) {
			inbox.drop();
			return break_off(object);
		}
		inbox.put(pdv.data, pdv.fragmentLength);
	} while (!pdv.lastPDV);
	return true;
}

/* An instance that never gets its answer; what happens instead ends the association. */
bool
Association::is_cursed(const std::string &sop_instance)
{
	if (names(options_.abort_uids, sop_instance)) {
		abort(("aborted " + sop_instance).c_str());
	} else if (names(options_.drop_uids, sop_instance)) {
		drop(("dropped " + sop_instance).c_str());
	} else if (names(options_.mute_uids, sop_instance)) {
		event_log_.say("mute %s", sop_instance.c_str());
		fall_silent();
	} else {
		return false;
	}
	return true;
}

bool
Association::misbehaves(unsigned long object) const
{
	return options_.silence == Silence::store || object == options_.abort_at || options_.huge_pdu ||
		object == options_.release_instead;
}

/* Something else than an answer; it ends the association. */
bool
Association::misbehave(unsigned long object)
{
	if (options_.silence == Silence::store)
		return fall_silent();
	if (object == options_.abort_at)
		return abort("aborted");
	if (options_.huge_pdu)
		say_last("huge", { 4, 0, 0x80, 0, 0, 0 });
	else
		say_last("release requested", { 5, 0, 0, 0, 0, 4, 0, 0, 0, 0 });
	return false;
}

/* What became of the object, before its answer goes out. */
void
Association::record_result(const std::string &sop_instance, uint16_t status, Inbox &inbox)
{
	const char *what = "refused";

	if (status_keeps(status)) {
		what = inbox.keep() ? "stored" : "ignored";
		run_.memory.stored(sop_instance);
	}
	event_log_.say("%s %s %04X", what, sop_instance.c_str(), status);
}

bool
Association::answer_store(const Request &request, ContextId id)
{
	const std::string &uid = request.sop_instance;
	Sighting sighting = run_.memory.meet(uid);
	uint16_t status = options_.status(sighting, uid);
	uint16_t message_id = request.message_id;
	Inbox inbox;

	if (!receive(request, id, sighting.object, inbox))
		return false;
	if (misbehaves(sighting.object))
		return misbehave(sighting.object);
	if (is_cursed(uid))
		return false;
	record_result(uid, status, inbox);
	if (sighting.object == options_.wrong_id)
		message_id = static_cast<uint16_t>(message_id + 1000);
	return respond(request, id, status, message_id);
}

bool
Association::answer_echo(const Request &request, ContextId id)
{
	event_log_.say("echo");
	if (options_.silence == Silence::echo)
		return fall_silent();
	return respond(request, id, options_.echo_status, request.message_id);
}

void
Association::serve()
{
	ContextId id = 0;
	Request request;
	bool on = admit();

	while (on && next_request(&request, &id)) {
		if (request.field == store_request)
			on = answer_store(request, id);
		else if (request.field == echo_request)
			on = answer_echo(request, id);
		else
			on = abort("aborted: not a command we know");
	}
}

void
need(OFCondition cond, const char *what)
{
	if (cond.bad())
		die("%s: %s", what, cond.text());
}

/* IRIS with the guide's section 6: the client's certificate is wanted, TLS 1.2
 * and 1.3, these lists of ciphers. */
std::unique_ptr<DcmTransportLayer>
make_tls(const Options &options)
{
	static const char suites[] = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
		"TLS_AES_128_GCM_SHA256";
	auto layer = std::make_unique<DcmTLSTransportLayer>(NET_ACCEPTOR, nullptr, OFTrue);
	SSL_CTX *context = layer->getNativeHandle();

	/* The layer's own setCertificateFile takes two arguments up to DCMTK 3.6.7 and three after it. */
	if (!SSL_CTX_use_PrivateKey_file(context, options.key.c_str(), SSL_FILETYPE_PEM) ||
	    !SSL_CTX_use_certificate_file(context, options.cert.c_str(), SSL_FILETYPE_PEM))
		die("cannot read a key from %s and its certificate from %s", options.key.c_str(),
		    options.cert.c_str());
	need(layer->addTrustedCertificateFile(options.ca.c_str(), DCF_Filetype_PEM), options.ca.c_str());
	layer->setCertificateVerification(DCV_requireCertificate);
	SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(options.ca.c_str()));
	if (!SSL_CTX_check_private_key(context) ||
	    !SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) ||
	    !SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) ||
	    !SSL_CTX_set_cipher_list(context, "ALL:!aNULL:!eNULL:!EXP:!SSLv2") ||
	    !SSL_CTX_set_ciphersuites(context, suites))
		die("cannot set TLS up from %s and %s", options.key.c_str(), options.cert.c_str());
	return layer;
}

/* Listen on the loopback. *port: what to ask for, then what it became. */
int
listen_on(uint16_t *port)
{
	struct sockaddr_in address = {};
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(*port);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
	    bind(fd, reinterpret_cast<struct sockaddr *>(&address), sizeof address) < 0 ||
	    listen(fd, 16) < 0 ||
	    getsockname(fd, reinterpret_cast<struct sockaddr *>(&address), &size) < 0)
		die("cannot listen on port %u: %s", *port, std::strerror(errno));
	*port = ntohs(address.sin_port);
	return fd;
}

/* Finish the handshake, if there is one, and leave the request unread. */
void
serve_handshake_only(Run &run, int fd)
{
	if (!run.layer) {
		be_silent(run, fd);
		close(fd);
		return;
	}
	std::unique_ptr<DcmTransportConnection> connection(run.layer->createConnection(fd, OFTrue));
	if (connection && connection->serverSideHandshake().good())
		be_silent(run, fd);
}

/* The next association's request, from an accepted descriptor, which DCMTK takes
 * over. Null if none comes. */
T_ASC_Association *
receive_request(Run &run, int fd)
{
	struct pollfd readable = { fd, POLLIN, 0 };
	T_ASC_Association *asc = nullptr;
	OFCondition cond;

	/* A peer that says nothing shall not stand in the door. */
	while (poll(&readable, 1, -1) < 0 && errno == EINTR)
		;
	std::lock_guard<std::mutex> lock(run.door);
	dcmExternalSocketHandle.set(fd);
	cond = ASC_receiveAssociation(run.network, &asc, receive_buffer, nullptr, nullptr,
		run.layer != nullptr);
	if (cond.bad()) {
		run.event_log.say("nobody: %s", cond.text());
		ASC_destroyAssociation(&asc);
		return nullptr;
	}
	run.associations++;
	return asc;
}

/* A connection, to its end. */
void
serve_connection(Run &run, int fd)
{
	int on = 1;

	/* DCMTK writes a PDU in two; with Nagle each answer would take 40 ms. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (run.options.silence == Silence::connect) {
		be_silent(run, fd);
		close(fd);
	} else if (run.options.silence == Silence::tls) {
		serve_handshake_only(run, fd);
	} else if (run.options.fast_receiver) {
		auto layer = static_cast<DcmTLSTransportLayer *>(run.layer.get());
		SSL_CTX *context = layer ? layer->getNativeHandle() : nullptr;

		if (fast_receiver_serve({ run.options, run.event_log, run.memory, context }, fd)) {
			std::lock_guard<std::mutex> lock(run.door);
			run.associations++;
		}
	} else if (T_ASC_Association *asc = receive_request(run, fd)) {
		Association(run, asc, fd).serve();
	}
}

/* With --concurrent, to the end of the process: --count is not for it. */
void
serve(Run &run, int listener)
{
	const Options &options = run.options;

	while (options.count == 0 || run.associations < options.count) {
		int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);

		if (fd < 0)
			continue;
		if (options.concurrent)
			std::thread(serve_connection, std::ref(run), fd).detach();
		else
			serve_connection(run, fd);
	}
}

} /* namespace */

int
main(int argc, char **argv)
{
	Options options = options_parse(argc, argv);
	uint16_t port = options.port;
	int listener = listen_on(&port);
	Run run(options);

	signal(SIGALRM, [](int) { _exit(0); });
	alarm(options.lifetime);
	dcmDisableGethostbyaddr.set(OFTrue);
	dcmSocketReceiveTimeout.set(0);
	/* Given a descriptor, DCMTK does not listen itself. */
	dcmExternalSocketHandle.set(listener);
	need(ASC_initializeNetwork(NET_ACCEPTOR, port, static_cast<int>(options.lifetime), &run.network),
		"cannot initialise DCMTK's network layer");
	if (options.tls) {
		run.layer = make_tls(options);
		need(ASC_setTransportLayer(run.network, run.layer.get(), 0), "TLS");
	}
	run.event_log.say("port %u", port);
	serve(run, listener);
	ASC_dropNetwork(&run.network);
	close(listener);
	return 0;
}
