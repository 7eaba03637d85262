/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Associations over one end of a socket pair. The receiver's answers are written to the other end
 * beforehand, and what we sent is read from it afterwards: correct and incorrect PDUs (PS3.8 9.3), and the
 * message that a user sees.
 */
#include "dcmtk/association.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check_main.h"
#include "dicom/extneg.h"
#include "dicom/pdu.h"
#include "dicom/status.h"
#include "dicom_bytes.h"
#include "net/channel.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LONG_MS	 20000
#define SHORT_MS 50

static const struct encoding implicit_le = { .explicit_vr = false, .big_endian = false };

/* One association and its far end; all zero except what a test sets. */
static struct endpoint endpoint;
static struct association_request request;
static struct plan plan;
static struct association_facts facts;
static struct association *assoc;
static struct err err;
static int far_end = -1;

/* The receiver's A-ASSOCIATE-AC. All zero: everything is accepted, as first proposed, with PDUs of any
 * length. */
struct acceptance {
	uint32_t max_pdu;
	unsigned window; /* 0: not a word of it */
	uint8_t refusal; /* of every context, PS3.8 table 9-18 */
	bool second;     /* in the second syntax of each */
	bool identity;   /* our user is confirmed */
};

/* --- what the receiver says */

static void
say(const void *data, size_t len)
{
	ck_assert_int_eq(write(far_end, data, len), (ssize_t)len);
}

static void
put_be(struct bytes *b, uint32_t value, size_t size)
{
	for (size_t i = size; i-- > 0;) {
		uint8_t byte = (uint8_t)(value >> 8 * i);

		bytes_put(b, &byte, 1);
	}
}

/* A PDU, if type is below 10H, else an item: lengths of 4 and of 2 bytes. */
static void
put_item(struct bytes *b, uint8_t type, const void *body, size_t len)
{
	put_be(b, (uint32_t)type << 8, 2);
	put_be(b, (uint32_t)len, type < 0x10 ? 4 : 2);
	bytes_put(b, body, len);
}

static void
say_pdu(uint8_t type, const void *body, size_t len)
{
	struct bytes pdu = { 0 };

	put_item(&pdu, type, body, len);
	say(pdu.data, pdu.len);
	bytes_free(&pdu);
}

static void
put_context(struct bytes *b, const struct plan_context *context, const struct acceptance *how)
{
	const char *syntax = context->syntaxes[how->second && context->syntaxes[1][0] ? 1 : 0];
	struct bytes body = { 0 };

	put_be(&body, context->id, 1);
	put_be(&body, (uint32_t)how->refusal << 8, 3);
	bytes_zero(&body, 0);
	put_item(&body, 0x40, syntax, strlen(syntax));
	/* id, reserved, result, reserved */
	body.data[1] = 0;
	body.data[2] = how->refusal;
	body.data[3] = 0;
	put_item(b, 0x21, body.data, body.len);
	bytes_free(&body);
}

static void
put_user(struct bytes *b, const struct acceptance *how)
{
	struct bytes body = { 0 }, value = { 0 };

	put_be(&value, how->max_pdu, 4);
	put_item(&body, 0x51, value.data, 4);
	put_item(&body, 0x52, "1.2.3", 5);
	put_item(&body, 0x55, "FAKE_1", 6);
	value.len = 0;
	put_be(&value, how->window, 2);
	put_be(&value, 1, 2);
	if (how->window)
		put_item(&body, 0x53, value.data, 4);
	if (how->identity)
		put_item(&body, 0x59, "\0\0", 2);
	put_item(b, 0x50, body.data, body.len);
	bytes_free(&body);
	bytes_free(&value);
}

/* An A-ASSOCIATE-AC for the plan. */
static struct bytes
acceptance(const struct acceptance *how)
{
	struct bytes body = { 0 }, pdu = { 0 };

	bytes_zero(&body, 68);
	body.data[1] = 1;
	memcpy(body.data + 4, "IRIS            US              ", 32);
	put_item(&body, 0x10, "1.2.840.10008.3.1.1.1", 21);
	for (size_t i = 0; i < plan.count; i++)
		put_context(&body, &plan.contexts[i], how);
	put_user(&body, how);
	put_item(&pdu, PDU_ASSOCIATE_AC, body.data, body.len);
	bytes_free(&body);
	return pdu;
}

static void
say_accepted(const struct acceptance *how)
{
	static const struct acceptance all;
	struct bytes pdu = acceptance(how ? how : &all);

	say(pdu.data, pdu.len);
	bytes_free(&pdu);
}

/* A PDV; control: 1 of a command, 2 the last. */
static void
put_pdv(struct bytes *b, uint8_t context, uint8_t control, const void *data, size_t len)
{
	put_be(b, (uint32_t)len + 2, 4);
	put_be(b, context, 1);
	put_be(b, control, 1);
	bytes_put(b, data, len);
}

static void
put_us(struct bytes *b, uint32_t tag, uint16_t value)
{
	uint8_t le[2] = { (uint8_t)value, (uint8_t)(value >> 8) };

	bytes_value(b, implicit_le, tag, "US", le, 2);
}

struct response {
	uint16_t field, id, status;
	bool data_set;	     /* one follows */
	const char *comment; /* NULL: none */
	size_t padding;	     /* bytes of an element that nobody knows */
};

/* The command set. */
static struct bytes
response(const struct response *rsp)
{
	struct bytes b = { 0 };

	put_us(&b, 0x00000100, rsp->field);
	put_us(&b, 0x00000120, rsp->id);
	put_us(&b, 0x00000800, rsp->data_set ? 1 : 0x0101);
	put_us(&b, 0x00000900, rsp->status);
	if (rsp->comment)
		bytes_text(&b, implicit_le, 0x00000902, "LO", rsp->comment);
	if (rsp->padding) {
		void *padding = calloc(1, rsp->padding);

		bytes_value(&b, implicit_le, 0x0000fff0, "OB", padding, rsp->padding);
		free(padding);
	}
	return b;
}

/* In PDUs of a fragment each, as many as it takes. */
static void
say_response(const struct response *rsp, size_t fragment)
{
	struct bytes command = response(rsp);

	for (size_t at = 0; at < command.len; at += fragment) {
		size_t n = command.len - at < fragment ? command.len - at : fragment;
		struct bytes pdv = { 0 };

		put_pdv(&pdv, 1, at + n == command.len ? 3 : 1, command.data + at, n);
		say_pdu(PDU_P_DATA, pdv.data, pdv.len);
		bytes_free(&pdv);
	}
	bytes_free(&command);
}

static void
say_stored(uint16_t id, uint16_t status)
{
	say_response(&(struct response){ .field = COMMAND_C_STORE_RSP, .id = id, .status = status }, 65536);
}

static const uint8_t no_more[4];

/* --- what we said */

/* All of it so far. The PDUs' types, as digits; and the last data set. */
struct said {
	struct bytes raw;
	char types[4096];
	struct bytes data;
	size_t longest; /* PDU's body */
};

static void
note_pdu(struct said *said, const uint8_t *pdu, size_t len)
{
	struct pdv pdv;
	size_t n, used = strlen(said->types);

	ck_assert_uint_lt(used, sizeof said->types - 1);
	said->types[used] = (char)('0' + pdu[0]);
	if (len > said->longest && pdu[0] == PDU_P_DATA)
		said->longest = len;
	for (const uint8_t *at = pdu + PDU_HEAD_SIZE; pdu[0] == PDU_P_DATA && len > 0; at += n, len -= n) {
		n = pdv_parse(at, len, &pdv);
		ck_assert_uint_gt(n, 0);
		if (pdv.command)
			said->data.len = 0;
		else
			bytes_put(&said->data, pdv.data, pdv.size);
	}
}

static void
listen_to(struct said *said)
{
	static uint8_t buf[65536];
	ssize_t n;

	memset(said, 0, sizeof *said);
	while ((n = recv(far_end, buf, sizeof buf, MSG_DONTWAIT)) > 0)
		bytes_put(&said->raw, buf, (size_t)n);
	for (size_t at = 0; at < said->raw.len;) {
		const uint8_t *pdu = said->raw.data + at;
		size_t len = (size_t)pdu[2] << 24 | (size_t)pdu[3] << 16 | (size_t)pdu[4] << 8 | pdu[5];

		ck_assert_uint_le(at + PDU_HEAD_SIZE + len, said->raw.len);
		note_pdu(said, pdu, len);
		at += PDU_HEAD_SIZE + len;
	}
}

static void
forget(struct said *said)
{
	bytes_free(&said->raw);
	bytes_free(&said->data);
}

static void
assert_said(const char *types)
{
	struct said said;

	listen_to(&said);
	ck_assert_str_eq(said.types, types);
	forget(&said);
}

/* --- a test's life */

static void
set_up_once(void)
{
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(association_init(0, &err), 0);
}

static void
set_up(void)
{
	endpoint = (struct endpoint){ .host = "iris", .port = 104, .send_timeout = LONG_MS,
		.connect_timeout = LONG_MS, .limit = deadline_never() };
	request = (struct association_request){ .endpoint = &endpoint, .calling = "US", .called = "IRIS",
		.plan = &plan, .accept_timeout = LONG_MS, .response_timeout = LONG_MS,
		.release_timeout = LONG_MS, .max_object_memory = 1 << 20 };
	plan_echo(&plan);
}

/* The two ends, in clear. */
static struct channel *
make_channel(void)
{
	struct channel *channel;
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	far_end = pair[1];
	channel = channel_adopt(&endpoint, pair[0], &err);
	ck_assert_msg(channel != NULL, "%s", err.text);
	return channel;
}

/* Negotiate; the receiver's answer is `answer`, if there is one. */
static void
negotiate(void (*answer)(void))
{
	struct channel *channel = make_channel();

	if (answer)
		answer();
	assoc = association_negotiate(&request, channel, &facts, &err);
}

static void
associate_as(const struct acceptance *how)
{
	struct channel *channel = make_channel();

	say_accepted(how);
	assoc = association_negotiate(&request, channel, &facts, &err);
	ck_assert_msg(assoc != NULL, "%s", err.text);
}

static void
associate(void)
{
	associate_as(NULL);
}

static void
assert_fails(enum err_kind kind, const char *text, const char *hint)
{
	ck_assert_msg(err.kind == kind, "[%s] %s", err_word(err.kind), err.text);
	ck_assert_msg(strstr(err.text, text) != NULL, "no \"%s\" in: %s", text, err.text);
	if (hint)
		ck_assert_msg(strstr(err.hint, hint) != NULL, "no \"%s\" in: %s", hint, err.hint);
}

/* Abort, without waiting for the far end to close. */
static void
break_off(void)
{
	shutdown(far_end, SHUT_WR);
	association_dcmtk.abort(assoc);
}

/* --- opening */

#define SAYS(literal) literal, sizeof(literal) - 1
#define ABORTED_BY_US "\7\0\0\0\0\4\0\0\2\6"

/* Other answers than an acceptance. */
static const struct {
	const char *name;
	const char *says;
	size_t len;
	bool closes;
	enum err_kind kind;
	enum err_retry retryable;
	enum peer_answer answer;
	bool refused; /* with an A-ABORT of ours */
	const char *text, *hint;
} answers[] = {
	{ "nothing, and closes", SAYS(""), true, ERR_ABORTED, RETRY_BY_KIND, ANSWER_NONE, false,
		"no association with IRIS: iris:104 closed the connection instead of answering",
		"It may speak TLS on this port" },
	{ "an A-ABORT of its user", SAYS("\7\0\0\0\0\4\0\0\0\0"), false, ERR_ABORTED, RETRY_BY_KIND,
		ANSWER_DICOM, false, "the receiving application aborted the association (source 0)",
		"Event Log" },
	{ "an A-ABORT of its provider", SAYS("\7\0\0\0\0\4\0\0\2\2"), false, ERR_ABORTED, RETRY_BY_KIND,
		ANSWER_DICOM, false, "it received an unexpected PDU (source 2, reason 2)", "-d" },
	{ "an A-ABORT without a source", SAYS("\7\0\0\0\0\2\0\0"), false, ERR_ABORTED, RETRY_BY_KIND,
		ANSWER_DICOM, false, "the receiver aborted the association", NULL },
	{ "a malformed rejection", SAYS("\3\0\0\0\0\3\0\1\1"), false, ERR_ABORTED, RETRY_NEVER, ANSWER_OTHER,
		true, "malformed A-ASSOCIATE-RJ of 3 bytes", "log" },
	{ "a malformed acceptance", SAYS("\2\0\0\0\0\4\0\1\0\0"), false, ERR_ABORTED, RETRY_NEVER,
		ANSWER_OTHER, true, "A-ASSOCIATE-AC is malformed: 4 bytes are too few", "log" },
	{ "a malformed P-DATA-TF", SAYS("\4\0\0\0\0\0"), false, ERR_ABORTED, RETRY_NEVER, ANSWER_OTHER, true,
		"an empty P-DATA-TF", "log" },
	{ "a web server", SAYS("HTTP/1.1 400 Bad Request\r\n"), false, ERR_ABORTED, RETRY_NEVER, ANSWER_OTHER,
		true, "a PDU of type 48H, which does not exist in DICOM", "check host and port" },
	{ "a PDU too long", SAYS("\2\0\x7f\0\0\0"), false, ERR_ABORTED, RETRY_NEVER, ANSWER_OTHER, true,
		"an A-ASSOCIATE-AC that claims 2130706432 bytes", "log" },
	{ "half a head", SAYS("\2\0\0"), true, ERR_ABORTED, RETRY_BY_KIND, ANSWER_OTHER, false,
		"iris:104 closed the connection instead of answering", "log" },
	{ "half a body", SAYS("\2\0\0\0\0\x44\0\1"), true, ERR_ABORTED, RETRY_BY_KIND, ANSWER_OTHER, false,
		"iris:104 closed the connection instead of answering", "log" },
	{ "data", SAYS("\4\0\0\0\0\6\0\0\0\2\1\3"), false, ERR_ABORTED, RETRY_BY_KIND, ANSWER_OTHER, false,
		"no association with IRIS: the receiver sent a P-DATA-TF unexpectedly", "-d" },
	{ "a release request", SAYS("\5\0\0\0\0\4\0\0\0\0"), false, ERR_ABORTED, RETRY_BY_KIND, ANSWER_OTHER,
		false, "the receiver sent an A-RELEASE-RQ unexpectedly", "-d" },
	{ "a release", SAYS("\6\0\0\0\0\4\0\0\0\0"), false, ERR_ABORTED, RETRY_BY_KIND, ANSWER_OTHER, false,
		"the receiver sent an A-RELEASE-RP unexpectedly", "-d" },
};

START_TEST(other_answers)
{
	struct channel *channel = make_channel();

	say(answers[_i].says, answers[_i].len);
	if (answers[_i].closes)
		shutdown(far_end, SHUT_WR);
	assoc = association_negotiate(&request, channel, &facts, &err);
	ck_assert_ptr_null(assoc);
	assert_fails(answers[_i].kind, answers[_i].text, answers[_i].hint);
	ck_assert_int_eq(err.retryable, answers[_i].retryable);
	ck_assert_int_eq(facts.answer, answers[_i].answer);
	ck_assert_str_eq(err.phase, "association");
	if (answers[_i].refused) {
		struct said said;

		listen_to(&said);
		ck_assert_str_eq(said.types, "17");
		ck_assert_mem_eq(said.raw.data + said.raw.len - 10, ABORTED_BY_US, 10);
		forget(&said);
	}
}
END_TEST

/* Every result, with every source and reason (PS3.8 table 9-21), and reserved ones. */
static const struct {
	const char *text;
	uint8_t source, reason;
} rejections[] = {
	{ "it gives no reason", 1, 1 },
	{ "application context", 1, 2 },
	{ "calling", 1, 3 },
	{ "called", 1, 7 },
	{ "its association layer gives no reason", 2, 1 },
	{ "version", 2, 2 },
	{ "congested", 3, 1 },
	{ "limit", 3, 2 },
	{ "reserved by the standard", 1, 4 },
	{ "reserved by the standard", 9, 9 },
};

START_TEST(rejected)
{
	struct channel *channel = make_channel();
	int result = _i % 3 + 1, row = _i / 3;
	const uint8_t body[] = { 0, (uint8_t)result, rejections[row].source, rejections[row].reason };

	say_pdu(PDU_ASSOCIATE_RJ, body, sizeof body);
	assoc = association_negotiate(&request, channel, &facts, &err);
	ck_assert_ptr_null(assoc);
	assert_fails(ERR_REJECTED, "the receiver rejected the association", NULL);
	ck_assert_msg(strstr(err.text, rejections[row].text) != NULL, "%s", err.text);
	ck_assert_int_eq(err.detail, result << 16 | rejections[row].source << 8 | rejections[row].reason);
	ck_assert_str_eq(err.phase, "association");
	ck_assert_int_eq(facts.answer, ANSWER_DICOM);
}
END_TEST

START_TEST(silence)
{
	request.accept_timeout = SHORT_MS;
	negotiate(NULL);
	ck_assert_ptr_null(assoc);
	assert_fails(ERR_TIMEOUT, "no association with IRIS: no answer within 50 ms", "--accept-timeout");
	ck_assert_int_eq(facts.answer, ANSWER_NONE);
	/* The deadline is of whole milliseconds. */
	ck_assert_int_ge(facts.accept_us, (SHORT_MS - 1) * 1000);
}
END_TEST

static void
say_half(void)
{
	say("\2\0\0\0\1\0\0\1", 8);
}

START_TEST(silence_in_a_pdu)
{
	request.accept_timeout = 1000; /* in which DCMTK begins to read */
	negotiate(say_half);
	ck_assert_ptr_null(assoc);
	assert_fails(ERR_TIMEOUT, "no association with IRIS: no answer within 1000 ms", "--accept-timeout");
	ck_assert_int_eq(facts.answer, ANSWER_OTHER);
}
END_TEST

START_TEST(limit)
{
	endpoint.limit = deadline_in(SHORT_MS);
	negotiate(NULL);
	ck_assert_ptr_null(assoc);
	assert_fails(ERR_TIMEOUT, "no association with IRIS: no answer before --max-time ended the run", NULL);
}
END_TEST

START_TEST(interrupted)
{
	ck_assert_int_eq(interrupt_install(), 0);
	raise(SIGTERM);
	negotiate(NULL);
	ck_assert_ptr_null(assoc);
	assert_fails(ERR_SIGTERM, "no association with IRIS: interrupted", NULL);
}
END_TEST

/* The far end closes before we have written anything. */
START_TEST(gone)
{
	struct channel *channel = make_channel();

	close(far_end);
	assoc = association_negotiate(&request, channel, &facts, &err);
	ck_assert_ptr_null(assoc);
	assert_fails(ERR_ABORTED, "no association with IRIS: the connection to iris:104 was lost: Broken pipe",
		"It may speak TLS on this port");
}
END_TEST

/* An acceptance may come byte by byte. */
START_TEST(dribbles)
{
	static const struct acceptance all;
	static struct channel *channel; /* which the child does not lose sight of */
	struct bytes pdu = acceptance(&all);
	pid_t pid;

	channel = make_channel();
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		for (size_t i = 0; i < pdu.len; i++) {
			(void)!write(far_end, pdu.data + i, 1);
			usleep(100);
		}
		_exit(0);
	}
	assoc = association_negotiate(&request, channel, &facts, &err);
	ck_assert_msg(assoc != NULL, "%s", err.text);
	waitpid(pid, NULL, 0);
	bytes_free(&pdu);
	break_off();
	assert_said("17");
}
END_TEST

START_TEST(agreed)
{
	request.max_pdu_receive = 32768;
	associate_as(&(struct acceptance){ .max_pdu = 16384, .identity = true });
	ck_assert_uint_eq(facts.proposed_count, 1);
	ck_assert_uint_eq(facts.accepted_count, 1);
	ck_assert_str_eq(facts.accepted[0], UID_IMPLICIT_LE);
	ck_assert_uint_eq(facts.max_pdu_send, 16384);
	ck_assert_uint_eq(facts.window, 1);
	ck_assert_str_eq(facts.peer_implementation, "1.2.3");
	ck_assert_str_eq(facts.peer_version, "FAKE_1");
	ck_assert(facts.user_confirmed);
	ck_assert_int_eq(facts.answer, ANSWER_DICOM);
	ck_assert_ptr_null(facts.channel.protocol);
	say_pdu(PDU_RELEASE_RP, no_more, 4);
	ck_assert_int_eq(association_dcmtk.release(assoc, &err), 0);
	assert_said("15");
}
END_TEST

START_TEST(no_context)
{
	struct channel *channel = make_channel();

	say_accepted(&(struct acceptance){ .refusal = 3 });
	assoc = association_negotiate(&request, channel, &facts, &err);
	ck_assert_ptr_null(assoc);
	assert_fails(ERR_NO_CONTEXT, "IRIS accepted the association but none of the 1 presentation contexts",
		"LocalAET/RemoteAET");
	ck_assert_uint_eq(facts.accepted_count, 0);
	assert_said("17");
}
END_TEST

START_TEST(tiny_pdu)
{
	struct channel *channel = make_channel();

	say_accepted(&(struct acceptance){ .max_pdu = 13 });
	assoc = association_negotiate(&request, channel, &facts, &err);
	ck_assert_ptr_null(assoc);
	assert_fails(ERR_ABORTED, "accepts PDUs of at most 13 bytes", "16384 is usual");
	ck_assert_int_eq(err.retryable, RETRY_NEVER);
	assert_said("17");
}
END_TEST

/* --- who we are */

static char secret[] = "a password or token";

static const struct {
	const char *name;
	enum user_identity identity;
	uint8_t type;
	const char *primary, *secondary;
} identities[] = {
	{ "name", USER_NAME, 1, "me", "" },
	{ "name and password", USER_NAME_PASSWORD, 2, "me", secret },
	{ "SAML", USER_SAML, 4, secret, "" },
	{ "JWT", USER_JWT, 5, secret, "" },
};

START_TEST(identity)
{
	const struct secret given = { .bytes = secret, .len = strlen(secret), .given = true };
	size_t first = strlen(identities[_i].primary), second = strlen(identities[_i].secondary);
	struct bytes item = { 0 }, value = { 0 };
	struct said said;

	request.identity = identities[_i].identity;
	request.user = "me";
	request.user_secret = &given;
	request.user_response = true;
	associate();
	ck_assert(!facts.user_confirmed);
	put_be(&value, identities[_i].type, 1);
	put_be(&value, 1, 1);
	put_be(&value, (uint32_t)first, 2);
	bytes_put(&value, identities[_i].primary, first);
	put_be(&value, (uint32_t)second, 2);
	bytes_put(&value, identities[_i].secondary, second);
	put_item(&item, 0x58, value.data, value.len);
	listen_to(&said);
	ck_assert(memmem(said.raw.data, said.raw.len, item.data, item.len) != NULL);
	forget(&said);
	bytes_free(&item);
	bytes_free(&value);
	break_off();
}
END_TEST

START_TEST(identity_too_long)
{
	static char text[65537];
	const struct secret given = { .bytes = text, .len = 65536, .given = true };

	memset(text, 'x', 65536);
	request.identity = _i == 0 ? USER_NAME : _i == 1 ? USER_NAME_PASSWORD : USER_JWT;
	request.user = _i == 0 ? text : "me";
	request.user_secret = &given;
	negotiate(NULL);
	ck_assert_ptr_null(assoc);
	assert_fails(ERR_USAGE, _i == 0 ? "--user: the name is longer" :
		_i == 1 ? "the user's password has 65536 bytes" : "the user's token has 65536 bytes", NULL);
	assert_said("");
}
END_TEST

/* --- C-ECHO */

#define ECHO COMMAND_C_ECHO_RSP

static void
say_echoed(void)
{
	say_response(&(struct response){ .field = ECHO, .id = 1 }, 65536);
}

static void
say_refused_in_pieces(void)
{
	say_response(&(struct response){ .field = ECHO, .id = 1, .status = 0x0122, .comment = "no" }, 7);
}

/* A data set follows, which an echo does not have: it is skipped. */
static void
say_echoed_with_data(void)
{
	struct bytes pdvs = { 0 };

	say_response(&(struct response){ .field = ECHO, .id = 1, .data_set = true }, 65536);
	put_pdv(&pdvs, 1, 0, "12", 2);
	put_pdv(&pdvs, 1, 2, "34", 2);
	say_pdu(PDU_P_DATA, pdvs.data, pdvs.len);
	bytes_free(&pdvs);
}

static const struct {
	const char *name;
	void (*answer)(void);
	uint16_t status;
} echoes[] = {
	{ "success", say_echoed, 0 },
	{ "refused, in pieces", say_refused_in_pieces, 0x0122 },
	{ "with a data set", say_echoed_with_data, 0 },
};

START_TEST(echo)
{
	struct command_rsp rsp;
	int64_t rtt_us = -1;

	associate();
	echoes[_i].answer();
	ck_assert_int_eq(association_dcmtk.echo(assoc, &rsp, &rtt_us, &err), 0);
	ck_assert_uint_eq(rsp.status, echoes[_i].status);
	ck_assert_int_ge(rtt_us, 0);
	say_pdu(PDU_RELEASE_RP, no_more, 4);
	ck_assert_int_eq(association_dcmtk.release(assoc, &err), 0);
	assert_said("145");
}
END_TEST

static void
say_other_id(void)
{
	say_response(&(struct response){ .field = ECHO, .id = 7 }, 65536);
}

static void
say_other_command(void)
{
	say_response(&(struct response){ .field = COMMAND_C_STORE_RSP, .id = 1 }, 65536);
}

static void
say_data(void)
{
	say("\4\0\0\0\0\10\0\0\0\4\1\2\0\0", 14);
}

static void
say_command_twice(void)
{
	say_response(&(struct response){ .field = ECHO, .id = 1, .data_set = true }, 65536);
	say_echoed();
}

static void
say_foreign_context(void)
{
	say("\4\0\0\0\0\10\0\0\0\4\3\3\0\0", 14);
}

static void
say_much(void)
{
	say_response(&(struct response){ .field = ECHO, .id = 1, .padding = 65536 }, 16000);
}

static void
say_nonsense(void)
{
	say("\4\0\0\0\0\14\0\0\0\10\1\3abcdef", 18);
}

static void
say_abort(void)
{
	say_pdu(PDU_ABORT, "\0\0\2\1", 4);
}

static void
say_release(void)
{
	say_pdu(PDU_RELEASE_RQ, no_more, 4);
}

static void
say_accepted_again(void)
{
	say_accepted(NULL);
}

static void
say_unknown(void)
{
	say_pdu(8, no_more, 4);
}

static void
say_end(void)
{
	shutdown(far_end, SHUT_WR);
}

static void
say_nothing(void)
{
}

static const struct {
	const char *name;
	void (*answer)(void);
	enum err_kind kind;
	const char *text;
	const char *phase;
} bad_echoes[] = {
	{ "another message", say_other_id, ERR_ABORTED, "the receiver answered message 7, which was not sent",
		NULL },
	{ "another command", say_other_command, ERR_ABORTED, "with command 8001H instead of 8030H", NULL },
	{ "a data set first", say_data, ERR_ABORTED, "the receiver sent an unexpected data set fragment", NULL },
	{ "a command for data", say_command_twice, ERR_ABORTED, "sent an unexpected command fragment", NULL },
	{ "a context not accepted", say_foreign_context, ERR_ABORTED, "on presentation context 3", NULL },
	{ "too much", say_much, ERR_ABORTED, "the receiver's answer is longer than 65536 bytes", NULL },
	{ "not a command set", say_nonsense, ERR_ABORTED, "waiting for the C-ECHO response", NULL },
	{ "an A-ABORT", say_abort, ERR_ABORTED, "waiting for the C-ECHO response: the receiver aborted the "
		"association: it received an unknown PDU", "response" },
	{ "a release", say_release, ERR_ABORTED, "the receiver released the association", "response" },
	{ "another acceptance", say_accepted_again, ERR_ABORTED, "sent an A-ASSOCIATE-AC unexpectedly",
		"response" },
	{ "an unknown PDU", say_unknown, ERR_ABORTED, "a PDU of type 08H, which does not exist in DICOM",
		"response" },
	{ "an end", say_end, ERR_ABORTED, "iris:104 closed the connection instead of answering",
		"response" },
	{ "nothing", say_nothing, ERR_TIMEOUT, "waiting for the C-ECHO response: no answer within 50 ms",
		"response" },
};

START_TEST(bad_echo)
{
	struct command_rsp rsp;
	int64_t rtt_us;

	request.response_timeout = bad_echoes[_i].answer == say_nothing ? SHORT_MS : LONG_MS;
	associate();
	bad_echoes[_i].answer();
	ck_assert_int_eq(association_dcmtk.echo(assoc, &rsp, &rtt_us, &err), -1);
	assert_fails(bad_echoes[_i].kind, bad_echoes[_i].text, NULL);
	if (bad_echoes[_i].phase)
		ck_assert_str_eq(err.phase, bad_echoes[_i].phase);
	ck_assert_int_eq(err.retryable, RETRY_BY_KIND);
	break_off();
}
END_TEST

START_TEST(interrupted_echo)
{
	struct command_rsp rsp;
	int64_t rtt_us;

	ck_assert_int_eq(interrupt_install(), 0);
	associate();
	raise(SIGINT);
	ck_assert_int_eq(association_dcmtk.echo(assoc, &rsp, &rtt_us, &err), -1);
	assert_fails(ERR_SIGINT, "waiting for the C-ECHO response: interrupted", NULL);
	break_off();
	assert_said("147");
}
END_TEST

/* --- C-STORE */

static const char *
fixture(const char *name)
{
	static char path[1024];
	const char *srcdir = getenv("srcdir");

	snprintf(path, sizeof path, "%s/testdata/%s", srcdir ? srcdir : ".", name);
	return path;
}

static struct instance instance;

/* Read the file's head and plan for it. Kept bytes are dropped if it is to be opened again. */
static void
look_at(const char *path, bool keep)
{
	plan.count = 0;
	ck_assert_msg(part10_read(path, &instance, &err) == PART10_OK, "%s", err.text);
	ck_assert(plan_add(&plan, &instance));
	if (!keep) {
		free(instance.kept);
		instance.kept = NULL;
	}
}

static struct bytes
data_set_of(const struct instance *of)
{
	struct bytes b = { 0 };
	int fd = open(of->path, O_RDONLY);

	bytes_zero(&b, of->data_size);
	ck_assert_int_eq(pread(fd, b.data, of->data_size, (off_t)of->data_offset), (ssize_t)of->data_size);
	close(fd);
	return b;
}

/* Send it and drain the answer, which is there already. */
static void
store(struct send_facts *sent)
{
	struct store_answer answer;

	say_stored(7, 0);
	ck_assert_msg(association_dcmtk.send(assoc, &instance, 7, sent, &err) == SEND_DONE, "%s", err.text);
	ck_assert_msg(association_dcmtk.drain(assoc, &answer, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(answer.message_id, 7);
	ck_assert_uint_eq(answer.rsp.status, 0);
}

/* Files that are sent unchanged, with different limits of the receiver and ours, and with and without
 * reading the file again. */
static const struct {
	const char *file;
	bool keep;
	uint32_t max_pdu, max_ours;
	size_t longest;
	const char *changed;
} raw_files[] = {
	{ "dicom/sr.dcm", true, 0, 0, 0, "" },
	{ "dicom/sr.dcm", false, 0, 0, 0, "" },
	{ "dicom/sr.dcm", true, 14, 0, 8, "" },
	{ "dicom/sr.dcm", true, 17, 0, 10, "" },
	{ "dicom/ct.dcm", false, 1024, 0, 1018, "" },
	{ "dicom/ct.dcm", false, 16384, 4096, 4090, "" },
	{ "dicom/ct.dcm", false, 4096, 16384, 4090, "" },
	{ "dicom/deflated.dcm", true, 4096, 0, 0, "deflated stream of odd length padded" },
	{ "dicom/deflated.dcm", false, 512, 0, 0, "deflated stream of odd length padded" },
	{ "embeddedpdf.dcm", false, 0, 0, 131066, "" },
	{ "embeddedpdf.dcm", false, 16384, 0, 16378, "" },
};

START_TEST(raw)
{
	struct bytes want;
	struct send_facts sent;
	struct said said;
	uint64_t counted = 0;

	request.wire_bytes = &counted;
	request.max_pdu_send = raw_files[_i].max_ours;
	look_at(fixture(raw_files[_i].file), raw_files[_i].keep);
	associate_as(&(struct acceptance){ .max_pdu = raw_files[_i].max_pdu });
	store(&sent);
	listen_to(&said);
	want = data_set_of(&instance);
	if (want.len % 2)
		bytes_zero(&want, 1);
	ck_assert_uint_eq(said.data.len, want.len);
	ck_assert_mem_eq(said.data.data, want.data, want.len);
	ck_assert_uint_eq(counted, want.len);
	ck_assert_str_eq(sent.syntax, instance.syntax);
	ck_assert_uint_eq(sent.bytes, instance.data_size);
	ck_assert_str_eq(sent.changed, raw_files[_i].changed);
	if (raw_files[_i].longest)
		ck_assert_uint_eq(said.longest, raw_files[_i].longest);
	bytes_free(&want);
	forget(&said);
	break_off();
}
END_TEST

/* Files that are converted: what is sent is the same as the fixture of that syntax. */
static const struct {
	const char *name;
	const char *file;
	bool keep, unordered;
	uint32_t max_pdu;
	const char *syntax;
	const char *changed;
} other_files[] = {
	{ "implicit on the fly", "dicom/ct.dcm", false, false, 1024, UID_IMPLICIT_LE,
		"Explicit VR Little Endian to Implicit VR Little Endian" },
	{ "implicit on the fly, kept", "dicom/sr.dcm", true, false, 0, UID_IMPLICIT_LE,
		"Explicit VR Little Endian to Implicit VR Little Endian" },
	{ "by the data set", "dicom/ct.dcm", false, true, 1024, UID_EXPLICIT_LE, "" },
	{ "by the data set, in PDUs of 14", "dicom/sr.dcm", false, true, 14, UID_EXPLICIT_LE, "" },
	{ "big endian by the data set", "dicom/bigendian.dcm", false, false, 4096, UID_EXPLICIT_LE,
		"Explicit VR Big Endian to Explicit VR Little Endian" },
};

/* As if the receiver had not accepted the file's own syntax. */
static void
drop_own_context(void)
{
	for (size_t i = 0; i < plan.count; i++) {
		if (plan.contexts[i].fallback) {
			plan.contexts[0] = plan.contexts[i];
			plan.count = 1;
		}
	}
	ck_assert(plan.contexts[0].fallback);
}

START_TEST(rewritten)
{
	bool implicit = strcmp(other_files[_i].syntax, UID_IMPLICIT_LE) == 0;
	struct send_facts sent;
	struct said said;

	look_at(fixture(other_files[_i].file), other_files[_i].keep);
	if (other_files[_i].unordered)
		instance.raw = RAW_UNORDERED;
	else
		drop_own_context();
	plan.contexts[0].id = 1;
	associate_as(&(struct acceptance){ .max_pdu = other_files[_i].max_pdu, .second = implicit });
	store(&sent);
	listen_to(&said);
	ck_assert_str_eq(sent.syntax, other_files[_i].syntax);
	ck_assert_msg(strncmp(sent.changed, other_files[_i].changed, strlen(other_files[_i].changed)) == 0, "%s",
		sent.changed);
	ck_assert_uint_eq(sent.bytes, said.data.len);
	/* (0008,0005) or whatever is first, with or without a VR. */
	ck_assert_int_eq(said.data.data[4] >= 'A' && said.data.data[4] <= 'Z', !implicit);
	if (other_files[_i].unordered) {
		struct bytes want = data_set_of(&instance);

		ck_assert_uint_eq(said.data.len, want.len);
		ck_assert_mem_eq(said.data.data, want.data, want.len);
		bytes_free(&want);
	}
	forget(&said);
	break_off();
}
END_TEST

/* Of each class (PS3.4 B.2.3, PS3.7 C). */
static const uint16_t statuses[] = { 0x0000, 0x0110, 0x0111, 0x0122, 0xb000, 0xb006, 0xb007, 0xa700, 0xa900,
	0xc000, 0xcfff, 0xfe00, 0x1234 };

START_TEST(status)
{
	struct send_facts sent;
	struct store_answer answer;

	look_at(fixture("dicom/sr.dcm"), true);
	associate();
	say_response(&(struct response){ .field = COMMAND_C_STORE_RSP, .id = 3, .status = statuses[_i],
		.comment = "said so" }, 65536);
	ck_assert_int_eq(association_dcmtk.send(assoc, &instance, 3, &sent, &err), SEND_DONE);
	ck_assert_int_eq(association_dcmtk.drain(assoc, &answer, &err), 0);
	ck_assert_uint_eq(answer.message_id, 3);
	ck_assert_uint_eq(answer.rsp.status, statuses[_i]);
	ck_assert_str_eq(answer.rsp.comment, "said so");
	ck_assert_int_gt(answer.answered_us, 0);
	break_off();
}
END_TEST

/* Several outstanding, answered out of order and two in one PDU. */
START_TEST(window)
{
	static const uint16_t order[] = { 3, 1, 2 };
	struct bytes commands[2] = { response(&(struct response){ .field = COMMAND_C_STORE_RSP, .id = 3 }),
		response(&(struct response){ .field = COMMAND_C_STORE_RSP, .id = 1 }) };
	struct bytes pdvs = { 0 };
	struct send_facts sent;
	struct store_answer answer;
	struct said said;

	request.window = 8;
	look_at(fixture("dicom/sr.dcm"), true);
	associate_as(&(struct acceptance){ .window = 4 });
	ck_assert_uint_eq(facts.window, 4);
	listen_to(&said);
	ck_assert(memmem(said.raw.data, said.raw.len, "\x53\0\0\4\0\10\0\1", 8) != NULL);
	forget(&said);
	for (uint16_t id = 1; id <= 3; id++)
		ck_assert_int_eq(association_dcmtk.send(assoc, &instance, id, &sent, &err), SEND_DONE);
	for (size_t i = 0; i < 2; i++) {
		put_pdv(&pdvs, 1, 3, commands[i].data, commands[i].len);
		bytes_free(&commands[i]);
	}
	say_pdu(PDU_P_DATA, pdvs.data, pdvs.len);
	bytes_free(&pdvs);
	say_stored(2, 0);
	for (size_t i = 0; i < COUNT(order); i++) {
		ck_assert_msg(association_dcmtk.drain(assoc, &answer, &err) == 0, "%s", err.text);
		ck_assert_uint_eq(answer.message_id, order[i]);
	}
	assert_said("444444");
	break_off();
}
END_TEST

/* A receiver that accepts nothing that we need. */
START_TEST(echo_not_accepted)
{
	struct command_rsp rsp;
	int64_t rtt_us;

	look_at(fixture("dicom/sr.dcm"), true);
	associate();
	ck_assert_int_eq(association_dcmtk.echo(assoc, &rsp, &rtt_us, &err), -1);
	assert_fails(ERR_NO_CONTEXT, "the receiver did not accept Verification", NULL);
	break_off();
}
END_TEST

START_TEST(announced)
{
	struct extneg *related = extneg_new(&err);
	struct said said;

	request.related = related;
	look_at(fixture("dicom/ct.dcm"), true);
	associate();
	listen_to(&said);
	ck_assert(memmem(said.raw.data, said.raw.len, "\x57\0", 2) != NULL);
	forget(&said);
	break_off();
	extneg_free(related);
}
END_TEST

/* More than an item of a PDU can contain: nothing is sent, now or later. */
START_TEST(announced_too_much)
{
	char path[] = "/tmp/mtls-association-XXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");
	struct extneg *related = extneg_new(&err);

	fprintf(file, CT_CLASS " = 1.2");
	for (int i = 0; i < 4000; i++)
		fprintf(file, ", 1.2.840.10008.999999.%d", i);
	fclose(file);
	ck_assert_msg(extneg_load(related, path, &err) == 0, "%s", err.text);
	unlink(path);
	request.related = related;
	look_at(fixture("dicom/ct.dcm"), true);
	negotiate(NULL);
	ck_assert_ptr_null(assoc);
	assert_fails(ERR_INTERNAL, "no association with IRIS: ", "Give fewer with --rel-sop-classes");
	ck_assert_int_eq(err.retryable, RETRY_NEVER);
	assert_said("");
	extneg_free(related);
}
END_TEST

/* An object that cannot be sent, before a byte was sent: the association stays open. */
static void
spoil_size(void)
{
	instance.size++;
}

static void
spoil_time(void)
{
	instance.mtime_ns++;
}

static void
spoil_path(void)
{
	instance.path[0] = '?';
}

static void
spoil_class(void)
{
	strcpy(instance.sop_class, "1.2.3");
}

static const struct {
	const char *name;
	bool keep;
	enum raw_support raw;
	void (*spoil)(void);
	enum err_kind kind;
	const char *text;
} refusals[] = {
	{ "changed", false, RAW_FIT, spoil_size, ERR_NO_INPUT, "changed since it was read" },
	{ "changed, kept", true, RAW_FIT, spoil_time, ERR_NO_INPUT, "changed since it was read" },
	{ "changed, by the data set", false, RAW_UNORDERED, spoil_time, ERR_NO_INPUT, "changed since" },
	{ "gone", false, RAW_FIT, spoil_path, ERR_NO_INPUT, "cannot be opened: No such file" },
	{ "gone, kept", true, RAW_FIT, spoil_path, ERR_NO_INPUT, "can no longer be read: No such file" },
	{ "no context", false, RAW_FIT, spoil_class, ERR_NO_CONTEXT, "1.2.3" },
};

START_TEST(refused)
{
	struct send_facts sent;

	look_at(fixture("dicom/sr.dcm"), refusals[_i].keep);
	associate();
	instance.raw = refusals[_i].raw;
	refusals[_i].spoil();
	ck_assert_int_eq(association_dcmtk.send(assoc, &instance, 1, &sent, &err), SEND_REFUSED);
	assert_fails(refusals[_i].kind, refusals[_i].text, NULL);
	assert_said("1");
	break_off();
	assert_said("7");
}
END_TEST

/* What ends the association while an object is being sent, and is noticed when we write. */
static void
hang_up(void)
{
	close(far_end);
	far_end = -1;
}

static void
abort_and_hang_up(void)
{
	say_abort();
	hang_up();
}

static void
garble_and_hang_up(void)
{
	say("GET / HTTP/1.0", 14);
	hang_up();
}

static void
answer_and_hang_up(void)
{
	say_stored(9, 0);
	hang_up();
}

static void
run_out(void)
{
	endpoint.limit = deadline_in(0);
}

static void
stop(void)
{
	endpoint.send_timeout = 0;
	interrupt_waits();
}

static void
stop_and_hang_up(void)
{
	interrupt_waits();
	hang_up();
}

static void
signal_and_hang_up(void)
{
	raise(SIGINT);
	hang_up();
}

static const struct {
	const char *name;
	void (*happens)(void);
	enum err_kind kind;
	const char *text;
} losses[] = {
	{ "hangs up", hang_up, ERR_ABORTED, "sending the data set: the connection to iris:104 was lost: Broken "
		"pipe" },
	{ "aborts and hangs up", abort_and_hang_up, ERR_ABORTED, "sending the data set: the receiver aborted "
		"the association: it received an unknown PDU" },
	{ "garbles", garble_and_hang_up, ERR_ABORTED, "a PDU of type 47H, which does not exist in DICOM" },
	{ "answers another", answer_and_hang_up, ERR_ABORTED, "was lost: Broken pipe" },
	{ "time is up", run_out, ERR_TIMEOUT, "no answer before --max-time ended the run" },
	{ "the run is over", stop, ERR_TIMEOUT, "the run had ended, not finished within 0 ms" },
	{ "hangs up when the run is over", stop_and_hang_up, ERR_ABORTED, "was lost: Broken pipe" },
	{ "hangs up after a signal", signal_and_hang_up, ERR_SIGINT, "interrupted" },
};

START_TEST(lost)
{
	struct send_facts sent;

	ck_assert_int_eq(interrupt_install(), 0);
	look_at(fixture("dicom/ct.dcm"), false);
	instance.raw = _i % 2 ? RAW_FIT : RAW_UNORDERED;
	associate();
	losses[_i].happens();
	ck_assert_int_eq(association_dcmtk.send(assoc, &instance, 1, &sent, &err), SEND_LOST);
	assert_fails(losses[_i].kind, losses[_i].text, NULL);
	ck_assert_str_eq(err.phase, "send");
	break_off();
}
END_TEST

/* It reads no more, so that sending the data times out. */
START_TEST(stuck)
{
	struct send_facts sent;
	enum send_outcome outcome = SEND_DONE;

	endpoint.send_timeout = SHORT_MS;
	look_at(fixture("embeddedpdf.dcm"), false);
	if (_i)
		instance.raw = RAW_UNORDERED;
	associate();
	for (uint16_t id = 1; outcome == SEND_DONE && id < 100; id++)
		outcome = association_dcmtk.send(assoc, &instance, id, &sent, &err);
	ck_assert_int_eq(outcome, SEND_LOST);
	assert_fails(ERR_TIMEOUT, "iris:104 took no more data in time", "--send-timeout waits longer");
	break_off();
}
END_TEST

/* A file that is replaced while it is sent must not become an object on the receiver. */
START_TEST(changed_on_the_way)
{
	char path[] = "/tmp/mtls-association-XXXXXX", byte = 0;
	struct send_facts sent;
	struct bytes file = { 0 };
	int fd = mkstemp(path), source = open(fixture("embeddedpdf.dcm"), O_RDONLY);
	pid_t pid;

	bytes_zero(&file, 168932);
	ck_assert_int_eq(read(source, file.data, file.len), (ssize_t)file.len);
	close(source);
	bytes_save(&file, path);
	bytes_free(&file);
	look_at(path, false);
	request.max_pdu_send = 4096;
	associate();
	/* It is changed once the first of it has arrived, and more is taken only then. */
	endpoint.send_timeout = LONG_MS;
	pid = fork();
	if (pid == 0) {
		static char buf[1 << 16];
		struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

		while (recv(far_end, buf, 1, 0) == 1 && (byte = buf[0]) != PDU_P_DATA) {
		}
		futimens(fd, times);
		while (recv(far_end, buf, sizeof buf, 0) > 0) {
		}
		_exit(0);
	}
	for (int i = 0; i < 3 && err.kind == ERR_NONE; i++)
		(void)association_dcmtk.send(assoc, &instance, (uint16_t)i, &sent, &err);
	assert_fails(ERR_NO_INPUT, "changed since it was read", "Send it again");
	break_off();
	close(far_end);
	waitpid(pid, NULL, 0);
	close(fd);
	unlink(path);
}
END_TEST

/* --- the end */

static const struct {
	const char *name;
	void (*answer)(void);
	enum err_kind kind;
	const char *text;
} releases[] = {
	{ "nothing", say_nothing, ERR_TIMEOUT, "no answer within 50 ms" },
	{ "an end", say_end, ERR_ABORTED, "closed the connection instead of answering" },
	{ "an A-ABORT", say_abort, ERR_ABORTED, "the receiver aborted the association" },
	{ "data", say_data, ERR_ABORTED, "a P-DATA-TF unexpectedly" },
	{ "a release request", say_release, ERR_ABORTED, "the receiver released the association" },
	{ "an acceptance", say_accepted_again, ERR_ABORTED, "sent an A-ASSOCIATE-AC unexpectedly" },
	{ "an unknown PDU", say_unknown, ERR_ABORTED, "which does not exist in DICOM" },
};

START_TEST(not_released)
{
	request.release_timeout = releases[_i].answer == say_nothing ? SHORT_MS : LONG_MS;
	associate();
	releases[_i].answer();
	ck_assert_int_eq(association_dcmtk.release(assoc, &err), -1);
	assert_fails(releases[_i].kind, releases[_i].text, NULL);
	ck_assert_msg(strstr(err.text, "waiting for the release to be confirmed: ") == err.text, "%s", err.text);
	ck_assert_str_eq(err.phase, "release");
}
END_TEST

START_TEST(abort_nothing)
{
	association_dcmtk.abort(NULL);
}
END_TEST

/* --- by the front door: a receiver on the loopback, and none */

START_TEST(opened)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	pid_t pid;

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	endpoint.host = "127.0.0.1";
	endpoint.port = ntohs(address.sin_port);
	ck_assert_ptr_null(association_dcmtk.open(&request, &facts, &err));
	ck_assert_int_eq(err.kind, ERR_CONNECT);
	ck_assert_int_gt(facts.channel.dial.connect_us, 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	pid = fork();
	if (pid == 0) {
		char byte;

		far_end = accept(listener, NULL, NULL);
		say_accepted(NULL);
		while (read(far_end, &byte, 1) == 1) {
		}
		_exit(0);
	}
	err = (struct err)ERR_INIT;
	assoc = association_dcmtk.open(&request, &facts, &err);
	ck_assert_msg(assoc != NULL, "%s", err.text);
	ck_assert(facts.channel.dial.address[0] != '\0');
	break_off();
	waitpid(pid, NULL, 0);
	close(listener);
}
END_TEST

/* Without the loopback DCMTK cannot be given its connection. */
START_TEST(loopback_down)
{
	struct channel *channel = make_channel();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
		fprintf(stderr, "# loopback_down: not seen, no network namespace of our own: %m\n");
		channel_free(channel);
		return;
	}
	say_accepted(NULL);
	assoc = association_negotiate(&request, channel, &facts, &err);
	ck_assert_ptr_null(assoc);
	assert_fails(ERR_INTERNAL, "no association with IRIS: the loopback interface cannot be used: ",
		"ip link set lo up");
	ck_assert_str_eq(err.phase, "association");
	assert_said("");
}
END_TEST

/* No descriptor is left for the socket that listens, or for the one that connects. */
START_TEST(no_descriptor)
{
	struct channel *channel = make_channel();
	struct rlimit few;
	int last = -1, fd;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &few), 0);
	few.rlim_cur = 64;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	while ((fd = dup(far_end)) >= 0)
		last = fd;
	if (_i == 1)
		close(last);
	say_accepted(NULL);
	assoc = association_negotiate(&request, channel, &facts, &err);
	ck_assert_ptr_null(assoc);
	assert_fails(ERR_INTERNAL, "the loopback interface cannot be used: ", NULL);
	assert_fails(ERR_INTERNAL, "Too many open files", NULL);
}
END_TEST

static Suite *
suite_association(void)
{
	Suite *suite = suite_create("association");
	TCase *tc = tcase_create("association");

	tcase_add_unchecked_fixture(tc, set_up_once, NULL);
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_rows(tc, other_answers, answers, name);
	tcase_add_loop_test(tc, rejected, 0, 3 * (int)COUNT(rejections));
	tcase_add_test(tc, silence);
	tcase_add_test(tc, silence_in_a_pdu);
	tcase_add_test(tc, limit);
	tcase_add_test(tc, interrupted);
	tcase_add_test(tc, gone);
	tcase_add_test(tc, dribbles);
	tcase_add_test(tc, agreed);
	tcase_add_test(tc, no_context);
	tcase_add_test(tc, tiny_pdu);
	tcase_add_rows(tc, identity, identities, name);
	tcase_add_loop_test(tc, identity_too_long, 0, 3);
	tcase_add_rows(tc, echo, echoes, name);
	tcase_add_rows(tc, bad_echo, bad_echoes, name);
	tcase_add_test(tc, interrupted_echo);
	tcase_add_rows(tc, raw, raw_files, file);
	tcase_add_rows(tc, rewritten, other_files, name);
	tcase_add_loop_test(tc, status, 0, (int)COUNT(statuses));
	tcase_add_test(tc, window);
	tcase_add_test(tc, echo_not_accepted);
	tcase_add_test(tc, announced);
	tcase_add_test(tc, announced_too_much);
	tcase_add_rows(tc, refused, refusals, name);
	tcase_add_rows(tc, lost, losses, name);
	tcase_add_loop_test(tc, stuck, 0, 2);
	tcase_add_test(tc, changed_on_the_way);
	tcase_add_rows(tc, not_released, releases, name);
	tcase_add_test(tc, abort_nothing);
	tcase_add_test(tc, opened);
	tcase_add_test(tc, loopback_down);
	/* UBSan looks at objects by way of a pipe, which it then cannot have. */
	if (!CHECK_SANITIZED)
		tcase_add_loop_test(tc, no_descriptor, 0, 2);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return check_run(suite_association());
}
