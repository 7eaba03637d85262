/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/stream.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/watchdog.h"

#define TICK 50 /* ms between checks whether the run is to end */

struct stream {
	FILE *file;
	int fd;
	atomic_int error; /* the errno with which every write fails; 0: none */
	struct stream *next;
};

static struct stream *streams; /* all open streams; guarded by the mutex */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* Wait until the descriptor accepts bytes. */
static enum wait_result
await_slow_reader(int fd)
{
	enum wait_result result = WAIT_TIMED_OUT;
	struct deadline last = deadline_never();
	struct watched waiting;
	bool ending = false;

	watched_begin(&waiting, "the reader of the output", NULL, NULL);
	while (result == WAIT_TIMED_OUT && !deadline_passed(last)) {
		result = wait_fd(fd, POLLOUT, deadline_in(TICK), false);
		if (!ending && watchdog_is_due()) {
			last = deadline_in(interrupt_signal() ? STREAM_TIMEOUT_MS : STREAM_TIMEOUT_MS / 5);
			ending = true;
		}
	}
	watched_end(&waiting);
	return result;
}

/* False with errno. */
static bool
await_reader(int fd)
{
	struct pollfd now = { .fd = fd, .events = POLLOUT };
	enum wait_result result = poll(&now, 1, 0) == 1 ? WAIT_READY : await_slow_reader(fd);

	if (result == WAIT_TIMED_OUT)
		errno = STREAM_GIVEN_UP;
	return result == WAIT_READY;
}

/* At most the bytes that a ready pipe accepts without blocking. */
static ssize_t
stream_write(void *cookie, const char *bytes, size_t size)
{
	struct stream *stream = cookie;
	size_t left = size;

	while (left > 0 && !stream->error) {
		ssize_t n;

		if (!await_reader(stream->fd)) {
			stream->error = errno;
			break;
		}
		n = write(stream->fd, bytes, left < PIPE_BUF ? left : PIPE_BUF);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			stream->error = errno;
		bytes += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
	errno = stream->error;
	return left > 0 ? 0 : (ssize_t)size;
}

static int
stream_close(void *cookie)
{
	struct stream *stream = cookie, **at = &streams;
	int rv;

	pthread_mutex_lock(&mutex);
	while (*at != stream)
		at = &(*at)->next;
	*at = stream->next;
	pthread_mutex_unlock(&mutex);
	rv = close(stream->fd);
	free(stream);
	return rv;
}

FILE *
stream_open(int fd)
{
	static const cookie_io_functions_t functions = { .write = stream_write, .close = stream_close };
	struct stream *stream = calloc(1, sizeof *stream);

	if (!stream)
		return NULL;
	stream->fd = fd;
	stream->file = fopencookie(stream, "w", functions);
	if (!stream->file) {
		free(stream);
		return NULL;
	}
	pthread_mutex_lock(&mutex);
	stream->next = streams;
	streams = stream;
	pthread_mutex_unlock(&mutex);
	return stream->file;
}

static bool
is_fifo(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
}

FILE *
stream_open_path(const char *path)
{
	FILE *file;
	int fd;

	/* ENXIO: nobody has the FIFO open for reading. */
	while ((fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) < 0 && errno == ENXIO &&
	       is_fifo(path)) {
		if (watchdog_is_due()) {
			watchdog_yield();
			errno = STREAM_GIVEN_UP;
			return NULL;
		}
		(void)!wait_fd(-1, 0, deadline_in(TICK), false);
	}
	if (fd < 0)
		return NULL;
	file = stream_open(fd);
	if (!file)
		close(fd);
	return file;
}

FILE *
stream_guard(FILE *standard)
{
	int fd = fileno(standard), copy;
	struct stat st;
	FILE *file;

	if (fd < 0 || fstat(fd, &st) < 0 || !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		return standard;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	file = copy < 0 ? NULL : stream_open(copy);
	if (!file && copy >= 0)
		close(copy);
	return file ? file : standard;
}

int
stream_error(FILE *file)
{
	int error = 0;

	pthread_mutex_lock(&mutex);
	for (const struct stream *stream = streams; stream; stream = stream->next)
		if (stream->file == file)
			error = stream->error;
	pthread_mutex_unlock(&mutex);
	return error;
}

const char *
stream_strerror(int error)
{
	return error == STREAM_GIVEN_UP ? "the reader did not read it before the end of the "
		"run" : strerror(error);
}
