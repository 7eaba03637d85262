/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Errors: what failed, on what, why, and what to do about it.
 *
 * A function that can fail returns 0/-1 or a pointer/NULL and takes a
 * struct err * last. err_set reports the failure where it is known; a caller that knows more (the file, the
 * step) puts that in front with err_wrap. The first, most specific cause is kept. Nothing is printed here:
 * main does, once.
 */
#ifndef MTLS_BASE_ERR_H
#define MTLS_BASE_ERR_H

#include <stdbool.h>

#include "base/attributes.h"

/*
 * One row per kind: its name, the exit status it leads to, its word in JSON,
 * and whether a new association may help.
 */
#define ERR_KINDS(X)                                            \
	X(ERR_NONE,            0,   "ok",                false) \
	X(ERR_INTERNAL,        1,   "internal",          false) \
	X(ERR_USAGE,           2,   "usage",             false) \
	X(ERR_NO_INPUT,        3,   "no-input",          false) \
	X(ERR_EMPTY,           4,   "empty",             false) \
	X(ERR_PARTIAL,         10,  "partial",           false) \
	X(ERR_NOTHING,         11,  "none",              false) \
	X(ERR_WARNED,          12,  "warned",            false) \
	X(ERR_DNS,             20,  "dns",               true)  \
	X(ERR_CONNECT,         21,  "connect",           true)  \
	X(ERR_CREDENTIALS,     30,  "credentials",       false) \
	X(ERR_UNTRUSTED,       31,  "untrusted",         false) \
	X(ERR_WRONG_HOST,      32,  "wrong-host",        false) \
	X(ERR_CLIENT_REJECTED, 33,  "client-rejected",   false) \
	X(ERR_NO_COMMON_TLS,   34,  "no-common-tls",     false) \
	X(ERR_NOT_TLS,         35,  "not-tls",           false) \
	X(ERR_NOT_ENFORCED,    36,  "mtls-not-enforced", false) \
	X(ERR_TLS,             37,  "tls",               false)  \
	X(ERR_REJECTED,        40,  "rejected",          false) \
	X(ERR_NO_CONTEXT,      41,  "no-context",        false) \
	X(ERR_ABORTED,         42,  "aborted",           true)  \
	X(ERR_ECHO_REFUSED,    43,  "echo-refused",      false) \
	X(ERR_TIMEOUT,         50,  "timeout",           true)  \
	X(ERR_JOURNAL,         60,  "journal",           false) \
	X(ERR_OUTPUT,          61,  "output",            false) \
	X(ERR_SIGHUP,          129, "interrupted",       false) \
	X(ERR_SIGINT,          130, "interrupted",       false) \
	X(ERR_SIGTERM,         143, "interrupted",       false)

enum err_kind {
#define X(name, status, word, retry) name,
	ERR_KINDS(X)
#undef X
};

/*
 * May a new connection help, if the kind alone does not say? Set where this is known: a close without an
 * alert may be a loss, an alert that refuses our certificate is not, although both are ERR_CLIENT_REJECTED.
 */
enum err_retry {
	RETRY_BY_KIND,
	RETRY_POSSIBLE, /* it may have been a loss: the peer said nothing that rules out another try */
	RETRY_NEVER,     /* permanent: the same would fail again */
	RETRY_WITHOUT_SESSION, /* the TLS session offered may be the cause: retry at once, without it */
};

/*
 * phase: the step that failed ("tcp", "tls", "association", ...), a string literal or NULL. detail: a
 * number whose meaning depends on the kind (an errno, a DIMSE status, an alert), 0 if none. text: what, on
 * what, why, without a closing full stop. hint: what to do about it, a sentence or empty.
 */
struct err {
	enum err_kind kind;
	enum err_retry retryable;
	int detail;
	const char *phase;
	char text[1024];
	char hint[1024];
};

#define ERR_INIT { .kind = ERR_NONE }

/* Report a failure. Replaces what err held. Returns -1, so that callers can `return err_set(...)`. Texts
 * that are too long are cut at a character. */
PRINTF_LIKE(3, 4) int err_set(struct err *err, enum err_kind kind, const char *fmt, ...);

/* Add what to do about it. Keeps a hint that is already there. Returns -1. */
PRINTF_LIKE(2, 3) int err_hint(struct err *err, const char *fmt, ...);

/* Put context in front: "context: text". Returns -1. */
PRINTF_LIKE(2, 3) int err_wrap(struct err *err, const char *fmt, ...);

/* Set the step unless a more specific one is already set. Returns -1. */
int err_phase(struct err *err, const char *phase);

/* "No memory" as an internal error. Returns -1. */
int err_nomem(struct err *err);

#ifdef __clang_analyzer__ /* it sees one file at a time, and so not what these return */
#define err_set(...)   (err_set(__VA_ARGS__), -1)
#define err_hint(...)  (err_hint(__VA_ARGS__), -1)
#define err_wrap(...)  (err_wrap(__VA_ARGS__), -1)
#define err_phase(...) (err_phase(__VA_ARGS__), -1)
#define err_nomem(err) (err_nomem(err), -1)
#endif

/* The exit status and JSON word of a kind, and whether a retry may help. */
int err_status(enum err_kind kind);
const char *err_word(enum err_kind kind);
bool err_retryable(enum err_kind kind);

/* Did a signal end the run? */
bool err_is_interrupt(enum err_kind kind);

#endif
