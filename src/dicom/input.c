/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/input.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define HOP 512 /* bytes read after a skip: the header that follows needs twelve */

int
input_open(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	return fd >= 0 ? fd : err_set(err, ERR_NO_INPUT, "cannot be opened: %s", strerror(errno));
}

int
input_name(const char *path, struct err *err)
{
	return err_wrap(err, "%s", TEXT_SHOWN(path, 512));
}

int
input_read_at(int fd, void *buf, size_t size, uint64_t offset)
{
	for (size_t got = 0; got < size;) {
		ssize_t n = pread(fd, (char *)buf + got, size - got, (off_t)(offset + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n < 0 ? errno : 0;
			return -1;
		}
		got += (size_t)n;
	}
	return 0;
}

int
input_equal(int fd_a, uint64_t a, int fd_b, uint64_t b, uint64_t size)
{
	unsigned char pieces[2][INPUT_WINDOW];

	for (uint64_t at = 0; at < size; at += INPUT_WINDOW) {
		size_t n = size - at < INPUT_WINDOW ? (size_t)(size - at) : INPUT_WINDOW;

		if (input_read_at(fd_a, pieces[0], n, a + at) < 0 ||
		    input_read_at(fd_b, pieces[1], n, b + at) < 0)
			return -1;
		if (memcmp(pieces[0], pieces[1], n) != 0)
			return 0;
	}
	return 1;
}

void
input_init(struct input *in, int fd, uint64_t size)
{
	in->fd = fd;
	in->size = size;
	in->next = in->at = in->taken = 0;
	in->start = in->end = 0;
	in->hopped = in->deflated = in->ended = in->failed = false;
}

void
input_init_kept(struct input *in, const unsigned char *bytes, size_t size)
{
	input_init(in, -1, size);
	memcpy(in->window, bytes, size);
	in->next = in->end = size;
}

/* fstat said that there is more: this is not the end of the file. */
static int
ended_early(struct input *in, struct err *err)
{
	in->failed = true;
	err_set(err, ERR_NO_INPUT, "cannot be read: it has %" PRIu64 " bytes, and reading ends after %"
		PRIu64, in->size, in->next);
	return err_hint(err, "It was truncated while it was read, or the file system lost part of it: "
		"check the file and the system log.");
}

/* Read up to room bytes of the file into buf; *got is 0 at its end. */
static int
take(struct input *in, unsigned char *buf, size_t room, size_t *got, struct err *err)
{
	uint64_t left = in->size > in->next ? in->size - in->next : 0;
	ssize_t n;

	if (room > left)
		room = (size_t)left;
	*got = 0;
	if (room == 0)
		return 0;
	do
		n = pread(in->fd, buf, room, (off_t)in->next);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		in->failed = true;
		return err_set(err, ERR_NO_INPUT, "cannot be read: %s", strerror(errno));
	}
	if (n == 0)
		return ended_early(in, err);
	*got = (size_t)n;
	in->next += *got;
	return 0;
}

static int
fill_plain(struct input *in, size_t *got, struct err *err)
{
	size_t room = sizeof in->window - in->end;

	if (room > INPUT_WINDOW)
		room = INPUT_WINDOW;
	if (in->hopped && room > HOP)
		room = HOP;
	in->hopped = false;
	return take(in, in->window + in->end, room, got, err);
}

/* Turn a failure of inflate(3) into an error. */
static int
inflate_failed(const struct input *in, int rc, struct err *err)
{
	if (rc == Z_MEM_ERROR)
		return err_nomem(err);
	if (rc == Z_BUF_ERROR)
		err_set(err, ERR_NO_INPUT, "truncated: the file ends after %" PRIu64
			" bytes, before its deflated data set does", in->next);
	else
		err_set(err, ERR_NO_INPUT, "its deflated data set is corrupt (%s)",
			in->z.msg ? in->z.msg : "not a deflate stream");
	return err_hint(err, "Get the file again from its source.");
}

static int
fill_inflated(struct input *in, size_t *got, struct err *err)
{
	size_t room = sizeof in->window - in->end;
	size_t n;

	in->z.next_out = in->window + in->end;
	in->z.avail_out = (uInt)room;
	while (!in->ended && in->z.avail_out == room) {
		int rc;

		if (in->z.avail_in == 0) {
			if (take(in, in->packed, sizeof in->packed, &n, err))
				return -1;
			in->z.next_in = in->packed;
			in->z.avail_in = (uInt)n;
		}
		rc = inflate(&in->z, Z_NO_FLUSH);
		if (rc == Z_STREAM_END)
			in->ended = true;
		else if (rc != Z_OK)
			return inflate_failed(in, rc, err);
	}
	*got = room - in->z.avail_out;
	return 0;
}

/* Put more into the window, which has room; *got is 0 at the end. */
static int
fill(struct input *in, size_t *got, struct err *err)
{
	*got = 0;
	if ((in->deflated ? fill_inflated : fill_plain)(in, got, err))
		return -1;
	in->end += *got;
	in->taken += *got;
	return 0;
}

int
input_inflate(struct input *in, struct err *err)
{
	size_t held = in->end - in->start;

	in->packed_at = in->next - held;
	memset(&in->z, 0, sizeof in->z);
	if (inflateInit2(&in->z, -MAX_WBITS) != Z_OK)
		return err_nomem(err);
	memcpy(in->packed, in->window + in->start, held);
	in->z.next_in = in->packed;
	in->z.avail_in = (uInt)held;
	in->deflated = true;
	in->start = in->end = 0;
	in->at = 0;
	return 0;
}

int
input_peek(struct input *in, size_t want, const unsigned char **p, size_t *have, struct err *err)
{
	size_t got;

	while (in->end - in->start < want) {
		size_t gone = in->start > INPUT_BACK ? in->start - INPUT_BACK : 0;

		memmove(in->window, in->window + gone, in->end - gone);
		in->end -= gone;
		in->start -= gone;
		if (fill(in, &got, err))
			return -1;
		if (got == 0)
			break;
	}
	*p = in->window + in->start;
	*have = in->end - in->start;
	if (*have > want)
		*have = want;
	return 0;
}

/* The window is used up and n more bytes have to be skipped. */
static int
skip_inflated(struct input *in, uint64_t n, bool *whole, struct err *err)
{
	size_t got;

	while (n > 0) {
		in->start = in->end = 0;
		if (fill(in, &got, err))
			return -1;
		if (got == 0) {
			*whole = false;
			return 0;
		}
		in->start = n < got ? (size_t)n : got;
		in->at += in->start;
		n -= in->start;
	}
	return 0;
}

int
input_skip(struct input *in, uint64_t n, bool *whole, struct err *err)
{
	size_t held = in->end - in->start;

	*whole = true;
	if (n <= held) {
		in->start += (size_t)n;
		in->at += n;
		return 0;
	}
	if (in->deflated) {
		in->at += held;
		return skip_inflated(in, n - held, whole, err);
	}
	if (n > in->size - in->at) {
		*whole = false;
		return 0;
	}
	in->at += n;
	in->next = in->at;
	in->start = in->end = 0;
	in->hopped = true;
	return 0;
}

/* Copy up to n bytes from the window into *to. Returns how many. */
static size_t
take_held(struct input *in, unsigned char *to, size_t n)
{
	size_t held = in->end - in->start < n ? in->end - in->start : n;

	memcpy(to, in->window + in->start, held);
	in->start += held;
	in->at += held;
	return held;
}

/* Read more of a plain file than the window has, directly. */
static int
take_direct(struct input *in, unsigned char *to, size_t n, size_t *got, struct err *err)
{
	in->start = in->end = 0;
	if (take(in, to, n, got, err))
		return -1;
	in->at += *got;
	in->hopped = true;
	return 0;
}

int
input_read(struct input *in, void *buf, size_t n, bool *whole, struct err *err)
{
	size_t got = take_held(in, buf, n), more;
	const unsigned char *p;

	for (; got < n; got += more) {
		unsigned char *to = (unsigned char *)buf + got;

		if (in->deflated ? input_peek(in, 1, &p, &more, err) :
				   take_direct(in, to, n - got, &more, err))
			return -1;
		if (more == 0)
			break;
		if (in->deflated)
			more = take_held(in, to, n - got);
	}
	*whole = got == n;
	return 0;
}

/* Back to the beginning of the deflated stream. */
static int
begin_again(struct input *in, struct err *err)
{
	if (inflateReset(&in->z) != Z_OK)
		return err_nomem(err);
	in->next = in->packed_at;
	in->z.avail_in = 0;
	in->ended = false;
	in->start = in->end = 0;
	in->at = 0;
	return 0;
}

int
input_seek(struct input *in, uint64_t at, struct err *err)
{
	bool whole;

	if (at < in->at && in->at - at <= in->start) {
		in->start -= (size_t)(in->at - at);
		in->at = at;
		return 0;
	}
	if (at < in->at && !in->deflated) {
		in->at = in->next = at;
		in->start = in->end = 0;
		in->hopped = true;
		return 0;
	}
	if (at < in->at && begin_again(in, err))
		return -1;
	return input_skip(in, at - in->at, &whole, err);
}

uint64_t
input_leftover(const struct input *in)
{
	return in->deflated ? in->z.avail_in + (in->size - in->next) : 0;
}

void
input_clear(struct input *in)
{
	if (in->deflated)
		inflateEnd(&in->z);
}

int
input_inflated_size(int fd, uint64_t file_size, uint64_t offset, uint64_t most, uint64_t *total,
	struct err *err)
{
	struct input in;
	bool whole = true;
	int rv;

	input_init(&in, fd, file_size);
	in.next = offset;
	rv = input_inflate(&in, err);
	while (rv == 0 && whole && in.at <= most)
		rv = input_skip(&in, INPUT_WINDOW, &whole, err);
	*total = in.at;
	input_clear(&in);
	return rv;
}
