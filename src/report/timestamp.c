/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/timestamp.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

struct stamped {
	FILE *to;
	bool within; /* a line whose beginning has been written */
};

char *
timestamp_now(char out[TIMESTAMP_SIZE])
{
	struct timespec now;
	struct tm utc;
	size_t used;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	used = strftime(out, TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
	text_format(out + used, TIMESTAMP_SIZE - used, ".%03uZ", (unsigned)(now.tv_nsec / 1000000) % 1000);
	return out;
}

char *
timestamp_at(char out[TIMESTAMP_SIZE], int64_t seconds)
{
	time_t at = (time_t)seconds;
	struct tm utc;

	if (!gmtime_r(&at, &utc) || strftime(out, TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
		text_format(out, TIMESTAMP_SIZE, "%" PRId64, seconds);
	return out;
}

/* Is it the one that JOURNAL_STREAM names, DEVICE:INODE? A process that inherits the variable may have been
 * redirected since. */
static bool
is_journal(int fd)
{
	const char *name = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat st;
	char end;

	return name && fstat(fd, &st) == 0 && sscanf(name, "%ju:%ju%c", &device, &inode, &end) == 2 &&
		device == st.st_dev && inode == st.st_ino;
}

bool
timestamp_wanted(FILE *stream)
{
	int fd = fileno(stream);

	return fd >= 0 && !isatty(fd) && !is_journal(fd);
}

static ssize_t
stamped_write(void *cookie, const char *bytes, size_t size)
{
	struct stamped *stamped = cookie;
	char now[TIMESTAMP_SIZE];
	size_t left = size;

	while (left > 0) {
		const char *end = memchr(bytes, '\n', left);
		size_t len = end ? (size_t)(end - bytes) + 1 : left;

		if (!stamped->within)
			fprintf(stamped->to, "%s ", timestamp_now(now));
		fwrite(bytes, 1, len, stamped->to);
		stamped->within = !end;
		bytes += len;
		left -= len;
	}
	return fflush(stamped->to) == 0 ? (ssize_t)size : 0;
}

static int
stamped_close(void *cookie)
{
	free(cookie);
	return 0;
}

FILE *
timestamp_open(FILE *to)
{
	static const cookie_io_functions_t functions = { .write = stamped_write, .close = stamped_close };
	struct stamped *stamped = calloc(1, sizeof *stamped);
	FILE *stream;

	if (!stamped)
		return NULL;
	stamped->to = to;
	stream = fopencookie(stamped, "w", functions);
	if (!stream) {
		free(stamped);
		return NULL;
	}
	setvbuf(stream, NULL, _IOLBF, BUFSIZ);
	return stream;
}
