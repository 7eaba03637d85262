/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/inifile.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/watchdog.h"

static int
judge(const struct stat *st, const char *shown, struct err *err)
{
	if (S_ISDIR(st->st_mode))
		return err_set(err, ERR_USAGE, "the configuration file %s is a directory", shown);
	if (st->st_uid != 0 && st->st_uid != geteuid()) {
		err_set(err, ERR_USAGE, "the configuration file %s belongs to another user", shown);
		return err_hint(err, "It decides what is trusted and which command gives a password: "
			"change its owner with chown, or give another file with --config.");
	}
	if (st->st_mode & (S_IWGRP | S_IWOTH)) {
		err_set(err, ERR_USAGE, "the configuration file %s can be changed by other users", shown);
		return err_hint(err, "It decides what is trusted and which command gives a password: run "
			"chmod go-w %s.",
			shown);
	}
	return 0;
}

/* Not sized by st_size: it may be a pipe. */
static int
slurp(struct inifile *out, int fd, const char *shown, struct err *err)
{
	out->bytes = malloc(INIFILE_MAX + 1);
	if (!out->bytes)
		return err_nomem(err);
	for (;;) {
		ssize_t n = read(fd, out->bytes + out->size, INIFILE_MAX + 1 - out->size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, ERR_USAGE, "the configuration file %s cannot be read: %s", shown,
				strerror(errno));
		if (n == 0)
			return 0;
		out->size += (size_t)n;
		if (out->size > INIFILE_MAX)
			return err_set(err, ERR_USAGE, "the configuration file %s is longer than %d bytes",
				shown, INIFILE_MAX);
	}
}

static int
open_and_read(struct inifile *out, const char *path, const char *shown, struct err *err)
{
	struct stat st;
	int rv = -1;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES)) {
		out->error = errno == EACCES ? EACCES : ENOENT;
		return 0;
	}
	if (fd < 0)
		return err_set(err, ERR_USAGE, "the configuration file %s cannot be opened: %s", shown,
			strerror(errno));
	if (fstat(fd, &st) < 0)
		err_set(err, ERR_USAGE, "the configuration file %s: %s", shown, strerror(errno));
	else if (judge(&st, shown, err) == 0) {
		out->others_read = (st.st_mode & (S_IRGRP | S_IROTH)) != 0;
		rv = slurp(out, fd, shown, err);
	}
	close(fd);
	return rv;
}

int
inifile_open(struct inifile *out, const char *path, struct err *err)
{
	char shown[512], what[600];
	struct watched waiting;
	int rv;

	*out = (struct inifile){ .path = path };
	text_harmless_str(shown, sizeof shown, path);
	text_format(what, sizeof what, "the configuration file %s", shown);
	watched_begin(&waiting, what, NULL, NULL);
	rv = open_and_read(out, path, shown, err);
	watched_end(&waiting);
	return rv;
}

void
inifile_close(struct inifile *file)
{
	if (file->bytes)
		explicit_bzero(file->bytes, file->size);
	free(file->bytes);
	file->bytes = NULL;
	file->size = 0;
}

/* Between inih, which asks for lines and hands out what is in them, and the sink. */
struct feed {
	const struct inifile *file;
	const struct inifile_sink *sink;
	size_t at;
	unsigned line;
	size_t room; /* bytes of a line that inih takes */
	struct err *err;
	bool failed;
};

/* Put file and line in front. */
static int
fail(struct feed *feed)
{
	char shown[512];

	feed->failed = true;
	return err_wrap(feed->err, "%s, line %u", text_harmless_str(shown, sizeof shown, feed->file->path),
		feed->line);
}

/* The next line without its end and the blanks before it; inih would take an
 * indented one for more of the value above. NULL at the end. */
static const char *
next_line(struct feed *feed, size_t *len)
{
	static const char bom[] = "\xef\xbb\xbf";
	const char *start = feed->file->bytes + feed->at, *end;
	size_t left = feed->file->size - feed->at;

	if (left == 0)
		return NULL;
	end = memchr(start, '\n', left);
	*len = end ? (size_t)(end - start) : left;
	feed->at += *len + (end != NULL);
	feed->line++;
	if (feed->line == 1 && *len >= 3 && memcmp(start, bom, 3) == 0) {
		start += 3;
		*len -= 3;
	}
	for (; *len > 0 && (*start == ' ' || *start == '\t'); --*len)
		start++;
	return start;
}

static int
take_section(struct feed *feed, const char *line, size_t len)
{
	const char *end = memchr(line, ']', len);
	char name[INIFILE_SECTION_MAX + 1];
	size_t size = end ? (size_t)(end - line) - 1 : 0;

	if (!end)
		return 0; /* inih will refuse it */
	if (size > INIFILE_SECTION_MAX)
		return err_set(feed->err, ERR_USAGE, "the section's name is longer than %d bytes",
			INIFILE_SECTION_MAX);
	memcpy(name, line + 1, size);
	name[size] = '\0';
	return feed->sink->section(feed->sink->ctx, name, feed->line, feed->err);
}

/* May inih have the line? */
static int
check_line(struct feed *feed, const char *line, size_t len)
{
	if (len > feed->room) {
		err_set(feed->err, ERR_USAGE, "the line is longer than %zu bytes", feed->room);
		return err_hint(feed->err, "Give that value on the command line; put a long secret into "
			"its own file and use file:PATH.");
	}
	if (memchr(line, '\0', len))
		return err_set(feed->err, ERR_USAGE, "contains a NUL byte");
	return len > 0 && *line == '[' ? take_section(feed, line, len) : 0;
}

/* inih's reader, in the shape of fgets. Wipes the line before: it may hold a secret. */
static char *
read_line(char *room, int size, void *ctx)
{
	struct feed *feed = ctx;
	const char *line;
	size_t len;

	explicit_bzero(room, (size_t)size);
	feed->room = (size_t)size - sizeof "\r\n"; /* which inih wants room for */
	if (feed->failed || !(line = next_line(feed, &len)))
		return NULL;
	if (len > 0 && (*line == ';' || *line == '#'))
		len = 0; /* however long */
	if (check_line(feed, line, len) < 0) {
		fail(feed);
		return NULL;
	}
	memcpy(room, line, len);
	return room;
}

static int
take_entry(void *ctx, const char *section, const char *key, const char *value)
{
	struct feed *feed = ctx;
	int rv;

	if (feed->failed)
		return 1;
	if (!*section)
		rv = err_set(feed->err, ERR_USAGE, "a key precedes the first [section]");
	else
		rv = feed->sink->entry(feed->sink->ctx, section, key, value, feed->line, feed->err);
	if (rv < 0)
		fail(feed);
	return 1;
}

int
inifile_parse(const struct inifile *file, const struct inifile_sink *sink, struct err *err)
{
	struct feed feed = { .file = file, .sink = sink, .err = err };
	int line = ini_parse_stream(read_line, &feed, take_entry, &feed);

	if (feed.failed)
		return -1;
	if (line == 0)
		return 0;
	if (line < 0)
		return err_nomem(err);
	err_set(err, ERR_USAGE, "the line is neither [section] nor key = value");
	feed.line = (unsigned)line;
	return fail(&feed);
}
