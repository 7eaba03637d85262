/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/wait.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check_main.h"

static int ends[2];

static void
open_pipe(void)
{
	ck_assert_int_eq(pipe(ends), 0);
}

static void
close_pipe(void)
{
	close(ends[0]);
	close(ends[1]);
}

START_TEST(deadlines)
{
	struct deadline never = deadline_in(WAIT_FOREVER);
	struct deadline past = deadline_in(0);
	struct deadline far = deadline_in(3600000);

	ck_assert(!deadline_passed(never));
	ck_assert(!deadline_passed(deadline_never()));
	ck_assert(!deadline_passed(far));
	ck_assert(deadline_passed(past));
	ck_assert_int_eq(deadline_left(never), -1);
	ck_assert_int_eq(deadline_left(past), 0);
	ck_assert_int_gt(deadline_left(far), 0);
	ck_assert_int_le(deadline_left(far), 3600000);
	ck_assert(deadline_earlier(far, past).at_ms == past.at_ms);
	ck_assert(deadline_earlier(past, far).at_ms == past.at_ms);
	ck_assert(deadline_earlier(never, far).at_ms == far.at_ms);
	ck_assert_int_eq(deadline_left(deadline_earlier(never, never)), -1);
}
END_TEST

/* More than poll or the clock can hold. */
START_TEST(huge_timeouts)
{
	ck_assert_int_eq(deadline_left(deadline_in(INT64_MAX)), -1);
	ck_assert_int_eq(deadline_left(deadline_in(INT64_MAX - 1)), -1);
	ck_assert_int_eq(deadline_left(deadline_in((int64_t)INT_MAX * 1000)), INT_MAX);
}
END_TEST

START_TEST(clocks_agree)
{
	int64_t ms = clock_ms();
	int64_t us = clock_us();

	ck_assert(us >= ms * 1000);
	ck_assert(clock_ms() >= us / 1000);
}
END_TEST

START_TEST(ready_beats_a_passed_deadline)
{
	ck_assert_int_eq(wait_fd(ends[1], POLLOUT, deadline_in(10000), true), WAIT_READY);
	/* A passed deadline counts for a descriptor that is ready too. */
	ck_assert_int_eq(wait_fd(ends[1], POLLOUT, deadline_in(0), true), WAIT_TIMED_OUT);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	ck_assert_int_eq(wait_fd(ends[0], POLLIN, deadline_never(), false), WAIT_READY);
}
END_TEST

START_TEST(end_of_stream_is_ready)
{
	close(ends[1]);
	ck_assert_int_eq(wait_fd(ends[0], POLLIN, deadline_never(), true), WAIT_READY);
	ends[1] = dup(ends[0]);
}
END_TEST

START_TEST(nothing_comes)
{
	ck_assert_int_eq(wait_fd(ends[0], POLLIN, deadline_in(0), true), WAIT_TIMED_OUT);
	ck_assert_int_eq(wait_fd(ends[0], POLLIN, deadline_in(20), false), WAIT_TIMED_OUT);
}
END_TEST

static const struct {
	int signo;
	enum err_kind kind;
} signals[] = {
	{ SIGINT, ERR_SIGINT },
	{ SIGTERM, ERR_SIGTERM },
	{ SIGHUP, ERR_SIGHUP },
};

START_TEST(interrupt)
{
	struct pollfd woken;
	struct err err = ERR_INIT;

	ck_assert_int_eq(interrupt_fd(), -1);
	ck_assert_int_eq(interrupt_install(), 0);
	ck_assert_int_eq(interrupt_signal(), 0);
	ck_assert_int_eq(wait_fd(ends[0], POLLIN, deadline_in(0), true), WAIT_TIMED_OUT);
	raise(signals[_i].signo);
	ck_assert_int_eq(interrupt_signal(), signals[_i].signo);
	woken = (struct pollfd){ .fd = interrupt_fd(), .events = POLLIN };
	ck_assert_int_eq(poll(&woken, 1, 0), 1);
	/* It stays, goes before a ready descriptor, and can be left out of account. */
	ck_assert_int_eq(wait_fd(ends[0], POLLIN, deadline_never(), true), WAIT_INTERRUPTED);
	ck_assert_int_eq(wait_fd(ends[1], POLLOUT, deadline_never(), true), WAIT_INTERRUPTED);
	ck_assert_int_eq(wait_fd(ends[1], POLLOUT, deadline_never(), false), WAIT_READY);
	ck_assert_int_eq(wait_fd(ends[0], POLLIN, deadline_in(0), false), WAIT_TIMED_OUT);
	ck_assert_int_eq(interrupt_err(&err), -1);
	ck_assert_int_eq(err.kind, signals[_i].kind);
	ck_assert(err_is_interrupt(err.kind));
	ck_assert_str_eq(err.text, "interrupted");
}
END_TEST

/* Nobody sent a signal: so it is not called one. */
START_TEST(run_over)
{
	struct err err = ERR_INIT;

	ck_assert_int_eq(interrupt_install(), 0);
	interrupt_waits();
	ck_assert(interrupt_ends_waits());
	ck_assert_int_eq(wait_fd(ends[0], POLLIN, deadline_never(), true), WAIT_INTERRUPTED);
	ck_assert_int_eq(interrupt_err(&err), -1);
	ck_assert_str_eq(err.text, "the run had ended");
}
END_TEST

/* Two signals, one after the other, and how the process ends; 0: it goes on. */
static const struct {
	int first, second, status;
} pairs[] = {
	{ SIGINT, SIGTERM, 143 },
	{ SIGINT, SIGINT, 130 },
	{ SIGTERM, SIGINT, 130 },
	{ SIGHUP, SIGTERM, 143 },
	{ SIGHUP, SIGHUP, 0 },
	{ SIGTERM, SIGHUP, 0 },
};

START_TEST(second_signal_ends_at_once)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (interrupt_install() < 0)
			_exit(1);
		raise(pairs[_i].first);
		raise(pairs[_i].second);
		_exit(interrupt_signal() == pairs[_i].first ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), pairs[_i].status);
}
END_TEST

/* As nohup(1) has it. */
START_TEST(ignored_hangup_stays_ignored)
{
	signal(SIGHUP, SIG_IGN);
	ck_assert_int_eq(interrupt_install(), 0);
	raise(SIGHUP);
	ck_assert_int_eq(interrupt_signal(), 0);
}
END_TEST

START_TEST(file_over_the_limit_is_an_errno)
{
	struct rlimit limit = { .rlim_cur = 1, .rlim_max = RLIM_INFINITY };
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(interrupt_install(), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(write(fileno(file), "xy", 2), 1);
	ck_assert_int_eq(write(fileno(file), "z", 1), -1);
	ck_assert_int_eq(errno, EFBIG);
	fclose(file);
}
END_TEST

START_TEST(broken_pipe_is_an_errno)
{
	ck_assert_int_eq(interrupt_install(), 0);
	close(ends[0]);
	ck_assert_int_eq(write(ends[1], "x", 1), -1);
	ends[0] = dup(ends[1]);
}
END_TEST

/* As some parents leave it: how a child ended could not be told. */
START_TEST(ignored_children_can_be_waited_for)
{
	int status;
	pid_t pid;

	signal(SIGCHLD, SIG_IGN);
	ck_assert_int_eq(interrupt_install(), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(7);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 7);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("wait");
	TCase *tc = tcase_create("wait");

	tcase_add_checked_fixture(tc, open_pipe, close_pipe);
	tcase_add_test(tc, deadlines);
	tcase_add_test(tc, huge_timeouts);
	tcase_add_test(tc, clocks_agree);
	tcase_add_test(tc, ready_beats_a_passed_deadline);
	tcase_add_test(tc, end_of_stream_is_ready);
	tcase_add_test(tc, nothing_comes);
	tcase_add_loop_test(tc, interrupt, 0, (int)(sizeof signals / sizeof signals[0]));
	tcase_add_test(tc, run_over);
	tcase_add_loop_test(tc, second_signal_ends_at_once, 0, (int)(sizeof pairs / sizeof pairs[0]));
	tcase_add_test(tc, ignored_hangup_stays_ignored);
	tcase_add_test(tc, file_over_the_limit_is_an_errno);
	tcase_add_test(tc, broken_pipe_is_an_errno);
	tcase_add_test(tc, ignored_children_can_be_waited_for);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
