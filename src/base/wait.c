/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

/* The signal handler's only state: which signal came, and the pipe that wakes poll. */
static atomic_int pending; /* lock-free, and therefore safe in the handler and in every thread */
static atomic_bool called_off; /* waits, because the run is over */
static _Atomic(int64_t) ended_ms; /* when the first of the two happened; 0: neither did */
static int wake_pipe[2] = { -1, -1 };

int64_t
clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
clock_ms(void)
{
	return clock_us() / 1000;
}

struct deadline
deadline_never(void)
{
	return (struct deadline){ INT64_MAX };
}

struct deadline
deadline_in(int64_t timeout_ms)
{
	int64_t now = clock_ms();

	if (timeout_ms < 0 || timeout_ms >= INT64_MAX - now)
		return deadline_never();
	return (struct deadline){ now + timeout_ms };
}

struct deadline
deadline_earlier(struct deadline a, struct deadline b)
{
	return a.at_ms < b.at_ms ? a : b;
}

bool
deadline_passed(struct deadline d)
{
	return d.at_ms != INT64_MAX && clock_ms() >= d.at_ms;
}

int
deadline_left(struct deadline d)
{
	int64_t left;

	if (d.at_ms == INT64_MAX)
		return -1;
	left = d.at_ms - clock_ms();
	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

enum wait_result
wait_fd(int fd, short events, struct deadline d, bool stop_on_signals)
{
	struct pollfd fds[2] = {
		{ .fd = fd, .events = events },
		{ .fd = stop_on_signals ? wake_pipe[0] : -1, .events = POLLIN },
	};

	for (;;) {
		int n = poll(fds, 2, deadline_left(d));

		if (n < 0 && errno != EINTR)
			return WAIT_FAILED;
		if (n < 0)
			continue;
		if (fds[1].revents)
			return WAIT_INTERRUPTED;
		if (deadline_passed(d))
			return WAIT_TIMED_OUT;
		if (fds[0].revents)
			return WAIT_READY;
	}
}

/* clock_gettime is safe in a signal handler (signal-safety(7)). */
static void
record_end_time(void)
{
	int64_t none = 0;

	(void)atomic_compare_exchange_strong(&ended_ms, &none, clock_ms());
}

static void
on_signal(int signo)
{
	int saved = errno;

	/* When a terminal is closed, SIGHUP comes more than once: from the kernel and from the shell. */
	if (pending && signo == SIGHUP)
		return;
	if (pending)
		_exit(128 + signo);
	record_end_time();
	pending = signo;
	(void)!write(wake_pipe[1], "", 1);
	errno = saved;
}

int
interrupt_install(void)
{
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = SA_RESTART }, hangup;

	if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	sigemptyset(&act.sa_mask);
	if (sigaction(SIGINT, &act, NULL) < 0 || sigaction(SIGTERM, &act, NULL) < 0 ||
	    sigaction(SIGHUP, NULL, &hangup) < 0)
		return -1;
	/* nohup(1) has it ignored. */
	if (hangup.sa_handler != SIG_IGN && sigaction(SIGHUP, &act, NULL) < 0)
		return -1;
	/* If it were ignored, as some parents leave it, the kernel would reap children. */
	act.sa_handler = SIG_DFL;
	if (sigaction(SIGCHLD, &act, NULL) < 0)
		return -1;
	act.sa_handler = SIG_IGN;
	if (sigaction(SIGXFSZ, &act, NULL) < 0)
		return -1;
	return sigaction(SIGPIPE, &act, NULL);
}

int
interrupt_signal(void)
{
	return pending;
}

void
interrupt_waits(void)
{
	record_end_time();
	called_off = true;
	(void)!write(wake_pipe[1], "", 1);
}

bool
interrupt_ends_waits(void)
{
	return pending || called_off;
}

struct deadline
interrupt_deadline(int64_t timeout_ms)
{
	int64_t ended = ended_ms;

	if (ended == 0 || timeout_ms < 0 || timeout_ms >= INT64_MAX - ended)
		return deadline_never();
	return (struct deadline){ ended + timeout_ms };
}

int
interrupt_fd(void)
{
	return wake_pipe[0];
}

enum err_kind
interrupt_kind(void)
{
	switch (atomic_load(&pending)) {
	case 0:
		return ERR_NONE;
	case SIGHUP:
		return ERR_SIGHUP;
	case SIGINT:
		return ERR_SIGINT;
	default:
		return ERR_SIGTERM;
	}
}

int
interrupt_err(struct err *err)
{
	enum err_kind kind = interrupt_kind();

	if (kind == ERR_NONE)
		return err_set(err, ERR_SIGTERM, "the run had ended");
	return err_set(err, kind, "interrupted");
}
