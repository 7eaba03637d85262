/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/wait.h"
#include "report/beside.h"

#define TICK	 100   /* ms between looks at whether the run is to end */
#define PATIENCE 10000 /* ms for a reader that takes nothing, once it is */

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

/* Until the descriptor takes bytes. False with errno. */
static bool
await_reader(int fd)
{
	struct deadline last = deadline_never();

	for (;;) {
		enum wait_result result = wait_fd(fd, POLLOUT, deadline_in(TICK), false);

		if (result != WAIT_TIMED_OUT)
			return result == WAIT_READY;
		if (interrupt_signal() && last.at_ms == deadline_never().at_ms)
			last = deadline_in(PATIENCE);
		if (deadline_passed(last)) {
			errno = ETIMEDOUT;
			return false;
		}
	}
}

/* By write(2): of what a signal interrupts, stdio forgets the rest. No more at a time than a
 * pipe that is ready takes without blocking. -1 with errno. */
static int
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n;

		if (!await_reader(fd))
			return -1;
		n = write(fd, bytes, len < PIPE_BUF ? len : PIPE_BUF);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -1;
		bytes += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

bool
output_write(struct output *output, const char *bytes, size_t len)
{
	int fd = fileno(output->to);

	if (!output_flush(output))
		return false;
	if (fd < 0) {
		fwrite(bytes, 1, len, output->to);
		return output_flush(output);
	}
	if (write_all(fd, bytes, len) == 0)
		return true;
	output->gone = errno == EPIPE;
	output->failed = !output->gone;
	output->error = errno;
	return false;
}

int
output_end(struct output *output, const char *what, struct err *err)
{
	char shown[512];

	output_flush(output);
	if (!output->failed)
		return 0;
	text_harmless_str(shown, sizeof shown, what);
	return err_set(err, ERR_OUTPUT, "%s cannot be written: %s", shown,
		output->error ? strerror(output->error) : "a write failed");
}

bool
output_is_stdout(const char *path)
{
	return strcmp(path, "-") == 0;
}

int
output_replace(const char *path, void (*print)(FILE *, const void *), const void *what, struct err *err)
{
	struct output output = { .to = stdout };
	struct beside file;

	if (output_is_stdout(path)) {
		print(stdout, what);
		return output_end(&output, "standard output", err);
	}
	if (beside_open(&file, path, 0644, err) < 0)
		return -1;
	print(file.to, what);
	return beside_close(&file, err);
}
