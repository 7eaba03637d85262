/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/command.h"

#include <stdlib.h>
#include <string.h>

#include "check_main.h"

/* Byte for byte, as PS3.7 9.3.1.1 and 6.3.1 want it. */
START_TEST(store_rq)
{
	static const unsigned char wanted[] =
		"\0\0\0\0\4\0\0\0\x58\0\0\0"					/* group length 88 */
		"\0\0\2\0\x1a\0\0\0" "1.2.840.10008.5.1.4.1.1.2\0"		/* affected SOP class */
		"\0\0\0\1\2\0\0\0\1\0"						/* command field 0001 */
		"\0\0\x10\1\2\0\0\0\x34\x12"					/* message id */
		"\0\0\0\7\2\0\0\0\2\0"						/* priority low */
		"\0\0\0\x08\2\0\0\0\1\0"					/* a data set follows */
		"\0\0\0\x10\6\0\0\0" "1.2.34";					/* affected SOP instance */
	unsigned char buf[COMMAND_MAX];
	size_t len = command_store_rq(buf, 0x1234, "1.2.840.10008.5.1.4.1.1.2", "1.2.34", PRIORITY_LOW);

	ck_assert_uint_eq(len, sizeof wanted - 1);
	ck_assert_mem_eq(buf, wanted, len);
}
END_TEST

START_TEST(echo_rq)
{
	static const unsigned char wanted[] =
		"\0\0\0\0\4\0\0\0\x38\0\0\0"
		"\0\0\2\0\x12\0\0\0" "1.2.840.10008.1.1\0"
		"\0\0\0\1\2\0\0\0\x30\0"
		"\0\0\x10\1\2\0\0\0\7\0"
		"\0\0\0\x08\2\0\0\0\1\1";
	unsigned char buf[COMMAND_MAX];
	size_t len = command_echo_rq(buf, 7);

	ck_assert_uint_eq(len, sizeof wanted - 1);
	ck_assert_mem_eq(buf, wanted, len);
}
END_TEST

/* The longest UIDs there are fit, and the length stays even. */
START_TEST(longest)
{
	unsigned char buf[COMMAND_MAX];
	char uid[UID_MAX + 2];

	for (size_t len = 1; len <= UID_MAX; len++) {
		memset(uid, '1', len);
		uid[len] = '\0';
		ck_assert_uint_eq(command_store_rq(buf, 1, uid, uid, PRIORITY_MEDIUM) % 2, 0);
	}
	ck_assert_uint_eq(command_store_rq(buf, 1, uid, uid, PRIORITY_MEDIUM), 12 + 72 + 4 * 10 + 72);
}
END_TEST

#define LENGTH	"\0\0\0\0\4\0\0\0\0\0\0\0" /* wrong, and not needed */
#define CLASS	"\0\0\2\0\6\0\0\0" "1.2.3\0"
#define FIELD	"\0\0\0\1\2\0\0\0\1\x80"
#define ID	"\0\0\x20\1\2\0\0\0\x34\x12"
#define NO_DATA "\0\0\0\x08\2\0\0\0\1\1"
#define STATUS	"\0\0\0\x09\2\0\0\0\0\xa7"
#define BAD_TAG "\0\0\1\x09\x0c\0\0\0" "\x10\0\x20\0\x20\0\x0d\0\xe0\x7f\x10\0"
#define COMMENT "\0\0\2\x09\6\0\0\0" "full  "
#define INST	"\0\0\0\x10\4\0\0\0" "1.22"

static int
decode(const char *bytes, size_t size, struct command_rsp *out, struct err *err)
{
	/* A block of just this size, so that a sanitizer sees a byte too many. */
	unsigned char *copy = malloc(size ? size : 1);
	int rc;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, size);
	rc = command_rsp_decode(copy, size, out, err);
	free(copy);
	return rc;
}

START_TEST(rsp)
{
	static const char bytes[] = LENGTH CLASS FIELD ID NO_DATA STATUS BAD_TAG COMMENT INST;
	struct command_rsp out;
	struct err err = ERR_INIT;

	ck_assert_int_eq(decode(bytes, sizeof bytes - 1, &out, &err), 0);
	ck_assert_uint_eq(out.field, COMMAND_C_STORE_RSP);
	ck_assert_uint_eq(out.message_id, 0x1234);
	ck_assert_uint_eq(out.status, 0xa700);
	ck_assert(!out.has_data_set);
	ck_assert_str_eq(out.sop_class, "1.2.3");
	ck_assert_str_eq(out.sop_instance, "1.22");
	ck_assert_str_eq(out.comment, "full");
	ck_assert_uint_eq(out.offending_count, 3);
	ck_assert_uint_eq(out.offending[0], 0x00100020);
	ck_assert_uint_eq(out.offending[1], 0x0020000d);
	ck_assert_uint_eq(out.offending[2], 0x7fe00010);
}
END_TEST

/* Cut anywhere: what lacks no needed element passes, nothing is read beyond. */
START_TEST(cut)
{
	static const char bytes[] = CLASS FIELD ID NO_DATA STATUS BAD_TAG COMMENT INST;
	struct command_rsp out;
	struct err err = ERR_INIT;
	size_t passed = 0;

	for (size_t size = 0; size < sizeof bytes - 1; size++)
		passed += decode(bytes, size, &out, &err) == 0;
	ck_assert_uint_eq(passed, 3); /* behind the status, the tags, the comment */
}
END_TEST

#define BYTES(s) s, sizeof(s) - 1

static const struct {
	const char *bytes;
	size_t size;
	const char *says;
} broken[] = {
	{ BYTES(""), "no Command Field" },
	{ BYTES(ID STATUS), "no Command Field" },
	{ BYTES(FIELD STATUS), "no Message ID Being Responded To" },
	{ BYTES(FIELD ID), "no Status" },
	{ BYTES(FIELD ID "\0\0\0\x09\1\0\0\0\0"), "no Status" },
	{ BYTES(FIELD ID "\0\0\0\x09\0\0\0\0"), "no Status" },
	{ BYTES(FIELD ID STATUS "\0\0"), "ends within an element" },
	{ BYTES(FIELD ID STATUS "\0\0\2\x09\xff\xff\xff\xff"), "more bytes than follow" },
	{ BYTES(FIELD ID STATUS "\0\0\2\x09\5\0\0\0full"), "more bytes than follow" },
	{ BYTES("HTTP/1.1 400 Bad Request\r\n\r\n"), "more bytes than follow" },
};

START_TEST(malformed)
{
	struct command_rsp out;
	struct err err = ERR_INIT;

	ck_assert_int_eq(decode(broken[_i].bytes, broken[_i].size, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_ABORTED);
	ck_assert_ptr_nonnull(strstr(err.text, "is not a command set"));
	ck_assert_msg(strstr(err.text, broken[_i].says) != NULL, "%s", err.text);
}
END_TEST

/* More than there is room for is cut, not overrun. */
START_TEST(oversized)
{
	char bytes[1024] = FIELD ID STATUS;
	size_t size = sizeof FIELD + sizeof ID + sizeof STATUS - 3;
	struct command_rsp out;
	struct err err = ERR_INIT;

	memcpy(bytes + size, "\0\0\1\x09\xc8\0\0\0", 8);
	memset(bytes + size + 8, 7, 200);
	size += 208;
	memcpy(bytes + size, "\0\0\2\x09\xc8\0\0\0", 8);
	memset(bytes + size + 8, 'x', 200);
	size += 208;
	memcpy(bytes + size, "\0\0\2\0\xc8\0\0\0", 8);
	memset(bytes + size + 8, '1', 200);
	size += 208;
	ck_assert_int_eq(decode(bytes, size, &out, &err), 0);
	ck_assert_uint_eq(out.offending_count, 16);
	ck_assert_uint_eq(strlen(out.comment), 64);
	ck_assert_uint_eq(strlen(out.sop_class), UID_MAX);
}
END_TEST

/* Around the longest value of LO, 64 characters: what is longer is cut there. */
START_TEST(comment_length)
{
	char bytes[256] = FIELD ID STATUS;
	size_t size = sizeof FIELD + sizeof ID + sizeof STATUS - 3, length = (size_t)_i;
	char *end = bytes + size + 8;
	struct command_rsp out;
	struct err err = ERR_INIT;

	memcpy(bytes + size, "\0\0\2\x09\0\0\0\0", 8);
	bytes[size + 4] = (char)length;
	memset(end, 'x', length);
	memcpy(end + length, INST, sizeof INST - 1);
	ck_assert_int_eq(decode(bytes, size + 8 + length + sizeof INST - 1, &out, &err), 0);
	ck_assert_uint_eq(strnlen(out.comment, sizeof out.comment), length < 64 ? length : 64);
	ck_assert_str_eq(out.sop_instance, "1.22");
}
END_TEST

static Suite *
suite_command(void)
{
	Suite *suite = suite_create("command");
	TCase *tcase = tcase_create("command");

	tcase_add_test(tcase, store_rq);
	tcase_add_test(tcase, echo_rq);
	tcase_add_test(tcase, longest);
	tcase_add_test(tcase, rsp);
	tcase_add_test(tcase, cut);
	tcase_add_rows(tcase, malformed, broken, bytes);
	tcase_add_test(tcase, oversized);
	tcase_add_loop_test(tcase, comment_length, 62, 68);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return check_run(suite_command());
}
