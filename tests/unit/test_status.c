/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/status.h"

#include <string.h>

#include "check_main.h"

static const struct {
	uint16_t status;
	enum status_class severity;
	const char *meaning; /* part of it */
} stores[] = {
	{ 0x0000, STATUS_SUCCESS, "success" },
	{ 0x0001, STATUS_WARNING, "optional attributes" },
	{ 0x0105, STATUS_FAILURE, "no such attribute" },
	{ 0x0106, STATUS_FAILURE, "invalid attribute value" },
	{ 0x0107, STATUS_WARNING, "attribute list error" },
	{ 0x0110, STATUS_FAILURE, "processing failure" },
	{ 0x0111, STATUS_FAILURE, "duplicate SOP instance" },
	{ 0x0112, STATUS_FAILURE, "no such SOP instance" },
	{ 0x0113, STATUS_FAILURE, "no such event type" },
	{ 0x0114, STATUS_FAILURE, "no such argument" },
	{ 0x0115, STATUS_FAILURE, "invalid argument value" },
	{ 0x0116, STATUS_WARNING, "out of range" },
	{ 0x0117, STATUS_FAILURE, "invalid SOP instance" },
	{ 0x0118, STATUS_FAILURE, "no such SOP class" },
	{ 0x0119, STATUS_FAILURE, "class-instance conflict" },
	{ 0x0120, STATUS_FAILURE, "missing attribute" },
	{ 0x0121, STATUS_FAILURE, "missing attribute value" },
	{ 0x0122, STATUS_FAILURE, "SOP class not supported" },
	{ 0x0123, STATUS_FAILURE, "no such action" },
	{ 0x0124, STATUS_FAILURE, "not authorized" },
	{ 0x0210, STATUS_FAILURE, "duplicate invocation" },
	{ 0x0211, STATUS_FAILURE, "unrecognized operation" },
	{ 0x0212, STATUS_FAILURE, "mistyped argument" },
	{ 0x0213, STATUS_FAILURE, "resource limitation" },
	{ 0xa700, STATUS_FAILURE, "out of resources" },
	{ 0xa7ff, STATUS_FAILURE, "out of resources" },
	{ 0xa800, STATUS_FAILURE, "specific to the receiver" },
	{ 0xa900, STATUS_FAILURE, "does not match its SOP class" },
	{ 0xa9ff, STATUS_FAILURE, "does not match its SOP class" },
	{ 0xb000, STATUS_WARNING, "coerced" },
	{ 0xb001, STATUS_WARNING, "specific to the receiver" },
	{ 0xb006, STATUS_WARNING, "discarded" },
	{ 0xb007, STATUS_WARNING, "does not match its SOP class" },
	{ 0xbfff, STATUS_WARNING, "specific to the receiver" },
	{ 0xc000, STATUS_FAILURE, "cannot understand" },
	{ 0xcfff, STATUS_FAILURE, "cannot understand" },
	{ 0xfe00, STATUS_FAILURE, "cancelled" },
	{ 0xff00, STATUS_FAILURE, "pending" },
	{ 0xff01, STATUS_FAILURE, "pending" },
	{ 0x0002, STATUS_FAILURE, "does not define" },
	{ 0x1234, STATUS_FAILURE, "does not define" },
	{ 0xd000, STATUS_FAILURE, "does not define" },
	{ 0xffff, STATUS_FAILURE, "does not define" },
};

START_TEST(store)
{
	struct status_meaning is = status_store(stores[_i].status);

	ck_assert_msg(is.severity == stores[_i].severity, "%04x", stores[_i].status);
	ck_assert_msg(strstr(is.meaning, stores[_i].meaning) != NULL, "%04x: %s", stores[_i].status,
		is.meaning);
}
END_TEST

static void
check_sentence(const char *text)
{
	size_t len = strlen(text);

	ck_assert_msg(len > 0 && text[0] >= 'A' && text[0] <= 'Z' && text[len - 1] == '.', "%s", text);
	ck_assert_msg(!strstr(text, "  ") && !strstr(text, ".."), "%s", text);
	/* An acknowledgement is no storage commitment. */
	ck_assert_msg(!strstr(text, "stored"), "%s", text);
}

/* Every value there is: a class, a meaning, and a remedy where one is needed. */
START_TEST(every)
{
	for (unsigned status = 0; status <= 0xffff; status++) {
		struct status_meaning meanings[] = {
			status_store((uint16_t)status), status_echo((uint16_t)status)
		};

		for (size_t i = 0; i < 2; i++) {
			ck_assert_int_eq(meanings[i].severity == STATUS_SUCCESS, status == 0);
			ck_assert_ptr_null(strstr(meanings[i].meaning, "stored"));
			if (status == 0)
				ck_assert_str_eq(meanings[i].remedy, "");
			else
				check_sentence(meanings[i].remedy);
		}
	}
}
END_TEST

START_TEST(echo)
{
	ck_assert_int_eq(status_echo(0).severity, STATUS_SUCCESS);
	ck_assert_ptr_nonnull(strstr(status_echo(0x0122).meaning, "not supported"));
	ck_assert_ptr_nonnull(strstr(status_echo(0x0122).remedy, "IRIS"));
	ck_assert_int_eq(status_echo(0xb000).severity, STATUS_FAILURE);
}
END_TEST

static const struct {
	int result, source, reason;
	const char *why, *hint;
} rejections[] = {
	{ 1, 1, 1, "no reason", "AE titles" },
	{ 1, 1, 2, "application context", "not a DICOM storage service" },
	{ 1, 1, 3, "calling AE title", "RemoteAET (US)" },
	{ 1, 1, 3, "calling AE title", "calling US and called THEM" },
	{ 1, 1, 7, "called AE title", "LocalAET (THEM)" },
	{ 1, 1, 7, "called AE title", "calling US and called THEM" },
	{ 1, 1, 4, "reserved", "log" },
	{ 1, 2, 1, "association layer gives no reason", "AE titles" },
	{ 1, 2, 2, "version of the DICOM protocol", "not a DICOM storage service" },
	{ 2, 3, 1, "congested", "later" },
	{ 2, 3, 2, "limit of its associations", "JobPerConnection" },
	{ 2, 3, 0, "reserved", "log" },
	{ 9, 9, 9, "reserved", "log" },
};

START_TEST(reject)
{
	struct err err = ERR_INIT;

	ck_assert_int_eq(status_reject(rejections[_i].result, rejections[_i].source, rejections[_i].reason,
		"US", "THEM", &err), -1);
	ck_assert_int_eq(err.kind, ERR_REJECTED);
	ck_assert_int_eq(err.detail, rejections[_i].result << 16 | rejections[_i].source << 8 |
		rejections[_i].reason);
	ck_assert_ptr_nonnull(strstr(err.text, "calling US, called THEM"));
	ck_assert_msg(strstr(err.text, rejections[_i].why) != NULL, "%s", err.text);
	ck_assert_msg(strstr(err.hint, rejections[_i].hint) != NULL, "%s", err.hint);
	check_sentence(err.hint);
	ck_assert(!strstr(err.text, "permanently") == (rejections[_i].result != 1));
}
END_TEST

/* Titles come from the command line: no terminal obeys them, none is cut off the hint. */
START_TEST(reject_titles)
{
	struct err err = ERR_INIT;

	status_reject(1, 1, 3, "\033[2J456789012345", "ABCDEFGHIJKLMNOP", &err);
	ck_assert_ptr_null(strchr(err.text, '\033'));
	ck_assert_ptr_null(strchr(err.hint, '\033'));
	ck_assert_ptr_nonnull(strstr(err.hint, "called ABCDEFGHIJKLMNOP, with contexts in it."));
}
END_TEST

static const struct {
	int source, reason, detail;
	const char *text;
} aborts[] = {
	{ -1, -1, 0, "aborted the association" },
	{ 0, 0, 0, "the receiving application aborted" },
	{ 0, -1, 0, "the receiving application aborted" },
	{ 1, 0, 0x100, "reserved" },
	{ 2, 0, 0x200, "no reason" },
	{ 2, 1, 0x201, "an unknown PDU" },
	{ 2, 2, 0x202, "an unexpected PDU" },
	{ 2, 3, 0x203, "reserved" },
	{ 2, 4, 0x204, "unknown parameter" },
	{ 2, 5, 0x205, "unexpected parameter" },
	{ 2, 6, 0x206, "invalid parameter value" },
	{ 2, 200, 0x2c8, "reserved" },
};

START_TEST(aborted)
{
	struct err err = ERR_INIT;

	ck_assert_int_eq(status_abort(aborts[_i].source, aborts[_i].reason, &err), -1);
	ck_assert_int_eq(err.kind, ERR_ABORTED);
	ck_assert_int_eq(err.detail, STATUS_ABORT_RECEIVED | aborts[_i].detail);
	ck_assert_msg(strstr(err.text, aborts[_i].text) != NULL, "%s", err.text);
	check_sentence(err.hint);
}
END_TEST

#define ROWS(array) (int)(sizeof(array) / sizeof(array)[0])

static Suite *
suite_status(void)
{
	Suite *suite = suite_create("status");
	TCase *tcase = tcase_create("status");

	tcase_add_rows(tcase, store, stores, meaning);
	tcase_add_test(tcase, every);
	tcase_add_test(tcase, echo);
	tcase_add_rows(tcase, reject, rejections, why);
	tcase_add_test(tcase, reject_titles);
	tcase_add_rows(tcase, aborted, aborts, text);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return check_run(suite_status());
}
