/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/inifile.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/text.h"
#include "base/watchdog.h"

#define BLANKS " \t\n\v\f\r"

static int
check_trusted(const struct stat *st, const char *shown, struct err *err)
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
			"chmod go-w %s.", shown);
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
	else if (check_trusted(&st, shown, err) == 0) {
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

/* The number of bytes of text before the first of these characters or a comment: a semicolon after a
 * blank. */
static size_t
length_to(const char *text, const char *until)
{
	size_t len = 0;

	while (text[len] && !strchr(until, text[len]) &&
	    !(text[len] == ';' && len > 0 && isspace((unsigned char)text[len - 1])))
		len++;
	return len;
}

/* Remove the blanks at both ends of the first len bytes of text. */
static char *
trim(char *text, size_t len)
{
	for (; len > 0 && isspace((unsigned char)text[len - 1]); len--)
		;
	text[len] = '\0';
	return text + strspn(text, BLANKS);
}

static int
take_line(const struct inifile_sink *sink, char *section, char *text, unsigned line, struct err *err)
{
	size_t len = length_to(text, *text == '[' ? "]" : "=:");
	char *value = text + len + 1;

	if (!text[len] || text[len] == ';')
		return err_set(err, ERR_USAGE, "the line is neither [section] nor key = value");
	if (*text == '[' && len - 1 > INIFILE_SECTION_MAX)
		return err_set(err, ERR_USAGE, "the section's name is longer than %d bytes",
			INIFILE_SECTION_MAX);
	if (*text == '[') {
		text_format(section, INIFILE_SECTION_MAX + 1, "%.*s", (int)len - 1, text + 1);
		return sink->section(sink->ctx, section, line, err);
	}
	if (!*section)
		return err_set(err, ERR_USAGE, "a key precedes the first [section]");
	return sink->entry(sink->ctx, section, trim(text, len), trim(value, length_to(value, "")), line, err);
}

int
inifile_parse(struct inifile *file, const struct inifile_sink *sink, struct err *err)
{
	char section[INIFILE_SECTION_MAX + 1] = "";
	char *at = file->bytes, *end = file->bytes + file->size;
	int rv = 0;

	*end = '\0';
	at += bytes_mark((const unsigned char *)at, file->size);
	for (unsigned line = 1; at < end; line++) {
		char *next = memchr(at, '\n', (size_t)(end - at)), *text;
		size_t len = (size_t)((next ? next : end) - at);
		bool whole = !memchr(at, '\0', len);

		text = trim(at, len);
		if (*text == ';' || *text == '#')
			rv = 0;
		else if (!whole)
			rv = err_set(err, ERR_USAGE, "contains a NUL byte");
		else if (*text)
			rv = take_line(sink, section, text, line, err);
		if (rv < 0)
			return err_wrap(err, "%s, line %u", TEXT_SHOWN(file->path, 512), line);
		at += len + 1;
	}
	return 0;
}
