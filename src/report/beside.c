/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/beside.h"

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
	char shown[512];

	text_harmless_str(shown, sizeof shown, path);
	err_set(err, ERR_OUTPUT, "cannot write %s: %s", shown, stream_strerror(error));
	if (error == STREAM_GIVEN_UP)
		return -1;
	return err_hint(err, "Give a file in a writable directory with free space.");
}

static void
remove_it(void *name)
{
	unlink(name);
}

/* Begun by a dot, so that collectors of files pass it over. 0, or -1 with errno. */
static int
open_new(struct beside *beside, mode_t mode)
{
	const char *slash = strrchr(beside->path, '/');
	int folder = slash ? (int)(slash - beside->path) + 1 : 0;
	int fd;

	if (asprintf(&beside->name, "%.*s.%s.XXXXXX", folder, beside->path, beside->path + folder) < 0) {
		beside->name = NULL;
		return -1;
	}
	watchdog_hold();
	fd = mkostemp(beside->name, O_CLOEXEC);
	if (fd >= 0)
		watched_begin(&beside->watched, NULL, remove_it, beside->name);
	watchdog_release();
	if (fd < 0) {
		free(beside->name);
		beside->name = NULL;
		return -1;
	}
	if (fchmod(fd, mode) == 0)
		beside->to = fdopen(fd, "w");
	if (!beside->to)
		close(fd);
	return beside->to ? 0 : -1;
}

/* A FIFO waits for its reader. 0, or -1 with errno. */
static int
open_as_it_is(struct beside *beside, const char *path)
{
	char shown[400], what[450];
	struct watched opening;

	text_format(what, sizeof what, "the reader of %s",
		text_harmless_str(shown, sizeof shown, path));
	watched_begin(&opening, what, NULL, NULL);
	beside->to = stream_open_path(path);
	watched_end(&opening);
	return beside->to ? 0 : -1;
}

/* 0, or -1 with errno. */
static int
open_for(struct beside *beside, const char *path, mode_t mode)
{
	struct stat now;
	int missing = stat(path, &now);

	beside->shown = strdup(path);
	if (!beside->shown)
		return -1;
	if (missing == 0 && !S_ISREG(now.st_mode)) {
		return open_as_it_is(beside, path);
	}
	beside->path = missing ? strdup(path) : realpath(path, NULL);
	return beside->path ? open_new(beside, mode) : -1;
}

int
beside_open(struct beside *beside, const char *path, mode_t mode, struct err *err)
{
	int error;

	*beside = (struct beside){ .to = NULL };
	if (open_for(beside, path, mode) == 0)
		return 0;
	error = errno;
	beside_drop(beside);
	return cannot_write(err, path, error);
}

/* Flush and close; a file must be on the disk before it takes the other's place. 0, or -1 with errno. */
static int
finish(struct beside *beside)
{
	struct output out = { .to = beside->to };
	int error = 0;

	output_flush(&out);
	if (out.failed)
		error = out.error ? out.error : EIO;
	else if (beside->path && fsync(fileno(beside->to)) < 0)
		error = errno;
	if (fclose(beside->to) != 0 && !error && !out.gone)
		error = errno;
	beside->to = NULL;
	if (!error && beside->path && rename(beside->name, beside->path) < 0)
		error = errno;
	errno = error;
	return error ? -1 : 0;
}

/* The file is in its place, or gone. */
static void
forget(struct beside *beside)
{
	if (beside->name)
		watched_end(&beside->watched);
}

int
beside_close(struct beside *beside, struct err *err)
{
	int rv = 0;

	if (finish(beside) < 0) {
		rv = cannot_write(err, beside->shown, errno);
	} else {
		forget(beside);
		free(beside->name);
		beside->name = NULL;
	}
	beside_drop(beside);
	return rv;
}

void
beside_drop(struct beside *beside)
{
	if (beside->to)
		fclose(beside->to);
	if (beside->name) {
		unlink(beside->name);
		forget(beside);
	}
	free(beside->name);
	free(beside->path);
	free(beside->shown);
	*beside = (struct beside){ .to = NULL };
}
