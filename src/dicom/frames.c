/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/frames.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "dicom/codestream.h"
#include "dicom/walk.h"

#define TAG_OFFSETS 0x7fe00001u
#define TAG_LENGTHS 0x7fe00002u
#define MARK_SIZE   12 /* bytes needed to see whether a code stream begins */

/* The result of a method to find frames. */
enum phase { STEP_ON, STEP_END, STEP_MISFIT, STEP_BAD };

static void
take_twins(const struct input *in, struct pixel_place *out)
{
	const uint64_t size = out->element.size;

	for (uint64_t at = in->at; size <= in->size - at; at += size, out->twins++) {
		if (input_equal(in->fd, out->element.offset, in->fd, at, size) <= 0)
			return;
		out->element.size += size;
	}
}

int
frames_find(int fd, const struct instance *instance, struct pixel_place *out, struct err *err)
{
	struct element element;
	struct input in;
	uint64_t begin;

	memset(out, 0, sizeof *out);
	input_init(&in, fd, instance->data_offset + instance->data_size);
	for (in.next = in.at = begin = instance->data_offset; in.at < in.size; begin = in.at) {
		struct extent value;

		if (walk_next(&in, ENCODING_EXPLICIT_LE, &element, err) != WALK_ON)
			return -1;
		value = (struct extent){ in.at, element.length };
		if (walk_skip(&in, ENCODING_EXPLICIT_LE, &element, err) != WALK_ON)
			return -1;
		if (element.tag == TAG_PIXEL_DATA) {
			out->element = (struct extent){ begin, in.at - begin };
			out->items = element.length == ELEMENT_UNDEFINED ? value.offset : 0;
			take_twins(&in, out);
			return 0;
		}
		if (element.length == ELEMENT_UNDEFINED)
			continue;
		if (element.tag == TAG_OFFSETS)
			out->offsets = value;
		if (element.tag == TAG_LENGTHS)
			out->lengths = value;
	}
	return 0;
}

/* Read a number of `width` bytes from the file. */
static int
read_number(int fd, uint64_t offset, unsigned width, uint64_t *out, struct err *err)
{
	unsigned char bytes[8] = { 0 };

	if (input_read_at(fd, bytes, width, offset) < 0)
		return err_set(err, ERR_NO_INPUT, "an offset table of its pixel data cannot be read: %s",
			errno ? strerror(errno) : "the file was cut short meanwhile");
	*out = (uint64_t)element_u32(bytes + 4, false) << 32 | element_u32(bytes, false);
	return 0;
}

static int
malformed_pixels(struct err *err, const char *what)
{
	return err_set(err, ERR_NO_INPUT, "its compressed pixel data %s", what);
}

/* Read the header of the next item or of the delimiter. */
static int
next_item(struct frames *frames, struct err *err)
{
	enum walk_result result = walk_next(&frames->in, ENCODING_EXPLICIT_LE, &frames->fragment, err);

	if (result != WALK_ON)
		return result == WALK_END ? malformed_pixels(err, "have no end") : -1;
	if (frames->fragment.tag != TAG_ITEM && frames->fragment.tag != TAG_SEQUENCE_END)
		return malformed_pixels(err, "hold something that is not a fragment");
	if (frames->fragment.tag == TAG_ITEM && frames->fragment.length == ELEMENT_UNDEFINED)
		return malformed_pixels(err, "have a fragment of undefined length");
	return 0;
}

/* On to the next fragment that has bytes. */
static int
next_fragment(struct frames *frames, struct err *err)
{
	const unsigned char *p;
	size_t have;

	do {
		if (next_item(frames, err) < 0)
			return -1;
	} while (frames->fragment.tag == TAG_ITEM && frames->fragment.length == 0);
	frames->more = frames->fragment.tag == TAG_ITEM;
	frames->marked = false;
	if (!frames->more)
		return 0;
	if (input_peek(&frames->in, MARK_SIZE, &p, &have, err))
		return -1;
	if (have > frames->fragment.length)
		have = frames->fragment.length;
	frames->marked = codestream_starts(p, have);
	frames->marks += frames->marked;
	return 0;
}

/* Skip the fragment; its first `room` bytes are read into out. */
static int
take_fragment(struct frames *frames, void *out, size_t room, struct err *err)
{
	size_t wanted = room < frames->fragment.length ? room : frames->fragment.length;
	bool whole = true;

	if (wanted > 0 && input_read(&frames->in, out, wanted, &whole, err))
		return -1;
	if (whole && input_skip(&frames->in, frames->fragment.length - wanted, &whole, err))
		return -1;
	return whole ? 0 : malformed_pixels(err, "end within a fragment");
}

/* Does the current fragment begin a frame, according to the table? STEP_END: no, it belongs to the previous
 * one. */
static enum phase
look_up(struct frames *frames, struct err *err)
{
	uint64_t offset, at = frames->in.at - frames->fragment.header - frames->base;

	if (frames->begun == frames->count)
		return STEP_END;
	if (read_number(frames->fd, frames->table.offset + frames->begun * frames->width, frames->width,
		    &offset, err) < 0)
		return STEP_BAD;
	if (offset < at)
		return STEP_MISFIT;
	return offset == at ? STEP_ON : STEP_END;
}

/* The same, by the method in use. */
static enum phase
begins_frame(struct frames *frames, struct err *err)
{
	if (frames->way == FRAMES_EXTENDED || frames->way == FRAMES_BASIC)
		return look_up(frames, err);
	return frames->way == FRAMES_EACH || frames->marked || frames->begun == 0 ? STEP_ON : STEP_END;
}

/* Does the frame that was skipped have at least the bytes that the Extended Offset Table says? */
static enum phase
check_length(struct frames *frames, uint64_t size, struct err *err)
{
	uint64_t length;

	if (frames->way != FRAMES_EXTENDED || frames->place->lengths.size == 0)
		return STEP_ON;
	if (read_number(frames->fd, frames->place->lengths.offset + (frames->begun - 1) * frames->width,
		    frames->width, &length, err) < 0)
		return STEP_BAD;
	return length <= size ? STEP_ON : STEP_MISFIT;
}

static enum phase
pass_frame(struct frames *frames, void *out, size_t room, uint64_t *size, struct err *err)
{
	bool by_table = frames->way == FRAMES_EXTENDED || frames->way == FRAMES_BASIC;
	enum phase phase;

	*size = 0;
	frames->last = frames->in.at - frames->fragment.header;
	if (!frames->more)
		return by_table && frames->begun < frames->count ? STEP_MISFIT : STEP_END;
	phase = begins_frame(frames, err);
	if (phase != STEP_ON)
		return phase == STEP_END ? STEP_MISFIT : phase;
	frames->begun++;
	do {
		size_t used = *size < room ? (size_t)*size : room;

		*size += frames->fragment.length;
		if (take_fragment(frames, out ? (char *)out + used : NULL, room - used, err) < 0 ||
		    next_fragment(frames, err) < 0)
			return STEP_BAD;
		phase = frames->more ? begins_frame(frames, err) : STEP_ON;
	} while (phase == STEP_END);
	return phase == STEP_ON ? check_length(frames, *size, err) : phase;
}

int
frames_rewind(struct frames *frames, struct err *err)
{
	bool whole;

	input_init(&frames->in, frames->fd, frames->place->element.offset + frames->place->element.size);
	frames->in.next = frames->in.at = frames->place->items;
	frames->begun = frames->marks = 0;
	frames->more = false;
	if (next_item(frames, err) < 0)
		return -1;
	if (frames->fragment.tag != TAG_ITEM)
		return 0;
	if (frames->way == FRAMES_BASIC)
		frames->table = (struct extent){ frames->in.at, frames->fragment.length };
	if (input_skip(&frames->in, frames->fragment.length, &whole, err))
		return -1;
	if (!whole)
		return malformed_pixels(err, "end within a fragment");
	frames->base = frames->in.at;
	return next_fragment(frames, err);
}

int
frames_again(struct frames *frames, struct err *err)
{
	struct input *in = &frames->in;

	input_init(in, frames->fd, in->size);
	in->next = in->at = frames->last;
	frames->begun--;
	return next_fragment(frames, err);
}

/* Try the method `way`. STEP_END: it works to the end. */
static enum phase
try_way(struct frames *frames, enum frames_way way, struct err *err)
{
	enum phase phase;
	uint64_t size;

	frames->way = way;
	frames->width = way == FRAMES_BASIC ? 4 : 8;
	frames->table = frames->place->offsets;
	frames->longest = 0;
	if (frames_rewind(frames, err) < 0)
		return STEP_BAD;
	if (way <= FRAMES_BASIC && frames->table.size != (uint64_t)frames->count * frames->width)
		return STEP_MISFIT;
	if (way == FRAMES_EXTENDED && frames->place->lengths.size != 0 &&
	    frames->place->lengths.size != frames->table.size)
		return STEP_MISFIT;
	while ((phase = pass_frame(frames, NULL, 0, &size, err)) == STEP_ON) {
		if (size > frames->longest)
			frames->longest = size;
	}
	return phase;
}

int
frames_open(struct frames *frames, int fd, const struct pixel_place *place, uint32_t count, bool rle,
	struct err *err)
{
	const enum frames_way last = rle ? FRAMES_EACH : FRAMES_MARKED;

	frames->fd = fd;
	frames->place = place;
	frames->count = count;
	for (enum frames_way way = FRAMES_EXTENDED; way <= last; way++) {
		enum phase phase = try_way(frames, way, err);

		if (phase == STEP_BAD)
			return -1;
		/* A decoder would ignore a fragment that begins in the middle of a frame. */
		if (phase == STEP_END && frames->begun == count && (rle || frames->marks <= count))
			return frames_rewind(frames, err);
	}
	return err_set(err, ERR_NO_INPUT, "it has %" PRIu64 " %s, but its Number of Frames says %" PRIu32,
		frames->begun, rle ? "RLE fragments" : "compressed frames", count);
}

int
frames_next(struct frames *frames, void *out, size_t room, uint64_t *size, struct err *err)
{
	enum phase phase = pass_frame(frames, out, room, size, err);

	if (phase == STEP_ON || phase == STEP_BAD)
		return phase == STEP_ON ? 0 : -1;
	return malformed_pixels(err, "are not what they were: the file has changed meanwhile");
}
