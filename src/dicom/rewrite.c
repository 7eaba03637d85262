/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/rewrite.h"

#include <string.h>

#include "base/bytes.h"
#include "dicom/element.h"
#include "dicom/walk.h"

#define TAG_VOI_LUT_SEQUENCE 0x00283010u

enum phase {
	STEP_ON,
	STEP_END,    /* of the data set */
	STEP_CANNOT, /* cannot be rewritten in this way */
	STEP_FAILED, /* reading did; err says why */
};

/* The next output: this header, and value bytes that follow it in the file. */
static enum phase
begin_element(struct rewrite *rewrite, uint32_t tag, uint32_t length, uint32_t value)
{
	put_le32(put_le16(put_le16(rewrite->head, tag >> 16), tag), length);
	rewrite->head_at = 0;
	rewrite->head_size = 8;
	rewrite->value_left = value;
	rewrite->made += 8 + (uint64_t)value;
	return STEP_ON;
}

static bool
fits_level(const struct rewrite *rewrite, uint32_t length)
{
	return length <= rewrite->levels[rewrite->depth].end - rewrite->in.at;
}

/* Begin a sequence or item, whose header was just read. */
static enum phase
enter_level(struct rewrite *rewrite, const struct element *element, bool implicit)
{
	const struct rewrite_level *outer = &rewrite->levels[rewrite->depth];
	bool delimited = element->length == ELEMENT_UNDEFINED;

	if (rewrite->depth == 2 * REWRITE_SEQUENCES || (!delimited && !fits_level(rewrite, element->length)))
		return STEP_CANNOT;
	rewrite->levels[++rewrite->depth] = (struct rewrite_level){
		.end = delimited ? outer->end : rewrite->in.at + element->length,
		.sequence = !outer->sequence,
		.implicit = implicit,
		.delimited = delimited,
	};
	return begin_element(rewrite, element->tag, ELEMENT_UNDEFINED, 0);
}

/* The innermost sequence or item has ended. */
static enum phase
leave_level(struct rewrite *rewrite)
{
	bool sequence = rewrite->levels[rewrite->depth--].sequence;

	return begin_element(rewrite, sequence ? TAG_SEQUENCE_END : TAG_ITEM_END, 0, 0);
}

/* Group lengths are retired, and would be wrong in the output (PS3.5 7.2). */
static enum phase
drop_group_length(struct rewrite *rewrite, const struct element *element, struct err *err)
{
	bool whole;

	if (!fits_level(rewrite, element->length))
		return STEP_CANNOT;
	rewrite->value_left = 0;
	rewrite->group_lengths = true;
	return input_skip(&rewrite->in, element->length, &whole, err) < 0 ? STEP_FAILED : STEP_ON;
}

/*
 * Is the element allowed here? Groups below 0008 are not part of a data set (PS3.5 7.1), and tags ascend.
 */
static bool
is_in_order(const struct rewrite_level *level, const struct element *element)
{
	return element->tag >> 16 >= 0x0008 && element->tag >> 16 != 0xfffe && element->tag > level->last;
}

/*
 * Is the VR still known from the dictionary if it is not written? Not if pixels are neither bytes nor
 * words, or if a VOI LUT Sequence is not a sequence, which occurs in practice.
 */
static bool
may_lose_vr(const struct element *element)
{
	bool bytes = strcmp(element->vr, "OB") == 0 || strcmp(element->vr, "OW") == 0;

	if (element->tag == TAG_PIXEL_DATA)
		return bytes || strcmp(element->vr, "UN") == 0;
	return element_vr_known(element->vr) && !(bytes && element->tag == TAG_VOI_LUT_SEQUENCE);
}

/* The receiver will read an element that is neither empty nor UN (PS3.5 6.2.2) by the dictionary. Looked up
 * once. */
static bool
is_misread(const struct rewrite *rewrite, const struct element *element)
{
	return rewrite->misread && rewrite->total == 0 && element->length > 0 &&
		strcmp(element->vr, "UN") != 0 && (element->tag >> 16) % 2 == 0 &&
		rewrite->misread(element->tag, strcmp(element->vr, "SQ") == 0);
}

static enum phase
take_element(struct rewrite *rewrite, const struct element *element, struct err *err)
{
	struct rewrite_level *level = &rewrite->levels[rewrite->depth];

	if (!is_in_order(level, element) ||
		(!level->implicit && (!may_lose_vr(element) || is_misread(rewrite, element))))
		return STEP_CANNOT;
	level->last = element->tag;
	if ((element->tag & 0xffff) == 0)
		return drop_group_length(rewrite, element, err);
	if (strcmp(element->vr, "SQ") == 0)
		return enter_level(rewrite, element, false);
	if (element->length != ELEMENT_UNDEFINED) {
		if (element->length % 2 != 0 || !fits_level(rewrite, element->length))
			return STEP_CANNOT;
		return begin_element(rewrite, element->tag, element->length, element->length);
	}
	/* Fragments belong to compressed pixels; all others are sequences. */
	if (element->tag == TAG_PIXEL_DATA || (!level->implicit && strcmp(element->vr, "UN") != 0))
		return STEP_CANNOT;
	return enter_level(rewrite, element, true);
}

/* The next header of the file, of which `left` bytes may be read. */
static enum phase
read_header(struct rewrite *rewrite, bool implicit, uint64_t left, struct element *out, struct err *err)
{
	/* Read only as much as needed, so that the window of a small file can be used both times. */
	size_t want = left < ELEMENT_HEADER_MAX ? (size_t)left : ELEMENT_HEADER_MAX;
	const unsigned char *p;
	size_t have;
	bool whole;

	if (input_peek(&rewrite->in, want, &p, &have, err) < 0)
		return STEP_FAILED;
	if (element_parse(p, have, implicit ? ENCODING_IMPLICIT_LE : ENCODING_EXPLICIT_LE, out) != ELEMENT_OK)
		return STEP_CANNOT;
	return input_skip(&rewrite->in, out->header, &whole, err) < 0 ? STEP_FAILED : STEP_ON;
}

/* Begin the next element, or end the current sequence or item. */
static enum phase
next_step(struct rewrite *rewrite, struct err *err)
{
	const struct rewrite_level *level = &rewrite->levels[rewrite->depth];
	uint64_t left = level->end - rewrite->in.at;
	struct element element;
	enum phase phase;

	if (left == 0 && level->delimited)
		return STEP_CANNOT;
	if (left == 0 && rewrite->depth > 0)
		return leave_level(rewrite);
	if (left == 0)
		return STEP_END;
	phase = read_header(rewrite, level->implicit, left, &element, err);
	if (phase != STEP_ON)
		return phase;
	if (level->delimited && element.length == 0 &&
		element.tag == (level->sequence ? TAG_SEQUENCE_END : TAG_ITEM_END))
		return leave_level(rewrite);
	if (!level->sequence)
		return take_element(rewrite, &element, err);
	return element.tag == TAG_ITEM ? enter_level(rewrite, &element, level->implicit) : STEP_CANNOT;
}

/* Go to the start of the data set. If the window still begins there, it is not read again. */
static void
rewind_all(struct rewrite *rewrite)
{
	struct input *in = &rewrite->in;

	if (in->end == 0 || in->next - in->end != rewrite->begin) {
		if (rewrite->kept)
			input_init_kept(in, rewrite->kept, (size_t)rewrite->end);
		else
			input_init(in, in->fd, rewrite->end);
		in->next += rewrite->begin;
	}
	in->start = 0;
	in->at = rewrite->begin;
	rewrite->made = 0;
	rewrite->head_at = rewrite->head_size = 0;
	rewrite->value_left = 0;
	rewrite->depth = 0;
	rewrite->levels[0] = (struct rewrite_level){ .end = rewrite->end };
}

/* Go through all of it once, for the total. */
static bool
examine(struct rewrite *rewrite)
{
	struct err err = ERR_INIT;
	enum phase phase;
	bool whole;

	rewind_all(rewrite);
	rewrite->total = 0;
	rewrite->group_lengths = false;
	while ((phase = next_step(rewrite, &err)) == STEP_ON) {
		if (input_skip(&rewrite->in, rewrite->value_left, &whole, &err) < 0 || !whole)
			return false;
	}
	rewrite->total = rewrite->made;
	rewind_all(rewrite);
	return phase == STEP_END;
}

bool
rewrite_init(struct rewrite *rewrite, int fd, const unsigned char *kept, uint64_t begin, uint64_t end)
{
	input_init(&rewrite->in, fd, end);
	rewrite->kept = kept;
	rewrite->begin = begin;
	rewrite->end = end;
	return examine(rewrite);
}

/* The next n bytes of the file: first from the window, then directly. */
static int
take_value(struct input *in, struct scatter *out, size_t n, struct err *err)
{
	size_t held = in->end - in->start < n ? in->end - in->start : n;

	scatter_put(out, in->window + in->start, held);
	in->start += held;
	in->at += held;
	if (held == n)
		return 0;
	if (scatter_read(out, in->fd, in->at, n - held, err) < 0)
		return -1;
	in->at += n - held;
	in->next = in->at;
	in->start = in->end = 0;
	in->hopped = true;
	return 0;
}

int
rewrite_fill(struct rewrite *rewrite, struct scatter *out, struct err *err)
{
	while (out->left > 0) {
		size_t head_left = rewrite->head_size - rewrite->head_at;
		size_t n;

		if (head_left > 0) {
			n = out->left < head_left ? out->left : head_left;
			scatter_put(out, rewrite->head + rewrite->head_at, n);
			rewrite->head_at += n;
		} else if (rewrite->value_left > 0) {
			n = out->left < rewrite->value_left ? out->left : (size_t)rewrite->value_left;
			if (take_value(&rewrite->in, out, n, err) < 0)
				return -1;
			rewrite->value_left -= n;
		} else {
			enum phase phase = next_step(rewrite, err);

			if (phase == STEP_FAILED)
				return -1;
			if (phase != STEP_ON)
				return err_set(err, ERR_NO_INPUT, "changed while it was being sent");
		}
	}
	return 0;
}
