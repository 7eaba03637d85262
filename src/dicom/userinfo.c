/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/userinfo.h"

#include "base/bytes.h"
#include "dicom/pdu.h"

/* Version, reserved, both AE titles, reserved: before the first item (PS3.8 tables 9-11, 9-17). */
#define ASSOCIATE_FIXED 68
#define ITEM_HEAD	4

enum {
	ITEM_APPLICATION = 0x10,
	ITEM_CONTEXT	 = 0x20,
	ITEM_USER	 = 0x50,
};

static int
unexpected(const char *why, struct err *err)
{
	return err_set(err, ERR_INTERNAL, "the A-ASSOCIATE-RQ %s", why);
}

/* Where the user information item begins, the last of the size bytes in pdu. */
static int
find_user(const unsigned char *pdu, size_t size, size_t *out, struct err *err)
{
	size_t at = PDU_HEAD_SIZE + ASSOCIATE_FIXED;

	if (size < at || pdu[0] != PDU_ASSOCIATE_RQ)
		return unexpected("is not one", err);
	if (get_be32(pdu + 2) != size - PDU_HEAD_SIZE)
		return unexpected("has a wrong length", err);
	while (size - at >= ITEM_HEAD) {
		size_t end = at + ITEM_HEAD + get_be16(pdu + at + 2);

		if (end > size)
			return unexpected("has an item that is cut short", err);
		if (pdu[at] == ITEM_USER && end == size) {
			*out = at;
			return 0;
		}
		if (pdu[at] != ITEM_APPLICATION && pdu[at] != ITEM_CONTEXT)
			return unexpected("has unexpected items", err);
		at = end;
	}
	return unexpected("does not end with its user information", err);
}

unsigned char *
userinfo_grow(unsigned char *pdu, size_t *size, size_t room, size_t more, struct err *err)
{
	unsigned char *at = pdu + *size;
	size_t user = 0, body;

	if (find_user(pdu, *size, &user, err) < 0)
		return NULL;
	body = *size - user - ITEM_HEAD;
	/* If the user information fits its 16-bit length, so do the items in it. */
	if (more > UINT16_MAX - body || *size > room || more > room - *size) {
		unexpected("cannot have so many", err);
		return NULL;
	}
	*size += more;
	put_be16(pdu + user + 2, (uint32_t)(body + more));
	put_be32(pdu + 2, (uint32_t)(*size - PDU_HEAD_SIZE));
	return at;
}

/* The first item of that type among size bytes of items. */
static const uint8_t *
find_item(const uint8_t *at, size_t size, uint8_t type, size_t *len)
{
	while (size >= ITEM_HEAD) {
		size_t whole = ITEM_HEAD + (size_t)get_be16(at + 2);

		if (whole > size)
			return NULL;
		if (*at == type) {
			*len = whole - ITEM_HEAD;
			return at + ITEM_HEAD;
		}
		at += whole;
		size -= whole;
	}
	return NULL;
}

const uint8_t *
userinfo_find(const uint8_t *body, size_t size, uint8_t type, size_t *len)
{
	const uint8_t *user;

	if (size < ASSOCIATE_FIXED)
		return NULL;
	user = find_item(body + ASSOCIATE_FIXED, size - ASSOCIATE_FIXED, ITEM_USER, len);
	return user ? find_item(user, *len, type, len) : NULL;
}
