/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/stream.h"
#include "base/text.h"
#include "report/output.h"

static int
cannot_write(struct err *err, const char *path, int error)
{
	err_set(err, ERR_OUTPUT, "cannot write %s: %s", TEXT_SHOWN(path, 512), stream_strerror(error));
	if (error == STREAM_GIVEN_UP)
		return -1;
	return err_hint(err, "Give a file in a writable directory with free space.");
}

static void
remove_it(void *name)
{
	unlink(name);
}

/* The name begins with a dot, so that collectors of files skip it. 0, or -1 with errno. */
static int
open_new(struct atomic_file *file, mode_t mode)
{
	const char *slash = strrchr(file->path, '/');
	int folder = slash ? (int)(slash - file->path) + 1 : 0;
	int fd;

	if (asprintf(&file->name, "%.*s.%s.XXXXXX", folder, file->path, file->path + folder) < 0) {
		file->name = NULL;
		return -1;
	}
	watchdog_hold();
	fd = mkostemp(file->name, O_CLOEXEC);
	if (fd >= 0)
		watched_begin(&file->watched, NULL, remove_it, file->name);
	watchdog_release();
	if (fd < 0) {
		free(file->name);
		file->name = NULL;
		return -1;
	}
	if (fchmod(fd, mode) == 0)
		file->to = fdopen(fd, "w");
	if (!file->to)
		close(fd);
	return file->to ? 0 : -1;
}

/* Opening a FIFO waits for a reader. 0, or -1 with errno. */
static int
open_special(struct atomic_file *file, const char *path)
{
	char what[450];
	struct watched opened;

	text_format(what, sizeof what, "the reader of %s", TEXT_SHOWN(path, 400));
	watched_begin(&opened, what, NULL, NULL);
	file->to = stream_open_path(path);
	watched_end(&opened);
	return file->to ? 0 : -1;
}

/* 0, or -1 with errno. */
static int
open_target(struct atomic_file *file, const char *path, mode_t mode)
{
	struct stat now;
	int missing = stat(path, &now);

	file->shown = strdup(path);
	if (!file->shown)
		return -1;
	if (missing == 0 && !S_ISREG(now.st_mode)) {
		return open_special(file, path);
	}
	file->path = missing ? strdup(path) : realpath(path, NULL);
	return file->path ? open_new(file, mode) : -1;
}

int
atomic_file_open(struct atomic_file *file, const char *path, mode_t mode, struct err *err)
{
	int error;

	*file = (struct atomic_file){ .to = NULL };
	if (open_target(file, path, mode) == 0)
		return 0;
	error = errno;
	atomic_file_discard(file);
	return cannot_write(err, path, error);
}

/* Flush and close; a file must be on the disk before it replaces the other. 0, or -1 with errno. */
static int
finish(struct atomic_file *file)
{
	struct output out = { .to = file->to };
	int error = 0;

	output_flush(&out);
	if (out.failed)
		error = out.error ? out.error : EIO;
	else if (file->path && fsync(fileno(file->to)) < 0)
		error = errno;
	if (fclose(file->to) != 0 && !error && !out.gone)
		error = errno;
	file->to = NULL;
	if (!error && file->path && rename(file->name, file->path) < 0)
		error = errno;
	errno = error;
	return error ? -1 : 0;
}

int
atomic_file_close(struct atomic_file *file, struct err *err)
{
	int rv = finish(file) < 0 ? cannot_write(err, file->shown, errno) : 0;

	/* The file has been renamed. */
	if (rv == 0 && file->name) {
		watched_end(&file->watched);
		free(file->name);
		file->name = NULL;
	}
	atomic_file_discard(file);
	return rv;
}

void
atomic_file_discard(struct atomic_file *file)
{
	if (file->to)
		fclose(file->to);
	if (file->name) {
		unlink(file->name);
		watched_end(&file->watched);
	}
	free(file->name);
	free(file->path);
	free(file->shown);
}
