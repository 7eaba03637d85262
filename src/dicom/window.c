/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/window.h"

#include <string.h>

#include "base/bytes.h"
#include "dicom/userinfo.h"

#define ITEM_WINDOW 0x53

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
	const uint8_t *value = userinfo_find(body, size, ITEM_WINDOW, &len);

	if (!value || len < 4)
		return 1;
	agreed = get_be16(value);
	return agreed == 0 || agreed > limit ? limit : agreed;
}
