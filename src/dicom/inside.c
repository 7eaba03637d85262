/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/inside.h"

#include <string.h>

#define DEPTH_MAX 64			/* sequences within sequences */
#define TAKEN_MAX (UINT64_C(1) << 30) /* bytes read or inflated in all */

enum look {
	LOOK_OVER,   /* all of it was seen */
	LOOK_LOST,   /* it is not as it should be */
	LOOK_FAILED, /* reading did; err says why */
};

/* A sequence or an item that is looked into. */
struct inside {
	struct encoding encoding;
	uint64_t end;	/* offset that it does not pass */
	bool delimited; /* it ends with a delimiter */
	unsigned depth;
};

static enum look look_at_items(struct input *in, struct inside inside, bool *odd, struct err *err);

bool
inside_is_sequence(struct input *in, struct encoding encoding, const struct element *element)
{
	static const unsigned char item[] = { 0xfe, 0xff, 0x00, 0xe0 };
	struct err err = ERR_INIT;
	const unsigned char *p;
	size_t have;

	if (encoding.explicit_vr)
		return strcmp(element->vr, "SQ") == 0;
	/* The dictionary, by which it would be written anew, knows no private ones. */
	if (element->length < 8 || (element->tag >> 16) % 2 != 0)
		return false;
	return input_peek(in, sizeof item, &p, &have, &err) == 0 && have == sizeof item &&
		memcmp(p, item, sizeof item) == 0;
}

static enum look
take_header(struct input *in, const struct inside *inside, struct element *out, struct err *err)
{
	const unsigned char *p;
	size_t have;
	bool whole;

	if (inside->depth > DEPTH_MAX || in->taken > TAKEN_MAX)
		return LOOK_LOST;
	if (input_peek(in, ELEMENT_HEADER_MAX, &p, &have, err))
		return LOOK_FAILED;
	if (element_parse(p, have, inside->encoding, out) != ELEMENT_OK || out->header > inside->end - in->at)
		return LOOK_LOST;
	return input_skip(in, out->header, &whole, err) ? LOOK_FAILED : LOOK_OVER;
}

/* The value of an element in an item. */
static enum look
look_at_value(struct input *in, const struct inside *item, const struct element *element, bool *odd,
	struct err *err)
{
	struct inside sequence = { item->encoding, item->end, true, item->depth + 1 };
	bool unknown = strcmp(element->vr, "UN") == 0, whole;

	if (element->length == ELEMENT_UNDEFINED) {
		if (unknown) /* PS3.5 6.2.2 */
			sequence.encoding = ENCODING_IMPLICIT_LE;
		if (element->vr[0] && !unknown && strcmp(element->vr, "SQ") != 0)
			return LOOK_LOST;
		return look_at_items(in, sequence, odd, err);
	}
	if (element->length > item->end - in->at)
		return LOOK_LOST;
	*odd |= element->length & 1;
	if (inside_is_sequence(in, item->encoding, element)) {
		sequence.end = in->at + element->length;
		sequence.delimited = false;
		return look_at_items(in, sequence, odd, err);
	}
	if (input_skip(in, element->length, &whole, err))
		return LOOK_FAILED;
	return whole ? LOOK_OVER : LOOK_LOST;
}

static enum look
look_at_elements(struct input *in, struct inside item, bool *odd, struct err *err)
{
	struct element element;
	enum look look;

	while (in->at < item.end) {
		look = take_header(in, &item, &element, err);
		if (look != LOOK_OVER)
			return look;
		if (item.delimited && element.tag == TAG_ITEM_END)
			return LOOK_OVER;
		if (element.tag >> 16 == 0xfffe)
			return LOOK_LOST;
		look = look_at_value(in, &item, &element, odd, err);
		if (look != LOOK_OVER)
			return look;
	}
	return item.delimited ? LOOK_LOST : LOOK_OVER;
}

static enum look
look_at_items(struct input *in, struct inside sequence, bool *odd, struct err *err)
{
	struct element element;
	enum look look;

	while (in->at < sequence.end) {
		struct inside item = sequence;

		look = take_header(in, &sequence, &element, err);
		if (look != LOOK_OVER)
			return look;
		if (sequence.delimited && element.tag == TAG_SEQUENCE_END)
			return LOOK_OVER;
		item.delimited = element.length == ELEMENT_UNDEFINED;
		if (element.tag != TAG_ITEM || (!item.delimited && element.length > sequence.end - in->at))
			return LOOK_LOST;
		if (!item.delimited)
			item.end = in->at + element.length;
		look = look_at_elements(in, item, odd, err);
		if (look != LOOK_OVER)
			return look;
	}
	return sequence.delimited ? LOOK_LOST : LOOK_OVER;
}

int
inside_look(struct input *in, struct encoding encoding, uint32_t size, bool items, bool *odd, struct err *err)
{
	struct inside inside = { encoding, in->at + size, false, 0 };
	bool found = false;
	enum look look = (items ? look_at_items : look_at_elements)(in, inside, &found, err);

	if (look == LOOK_FAILED)
		return -1;
	*odd |= look == LOOK_OVER && found;
	return 0;
}
