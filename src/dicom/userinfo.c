/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/userinfo.h"

#include <string.h>

#include "base/bytes.h"
#include "dicom/pdu.h"

/* Where the user information item begins, the last of the size bytes in pdu; 0: it is not there. */
static size_t
find_user(const unsigned char *pdu, size_t size)
{
	size_t at = PDU_HEAD_SIZE + PDU_ASSOCIATE_FIXED, end;

	if (size < at || pdu[0] != PDU_ASSOCIATE_RQ || get_be32(pdu + 2) != size - PDU_HEAD_SIZE)
		return 0;
	for (; size - at >= PDU_ITEM_HEAD; at = end) {
		end = at + PDU_ITEM_HEAD + get_be16(pdu + at + 2);
		if (pdu[at] == ITEM_USER && end == size)
			return at;
		if (end > size || (pdu[at] != ITEM_APPLICATION && pdu[at] != ITEM_CONTEXT_RQ))
			return 0;
	}
	return 0;
}

unsigned char *
userinfo_grow(unsigned char *pdu, size_t *size, size_t room, size_t more, struct err *err)
{
	unsigned char *at = pdu + *size;
	size_t user = find_user(pdu, *size);
	size_t body = *size - user - PDU_ITEM_HEAD;

	if (user == 0) {
		err_set(err, ERR_INTERNAL, "the A-ASSOCIATE-RQ does not end with its user information");
		return NULL;
	}
	/* If the user information fits its 16-bit length, so do the items in it. */
	if (more > UINT16_MAX - body || *size > room || more > room - *size) {
		err_set(err, ERR_INTERNAL, "the A-ASSOCIATE-RQ cannot have so many");
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
	while (size >= PDU_ITEM_HEAD) {
		size_t whole = PDU_ITEM_HEAD + (size_t)get_be16(at + 2);

		if (whole > size)
			return NULL;
		if (*at == type) {
			*len = whole - PDU_ITEM_HEAD;
			return at + PDU_ITEM_HEAD;
		}
		at += whole;
		size -= whole;
	}
	return NULL;
}

/* The value of the first sub-item of that type in an A-ASSOCIATE-AC; *len bytes. NULL: there is none. */
static const uint8_t *
find_user_item(const uint8_t *body, size_t size, uint8_t type, size_t *len)
{
	const uint8_t *user;

	if (size < PDU_ASSOCIATE_FIXED)
		return NULL;
	user = find_item(body + PDU_ASSOCIATE_FIXED, size - PDU_ASSOCIATE_FIXED, ITEM_USER, len);
	return user ? find_item(user, *len, type, len) : NULL;
}

int
window_propose(uint32_t proposed, unsigned char *pdu, size_t *size, size_t room, struct err *err)
{
	uint16_t invoked = proposed == WINDOW_UNLIMITED ? 0 : (uint16_t)proposed;
	const unsigned char item[] = { ITEM_WINDOW, 0, 0, 4, (unsigned char)(invoked >> 8),
		(unsigned char)invoked, 0, 1 };
	unsigned char *at = userinfo_grow(pdu, size, room, sizeof item, err);

	if (!at)
		return err_wrap(err, "cannot propose --max-ops-invoked");
	memcpy(at, item, sizeof item);
	return 0;
}

unsigned
window_agreed(const uint8_t *body, size_t size, uint32_t proposed)
{
	unsigned limit = proposed > WINDOW_MAX ? WINDOW_MAX : proposed, agreed;
	size_t len;
	const uint8_t *value = find_user_item(body, size, ITEM_WINDOW, &len);

	if (!value || len < 4)
		return 1;
	agreed = get_be16(value);
	return agreed == 0 || agreed > limit ? limit : agreed;
}
