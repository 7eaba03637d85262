/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/output.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/stream.h"
#include "base/text.h"
#include "report/atomic_file.h"

/* EPIPE may have occurred in any printf, and its errno is lost: ask the descriptor. */
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
	int error;

	errno = 0;
	if (fflush(output->to) == 0 && !before)
		return !output->gone && !output->failed;
	error = errno;
	if (stream_error(output->to))
		error = stream_error(output->to);
	if (error == EPIPE || reader_gone(output->to)) {
		output->gone = true;
		clearerr(output->to);
	} else if (!output->failed) {
		output->failed = true;
		output->error = error;
	}
	return false;
}

bool
output_write(struct output *output, const char *bytes, size_t len)
{
	if (!output_flush(output))
		return false;
	fwrite(bytes, 1, len, output->to);
	return output_flush(output);
}

int
output_end(struct output *output, const char *what, struct err *err)
{
	output_flush(output);
	if (!output->failed)
		return 0;
	return err_set(err, ERR_OUTPUT, "cannot write %s: %s", TEXT_SHOWN(what, 512),
		output->error ? stream_strerror(output->error) : "a write failed");
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
	struct atomic_file file;

	if (output_is_stdout(path)) {
		print(stdout, what);
		return output_end(&output, "standard output", err);
	}
	if (atomic_file_open(&file, path, 0644, err) < 0)
		return -1;
	print(file.to, what);
	return atomic_file_close(&file, err);
}
