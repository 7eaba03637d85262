/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* EPIPE may have struck inside any printf, its errno long gone: ask the descriptor. */
static bool
reader_gone(FILE *stream)
{
	struct pollfd fd = { .fd = fileno(stream), .events = POLLOUT };

	return fd.fd >= 0 && poll(&fd, 1, 0) == 1 && (fd.revents & POLLERR);
}

bool
output_flush(struct output *output)
{
	bool before = ferror(output->to);

	errno = 0;
	if (fflush(output->to) == 0 && !before)
		return !output->gone && !output->failed;
	if (errno == EPIPE || reader_gone(output->to)) {
		output->gone = true;
		clearerr(output->to);
	} else if (!output->failed) {
		output->failed = true;
		output->error = errno;
	}
	return false;
}

static int
cannot_write(struct err *err, const char *what, int error)
{
	char shown[512];

	text_harmless_str(shown, sizeof shown, what);
	return err_set(err, ERR_OUTPUT, "%s cannot be written: %s", shown,
		error ? strerror(error) : "a write failed");
}

int
output_end(struct output *output, const char *what, struct err *err)
{
	output_flush(output);
	return output->failed ? cannot_write(err, what, output->error) : 0;
}

/* Flush and close. 0, or -1 with errno. */
static int
close_whole(FILE *to, bool sync)
{
	int error = 0;

	errno = EIO;
	if (ferror(to) || fflush(to) != 0 || (sync && fsync(fileno(to)) < 0))
		error = errno;
	if (fclose(to) != 0 && !error)
		error = errno;
	errno = error;
	return error ? -1 : 0;
}

/* Into a device or pipe, where nothing can be renamed. */
static int
print_into(const char *path, void (*print)(FILE *, const void *), const void *what)
{
	FILE *to = fopen(path, "we");

	if (!to)
		return -1;
	print(to, what);
	return close_whole(to, false) < 0 && errno != EPIPE ? -1 : 0;
}

/* A new file in the directory of path, its name begun by a dot so that collectors of *.prom skip it. */
static FILE *
open_beside(const char *path, char **beside)
{
	const char *slash = strrchr(path, '/');
	int folder = slash ? (int)(slash - path) + 1 : 0;
	FILE *to = NULL;
	int fd;

	if (asprintf(beside, "%.*s.%s.XXXXXX", folder, path, path + folder) < 0) {
		*beside = NULL;
		return NULL;
	}
	fd = mkostemp(*beside, O_CLOEXEC);
	if (fd >= 0)
		to = fdopen(fd, "w");
	if (fd >= 0 && !to) {
		close(fd);
		unlink(*beside);
	}
	return to;
}

/* 0, or -1 with errno. */
static int
replace(const char *path, void (*print)(FILE *, const void *), const void *what)
{
	char *beside = NULL;
	FILE *to = open_beside(path, &beside);
	int rv = -1, error;

	if (!to)
		goto out;
	print(to, what);
	if (fchmod(fileno(to), 0644) < 0) {
		error = errno;
		fclose(to);
		errno = error;
	} else if (close_whole(to, true) == 0) {
		rv = rename(beside, path);
	}
	if (rv < 0) {
		error = errno;
		unlink(beside);
		errno = error;
	}
out:
	free(beside);
	return rv;
}

int
output_replace(const char *path, void (*print)(FILE *, const void *), const void *what, struct err *err)
{
	struct stat now;
	char *real = NULL;
	int rv;

	if (stat(path, &now) < 0) {
		rv = replace(path, print, what);
	} else if (!S_ISREG(now.st_mode)) {
		rv = print_into(path, print, what);
	} else {
		real = realpath(path, NULL);
		rv = real ? replace(real, print, what) : -1;
	}
	if (rv < 0) {
		cannot_write(err, path, errno);
		err_hint(err, "Name a file in a directory that can be written to and has room.");
	}
	free(real);
	return rv;
}
