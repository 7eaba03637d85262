/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of the process by a signal or by --max-time, whatever it waits for.
 *
 * Until the first connection nothing needs an orderly end: a thread of its own
 * says what was being waited for, undoes what must not stay behind (temporary
 * files, a terminal without echo, a command that runs) and ends the process at
 * once. After watchdog_disarm the waits themselves heed signals and the
 * deadline, and the watchdog only ends a process that hangs long after it.
 *
 * One per process. Where it was not started, as in tests, all of it has no effect.
 */
#ifndef MTLS_BASE_WATCHDOG_H
#define MTLS_BASE_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/wait.h"

/*
 * Tell of the end, from any thread: ERR_SIGHUP, ERR_SIGINT, ERR_SIGTERM or
 * ERR_TIMEOUT. late: something was connected to already, and has its result or
 * hangs. Returns the exit status. Its output must be flushed: the process ends by _exit.
 */
typedef int watchdog_report(void *ctx, const struct err *why, bool late);

/* Begin, after interrupt_install. --max-time counts from here. 0, or -1 with ERR_INTERNAL. */
int watchdog_start(watchdog_report *emit, void *ctx, struct err *err) __attribute__((warn_unused_result));

/* End the process after this many ms (WAIT_FOREVER: never); where it has stood down,
 * grace_ms later. May be called again. */
void watchdog_limit(int64_t ms, int64_t grace_ms);

/* When --max-time is over. */
struct deadline watchdog_deadline(void);

/* Has a signal or --max-time asked for the end? */
bool watchdog_is_due(void);

/* Have the end now where it is due and nothing was connected to, before what is watched is forgotten. */
void watchdog_yield(void);

/* From here on the run ends in an orderly way by itself; where the end is due already, it is now. */
void watchdog_disarm(void);

/* What follows begins as the run did, and --max-time counts from here, if there is one again. */
void watchdog_restart(void);

/* No more of it. */
void watchdog_stop(void);

/* What is under way, kept by the caller until watched_end. */
struct watched {
	const char *what;	 /* is waited for, "key store x.p12", harmless; NULL: nothing */
	void (*undo)(void *ctx); /* before the process ends, from any thread; NULL: nothing */
	void *ctx;
	struct watched *outer, **here;
};

/* The end waits from the one to the other: for making something and registering it. May nest. */
void watchdog_hold(void);
void watchdog_release(void);

void watched_begin(struct watched *watched, const char *what, void (*undo)(void *ctx), void *ctx);
void watched_end(struct watched *watched);

#endif
