/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ends the process on a signal or at --max-time, whatever it is waiting for.
 *
 * Until the first connection nothing needs a clean end: a separate thread says what was being waited for,
 * undoes what must not be left behind (temporary files, a terminal without echo, a running command) and
 * ends the process at once. After watchdog_disarm the waits themselves react to signals and the deadline,
 * and the watchdog only ends a process that hangs long after it.
 *
 * There is one per process. If it was not started, as in tests, none of these functions has an effect.
 */
#ifndef MTLS_BASE_WATCHDOG_H
#define MTLS_BASE_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/wait.h"

/*
 * Report the end, from any thread: ERR_SIGHUP, ERR_SIGINT, ERR_SIGTERM or ERR_TIMEOUT. late: a connection
 * was made already, and has its result or hangs. Returns the exit status. Its output must be flushed: the
 * process ends by _exit.
 */
typedef int watchdog_report(void *ctx, const struct err *why, bool late);

/* Begin, after interrupt_install. --max-time counts from here. 0, or -1 with ERR_INTERNAL. */
MUST_CHECK int watchdog_start(watchdog_report *told, void *ctx, struct err *err);

/* End the process after this many ms (WAIT_FOREVER: never), or grace_ms later once it is disarmed. May be
 * called again. */
void watchdog_limit(int64_t ms, int64_t grace_ms);

/* When --max-time expires. */
struct deadline watchdog_deadline(void);

/* Has a signal or --max-time asked for the end? */
bool watchdog_is_due(void);

/* End the process now if that is due and no connection was made, before what is watched is removed. */
void watchdog_yield(void);

/* From here on the run ends cleanly by itself; if the end is already due, the process ends now. */
void watchdog_disarm(void);

/* Begin again as at the start of the run; --max-time counts from here, if it is set again. */
void watchdog_restart(void);

/* Stop the watchdog. */
void watchdog_stop(void);

/* What is being done; the caller keeps it until watched_end. */
struct watched {
	const char *what;	 /* what is waited for, "key store x.p12", safe to print; NULL: nothing */
	void (*undo)(void *ctx); /* called before the process ends, from any thread; NULL: nothing */
	void *ctx;
	struct watched *outer, **here;
};

/* Between these two calls the process is not ended: for creating something and registering it. May nest. */
void watchdog_hold(void);
void watchdog_release(void);

void watched_begin(struct watched *watched, const char *what, void (*undo)(void *ctx), void *ctx);
void watched_end(struct watched *watched);

#endif
