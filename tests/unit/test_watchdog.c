/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/watchdog.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "check_main.h"

/* What another process does, which ends by its watchdog. */
static const struct {
	int64_t limit_ms; /* -1: none */
	int signo;	  /* sent to itself; 0: none */
	bool stand_down, anew;
	int status;
	const char *said; /* the end, "late" or not, and what was undone */
} ends[] = {
	{ 10, 0, false, false, 50, "--max-time ended the run before connecting, while waiting for b|undone|early" },
	{ 0, 0, false, false, 50, "--max-time ended the run before connecting, while waiting for b|undone|early" },
	{ -1, SIGINT, false, false, 130, "interrupted before connecting, while waiting for b|undone|early" },
	{ 600000, SIGTERM, false, false, 143, "interrupted before connecting, while waiting for b|undone|early" },
	{ -1, SIGHUP, false, false, 129, "interrupted before connecting, while waiting for b|undone|early" },
	/* Whoever has connected sees to signals, and is ended only where it hangs long after the limit. */
	{ 10, SIGINT, true, false, 50,
		"the run hung, while waiting for b and was terminated 1 s after --max-time|undone|late" },
	{ 10, 0, true, true, 50, "--max-time ended the run before connecting, while waiting for b|undone|late" },
};

struct said {
	char text[300];
	size_t len;
	int to;
};

static void
say(struct said *said, const char *word)
{
	text_format(said->text + said->len, sizeof said->text - said->len, "%s%s", said->len ? "|" : "", word);
	said->len = strlen(said->text);
}

static int
tell(void *ctx, const struct err *why, bool late)
{
	struct said *said = ctx;
	char undone[sizeof said->text];

	text_format(undone, sizeof undone, "%s", said->text);
	said->len = 0;
	say(said, why->text);
	say(said, undone);
	say(said, late ? "late" : "early");
	(void)!write(said->to, said->text, said->len);
	return err_status(why->kind);
}

static void
undo(void *ctx)
{
	say(ctx, "undone");
}

static void
be_ended(int n, struct said *said)
{
	struct watched a, b, c, gone;
	struct err err = ERR_INIT;

	if (interrupt_install() < 0 || watchdog_start(tell, said, &err) < 0)
		_exit(2);
	watched_begin(&a, "a", NULL, NULL);
	watched_begin(&gone, "gone", undo, said);
	watched_begin(&b, "b", NULL, NULL);
	watched_begin(&c, NULL, undo, said);
	watched_end(&gone);
	if (ends[n].stand_down)
		watchdog_disarm();
	if (ends[n].anew)
		watchdog_restart();
	watchdog_limit(ends[n].limit_ms, 1000);
	if (ends[n].signo)
		raise(ends[n].signo);
	for (;;)
		pause();
}

START_TEST(end)
{
	struct said said = { .len = 0 };
	char seen[300] = "";
	int pipes[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(pipes), 0);
	said.to = pipes[1];
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		be_ended(_i, &said);
	close(pipes[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_gt(read(pipes[0], seen, sizeof seen - 1), 0);
	ck_assert_str_eq(seen, ends[_i].said);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), ends[_i].status);
	close(pipes[0]);
}
END_TEST

/* Who comes to the end by itself is left alone, though it was due. */
START_TEST(stopped)
{
	struct said said = { .len = 0 };
	struct err err = ERR_INIT;

	ck_assert_int_eq(interrupt_install(), 0);
	ck_assert_int_eq(watchdog_start(tell, &said, &err), 0);
	ck_assert(!watchdog_is_due());
	watchdog_disarm();
	watchdog_limit(0, 600000);
	ck_assert(watchdog_is_due());
	watchdog_stop();
	ck_assert(!watchdog_is_due());
	ck_assert_uint_eq(said.len, 0);
}
END_TEST

START_TEST(not_started)
{
	struct watched a, b;

	watched_begin(&a, "a", NULL, NULL);
	watched_begin(&b, "b", NULL, NULL);
	watchdog_limit(0, 0);
	watchdog_disarm();
	watchdog_restart();
	ck_assert(!watchdog_is_due());
	watched_end(&a);
	watched_end(&b);
	watchdog_stop();
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("watchdog");
	TCase *tcase = tcase_create("all");

	tcase_add_loop_test(tcase, end, 0, (int)(sizeof ends / sizeof ends[0]));
	tcase_add_test(tcase, stopped);
	tcase_add_test(tcase, not_started);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return check_run(make_suite());
}
