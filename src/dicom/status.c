/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/status.h"

#include <stddef.h>

#include "base/text.h"

struct row {
	uint16_t first, last;
	struct status_meaning is;
};

#define OK(text)	 { STATUS_SUCCESS, text, "" }
#define WARN(text, todo) { STATUS_WARNING, text, todo }
#define FAIL(text, todo) { STATUS_FAILURE, text, todo }

#define TOOK	  "It accepted the object. "
#define SEE_LOG	  "See the receiver's log for the cause."
#define COMMENT	  "Its Error Comment and Offending Element, if sent, say which part."
#define CORRECT	  "Have the system that made the object correct it. " COMMENT
#define OUR_FAULT "The receiver misunderstood the request: report it with the output of -d and the " \
	"receiver's log."
#define NOT_STORE "This is not a valid answer to a C-STORE. " SEE_LOG

/* C-STORE: PS3.4 table B.2-1, then the general ones of PS3.7 annex C. The first row that matches is used. */
static const struct row store_rows[] = {
	{ 0x0000, 0x0000, OK("success") },
	{ 0xb000, 0xb000, WARN("warning: the receiver coerced data elements",
		"It accepted the object and changed some values: check that patient and study are right.") },
	{ 0xb006, 0xb006, WARN("warning: the receiver discarded elements",
		"It accepted the object without some of its elements: ask its administrator which it "
		"discards.") },
	{ 0xb007, 0xb007, WARN("warning: the data set does not match its SOP class",
		"It accepted the object, but found that it does not conform to its SOP class. " COMMENT) },
	{ 0xb000, 0xbfff, WARN("warning specific to the receiver", TOOK COMMENT) },
	{ 0x0001, 0x0001, WARN("warning: optional attributes are not supported", TOOK COMMENT) },
	{ 0x0107, 0x0107, WARN("warning: attribute list error",
		"It accepted the object, but not every attribute of it. " COMMENT) },
	{ 0x0116, 0x0116, WARN("warning: attribute value out of range",
		"It accepted the object, but a value is out of the range that it supports. " COMMENT) },
	{ 0xa700, 0xa7ff, FAIL("refused: out of resources",
		"The receiver has no space left or is too busy: check its disks, then send the object "
		"again. On IRIS, check the free space of its databases and journals.") },
	{ 0xa900, 0xa9ff, FAIL("error: the data set does not match its SOP class", CORRECT) },
	{ 0xc000, 0xcfff, FAIL("error: the receiver cannot understand the object",
		"See the receiver's log: it considers the object damaged, or its processing failed. On "
		"IRIS, check the Event Log of the service and of its targets. " COMMENT) },
	{ 0x0105, 0x0105, FAIL("no such attribute", CORRECT) },
	{ 0x0106, 0x0106, FAIL("invalid attribute value", CORRECT) },
	{ 0x0110, 0x0110, FAIL("processing failure",
		"The receiver failed while it handled the object; it may succeed later. " SEE_LOG
		" On IRIS, check the Event Log of the production.") },
	{ 0x0111, 0x0111, FAIL("duplicate SOP instance",
		"The receiver already has an object with this SOP Instance UID and does not accept "
		"another: compare the two before you do anything about it.") },
	{ 0x0112, 0x0112, FAIL("no such SOP instance", NOT_STORE) },
	{ 0x0113, 0x0113, FAIL("no such event type", NOT_STORE) },
	{ 0x0114, 0x0114, FAIL("no such argument", NOT_STORE) },
	{ 0x0115, 0x0115, FAIL("invalid argument value", NOT_STORE) },
	{ 0x0117, 0x0117, FAIL("invalid SOP instance",
		"The receiver considers the object's SOP Instance UID (0008,0018) invalid: have the system "
		"that made the object correct it.") },
	{ 0x0118, 0x0118, FAIL("no such SOP class",
		"The receiver does not know this kind of object: have its administrator add it.") },
	{ 0x0119, 0x0119, FAIL("class-instance conflict",
		"The receiver has this SOP Instance UID as an object of another SOP class: "
		"one of the two systems used a UID twice.") },
	{ 0x0120, 0x0120, FAIL("missing attribute", CORRECT) },
	{ 0x0121, 0x0121, FAIL("missing attribute value", CORRECT) },
	{ 0x0122, 0x0122, FAIL("refused: SOP class not supported",
		"The receiver accepted this SOP class and now refuses it: have its administrator check its "
		"list of SOP classes. On IRIS, that is the association-table row of the two AE titles.") },
	{ 0x0123, 0x0123, FAIL("no such action", NOT_STORE) },
	{ 0x0124, 0x0124, FAIL("refused: not authorized",
		"The receiver does not allow this sender to store: have its administrator allow the calling "
		"AE title, the user (--user) or the certificate.") },
	{ 0x0210, 0x0210, FAIL("duplicate invocation", OUR_FAULT) },
	{ 0x0211, 0x0211, FAIL("unrecognized operation",
		"The receiver does not support C-STORE on this association: check that host, port and called "
		"AE title are those of a storage service.") },
	{ 0x0212, 0x0212, FAIL("mistyped argument", OUR_FAULT) },
	{ 0x0213, 0x0213, FAIL("resource limitation",
		"The receiver lacks memory or connections: try again when it is less busy.") },
	{ 0xfe00, 0xfe00, FAIL("cancelled by the receiver", NOT_STORE) },
	{ 0xff00, 0xff01, FAIL("pending, which is not a valid answer to a C-STORE", NOT_STORE) },
	{ 0xa000, 0xafff, FAIL("refused, for a reason specific to the receiver", SEE_LOG " " COMMENT) },
	{ 0x0100, 0x02ff, FAIL("failure, for a reason specific to the receiver", SEE_LOG " " COMMENT) },
	{ 0x0000, 0xffff, FAIL("a status that the standard does not define", SEE_LOG " " COMMENT) },
};

/* C-ECHO: PS3.7 9.1.5.1.4. */
static const struct row echo_rows[] = {
	{ 0x0000, 0x0000, OK("success") },
	{ 0x0122, 0x0122, FAIL("refused: SOP class not supported",
		"The receiver does not support C-ECHO; storage may work nevertheless, so try to send a "
		"file. On IRIS, add Verification to the association-table row.") },
	{ 0x0210, 0x0210, FAIL("duplicate invocation", OUR_FAULT) },
	{ 0x0211, 0x0211, FAIL("unrecognized operation",
		"The receiver does not support C-ECHO; storage may work nevertheless, so try to send a "
		"file.") },
	{ 0x0212, 0x0212, FAIL("mistyped argument", OUR_FAULT) },
	{ 0x0000, 0xffff, FAIL("a status that C-ECHO does not define", SEE_LOG) },
};

/* The last row matches every value. */
static struct status_meaning
look_up(const struct row *row, uint16_t status)
{
	while (status < row->first || status > row->last)
		row++;
	return row->is;
}

bool
status_out_of_resources(uint16_t status)
{
	return status >> 8 == 0xa7;
}

struct status_meaning
status_store(uint16_t status)
{
	return look_up(store_rows, status);
}

struct status_meaning
status_echo(uint16_t status)
{
	return look_up(echo_rows, status);
}

/* The AE title that the remedy of a rejection is about. */
enum unknown_title { NOBODY, CALLING, CALLED };

struct rejection {
	int source, reason;
	enum unknown_title unknown_title;
	const char *why;
	const char *todo; /* NULL: see unknown_title */
};

#define ASK	 "See the receiver's log; check host, port and both AE titles."
#define NOT_THIS "This is most likely not a DICOM storage service: check host and port."
#define BUSY	 "Try again later, or have the receiver allow more parallel associations."

/* PS3.8 table 9-21. */
static const struct rejection rejections[] = {
	{ 1, 1, NOBODY, "it gives no reason", ASK },
	{ 1, 2, NOBODY, "it does not support the DICOM application context", NOT_THIS },
	{ 1, 3, CALLING, "it does not know the calling AE title", NULL },
	{ 1, 7, CALLED, "it does not know the called AE title", NULL },
	{ 2, 1, NOBODY, "its association layer gives no reason", ASK },
	{ 2, 2, NOBODY, "it does not support this version of the DICOM protocol", NOT_THIS },
	{ 3, 1, NOBODY, "it is congested at the moment", BUSY },
	{ 3, 2, NOBODY, "it has reached the limit of its associations", BUSY
		" IRIS serves one at a time unless the service's JobPerConnection is on." },
};

static const struct rejection reserved = {
	0, 0, NOBODY, "its reason is reserved by the standard", ASK
};

static const struct rejection *
rejection_find(int source, int reason)
{
	for (size_t i = 0; i < sizeof rejections / sizeof rejections[0]; i++) {
		if (rejections[i].source == source && rejections[i].reason == reason)
			return &rejections[i];
	}
	return &reserved;
}

/* IRIS checks AE titles in two places, and both have to match. */
static int
hint_names(struct err *err, const char *todo, const char *unknown_title, const char *calling,
	const char *called)
{
	return err_hint(err, "%s %s. On IRIS two settings are needed: the service's LocalAET (%s) and "
		"RemoteAET (%s), and a row of the association table for calling %s and called %s, with "
		"contexts in it.", todo, unknown_title, called, calling, calling, called);
}

int
status_reject(int result, int source, int reason, const char *calling, const char *called, struct err *err)
{
	const struct rejection *row = rejection_find(source, reason);
	const char *lasting = result == 1 ? " permanently" : result == 2 ? " for now" : "";
	const char *us = TEXT_SHOWN(calling, 80), *them = TEXT_SHOWN(called, 80);

	err_set(err, ERR_REJECTED, "the receiver rejected the association%s (calling %s, called %s): %s "
		"(result %d, source %d, reason %d)", lasting, us, them, row->why, result, source, reason);
	err->detail = (result & 0xff) << 16 | (source & 0xff) << 8 | (reason & 0xff);
	if (row->unknown_title == CALLING)
		return hint_names(err, "Give the name that the receiver knows with --bind, or have it accept",
			us, us, them);
	if (row->unknown_title == CALLED)
		return hint_names(err, "Give the receiver's own name with --connect, or have it answer to",
			them, us, them);
	return err_hint(err, "%s", row->todo);
}

/* PS3.8 9.3.8, source 2 (the service provider). */
static const char *
abort_reason(int reason)
{
	static const char reserved_reason[] = "its reason is reserved by the standard";
	static const char *const reasons[] = { "its association layer gives no reason",
		"it received an unknown PDU", "it received an unexpected PDU", reserved_reason,
		"it received a PDU with an unknown parameter",
		"it received a PDU with an unexpected parameter",
		"it received a PDU with an invalid parameter value" };

	return reason >= 0 && reason < 7 ? reasons[reason] : reserved_reason;
}

int
status_abort(int source, int reason, struct err *err)
{
	if (source < 0) {
		err_set(err, ERR_ABORTED, "the receiver aborted the association");
		err->detail = STATUS_ABORT_RECEIVED;
		return err_hint(err, SEE_LOG);
	}
	if (source == 0) {
		err_set(err, ERR_ABORTED, "the receiving application aborted the association (source 0)");
		err->detail = STATUS_ABORT_RECEIVED | (reason > 0 ? reason & 0xff : 0);
		return err_hint(err, "See its log. IRIS aborts when the processing of an object fails: "
			"check the Event Log of the service and of its targets.");
	}
	err_set(err, ERR_ABORTED, "the receiver aborted the association: %s (source %d, reason %d)",
		source == 2 ? abort_reason(reason) : "its source is reserved by the standard",
		source, reason);
	err->detail = STATUS_ABORT_RECEIVED | (source & 0xff) << 8 | (reason & 0xff);
	return err_hint(err, SEE_LOG " If it happens again, report it with the output of -d.");
}
