/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/pdu.h"

#include "base/bytes.h"
#include "base/text.h"
#include "dicom/uid.h"

#define REJECT_SIZE	4
#define PDV_HEAD	6   /* length, context, message control header */
#define CONTEXTS_MAX	128 /* odd numbers of one byte */

static const char *const names[] = {
	[PDU_ASSOCIATE_RQ] = "an A-ASSOCIATE-RQ",
	[PDU_ASSOCIATE_AC] = "an A-ASSOCIATE-AC",
	[PDU_ASSOCIATE_RJ] = "an A-ASSOCIATE-RJ",
	[PDU_P_DATA]	   = "a P-DATA-TF",
	[PDU_RELEASE_RQ]   = "an A-RELEASE-RQ",
	[PDU_RELEASE_RP]   = "an A-RELEASE-RP",
	[PDU_ABORT]	   = "an A-ABORT",
};

static bool
is_known(uint8_t type)
{
	return type >= PDU_ASSOCIATE_RQ && type <= PDU_ABORT;
}

const char *
pdu_name(uint8_t type, char *out, size_t size)
{
	if (is_known(type))
		text_format(out, size, "%s", names[type]);
	else
		text_format(out, size, "a PDU of type %02XH", type);
	return out;
}

int
pdu_head_parse(const uint8_t bytes[PDU_HEAD_SIZE], struct pdu_head *out, struct err *err)
{
	char name[32];

	out->type = bytes[0];
	out->length = get_be32(bytes + 2);
	pdu_name(out->type, name, sizeof name);
	if (!is_known(out->type)) {
		err_set(err, ERR_ABORTED, "the receiver sent %s, which does not exist in DICOM", name);
		return err_hint(err, "This may not be a DICOM port: check host and port.");
	}
	if (out->length > PDU_BODY_MAX)
		return err_set(err, ERR_ABORTED, "the receiver sent %s that claims %lu bytes, which is too "
			"long", name, (unsigned long)out->length);
	return 0;
}

/* The unread part of an A-ASSOCIATE-AC, or of an item in it. */
struct rest {
	const uint8_t *at;
	size_t size;
};

struct pdu_item {
	uint8_t type;
	struct rest body;
};

/* For a sentence like "the receiver's A-ASSOCIATE-AC is malformed: item 52H ...". */
static int
malformed(struct err *err, uint8_t item, const char *why)
{
	return err_set(err, ERR_ABORTED, "the receiver's A-ASSOCIATE-AC is malformed: item %02XH %s", item,
		why);
}

/* Read the next item, or -1: its length is wrong. */
static int
next_item(struct rest *rest, struct pdu_item *out, struct err *err)
{
	*out = (struct pdu_item){ .type = rest->at[0] };
	if (rest->size < PDU_ITEM_HEAD)
		return malformed(err, out->type, "is cut short");
	out->body.at = rest->at + PDU_ITEM_HEAD;
	out->body.size = get_be16(rest->at + 2);
	if (out->body.size > rest->size - PDU_ITEM_HEAD)
		return malformed(err, out->type, "claims more bytes than there are");
	rest->at += PDU_ITEM_HEAD + out->body.size;
	rest->size -= PDU_ITEM_HEAD + out->body.size;
	return 0;
}

/* Does the item begin with a text with a 16-bit length? */
static bool
holds_text(const struct rest *body)
{
	return body->size >= 2 && get_be16(body->at) <= body->size - 2;
}

/* NULL, or what is wrong with it. */
static const char *
user_item_fault(const struct pdu_item *item, bool *identity)
{
	const struct rest *body = &item->body;

	switch (item->type) {
	case ITEM_MAX_LENGTH:
		return body->size == 4 ? NULL : "is not 4 bytes long";
	case ITEM_CLASS_UID:
	case ITEM_VERSION:
		return body->size <= UID_MAX ? NULL : "is longer than 64 bytes";
	case ITEM_ROLE:
		/* One byte for each role after the UID. */
		return body->size >= 4 && get_be16(body->at) <= body->size - 4 ? NULL :
			"does not hold its UID";
	case ITEM_EXTENDED:
		return holds_text(body) ? NULL : "does not hold its UID";
	case ITEM_IDENTITY_RQ:
	case ITEM_IDENTITY_AC:
		if (*identity)
			return "occurs twice";
		*identity = true;
		return holds_text(body) && get_be16(body->at) == body->size - 2 ? NULL :
			"does not hold its response";
	}
	return NULL;
}

static int
check_user(struct rest body, struct err *err)
{
	bool identity = false;

	while (body.size > 0) {
		struct pdu_item item;
		const char *fault;

		if (next_item(&body, &item, err) < 0)
			return -1;
		fault = user_item_fault(&item, &identity);
		if (fault)
			return malformed(err, item.type, fault);
	}
	return 0;
}

/* A refused context's transfer syntax is not significant (PS3.8 9.3.3.2). */
static int
check_context(struct rest body, struct err *err)
{
	unsigned syntaxes = 0;
	uint8_t id;

	if (body.size < 4)
		return malformed(err, ITEM_CONTEXT_AC, "is cut short");
	id = body.at[0];
	if (body.at[2] != 0)
		return 0;
	body.at += 4;
	body.size -= 4;
	while (body.size > 0) {
		struct pdu_item item;

		if (next_item(&body, &item, err) < 0)
			return -1;
		if (item.body.size > UID_MAX)
			return malformed(err, item.type, "is longer than 64 bytes");
		syntaxes += item.type == ITEM_SYNTAX && item.body.size > 0;
	}
	if (syntaxes == 1)
		return 0;
	return err_set(err, ERR_ABORTED, "the receiver accepted presentation context %u in %u transfer "
		"syntaxes, not in one", id, syntaxes);
}

/* How often items came whose number is limited. */
struct found_items {
	unsigned contexts, users;
};

static int
check_item(const struct pdu_item *item, struct found_items *seen, struct err *err)
{
	switch (item->type) {
	case ITEM_APPLICATION:
		return item->body.size <= UID_MAX ? 0 : malformed(err, item->type, "is longer than 64 bytes");
	case ITEM_CONTEXT_RQ:
		return malformed(err, item->type, "belongs to a request");
	case ITEM_CONTEXT_AC:
		if (++seen->contexts > CONTEXTS_MAX)
			return malformed(err, item->type, "occurs more than 128 times");
		return check_context(item->body, err);
	case ITEM_USER:
		if (++seen->users > 1)
			return malformed(err, item->type, "occurs twice");
		return check_user(item->body, err);
	}
	return 0; /* unknown ones are ignored (PS3.8 9.3.1) */
}

static int
check_associate(const uint8_t *body, size_t size, struct err *err)
{
	struct found_items seen = { 0, 0 };
	struct rest rest;

	if (size < PDU_ASSOCIATE_FIXED)
		return err_set(err, ERR_ABORTED, "the receiver's A-ASSOCIATE-AC is malformed: %zu bytes are "
			"too few", size);
	if (!(body[1] & 1))
		return err_set(err, ERR_ABORTED, "the receiver does not speak version 1 of the DICOM upper "
			"layer protocol");
	rest.at = body + PDU_ASSOCIATE_FIXED;
	rest.size = size - PDU_ASSOCIATE_FIXED;
	while (rest.size > 0) {
		struct pdu_item item;

		if (next_item(&rest, &item, err) < 0 || check_item(&item, &seen, err) < 0)
			return -1;
	}
	return 0;
}

size_t
pdv_parse(const uint8_t *p, size_t size, struct pdv *out)
{
	uint32_t length;

	if (size < PDV_HEAD)
		return 0;
	length = get_be32(p);
	/* It counts the context and the control header. */
	if (length < 2 || length > size - 4)
		return 0;
	out->context = p[4];
	out->command = p[5] & 1;
	out->last = p[5] & 2;
	out->data = p + PDV_HEAD;
	out->size = length - 2;
	return 4 + (size_t)length;
}

static int
check_data(const uint8_t *body, size_t size, struct err *err)
{
	struct pdv pdv;
	size_t n;

	if (size == 0)
		return err_set(err, ERR_ABORTED, "the receiver sent an empty P-DATA-TF");
	for (; size > 0; body += n, size -= n) {
		n = pdv_parse(body, size, &pdv);
		if (n == 0)
			return err_set(err, ERR_ABORTED, "the receiver sent a P-DATA-TF whose PDV lengths do "
				"not add up");
	}
	return 0;
}

int
pdu_body_check(const struct pdu_head *head, const uint8_t *body, struct err *err)
{
	switch (head->type) {
	case PDU_ASSOCIATE_AC:
		return check_associate(body, head->length, err);
	case PDU_ASSOCIATE_RJ:
		if (head->length != REJECT_SIZE)
			return err_set(err, ERR_ABORTED, "the receiver rejected the association with a "
				"malformed A-ASSOCIATE-RJ of %lu bytes", (unsigned long)head->length);
		return 0;
	case PDU_P_DATA:
		return check_data(body, head->length, err);
	}
	return 0;
}
