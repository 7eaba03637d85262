/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/stream.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/wait.h"
#include "check_main.h"

static char text[200000]; /* more than a pipe takes */

/* A process that reads all, and ends with 0 if that was the text. */
static pid_t
reader(int fd, int other)
{
	static char seen[sizeof text];
	size_t used = 0;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	close(other);
	for (ssize_t n; (n = read(fd, seen + used, sizeof seen - used)) > 0;)
		used += (size_t)n;
	_exit(used == sizeof text && memcmp(seen, text, used) == 0 ? 0 : 1);
}

static void
check_reader(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

/* All of it arrives, after a signal as well. */
START_TEST(all_arrives)
{
	int ends[2];
	pid_t pid;
	FILE *file;

	ck_assert_int_eq(pipe(ends), 0);
	pid = reader(ends[0], ends[1]);
	close(ends[0]);
	ck_assert_int_eq(interrupt_install(), 0);
	if (_i)
		raise(SIGTERM);
	file = stream_open(ends[1]);
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, sizeof text, file), sizeof text);
	ck_assert_int_eq(fflush(file), 0);
	ck_assert_int_eq(stream_error(file), 0);
	ck_assert_int_eq(fclose(file), 0);
	check_reader(pid);
}
END_TEST

/* Nobody reads: a signal ends the wait, and no other is begun. */
START_TEST(given_up)
{
	int ends[2];
	FILE *file;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(interrupt_install(), 0);
	raise(SIGINT);
	file = stream_open(ends[1]);
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_lt(fwrite(text, 1, sizeof text, file), sizeof text);
	ck_assert_int_eq(stream_error(file), STREAM_GIVEN_UP);
	ck_assert(ferror(file));
	fputs("more", file);
	ck_assert_int_ne(fflush(file), 0);
	ck_assert_str_eq(stream_strerror(stream_error(file)), "the reader did not read it before the end "
		"of the run");
	fclose(file);
	close(ends[0]);
}
END_TEST

START_TEST(gone)
{
	int ends[2];
	FILE *file;

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(ends), 0);
	close(ends[0]);
	file = stream_open(ends[1]);
	ck_assert_ptr_nonnull(file);
	fputs("text", file);
	ck_assert_int_ne(fflush(file), 0);
	ck_assert_int_eq(stream_error(file), EPIPE);
	fclose(file);
}
END_TEST

START_TEST(fifo)
{
	char directory[] = "/tmp/test-stream.XXXXXX", path[64];
	FILE *file;
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/fifo", directory);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	file = stream_open_path(path);
	ck_assert_ptr_nonnull(file);
	fclose(file);
	close(fd);
	ck_assert_int_eq(interrupt_install(), 0);
	raise(SIGTERM);
	ck_assert_ptr_null(stream_open_path(path));
	ck_assert_int_eq(errno, STREAM_GIVEN_UP);
	unlink(path);
	ck_assert_ptr_null(stream_open_path(path));
	ck_assert_int_eq(errno, ENOENT);
	rmdir(directory);
}
END_TEST

START_TEST(guard)
{
	FILE *plain = fopen("/dev/null", "w"), *pipe_end, *guarded;
	int ends[2];

	ck_assert_ptr_nonnull(plain);
	ck_assert_ptr_eq(stream_guard(plain), plain);
	fclose(plain);
	ck_assert_int_eq(pipe(ends), 0);
	pipe_end = fdopen(ends[1], "w");
	guarded = stream_guard(pipe_end);
	ck_assert_ptr_ne(guarded, pipe_end);
	fputc('x', guarded);
	fclose(guarded);
	fclose(pipe_end);
	ck_assert_int_eq(read(ends[0], text, 2), 1);
	ck_assert_int_eq(text[0], 'x');
	close(ends[0]);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("stream");
	TCase *tcase = tcase_create("all");

	memset(text, 't', sizeof text);
	tcase_add_loop_test(tcase, all_arrives, 0, 2);
	tcase_add_test(tcase, given_up);
	tcase_add_test(tcase, gone);
	tcase_add_test(tcase, fifo);
	tcase_add_test(tcase, guard);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return check_run(make_suite());
}
