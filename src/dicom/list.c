/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/list.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/wait.h"

#define CHUNK 16384 /* bytes read at a time */

/* A list being read: the current path and the receiver of the paths. */
struct reader {
	int fd;
	bool waits;	 /* for a writer; a regular file is complete */
	char shown[512]; /* the list's name, safe to print */
	bool nul;
	const struct list_reader *to;
	size_t ended; /* paths and empty lines */
	size_t named; /* paths */
	size_t len;
	char path[PATH_MAX + 1]; /* room for a CR that is dropped */
};

static int
too_long(const struct reader *reader, struct err *err)
{
	err_set(err, ERR_NO_INPUT, "%s: its %s %zu is longer than a path can be (%d bytes)", reader->shown,
		reader->nul ? "path" : "line", reader->ended + 1, PATH_MAX - 1);
	return err_hint(err, "%s", reader->nul ? "Omit -0 if there is one path per line."
					       : "Give a list with one path per line.");
}

static int
has_nul(const struct reader *reader, struct err *err)
{
	err_set(err, ERR_NO_INPUT, "%s: its line %zu contains a NUL, which a path cannot", reader->shown,
		reader->ended + 1);
	return err_hint(err, "Give -0 if its paths end with NUL; otherwise write it in UTF-8 or another "
		"encoding without NUL.");
}

static int
end_path(struct reader *reader, struct err *err)
{
	size_t len = reader->len;

	if (!reader->nul && len > 0 && reader->path[len - 1] == '\r')
		len--;
	if (len >= PATH_MAX)
		return too_long(reader, err);
	reader->path[len] = '\0';
	reader->len = 0;
	reader->ended++;
	if (len == 0)
		return 0;
	reader->named++;
	return reader->to->each(reader->to->ctx, reader->path);
}

static int
take_chunk(struct reader *reader, const char *chunk, size_t size, struct err *err)
{
	const char end = reader->nul ? '\0' : '\n';
	int rc = 0;

	for (size_t i = 0; i < size && rc == 0; i++) {
		if (chunk[i] == end)
			rc = end_path(reader, err);
		else if (chunk[i] == '\0')
			rc = has_nul(reader, err);
		else if (reader->len == PATH_MAX)
			rc = too_long(reader, err);
		else
			reader->path[reader->len++] = chunk[i];
	}
	return rc;
}

/* Wait until there is something to read, or the end. */
static int
await(const struct reader *reader, struct err *err)
{
	int rc = 0;

	if (!reader->waits)
		return 0;
	for (;;) {
		switch (wait_fd(reader->fd, POLLIN, deadline_in(LIST_IDLE_MS), true)) {
		case WAIT_INTERRUPTED:
			return interrupt_err(err);
		case WAIT_TIMED_OUT:
			rc = reader->to->idle(reader->to->ctx);
			if (rc)
				return rc;
			break;
		default:
			return 0;
		}
	}
}

/* Read what is available; *got is 0 at the end. */
static int
read_chunk(const struct reader *reader, char chunk[CHUNK], size_t *got, struct err *err)
{
	ssize_t n;
	int rc;

	do {
		rc = await(reader, err);
		if (rc)
			return rc;
		n = read(reader->fd, chunk, CHUNK);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n < 0)
		return err_set(err, ERR_NO_INPUT, "%s: cannot be read: %s", reader->shown, strerror(errno));
	*got = (size_t)n;
	return 0;
}

/* A file has more bytes than could be read: the missing ones would silently not be sent. */
static int
ended_early(const struct reader *reader, off_t size, off_t read, struct err *err)
{
	err_set(err, ERR_NO_INPUT, "%s: cannot be read to its end: it has %lld bytes, and reading ends after "
		"%lld", reader->shown, (long long)size, (long long)read);
	return err_hint(err, "It was truncated while it was read, or the file system lost part of it.");
}

static int
read_all(struct reader *reader, struct err *err)
{
	struct stat st;
	char chunk[CHUNK];
	size_t got = 0, named;
	off_t total = lseek(reader->fd, 0, SEEK_CUR); /* standard input may have been read from */
	int rc;

	reader->waits = fstat(reader->fd, &st) || !S_ISREG(st.st_mode);
	do {
		rc = read_chunk(reader, chunk, &got, err);
		if (rc)
			return rc;
		total += (off_t)got;
		named = reader->named;
		rc = take_chunk(reader, chunk, got, err);
		/* Input without any names must not go on for ever. */
		if (rc == 0 && got > 0 && reader->named == named)
			rc = reader->to->idle(reader->to->ctx);
	} while (rc == 0 && got > 0);
	if (rc == 0 && !reader->waits && total < st.st_size)
		return ended_early(reader, st.st_size, total, err);
	return rc == 0 && reader->len > 0 ? end_path(reader, err) : rc;
}

/* O_NONBLOCK: a FIFO is opened at once; the wait for a writer can be interrupted. */
static int
open_list(const char *path, const char *shown, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) || !S_ISDIR(st.st_mode)))
		return fd;
	err_set(err, ERR_USAGE, "%s: cannot be opened as a list of paths: %s", shown,
		strerror(fd >= 0 ? EISDIR : errno));
	if (fd >= 0)
		close(fd);
	return err_hint(err, "Give a file that lists them, or - for standard input.");
}

int
list_read(const char *path, bool nul, const struct list_reader *to, struct err *err)
{
	struct reader reader = { .nul = nul, .to = to };
	int rc;

	if (strcmp(path, "-") == 0) {
		reader.fd = STDIN_FILENO;
		text_format(reader.shown, sizeof reader.shown, "standard input");
		return read_all(&reader, err);
	}
	text_harmless_str(reader.shown, sizeof reader.shown, path);
	reader.fd = open_list(path, reader.shown, err);
	if (reader.fd == -1)
		return -1;
	rc = read_all(&reader, err);
	close(reader.fd);
	return rc;
}
