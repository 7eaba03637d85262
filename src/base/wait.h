/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Deadlines on CLOCK_MONOTONIC, and the one place that waits for a descriptor.
 * Times are milliseconds.
 */
#ifndef MTLS_BASE_WAIT_H
#define MTLS_BASE_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct deadline {
	int64_t at_ms;
};

#define WAIT_FOREVER (-1) /* as a timeout: no limit */

/* Milliseconds on CLOCK_MONOTONIC; microseconds likewise. */
int64_t clock_ms(void);
int64_t clock_us(void);

/* The deadline timeout_ms from now; WAIT_FOREVER never expires. */
struct deadline deadline_in(int64_t timeout_ms);
struct deadline deadline_never(void);
struct deadline deadline_earlier(struct deadline a, struct deadline b);
bool deadline_passed(struct deadline d);

/* Milliseconds left, rounded up, 0 if it has expired, -1 if it never expires, as for poll(2). */
int deadline_left(struct deadline d);

enum wait_result {
	WAIT_READY,	   /* the descriptor can be used, or reports an error when used */
	WAIT_TIMED_OUT,	   /* the deadline passed */
	WAIT_INTERRUPTED,  /* a signal asked us to end (only if stop_on_signals) */
	WAIT_FAILED,	   /* poll(2) failed: errno */
};

/*
 * Wait until fd is ready for events (POLLIN, POLLOUT). It continues after EINTR. Once the deadline has
 * passed it says so even if fd is ready, so that a peer cannot extend it by sending all the time. With
 * stop_on_signals a pending or arriving interrupt (see interrupt_install) ends the wait; without it, an
 * object in flight is finished first.
 */
enum wait_result wait_fd(int fd, short events, struct deadline d, bool stop_on_signals);

/*
 * Catch SIGINT, SIGTERM and SIGHUP (unless that is ignored already): the first one asks for a clean end, a
 * second SIGINT or SIGTERM ends the process at once. SIGPIPE and SIGXFSZ are ignored: writing fails with an
 * errno instead. SIGCHLD is no longer ignored, so that children can be waited for. Call it once, before any
 * thread starts. Returns 0, or -1 with errno.
 */
int interrupt_install(void);

/* The signal that asked us to end, 0 if none did. */
int interrupt_signal(void);

/* The error kind of that signal, ERR_NONE if none came. */
enum err_kind interrupt_kind(void);

/* A descriptor that is readable once there was an interrupt; -1 before interrupt_install. For callers that
 * poll several descriptors themselves. */
int interrupt_fd(void);

/* From now on every wait with stop_on_signals ends at once as WAIT_INTERRUPTED: the run is over, and
 * waiting for a receiver is of no use. */
void interrupt_waits(void);

/* Do waits with stop_on_signals end at once, because of a signal or the above? */
bool interrupt_ends_waits(void);

/* The deadline that long after the waits were ended; never if they were not. */
struct deadline interrupt_deadline(int64_t timeout_ms);

/* The interrupt as an error: ERR_SIGINT, ERR_SIGTERM or ERR_SIGHUP, "interrupted"; ERR_SIGTERM, "the run had
 * ended" if no signal came. Returns -1. */
int interrupt_err(struct err *err);

#endif
