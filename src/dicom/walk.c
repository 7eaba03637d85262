/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/walk.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

#define DEPTH_MAX 64		       /* sequences within sequences */
#define HEAD_MAX  (UINT64_C(1) << 20)  /* bytes read to find the SOP class and instance */
#define TAKEN_MAX (UINT64_C(1) << 30)  /* bytes read or inflated in all: a deflate bomb ends here */
#define VALUE_MAX 128		       /* bytes of a UID with the padding that is tolerated */

#define TAG_FMT	     "(%04" PRIx32 ",%04" PRIx32 ")"
#define TAG_ARGS(tag) (tag) >> 16, (tag) & 0xffff

static const char refetch[] = "Get the file again from its source.";

/* What the data is: the file, or what was inflated from it. */
static const char *
data_name(const struct input *in)
{
	return in->deflated ? "the inflated data set" : "the file";
}

static enum walk_result
unknown_structure(struct err *err, const struct input *in, const struct element *element, const char *what)
{
	err_set(err, ERR_NO_INPUT, "element " TAG_FMT " near offset %" PRIu64 " %s",
		TAG_ARGS(element->tag), in->at, what);
	return WALK_UNKNOWN;
}

/* element needs more bytes than there are after offset. */
static enum walk_result
truncated(struct err *err, struct input *in, const struct element *element, uint64_t offset)
{
	uint64_t total = in->deflated ? in->at : in->size;

	if (element->vr[0] && !element_vr_known(element->vr)) {
		err_set(err, ERR_NO_INPUT,
			"element " TAG_FMT " has the VR \"%s\", which does not exist in DICOM, so its "
			"length is unknown", TAG_ARGS(element->tag), element->vr);
		err_hint(err, "Have the system that made the object correct it.");
		return WALK_BAD;
	}
	err_set(err, ERR_NO_INPUT, "truncated: element " TAG_FMT " announces %" PRIu32 " bytes at offset %"
		PRIu64 ", %s ends after %" PRIu64, TAG_ARGS(element->tag), element->length, offset,
		data_name(in), total);
	err_hint(err, "%s", refetch);
	return WALK_BAD;
}

enum walk_result
walk_next(struct input *in, struct encoding encoding, struct element *out, struct err *err)
{
	const unsigned char *p;
	size_t have;
	bool whole;

	if (input_peek(in, ELEMENT_HEADER_MAX, &p, &have, err))
		return WALK_BAD;
	if (have == 0)
		return WALK_END;
	switch (element_parse(p, have, encoding, out)) {
	case ELEMENT_OK:
		return input_skip(in, out->header, &whole, err) ? WALK_BAD : WALK_ON;
	case ELEMENT_UNKNOWN:
		return unknown_structure(err, in, out, "has no value representation");
	case ELEMENT_SHORT:
		break;
	}
	err_set(err, ERR_NO_INPUT, "the last %zu byte%s of %s, at offset %" PRIu64
		", are not a data element: it is truncated, or something was appended",
		have, TEXT_PLURAL(have), data_name(in), in->at);
	err_hint(err, "%s", refetch);
	return WALK_BAD;
}

/* Where a walk within an element is, and what it looks for. */
struct walk {
	struct input *in;
	struct encoding encoding;
	uint64_t end;	/* offset that it must not pass: of what is looked into; UINT64_MAX: none */
	unsigned depth; /* sequences within sequences */
	bool *odd;	/* is set where a value in it has an odd length; NULL: that is not asked */
	struct err *err;
};

static enum walk_result skip_at(const struct walk *walk, const struct element *element);
static enum walk_result skip_value_checked(const struct walk *walk, const struct element *element);

/* The next header, within the end. WALK_END: of the data. */
static enum walk_result
next_within(const struct walk *walk, const struct element *parent, struct element *out)
{
	enum walk_result result = walk_next(walk->in, walk->encoding, out, walk->err);

	if (result == WALK_ON && walk->in->at > walk->end)
		return unknown_structure(walk->err, walk->in, parent, "is shorter than what it holds");
	if (result == WALK_ON && walk->in->taken > TAKEN_MAX)
		return unknown_structure(walk->err, walk->in, parent, "is too long to be examined");
	return result;
}

/* Skip a value of known length. */
static enum walk_result
skip_value(const struct walk *walk, const struct element *element)
{
	uint64_t offset = walk->in->at;
	bool whole;

	if (input_skip(walk->in, element->length, &whole, walk->err))
		return WALK_BAD;
	return whole ? WALK_ON : truncated(walk->err, walk->in, element, offset);
}

/* The data ended within parent, which has an undefined length. */
static enum walk_result
not_ended(const struct walk *walk, const struct element *parent)
{
	err_set(walk->err, ERR_NO_INPUT, "truncated: element " TAG_FMT " of undefined length is not ended: "
		"%s ends after %" PRIu64 " bytes", TAG_ARGS(parent->tag), data_name(walk->in), walk->in->at);
	err_hint(walk->err, "%s", refetch);
	return WALK_BAD;
}

/* The next item of parent in *item. WALK_END: its delimiter stood there instead, or it is at its end. */
static enum walk_result
next_item(const struct walk *walk, const struct element *parent, struct element *item)
{
	bool delimited = parent->length == ELEMENT_UNDEFINED;
	enum walk_result result;

	if (!delimited && walk->in->at == walk->end)
		return WALK_END;
	result = next_within(walk, parent, item);
	if (result == WALK_END)
		return not_ended(walk, parent);
	if (result != WALK_ON)
		return result;
	if (delimited && item->tag == TAG_SEQUENCE_END && item->length == 0)
		return WALK_END;
	if (item->tag != TAG_ITEM)
		return unknown_structure(walk->err, walk->in, item, "is where an item is expected");
	return WALK_ON;
}

/* Pass over the elements of an item, its delimiter too if it has one. */
static enum walk_result
skip_elements(const struct walk *walk, const struct element *item)
{
	bool delimited = item->length == ELEMENT_UNDEFINED;
	struct element element;
	enum walk_result result;

	while (delimited || walk->in->at < walk->end) {
		result = next_within(walk, item, &element);
		if (result != WALK_ON)
			return result == WALK_END ? not_ended(walk, item) : result;
		if (delimited && element.tag == TAG_ITEM_END && element.length == 0)
			return WALK_ON;
		if (walk->odd && element.length != ELEMENT_UNDEFINED)
			*walk->odd |= element.length & 1;
		result = skip_at(walk, &element);
		if (result != WALK_ON)
			return result;
	}
	return WALK_ON;
}

static enum walk_result
skip_items(const struct walk *walk, const struct element *sequence)
{
	struct walk inner = *walk;
	struct element item;
	enum walk_result result;

	if (inner.depth++ >= DEPTH_MAX) {
		err_set(walk->err, ERR_NO_INPUT, "sequences are nested more than %d deep at element " TAG_FMT,
			DEPTH_MAX, TAG_ARGS(sequence->tag));
		return WALK_BAD;
	}
	while ((result = next_item(walk, sequence, &item)) == WALK_ON) {
		result = item.length == ELEMENT_UNDEFINED ? skip_elements(&inner, &item) :
			skip_value_checked(&inner, &item);
		if (result != WALK_ON)
			return result;
	}
	return result == WALK_END ? WALK_ON : result;
}

/* Encapsulated pixel data (PS3.5 A.4): items that contain bytes. */
static enum walk_result
skip_fragments(const struct walk *walk, const struct element *element)
{
	struct element item;
	enum walk_result result;

	while ((result = next_item(walk, element, &item)) == WALK_ON) {
		if (item.length == ELEMENT_UNDEFINED)
			return unknown_structure(walk->err, walk->in, element,
				"has a fragment of undefined length");
		if (walk->odd)
			*walk->odd |= item.length & 1;
		result = skip_value(walk, &item);
		if (result != WALK_ON)
			return result;
	}
	return result == WALK_END ? WALK_ON : result;
}

/* Do items stand in the value of the element of known length? In implicit VR its bytes tell. */
static bool
is_sequence(const struct walk *walk, const struct element *element)
{
	static const unsigned char item[] = { 0xfe, 0xff, 0x00, 0xe0 };
	const unsigned char *p;
	size_t have;

	if (walk->encoding.explicit_vr)
		return strcmp(element->vr, "SQ") == 0;
	/* The dictionary used for rewriting has no private elements. */
	if (element->length < 8 || (element->tag >> 16) % 2 != 0)
		return false;
	return input_peek(walk->in, sizeof item, &p, &have, walk->err) == 0 && have == sizeof item &&
		memcmp(p, item, sizeof item) == 0;
}

/* Pass over a value of known length, which could be done without a look. If it is a sequence or an item:
 * is a value in it of odd length? Whatever is out of the ordinary there ends the look without a finding. */
static enum walk_result
skip_value_checked(const struct walk *walk, const struct element *element)
{
	struct input *in = walk->in;
	struct walk inner = *walk;
	bool odd = false, item = element->tag == TAG_ITEM;
	uint64_t offset = in->at;
	enum walk_result result;

	inner.end = offset + element->length;
	inner.odd = &odd;
	if (inner.end > walk->end)
		return unknown_structure(walk->err, in, element, "is longer than what it is in");
	if (!walk->odd || *walk->odd || (!in->deflated && inner.end > in->size) ||
	    (!item && !is_sequence(walk, element)))
		return skip_value(walk, element);
	result = (item ? skip_elements : skip_items)(&inner, element);
	if (in->failed || input_seek(in, inner.end, walk->err))
		return WALK_BAD;
	if (in->at < inner.end)
		return truncated(walk->err, in, element, offset);
	*walk->odd |= odd && result == WALK_ON;
	return WALK_ON;
}

/* Does this element of undefined length contain fragments? Only pixel data may (PS3.5 A.4), but there are
 * private OB elements that do. */
static bool
is_fragmented(const struct element *element)
{
	if (element->vr[0] == '\0')
		return element->tag == TAG_PIXEL_DATA;
	return strcmp(element->vr, "OB") == 0 || strcmp(element->vr, "OW") == 0;
}

static enum walk_result
skip_at(const struct walk *walk, const struct element *element)
{
	struct walk implicit = *walk;

	if (element->tag >> 16 == 0xfffe)
		return unknown_structure(walk->err, walk->in, element, "is outside of any sequence");
	if (element->length != ELEMENT_UNDEFINED)
		return skip_value_checked(walk, element);
	if (is_fragmented(element))
		return skip_fragments(walk, element);
	/* PS3.5 6.2.2: the contents of UN of undefined length are implicit VR little endian. */
	implicit.encoding = ENCODING_IMPLICIT_LE;
	if (strcmp(element->vr, "UN") == 0)
		return skip_items(&implicit, element);
	if (element->vr[0] == '\0' || strcmp(element->vr, "SQ") == 0)
		return skip_items(walk, element);
	return unknown_structure(walk->err, walk->in, element,
		"has an undefined length, which is not allowed for its VR");
}

static enum walk_result
skip_looking(struct input *in, struct encoding encoding, const struct element *element, bool *odd,
	struct err *err)
{
	const struct walk walk = { in, encoding, UINT64_MAX, 0, odd, err };

	return skip_at(&walk, element);
}

enum walk_result
walk_skip(struct input *in, struct encoding encoding, const struct element *element, struct err *err)
{
	return skip_looking(in, encoding, element, NULL, err);
}

/* The value of element into buf without its padding (PS3.5 6.2: NUL; spaces occur).
 * Values over VALUE_MAX are cut: they are not UIDs anyway. */
static enum walk_result
read_value(struct input *in, const struct element *element, char buf[VALUE_MAX + 1], size_t *len,
	struct err *err)
{
	size_t want = element->length < VALUE_MAX ? element->length : VALUE_MAX;
	const unsigned char *p;
	size_t have;

	if (input_peek(in, want, &p, &have, err))
		return WALK_BAD;
	memcpy(buf, p, have);
	while (have > 0 && (buf[have - 1] == '\0' || buf[have - 1] == ' '))
		have--;
	buf[have] = '\0';
	*len = have;
	return skip_looking(in, ENCODING_EXPLICIT_LE, element, NULL, err);
}

enum walk_result
walk_uid(struct input *in, const struct element *element, char out[UID_MAX + 1], struct err *err)
{
	char value[VALUE_MAX + 1];
	size_t len;

	if (read_value(in, element, value, &len, err) != WALK_ON)
		return WALK_BAD;
	if (len > 0 && (strlen(value) != len || !uid_valid(value))) {
		char shown[2 * UID_MAX];

		err_set(err, ERR_NO_INPUT, "element " TAG_FMT " holds \"%s\", which is not a valid UID",
			TAG_ARGS(element->tag), text_harmless(shown, sizeof shown, value, len));
		err_hint(err, "Have the system that made the object correct it.");
		return WALK_BAD;
	}
	memcpy(out, value, len + 1);
	return WALK_ON;
}

/* Study and series are only used to group results: nothing is refused because of them. */
static enum walk_result
read_name(struct input *in, const struct element *element, char out[UID_MAX + 1], struct err *err)
{
	char value[VALUE_MAX + 1];
	size_t len;

	if (read_value(in, element, value, &len, err) != WALK_ON)
		return WALK_BAD;
	if (strlen(value) == len && uid_valid(value))
		memcpy(out, value, len + 1); /* harmless, and far quicker */
	else
		text_harmless(out, UID_MAX + 1, value, len);
	return WALK_ON;
}

/* Only compressed pixel data are in fragments, and their syntax must be named (PS3.5 A.4). */
static enum walk_result
check_fragment(const struct element *element, const struct instance *out, struct err *err)
{
	const struct syntax *syntax = syntax_find(out->syntax);

	if (element->tag != TAG_PIXEL_DATA || !syntax || syntax->encapsulated)
		return WALK_ON;
	err_set(err, ERR_NO_INPUT,
		"its pixel data are in fragments, which means compressed (PS3.5 A.4), but %s",
		out->has_meta ? "its header does not name a compressed transfer syntax" :
		"it has no header with a transfer syntax");
	err_hint(err, "Have the system that made the object write it with a header (group 0002) that does.");
	return WALK_BAD;
}

static void
evaluate(struct instance *out, enum raw_support raw, uint32_t tag)
{
	if (out->raw != RAW_FIT)
		return;
	out->raw = raw;
	out->raw_tag = tag;
}

/* One top-level element whose header was read. */
static enum walk_result
take_element(struct input *in, struct encoding encoding, const struct element *element,
	struct instance *out, struct err *err)
{
	enum walk_result result;
	bool odd = false;

	switch (element->length == ELEMENT_UNDEFINED ? 0 : element->tag) {
	case TAG_SOP_CLASS:
		return walk_uid(in, element, out->sop_class, err);
	case TAG_SOP_INSTANCE:
		return walk_uid(in, element, out->sop_instance, err);
	case TAG_STUDY:
		return read_name(in, element, out->study, err);
	case TAG_SERIES:
		return read_name(in, element, out->series, err);
	}
	if (element->length == ELEMENT_UNDEFINED && is_fragmented(element) &&
	    check_fragment(element, out, err) != WALK_ON)
		return WALK_BAD;
	result = skip_looking(in, encoding, element, &odd, err);
	if (odd)
		evaluate(out, RAW_ODD, element->tag);
	return result;
}

static enum walk_result
check_limits(const struct input *in, const struct element *element, const struct instance *out,
	struct err *err)
{
	if (in->taken > TAKEN_MAX)
		return unknown_structure(err, in, element, "is as far as the data set is read");
	if (in->taken <= HEAD_MAX || (out->sop_class[0] && out->sop_instance[0]))
		return WALK_ON;
	err_set(err, ERR_NO_INPUT, "its data set names no SOP class and instance (0008,0016), (0008,0018) "
		"in its first megabyte");
	return WALK_BAD;
}

/* Are there zeros up to the end of the file where an element should begin? A single one may be part of a
 * truncated element; two would be group 0, which no data set has. */
static int
is_padding(struct input *in, bool *padding, struct err *err)
{
	const unsigned char *p;
	size_t have;

	*padding = false;
	if (in->deflated)
		return 0;
	if (input_peek(in, 8, &p, &have, err))
		return -1;
	*padding = have > 1 && p[0] == 0 && memcmp(p, p + 1, have - 1) == 0 &&
		input_equal(in->fd, in->at, in->fd, in->at + 1, in->size - in->at - 1) > 0;
	return 0;
}

/* Does the element, from begin on, repeat the one before it, which begins at last? Not if they cannot be
 * read: what follows tells of that. */
static bool
is_repeated(const struct input *in, uint64_t last, uint64_t begin)
{
	return !in->deflated && begin - last == in->at - begin &&
		input_equal(in->fd, last, in->fd, begin, begin - last) > 0;
}

enum walk_result
walk_data_set(struct input *in, struct encoding encoding, struct instance *out, struct err *err)
{
	struct element element = { .tag = 0 };
	enum walk_result result;
	int64_t last = -1;
	uint64_t begin = in->at, before = 0;
	bool padding, twice;

	out->raw = RAW_FIT;
	out->raw_tag = 0;
	for (;; before = begin, begin = in->at) {
		if (is_padding(in, &padding, err) < 0)
			return WALK_BAD;
		if (padding) {
			out->data_size = in->at - out->data_offset;
			return WALK_END;
		}
		result = walk_next(in, encoding, &element, err);
		if (result != WALK_ON)
			break;
		if (element.length != ELEMENT_UNDEFINED && (element.length & 1))
			evaluate(out, RAW_ODD, element.tag);
		if ((int64_t)element.tag <= last)
			evaluate(out, RAW_UNORDERED, element.tag);
		twice = (int64_t)element.tag == last;
		last = element.tag;
		result = take_element(in, encoding, &element, out, err);
		if (result != WALK_ON)
			break;
		out->repeated += twice && is_repeated(in, before, begin);
		result = check_limits(in, &element, out, err);
		if (result != WALK_ON)
			break;
	}
	if (result == WALK_UNKNOWN) {
		out->raw = RAW_UNWALKED;
		out->raw_tag = element.tag;
	}
	return result;
}
