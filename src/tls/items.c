/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/items.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static void
item_clear(struct store_item *item)
{
	EVP_PKEY_free(item->key);
	X509_free(item->cert);
	OPENSSL_free(item->alias);
	ASN1_OCTET_STRING_free(item->id);
}

int
items_add(struct items *items, struct store_item item, struct err *err)
{
	if (items->count == items->room) {
		size_t room = items->room ? items->room * 2 : 8;
		struct store_item *list = reallocarray(items->list, room, sizeof *list);

		if (!list) {
			item_clear(&item);
			return err_nomem(err);
		}
		items->list = list;
		items->room = room;
	}
	items->list[items->count++] = item;
	return 0;
}

void
items_leave_out(struct items *items, const char *alias, const char *why)
{
	char before[sizeof items->left_out], name[64];

	memcpy(before, items->left_out, sizeof before);
	text_harmless_str(name, sizeof name, alias ? alias : "a key without alias");
	text_format(items->left_out, sizeof items->left_out, "%s%s%s (%s)", before, before[0] ? ", " : "",
		name, why);
}

void
items_clear(struct items *items)
{
	for (size_t i = 0; i < items->count; i++)
		item_clear(&items->list[i]);
	free(items->list);
	memset(items, 0, sizeof *items);
}
