/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/command.h"

#include <string.h>

#include "base/bytes.h"
#include "dicom/element.h"

#define C_STORE_RQ  0x0001
#define C_ECHO_RQ   0x0030
#define DATA_SET    0x0001 /* (0000,0800): one follows; any value but the next */
#define NO_DATA_SET 0x0101

/* Command elements: group 0000, so the tag is the element number (PS3.7 table E.1-1). */
enum {
	GROUP_LENGTH	      = 0x0000,
	AFFECTED_SOP_CLASS    = 0x0002,
	COMMAND_FIELD	      = 0x0100,
	MESSAGE_ID	      = 0x0110,
	MESSAGE_ID_RESPONDED  = 0x0120,
	PRIORITY	      = 0x0700,
	DATA_SET_TYPE	      = 0x0800,
	STATUS		      = 0x0900,
	OFFENDING_ELEMENT     = 0x0901,
	ERROR_COMMENT	      = 0x0902,
	AFFECTED_SOP_INSTANCE = 0x1000,
};

static unsigned char *
put_header(unsigned char *p, unsigned element, size_t length)
{
	p = put_le16(p, 0x0000);
	p = put_le16(p, element);
	return put_le32(p, (uint32_t)length);
}

static unsigned char *
put_us(unsigned char *p, unsigned element, unsigned value)
{
	return put_le16(put_header(p, element, 2), value);
}

/* A UID, padded with NUL to an even length (PS3.5 9.1). */
static unsigned char *
put_uid(unsigned char *p, unsigned element, const char *uid)
{
	size_t len = strnlen(uid, UID_MAX);
	size_t even = len + (len & 1);

	p = put_header(p, element, even);
	memset(p, 0, even);
	memcpy(p, uid, len);
	return p + even;
}

/* Write the group length into the space reserved before what follows. */
static size_t
finish(unsigned char *buf, const unsigned char *end)
{
	size_t length = (size_t)(end - buf) - 12;

	put_le32(put_header(buf, GROUP_LENGTH, 4), (uint32_t)length);
	return length + 12;
}

size_t
command_store_rq(unsigned char buf[COMMAND_MAX], uint16_t message_id, const char *sop_class,
	const char *sop_instance, enum command_priority priority)
{
	unsigned char *p = buf + 12;

	p = put_uid(p, AFFECTED_SOP_CLASS, sop_class);
	p = put_us(p, COMMAND_FIELD, C_STORE_RQ);
	p = put_us(p, MESSAGE_ID, message_id);
	p = put_us(p, PRIORITY, priority);
	p = put_us(p, DATA_SET_TYPE, DATA_SET);
	p = put_uid(p, AFFECTED_SOP_INSTANCE, sop_instance);
	return finish(buf, p);
}

size_t
command_echo_rq(unsigned char buf[COMMAND_MAX], uint16_t message_id)
{
	unsigned char *p = buf + 12;

	p = put_uid(p, AFFECTED_SOP_CLASS, UID_VERIFICATION);
	p = put_us(p, COMMAND_FIELD, C_ECHO_RQ);
	p = put_us(p, MESSAGE_ID, message_id);
	p = put_us(p, DATA_SET_TYPE, NO_DATA_SET);
	return finish(buf, p);
}

/* Copy a text of length bytes into out, cut at its first NUL, without padding. */
static void
get_text(char *out, size_t size, const unsigned char *p, size_t length)
{
	size_t len = length < size ? length : size - 1;

	memcpy(out, p, len);
	out[len] = '\0';
	for (len = strlen(out); len > 0 && out[len - 1] == ' '; len--)
		out[len - 1] = '\0';
}

static void
get_offending(struct command_rsp *out, const unsigned char *p, size_t length)
{
	size_t room = sizeof out->offending / sizeof out->offending[0];

	for (out->offending_count = 0; length >= 4 && out->offending_count < room; length -= 4, p += 4) {
		out->offending[out->offending_count++] =
			(uint32_t)get_le16(p) << 16 | get_le16(p + 2);
	}
}

/* The elements required in every response that have been read. */
enum { HAS_FIELD = 1, HAS_ID = 2, HAS_STATUS = 4, HAS_ALL = 7 };

/* Read an element whose value of element->length bytes is at p. Returns which one it is, 0 for others. */
static unsigned
take_element(struct command_rsp *out, const struct element *element, const unsigned char *p)
{
	size_t length = element->length;
	uint16_t number = length >= 2 ? get_le16(p) : 0;
	bool has_number = length == 2;

	switch (element->tag) {
	case AFFECTED_SOP_CLASS:
		get_text(out->sop_class, sizeof out->sop_class, p, length);
		break;
	case COMMAND_FIELD:
		out->field = number;
		return has_number ? HAS_FIELD : 0;
	case MESSAGE_ID_RESPONDED:
		out->message_id = number;
		return has_number ? HAS_ID : 0;
	case DATA_SET_TYPE:
		out->has_data_set = has_number && number != NO_DATA_SET;
		break;
	case STATUS:
		out->status = number;
		return has_number ? HAS_STATUS : 0;
	case OFFENDING_ELEMENT:
		get_offending(out, p, length);
		break;
	case ERROR_COMMENT:
		get_text(out->comment, sizeof out->comment, p, length);
		break;
	case AFFECTED_SOP_INSTANCE:
		get_text(out->sop_instance, sizeof out->sop_instance, p, length);
		break;
	}
	return 0;
}

static int
no_command(struct err *err, const char *why)
{
	return err_set(err, ERR_ABORTED, "the receiver's answer is not a command set: %s", why);
}

int
command_rsp_decode(const unsigned char *buf, size_t size, struct command_rsp *out, struct err *err)
{
	struct element element;
	unsigned present = 0;

	memset(out, 0, sizeof *out);
	while (size > 0) {
		if (element_parse(buf, size, ENCODING_IMPLICIT_LE, &element) != ELEMENT_OK)
			return no_command(err, "it ends within an element");
		buf += element.header;
		size -= element.header;
		if (element.length > size)
			return no_command(err, "an element claims more bytes than follow");
		present |= take_element(out, &element, buf);
		buf += element.length;
		size -= element.length;
	}
	if (!(present & HAS_FIELD))
		return no_command(err, "it has no Command Field (0000,0100)");
	if (!(present & HAS_ID))
		return no_command(err, "it has no Message ID Being Responded To (0000,0120)");
	if (!(present & HAS_STATUS))
		return no_command(err, "it has no Status (0000,0900)");
	return 0;
}
