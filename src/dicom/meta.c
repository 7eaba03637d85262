/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/meta.h"

#include <string.h>

#include "base/bytes.h"
#include "dicom/walk.h"

#define PREAMBLE 128 /* bytes before "DICM" (PS3.10 7.1) */

#define TAG_META_LENGTH	  0x00020000u
#define TAG_META_CLASS	  0x00020002u
#define TAG_META_INSTANCE 0x00020003u
#define TAG_META_SYNTAX	  0x00020010u

int
meta_guess(struct input *in, const char **syntax, struct err *err)
{
	static const struct {
		const char *uid;
		struct encoding encoding;
	} candidates[] = {
		{ UID_EXPLICIT_LE, { .explicit_vr = true } },
		{ UID_EXPLICIT_BE, { .explicit_vr = true, .big_endian = true } },
		{ UID_IMPLICIT_LE, { .explicit_vr = false } },
	};
	struct element element;
	const unsigned char *p;
	size_t have;

	*syntax = NULL;
	if (input_peek(in, ELEMENT_HEADER_MAX, &p, &have, err))
		return -1;
	for (size_t i = 0; i < sizeof candidates / sizeof candidates[0] && !*syntax; i++) {
		if (element_parse(p, have, candidates[i].encoding, &element) != ELEMENT_OK ||
			element.tag >> 16 != 0x0008 || element.length >= in->size - in->at)
			continue;
		if (element.vr[0] == '\0' || element_vr_known(element.vr))
			*syntax = candidates[i].uid;
	}
	return 0;
}

/* Does group 2 begin after `at` bytes of what was peeked? */
static bool
is_meta(const unsigned char *p, size_t have, size_t at)
{
	struct element element;

	return have > at && element_parse(p + at, have - at, ENCODING_EXPLICIT_LE, &element) == ELEMENT_OK &&
		element.tag >> 16 == 0x0002 && element_vr_known(element.vr);
}

/* Skip the preamble. False, without moving, if there is none. */
static int
read_preamble(struct input *in, bool *found, struct err *err)
{
	const char *bare = NULL;
	const unsigned char *p;
	size_t have;
	bool whole;

	*found = false;
	if (input_peek(in, PREAMBLE + 4 + ELEMENT_HEADER_MAX, &p, &have, err))
		return -1;
	if (have < PREAMBLE + 4 || memcmp(p + PREAMBLE, "DICM", 4) != 0)
		return 0;
	/* A data set without a header may contain these letters there by chance. */
	if (!is_meta(p, have, PREAMBLE + 4) && meta_guess(in, &bare, err))
		return -1;
	if (bare)
		return 0;
	*found = true;
	return input_skip(in, PREAMBLE + 4, &whole, err);
}

/* Is in at an element of group 2, written as PS3.10 7.1 requires? */
static int
at_meta(struct input *in, bool *meta, struct err *err)
{
	const unsigned char *p;
	size_t have;

	if (input_peek(in, ELEMENT_HEADER_MAX, &p, &have, err))
		return -1;
	*meta = is_meta(p, have, 0);
	return 0;
}

/* Where group 2 ends by its own group length, whose value is next; 0 if it does not say. */
static int
read_group_length(struct input *in, const struct element *element, uint64_t *end, struct err *err)
{
	const unsigned char *p;
	size_t have;

	if (input_peek(in, 4, &p, &have, err))
		return -1;
	if (element->length == 4 && have == 4)
		*end = in->at + 4 + get_le32(p);
	return 0;
}

/*
 * Read group 2. Its length is often wrong or missing, so it ends where another group begins. Only a
 * deflated data set may by chance begin like group 2: there the length is used.
 */
static int
read_group(struct input *in, struct meta *meta, struct err *err)
{
	struct element element;
	uint64_t end = 0;
	char *uid;
	bool more;

	for (;;) {
		if (at_meta(in, &more, err))
			return -1;
		meta->present |= more;
		if (!more || (in->at == end && strcmp(meta->syntax, UID_DEFLATED_LE) == 0))
			return 0;
		if (walk_next(in, ENCODING_EXPLICIT_LE, &element, err) != WALK_ON)
			return -1;
		uid = element.tag == TAG_META_CLASS ? meta->sop_class :
			element.tag == TAG_META_INSTANCE ? meta->sop_instance :
			element.tag == TAG_META_SYNTAX ? meta->syntax : NULL;
		if (element.tag == TAG_META_LENGTH && read_group_length(in, &element, &end, err) < 0)
			return -1;
		if ((uid ? walk_uid(in, &element, uid, err) :
			   walk_skip(in, ENCODING_EXPLICIT_LE, &element, err)) != WALK_ON)
			return -1;
	}
}

int
meta_read(struct input *in, struct meta *out, struct err *err)
{
	memset(out, 0, sizeof *out);
	if (read_preamble(in, &out->preamble, err))
		return -1;
	return read_group(in, out, err);
}

int
meta_enter(struct input *in, const char *syntax, struct encoding *encoding, struct err *err)
{
	const struct syntax *known = syntax_find(syntax);

	*encoding = ENCODING_EXPLICIT_LE;
	if (!known)
		return 0;
	encoding->explicit_vr = known->explicit_vr;
	encoding->big_endian = known->big_endian;
	return known->deflated ? input_inflate(in, err) : 0;
}
