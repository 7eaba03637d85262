/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/userinfo.h"

#include <stdlib.h>
#include <string.h>

#include "check_main.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])
#define FIXED 68 /* bytes of an association PDU's body before its items */

/* An association PDU: head, fixed part, application context, user information with those sub-items. */
static size_t
make_pdu(unsigned char type, const unsigned char *items, size_t size, unsigned char out[256])
{
	size_t body = FIXED + 6 + 4 + size;

	memset(out, 0, 256);
	out[0] = type;
	out[5] = (unsigned char)body;
	out += 6 + FIXED;
	memcpy(out, "\x10\0\0\2" "1\0" "\x50\0\0", 9);
	out[9] = (unsigned char)size;
	memcpy(out + 10, items, size);
	return 6 + body;
}

static const struct {
	uint32_t proposed;
	unsigned char high, low;
} proposals[] = {
	{ 2, 0, 2 },
	{ 32, 0, 32 },
	{ 65535, 0xff, 0xff },
	{ WINDOW_UNLIMITED, 0, 0 },
};

START_TEST(proposal)
{
	static const unsigned char length[] = { 0x51, 0, 0, 4, 0, 0, 0x40, 0 };
	unsigned char pdu[256];
	size_t before = make_pdu(1, length, sizeof length, pdu), size = before;
	struct err err = ERR_INIT;

	ck_assert_int_eq(window_propose(proposals[_i].proposed, pdu, &size, sizeof pdu, &err), 0);
	ck_assert_uint_eq(size, before + 8);
	ck_assert_uint_eq(pdu[5], size - 6);
	ck_assert_uint_eq(pdu[6 + FIXED + 6 + 3], sizeof length + 8);
	ck_assert_mem_eq(pdu + before, "\x53\0\0\4", 4);
	ck_assert_uint_eq(pdu[before + 4], proposals[_i].high);
	ck_assert_uint_eq(pdu[before + 5], proposals[_i].low);
	ck_assert_mem_eq(pdu + before + 6, "\0\1", 2);
}
END_TEST

START_TEST(no_room)
{
	unsigned char pdu[256];
	size_t before = make_pdu(1, (const unsigned char *)"", 0, pdu), size = before;
	struct err err = ERR_INIT;

	ck_assert_int_eq(window_propose(2, pdu, &size, before + 7, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INTERNAL);
	ck_assert_ptr_nonnull(strstr(err.text, "--max-ops-invoked"));
	ck_assert_uint_eq(size, before);
}
END_TEST

#define ITEMS(bytes) (const unsigned char *)(bytes), sizeof(bytes) - 1

/* PS3.7 table D.3-8: operations invoked, then performed. */
static const struct {
	uint32_t proposed;
	const unsigned char *items;
	size_t size;
	unsigned wanted;
} answers[] = {
	{ 32, ITEMS("\x53\0\0\4\0\x20\0\1"), 32 },
	{ 32, ITEMS("\x53\0\0\4\0\x08\0\1"), 8 },
	{ 32, ITEMS("\x53\0\0\4\0\1\0\1"), 1 },
	{ 32, ITEMS("\x53\0\0\4\0\0\0\0"), 32 },	   /* no limit: what we proposed */
	{ 32, ITEMS("\x53\0\0\4\xff\xff\0\1"), 32 },	   /* more than was proposed */
	{ WINDOW_UNLIMITED, ITEMS("\x53\0\0\4\0\0\0\1"), WINDOW_MAX },
	{ WINDOW_UNLIMITED, ITEMS("\x53\0\0\4\0\5\0\1"), 5 },
	{ 65535, ITEMS("\x53\0\0\4\xff\xff\0\1"), WINDOW_MAX },
	{ 32, ITEMS("\x51\0\0\4\0\0\x40\0\x53\0\0\4\0\4\0\1"), 4 },
	{ 32, ITEMS("\x51\0\0\4\0\0\x40\0"), 1 },	   /* does not speak of it */
	{ 32, ITEMS(""), 1 },
	{ 32, ITEMS("\x53\0\0\2\0\4"), 1 },		   /* too short to say */
	{ 32, ITEMS("\x53\0\0\x09\0\4\0\1"), 1 },	   /* its length lies */
	{ 32, ITEMS("\x53\0"), 1 },
};

START_TEST(answer)
{
	unsigned char pdu[256];
	size_t size = make_pdu(2, answers[_i].items, answers[_i].size, pdu);

	ck_assert_uint_eq(window_agreed(pdu + 6, size - 6, answers[_i].proposed), answers[_i].wanted);
}
END_TEST

/* However it is cut short, nothing is read beyond. */
START_TEST(cut)
{
	unsigned char pdu[256];
	size_t size = make_pdu(2, ITEMS("\x53\0\0\4\0\x20\0\1"), pdu) - 6;

	for (size_t len = 0; len < size; len++) {
		unsigned char *copy = malloc(len + 1);

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, pdu + 6, len);
		ck_assert_uint_eq(window_agreed(copy, len, 32), 1);
		free(copy);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("window");
	TCase *tc = tcase_create("window");

	tcase_add_loop_test(tc, proposal, 0, COUNT(proposals));
	tcase_add_test(tc, no_room);
	tcase_add_loop_test(tc, answer, 0, COUNT(answers));
	tcase_add_test(tc, cut);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
