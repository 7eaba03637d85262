/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum state { OFF, EARLY, LATE, STOPPED };

/* There is one of each, since the process ends once. The mutex guards the others; the thread that ends the
 * process keeps it. */
static pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static enum state state;
static watchdog_report *emit;
static void *emit_ctx;
static pthread_t thread;
static int wake[2]; /* makes the thread check again */
static int64_t start_ms, grace;
static bool begun; /* something was connected to */
static struct watched *innermost;
static _Atomic int64_t limit_ms = INT64_MAX; /* on the monotonic clock; read without the mutex */

struct deadline
watchdog_deadline(void)
{
	return (struct deadline){ limit_ms };
}

bool
watchdog_is_due(void)
{
	return interrupt_signal() || deadline_passed(watchdog_deadline());
}

/* With grace, if the run is to end by itself. */
static struct deadline
end_deadline(void)
{
	struct deadline d = watchdog_deadline();

	if (state == LATE && d.at_ms < INT64_MAX - grace)
		d.at_ms += grace;
	return d;
}

/* What is waited for: the latest that has a text. */
static const char *
innermost_wait(void)
{
	const struct watched *watched = innermost;

	while (watched && !watched->what)
		watched = watched->outer;
	return watched ? watched->what : NULL;
}

static void
explain_end(struct err *err)
{
	const char *what = innermost_wait(), *during = what ? ", while waiting for " : "";

	if (!what)
		what = "";
	if (state == LATE)
		err_set(err, ERR_TIMEOUT, "the run hung%s%s and was terminated %lld s after --max-time",
			during, what, (long long)(grace / 1000));
	else if (interrupt_signal())
		err_set(err, interrupt_kind(), "interrupted before connecting%s%s", during, what);
	else
		err_set(err, ERR_TIMEOUT, "--max-time ended the run before connecting%s%s", during, what);
	if (what[0] && state == EARLY && !interrupt_signal())
		err_hint(err, "Check its source, or raise --max-time.");
}

/* The mutex stays held: a thread that would register, disarm or stop now waits until the process ends. */
static void __attribute__((noreturn))
end_process(void)
{
	struct err err = ERR_INIT;

	explain_end(&err);
	for (const struct watched *watched = innermost; watched; watched = watched->outer)
		if (watched->undo)
			watched->undo(watched->ctx);
	_exit(emit(emit_ctx, &err, begun));
}

static bool
must_end(void)
{
	if (state == EARLY)
		return watchdog_is_due();
	return state == LATE && deadline_passed(end_deadline());
}

/* Until something changes. False: it is over. */
static bool
wait_for_change(void)
{
	struct pollfd fds[2] = { { .fd = wake[0], .events = POLLIN } };
	struct deadline until;
	char noticed[16];

	pthread_mutex_lock(&mutex);
	if (must_end())
		end_process();
	if (state == STOPPED) {
		pthread_mutex_unlock(&mutex);
		return false;
	}
	fds[1] = (struct pollfd){ .fd = state == EARLY ? interrupt_fd() : -1, .events = POLLIN };
	until = end_deadline();
	pthread_mutex_unlock(&mutex);
	(void)!poll(fds, 2, deadline_left(until));
	(void)!read(wake[0], noticed, sizeof noticed);
	return true;
}

static void *
watch(void *unused)
{
	(void)unused;
	while (wait_for_change())
		;
	return NULL;
}

int
watchdog_start(watchdog_report *told, void *ctx, struct err *err)
{
	int rc;

	if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_set(err, ERR_INTERNAL, "cannot create a pipe: %s", strerror(errno));
	emit = told;
	emit_ctx = ctx;
	start_ms = clock_ms();
	state = EARLY;
	rc = pthread_create(&thread, NULL, watch, NULL);
	if (rc == 0)
		return 0;
	state = OFF;
	return err_set(err, ERR_INTERNAL, "cannot start a thread: %s", strerror(rc));
}

/* Change to another state, if it runs at all; what is due is done first. */
static void
set_state(enum state to)
{
	pthread_mutex_lock(&mutex);
	if (to == LATE && state == EARLY && must_end())
		end_process();
	if (state == EARLY || (state == LATE && to == STOPPED)) {
		state = to;
		begun = begun || to == LATE;
		(void)!write(wake[1], "", 1);
	}
	pthread_mutex_unlock(&mutex);
}

void
watchdog_limit(int64_t ms, int64_t grace_ms)
{
	pthread_mutex_lock(&mutex);
	if (state == EARLY || state == LATE) {
		grace = grace_ms;
		limit_ms = ms < 0 || ms >= INT64_MAX - start_ms ? INT64_MAX : start_ms + ms;
		(void)!write(wake[1], "", 1);
	}
	pthread_mutex_unlock(&mutex);
}

void
watchdog_disarm(void)
{
	set_state(LATE);
}

void
watchdog_yield(void)
{
	pthread_mutex_lock(&mutex);
	if (state == EARLY && must_end())
		end_process();
	pthread_mutex_unlock(&mutex);
}

void
watchdog_restart(void)
{
	pthread_mutex_lock(&mutex);
	if (state == LATE) {
		state = EARLY;
		start_ms = clock_ms();
		limit_ms = INT64_MAX;
		(void)!write(wake[1], "", 1);
	}
	pthread_mutex_unlock(&mutex);
}

void
watchdog_stop(void)
{
	set_state(STOPPED);
	if (state != STOPPED)
		return;
	pthread_join(thread, NULL);
	close(wake[0]);
	close(wake[1]);
	state = OFF;
	limit_ms = INT64_MAX;
}

void
watchdog_hold(void)
{
	pthread_mutex_lock(&mutex);
}

void
watchdog_release(void)
{
	pthread_mutex_unlock(&mutex);
}

void
watched_begin(struct watched *watched, const char *what, void (*undo)(void *ctx), void *ctx)
{
	*watched = (struct watched){ .what = what, .undo = undo, .ctx = ctx };
	pthread_mutex_lock(&mutex);
	watched->outer = innermost;
	if (innermost)
		innermost->here = &watched->outer;
	watched->here = &innermost;
	innermost = watched;
	pthread_mutex_unlock(&mutex);
}

void
watched_end(struct watched *watched)
{
	pthread_mutex_lock(&mutex);
	*watched->here = watched->outer;
	if (watched->outer)
		watched->outer->here = watched->here;
	pthread_mutex_unlock(&mutex);
}
