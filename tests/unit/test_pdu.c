/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/pdu.h"

#include <string.h>

#include "check_main.h"

#define TEN	"AAAAAAAAAA"
#define FIXED	"\0\1\0\0" TEN TEN TEN TEN TEN TEN "AAAA" /* version, titles, reserved */
#define APP	"\x10\0\0\x15" "1.2.840.10008.3.1.1.1"
#define LE	"\x40\0\0\x11" "1.2.840.10008.1.2"
#define CONTEXT "\x21\0\0\x19" "\1\0\0\0" LE
#define REFUSED "\x21\0\0\4" "\3\0\3\0"
#define MAX	"\x51\0\0\4\0\0\x40\0"
#define USER	"\x50\0\0\x08" MAX
#define LONG	TEN TEN TEN TEN TEN TEN "AAAAA" /* 65 */

#define ROW(bytes, why) { bytes, sizeof(bytes) - 1, why }

/* A-ASSOCIATE-AC bodies, and what the sentence must name; NULL: well-formed. */
static const struct {
	const char *body;
	size_t size;
	const char *why;
} associates[] = {
	ROW(FIXED APP CONTEXT REFUSED USER, NULL),
	ROW(FIXED, NULL),
	ROW(FIXED USER REFUSED APP, NULL),
	ROW(FIXED "\x77\0\0\0" "\x78\0\0\2ab", NULL),
	ROW(FIXED "\x21\0\0\x0c\3\0\3\0" "\x40\0\xff\xff" "junk", NULL), /* refused: not significant */
	ROW(FIXED "\x21\0\0\x21" "\1\0\0\0" "\x30\0\0\4" "1.2\0" LE, NULL),
	ROW("", "0 bytes are too few"),
	ROW("\0\1", "2 bytes are too few"),
	ROW("\0\2\0\0" TEN TEN TEN TEN TEN TEN "AAAA", "version 1"),
	ROW(FIXED "\x10", "10H is cut short"),
	ROW(FIXED "\x10\0\0", "10H is cut short"),
	ROW(FIXED "\x10\0\0\1", "10H claims more"),
	ROW(FIXED "\x10\0\xff\xff" "A", "10H claims more"),
	ROW(FIXED "\x10\0\0\x41" LONG, "10H is longer than 64"),
	ROW(FIXED "\x20\0\0\4\1\0\0\0", "20H belongs to a request"),
	ROW(FIXED "\x21\0\0\3\1\0\0", "21H is cut short"),
	ROW(FIXED "\x21\0\0\4\1\0\0\0", "context 1 in 0 transfer syntaxes"),
	ROW(FIXED "\x21\0\0\x08\7\0\0\0" "\x40\0\0\0", "context 7 in 0 transfer syntaxes"),
	ROW(FIXED "\x21\0\0\x2e\1\0\0\0" LE LE, "context 1 in 2 transfer syntaxes"),
	ROW(FIXED "\x21\0\0\x06\1\0\0\0\x40\0", "40H is cut short"),
	ROW(FIXED "\x21\0\0\x09\1\0\0\0\x40\0\0\2A", "40H claims more"),
	ROW(FIXED "\x21\0\0\x49\1\0\0\0\x40\0\0\x41" LONG, "40H is longer than 64"),
	ROW(FIXED USER USER, "50H occurs twice"),
	ROW(FIXED "\x50\0\0\6\x51\0\0\2\1\2", "51H is not 4 bytes"),
	ROW(FIXED "\x50\0\0\4\x51\0\0\4", "51H claims more"),
	ROW(FIXED "\x50\0\0\x45\x52\0\0\x41" LONG, "52H is longer than 64"),
	ROW(FIXED "\x50\0\0\x45\x55\0\0\x41" LONG, "55H is longer than 64"),
	ROW(FIXED "\x50\0\0\x0b\x54\0\0\7\0\3" "1.2" "\1\0", NULL),
	ROW(FIXED "\x50\0\0\x0b\x54\0\0\7\0\4" "1.2" "\1\0", "54H does not hold"),
	ROW(FIXED "\x50\0\0\7\x54\0\0\3\0\0\1", "54H does not hold"),
	ROW(FIXED "\x50\0\0\x09\x56\0\0\5\0\3" "1.2", NULL),
	ROW(FIXED "\x50\0\0\x09\x56\0\0\5\0\4" "1.2", "56H does not hold"),
	ROW(FIXED "\x50\0\0\5\x56\0\0\1\0", "56H does not hold"),
	ROW(FIXED "\x50\0\0\x09\x59\0\0\5\0\3yes", NULL),
	ROW(FIXED "\x50\0\0\x09\x59\0\0\5\0\2yes", "59H does not hold"),
	ROW(FIXED "\x50\0\0\4\x59\0\0\0", "59H does not hold"),
	ROW(FIXED "\x50\0\0\x0c\x59\0\0\2\0\0\x59\0\0\2\0\0", "59H occurs twice"),
	ROW(FIXED "\x50\0\0\x08\x53\0\0\4\0\1\0\1", NULL),
};

/* From a buffer of its very size, so that a sanitizer sees a byte too far. */
static int
check(uint8_t type, const char *bytes, size_t size, struct err *err)
{
	const struct pdu_head head = { type, (uint32_t)size };
	uint8_t *body = malloc(size ? size : 1);
	int rv;

	ck_assert_ptr_nonnull(body);
	memcpy(body, bytes, size);
	rv = pdu_body_check(&head, body, err);
	free(body);
	return rv;
}

static void
wants(int rv, const struct err *err, const char *why)
{
	if (!why) {
		ck_assert_msg(rv == 0, "refused: %s", err->text);
		return;
	}
	ck_assert_int_eq(rv, -1);
	ck_assert_int_eq(err->kind, ERR_ABORTED);
	ck_assert_msg(strstr(err->text, why) != NULL, "no \"%s\" in: %s", why, err->text);
}

START_TEST(associate)
{
	struct err err = ERR_INIT;

	wants(check(PDU_ASSOCIATE_AC, associates[_i].body, associates[_i].size, &err), &err, associates[_i].why);
}
END_TEST

/* Every way to cut a good one short ends in a sentence, or between two items. */
START_TEST(cuts)
{
	static const char whole[] = FIXED APP CONTEXT REFUSED USER;

	for (size_t size = 0; size < sizeof whole; size++) {
		struct err err = ERR_INIT;

		if (check(PDU_ASSOCIATE_AC, whole, size, &err) < 0)
			ck_assert_int_eq(err.kind, ERR_ABORTED);
	}
}
END_TEST

/* As many contexts as there are odd numbers, and one more. */
START_TEST(contexts)
{
	static char body[68 + 129 * 8] = FIXED;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < 129; i++)
		memcpy(body + 68 + i * 8, REFUSED, 8);
	wants(check(PDU_ASSOCIATE_AC, body, sizeof body - 8, &err), &err, NULL);
	wants(check(PDU_ASSOCIATE_AC, body, sizeof body, &err), &err, "more than 128");
}
END_TEST

static const struct {
	uint8_t type;
	const char *body;
	size_t size;
	const char *why;
} bodies[] = {
	{ PDU_ASSOCIATE_RJ, "\0\1\1\7", 4, NULL },
	{ PDU_ASSOCIATE_RJ, "", 0, "A-ASSOCIATE-RJ of 0 bytes" },
	{ PDU_ASSOCIATE_RJ, "\0\1\1", 3, "A-ASSOCIATE-RJ of 3 bytes" },
	{ PDU_ASSOCIATE_RJ, "\0\1\1\7\0", 5, "A-ASSOCIATE-RJ of 5 bytes" },
	{ PDU_ABORT, "", 0, NULL },
	{ PDU_RELEASE_RP, "more", 4, NULL },
	{ PDU_P_DATA, "\0\0\0\2\1\3", 6, NULL },
	{ PDU_P_DATA, "\0\0\0\4\1\3ab" "\0\0\0\2\1\3" "\0\0\0\3\1\3c", 21, NULL },
	{ PDU_P_DATA, "", 0, "empty P-DATA-TF" },
	{ PDU_P_DATA, "\0\0\0", 3, "do not add up" },
	{ PDU_P_DATA, "\0\0\0\0", 4, "do not add up" },
	{ PDU_P_DATA, "\0\0\0\1\1", 5, "do not add up" },
	{ PDU_P_DATA, "\0\0\0\3\1\3", 6, "do not add up" },
	{ PDU_P_DATA, "\0\0\0\2\1\3\0", 7, "do not add up" },
	{ PDU_P_DATA, "\0\0\0\4\1\3ab" "\0\0\0\1\1\3", 14, "do not add up" },
	{ PDU_P_DATA, "\xff\xff\xff\xff\1\3", 6, "do not add up" },
	{ PDU_P_DATA, "\xff\xff\xff\xfa\1\3", 6, "do not add up" },
};

START_TEST(other)
{
	struct err err = ERR_INIT;

	wants(check(bodies[_i].type, bodies[_i].body, bodies[_i].size, &err), &err, bodies[_i].why);
}
END_TEST

static const struct {
	uint8_t bytes[PDU_HEAD_SIZE + 1];
	uint32_t length;
	const char *why;
} heads[] = {
	{ "\1\0\0\0\0\0", 0, NULL },
	{ "\4\0\0\1\2\3", 0x10203, NULL },
	{ "\7\0\0\x10\0\0", 1 << 20, NULL },
	{ "\2\0\0\x10\0\1", 0, "an A-ASSOCIATE-AC that claims 1048577 bytes" },
	{ "\4\0\x80\0\0\0", 0, "a P-DATA-TF that claims 2147483648 bytes" },
	{ "\3\0\xff\xff\xff\xff", 0, "claims 4294967295 bytes" },
	{ "\0\0\0\0\0\0", 0, "type 00H" },
	{ "\x08\0\0\0\0\0", 0, "type 08H" },
	{ "HTTP/1", 0, "type 48H" },
};

START_TEST(head)
{
	struct pdu_head out;
	struct err err = ERR_INIT;

	wants(pdu_head_parse(heads[_i].bytes, &out, &err), &err, heads[_i].why);
	if (!heads[_i].why) {
		ck_assert_uint_eq(out.type, heads[_i].bytes[0]);
		ck_assert_uint_eq(out.length, heads[_i].length);
	}
}
END_TEST

/* Three of unequal lengths, where DUL_NextPDV loses its way. */
START_TEST(pdvs)
{
	static const uint8_t body[] = "\0\0\0\2\1\1" "\0\0\0\7\3\0hello" "\0\0\0\3\5\xffx";
	struct pdv pdv;

	ck_assert_uint_eq(pdv_parse(body, sizeof body - 1, &pdv), 6);
	ck_assert(pdv.context == 1 && pdv.command && !pdv.last && pdv.size == 0);
	ck_assert_uint_eq(pdv_parse(body + 6, sizeof body - 7, &pdv), 11);
	ck_assert(pdv.context == 3 && !pdv.command && !pdv.last && pdv.size == 5);
	ck_assert_mem_eq(pdv.data, "hello", 5);
	ck_assert_uint_eq(pdv_parse(body + 17, sizeof body - 18, &pdv), 7);
	ck_assert(pdv.context == 5 && pdv.command && pdv.last && pdv.size == 1 && *pdv.data == 'x');
	ck_assert_uint_eq(pdv_parse(body + 24, 0, &pdv), 0);
	ck_assert_uint_eq(pdv_parse(body + 17, 6, &pdv), 0);
}
END_TEST

static Suite *
suite_pdu(void)
{
	Suite *suite = suite_create("pdu");
	TCase *tc = tcase_create("pdu");

	tcase_add_rows(tc, associate, associates, body);
	tcase_add_test(tc, cuts);
	tcase_add_test(tc, contexts);
	tcase_add_rows(tc, other, bodies, body);
	tcase_add_rows(tc, head, heads, why);
	tcase_add_test(tc, pdvs);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return check_run(suite_pdu());
}
