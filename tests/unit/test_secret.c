/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"
#include "base/watchdog.h"
#include "check_main.h"
#include "wipes.h"

#define BYTES(s) s, sizeof s - 1
#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])

static char dir[] = "/tmp/test_secret.XXXXXX";
static char path[sizeof dir + 16];
static int first_free;

static int
lowest_descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY);

	close(fd);
	return fd;
}

static void
set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	text_format(path, sizeof path, "%s/secret", dir);
	first_free = lowest_descriptor();
}

/* No test may leave a descriptor or a child behind. */
static void
tear_down(void)
{
	ck_assert_int_eq(lowest_descriptor(), first_free);
	ck_assert(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	unlink(path);
	rmdir(dir);
}

static void
write_file(const char *bytes, size_t len)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

static void
check_secret(const char *spec, enum secret_shape shape, const char *want, size_t len)
{
	struct err err = ERR_INIT;
	struct secret secret;
	bool read = strncmp(spec, "file:", 5) == 0 || strncmp(spec, "fd:", 3) == 0 || strncmp(spec, "cmd:", 4) == 0;

	wipes_seek(want, len);
	ck_assert_msg(secret_load(&secret, spec, shape, &err) == 0, "%s: %s", spec, err.text);
	ck_assert_uint_eq(wipes, read && len > 0); /* what it was read into */
	ck_assert(secret.given);
	ck_assert_uint_eq(secret.len, len);
	ck_assert_mem_eq(secret.bytes, want, len + 1);
	wipes_seek(want, len);
	secret_clear(&secret);
	ck_assert_uint_eq(wipes, len > 0);
	ck_assert_ptr_null(secret.bytes);
	ck_assert(!secret.given);
	secret_clear(&secret);
}

static void
check_failure(const char *spec, enum secret_shape shape, const char *text, const char *hint)
{
	struct err err = ERR_INIT;
	struct secret secret;

	ck_assert_int_eq(secret_load(&secret, spec, shape, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CREDENTIALS);
	ck_assert_msg(strstr(err.text, text) != NULL, "\"%s\" is not in \"%s\"", text, err.text);
	ck_assert_msg(strstr(err.hint, hint) != NULL, "\"%s\" is not in \"%s\"", hint, err.hint);
	ck_assert_ptr_null(secret.bytes);
	ck_assert(!secret.given);
}

/* Texts, which are taken as they are, and the environment (SECRET_TEST is set to value). */
static const struct {
	const char *spec, *value;
	enum secret_shape shape;
	const char *want;
	bool literal;
} words[] = {
	{ "changeit", "", SECRET_LINE, "changeit", true },
	{ "", "", SECRET_LINE, "", true },
	{ "pass:", "", SECRET_LINE, "", true },
	{ "pass:env:HOME", "", SECRET_LINE, "env:HOME", true },
	{ "PASS:x", "", SECRET_LINE, "PASS:x", true },
	{ "environment:x", "", SECRET_LINE, "environment:x", true },
	{ " two words\n", "", SECRET_LINE, " two words\n", true },
	{ "env:SECRET_TEST", "changeit", SECRET_LINE, "changeit", false },
	{ "env:SECRET_TEST", "", SECRET_LINE, "", false },
	{ "env:SECRET_TEST", "one\ntwo", SECRET_LINE, "one", false },
	{ "env:SECRET_TEST", "\n eyJhbGciOiJIUzI1NiJ9 \n", SECRET_WHOLE, "eyJhbGciOiJIUzI1NiJ9", false },
};

START_TEST(word)
{
	ck_assert_int_eq(setenv("SECRET_TEST", words[_i].value, 1), 0);
	ck_assert_int_eq(secret_is_literal(words[_i].spec), words[_i].literal);
	check_secret(words[_i].spec, words[_i].shape, words[_i].want, strlen(words[_i].want));
}
END_TEST

/* What a source holds, and the secret in it, whichever way it comes. */
static const struct {
	const char *bytes;
	size_t len;
	enum secret_shape shape;
	const char *want;
	size_t want_len;
} contents[] = {
	{ BYTES("changeit"), SECRET_LINE, BYTES("changeit") },
	{ BYTES("changeit\n"), SECRET_LINE, BYTES("changeit") },
	{ BYTES("changeit\r\n"), SECRET_LINE, BYTES("changeit") },
	{ BYTES("changeit\r"), SECRET_LINE, BYTES("changeit") },
	{ BYTES("one\ntwo\n"), SECRET_LINE, BYTES("one") },
	{ BYTES("\ntwo\n"), SECRET_LINE, BYTES("") },
	{ BYTES(" a b \n"), SECRET_LINE, BYTES(" a b ") },
	{ BYTES("p\xc3\xa4ss\xff\n"), SECRET_LINE, BYTES("p\xc3\xa4ss\xff") },
	{ BYTES("one\n\0"), SECRET_LINE, BYTES("one") },
	{ BYTES("\n <saml>\n</saml> \r\n"), SECRET_WHOLE, BYTES("<saml>\n</saml>") },
	{ BYTES(" \n "), SECRET_WHOLE, BYTES("") },
	{ BYTES("a\0b"), SECRET_WHOLE, BYTES("a\0b") },
};

START_TEST(from_file)
{
	char spec[64];

	write_file(contents[_i].bytes, contents[_i].len);
	text_format(spec, sizeof spec, "file:%s", path);
	ck_assert(!secret_is_literal(spec));
	check_secret(spec, contents[_i].shape, contents[_i].want, contents[_i].want_len);
}
END_TEST

START_TEST(from_descriptor)
{
	char spec[16];
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], contents[_i].bytes, contents[_i].len), (ssize_t)contents[_i].len);
	close(ends[1]);
	text_format(spec, sizeof spec, "fd:%d", ends[0]);
	ck_assert(!secret_is_literal(spec));
	check_secret(spec, contents[_i].shape, contents[_i].want, contents[_i].want_len);
	close(ends[0]);
}
END_TEST

START_TEST(from_command)
{
	char spec[64];

	write_file(contents[_i].bytes, contents[_i].len);
	text_format(spec, sizeof spec, "cmd:cat %s", path);
	ck_assert(!secret_is_literal(spec));
	check_secret(spec, contents[_i].shape, contents[_i].want, contents[_i].want_len);
}
END_TEST

/* The store's and the key's password may be two lines of one pipe. */
START_TEST(lines_follow_each_other)
{
	char spec[16];
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "one\ntwo\n", 8), 8);
	text_format(spec, sizeof spec, "fd:%d", ends[0]);
	check_secret(spec, SECRET_LINE, "one", 3);
	check_secret(spec, SECRET_LINE, "two", 3); /* without waiting for the end of the pipe */
	close(ends[1]);
	check_failure(spec, SECRET_LINE, "gave no secret", "empty line");
	close(ends[0]);
}
END_TEST

/* What follows the line that is taken, and what is refused. The command itself does not hold it. */
static const struct {
	const char *spec;
	enum secret_shape shape;
	const char *sought;
	int rv;
} wiped[] = {
	{ "cmd:echo one; echo t''wo", SECRET_LINE, "two", 0 },
	{ "cmd:echo chan''geit; exit 4", SECRET_LINE, "changeit", -1 },
	{ "cmd:printf 'chan''ge\\000it'", SECRET_LINE, "change", -1 },
	{ "cmd:yes chan''geit", SECRET_WHOLE, "changeit", -1 }, /* too long */
};

START_TEST(wiped_unused)
{
	struct err err = ERR_INIT;
	struct secret secret;

	wipes_seek(wiped[_i].sought, strlen(wiped[_i].sought));
	ck_assert_int_eq(secret_load(&secret, wiped[_i].spec, wiped[_i].shape, &err), wiped[_i].rv);
	ck_assert_uint_ge(wipes, 1);
	secret_clear(&secret);
}
END_TEST

START_TEST(file_named_dash)
{
	ck_assert_int_eq(chdir(dir), 0);
	check_failure("file:-", SECRET_LINE, "cannot open the file \"-\"", "file:");
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

static const struct {
	size_t len;
	enum secret_shape shape;
	const char *tail;
	bool fits;
} lengths[] = {
	{ SECRET_MAX, SECRET_LINE, "", true },
	{ SECRET_MAX, SECRET_LINE, "\nnext", true },
	{ SECRET_MAX + 1, SECRET_LINE, "", false },
	{ SECRET_MAX, SECRET_WHOLE, "", true },
	{ SECRET_MAX, SECRET_WHOLE, "x", false },
};

START_TEST(length)
{
	char *bytes = calloc(1, lengths[_i].len + 8);
	char spec[64];

	ck_assert_ptr_nonnull(bytes);
	memset(bytes, 'x', lengths[_i].len);
	memcpy(bytes + lengths[_i].len, lengths[_i].tail, strlen(lengths[_i].tail));
	write_file(bytes, strlen(bytes));
	text_format(spec, sizeof spec, "file:%s", path);
	bytes[lengths[_i].len] = '\0';
	if (lengths[_i].fits)
		check_secret(spec, lengths[_i].shape, bytes, lengths[_i].len);
	else
		check_failure(spec, lengths[_i].shape, "is longer than 65536 bytes", "Check");
	free(bytes);
}
END_TEST

static const struct {
	const char *spec;
	enum secret_shape shape;
	const char *text, *hint;
} failures[] = {
	{ "env:SECRET_UNSET", SECRET_LINE, "the environment variable \"SECRET_UNSET\"", "env:" },
	{ "env:A\x1b[2J", SECRET_LINE, "\"A?[2J\"", "export" },
	{ "file:/nonexistent/secret", SECRET_LINE,
		"\"/nonexistent/secret\", which should contain a secret: No such file", "can read it" },
	{ "file:/", SECRET_LINE, "cannot read the secret from the file \"/\": Is a directory", "" },
	{ "file:/dev/null", SECRET_LINE, "the file \"/dev/null\" gave no secret", "pass:" },
	{ "fd:", SECRET_LINE, "not followed by a descriptor number", "fd:3" },
	{ "fd:three", SECRET_LINE, "not followed by a descriptor number", "pass:" },
	{ "fd:-1", SECRET_LINE, "not followed by a descriptor number", "" },
	{ "fd:1x", SECRET_LINE, "not followed by a descriptor number", "" },
	{ "fd:99999999999999999999", SECRET_LINE, "not followed by a descriptor number", "" },
	{ "fd:777", SECRET_LINE, "descriptor 777, which should contain a secret, is not open", "777<FILE" },
	{ "cmd:exit 3", SECRET_LINE, "failed with exit status 3", "shell" },
	{ "cmd:echo changeit; exit 4", SECRET_LINE, "failed with exit status 4", "" },
	{ "cmd:kill -9 $$", SECRET_LINE, "killed by signal 9 (Killed)", "" },
	{ "cmd:true", SECRET_LINE, "gave no secret", "" },
	{ "cmd:cat", SECRET_LINE, "gave no secret", "" }, /* its stdin is /dev/null */
	{ "cmd:printf 'a\\000b'", SECRET_LINE, "contains a NUL byte", "" },
	{ "cmd:exec cat /dev/zero", SECRET_WHOLE, "is longer than 65536 bytes", "" },
};

START_TEST(failure)
{
	check_failure(failures[_i].spec, failures[_i].shape, failures[_i].text, failures[_i].hint);
}
END_TEST

/* A command that says more than a line is not killed for it, and gets signals as usual. */
START_TEST(talkative_command)
{
	ck_assert_int_eq(interrupt_install(), 0);
	check_secret("cmd:echo one; seq 5000", SECRET_LINE, "one", 3);
	check_secret("cmd:sh -c 'kill -s PIPE $$; echo ignored' || echo obeyed", SECRET_LINE, "obeyed", 6);
}
END_TEST

/* Another process whose watchdog ends it while it waits for a secret: with the status of tell_ended. */
static int
tell_ended(void *ctx, const struct err *why, bool late)
{
	return late || strcmp(why->text, ctx) != 0 ? 1 : err_status(why->kind);
}

static int
status_of_wait(const char *spec, char *text)
{
	struct err err = ERR_INIT;
	struct secret secret;
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (interrupt_install() == 0 && watchdog_start(tell_ended, text, &err) == 0)
			(void)!secret_load(&secret, spec, SECRET_LINE, &err);
		_exit(2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(interrupted_command)
{
	char text[] = "interrupted before connecting, while waiting for the command given with cmd:";
	char spec[128];
	int ends[2];

	/* The command has the only other end of the pipe: once it is closed, it has gone. */
	ck_assert_int_eq(pipe(ends), 0);
	text_format(spec, sizeof spec, "cmd:exec >&%d %d>&-; kill -INT $PPID; exec sleep 600", ends[1], ends[1]);
	ck_assert_int_eq(status_of_wait(spec, text), 130);
	close(ends[1]);
	ck_assert_int_eq(wait_fd(ends[0], POLLIN, deadline_in(60000), false), WAIT_READY);
	close(ends[0]);
}
END_TEST

static const struct {
	int signo;
	int status;
} interrupts[] = { { SIGINT, 130 }, { SIGTERM, 143 }, { SIGHUP, 129 } };

START_TEST(each_signal)
{
	char text[] = "interrupted before connecting, while waiting for the command given with cmd:";
	char spec[64];

	text_format(spec, sizeof spec, "cmd:kill -%d $PPID; sleep 600", interrupts[_i].signo);
	ck_assert_int_eq(status_of_wait(spec, text), interrupts[_i].status);
}
END_TEST

START_TEST(wipe)
{
	char arg[] = "pass:changeit";
	char zeros[sizeof arg] = { 0 };

	secret_wipe_arg(arg);
	ck_assert_mem_eq(arg, zeros, sizeof arg);
}
END_TEST

/* What became of secret_ask in another process. */
struct answer {
	struct err err;
	char bytes[64];
	size_t len;
	bool given;
};

static int
report_end(void *ctx, const struct err *why, bool late)
{
	struct answer answer = { .err = *why };

	return late || write(*(int *)ctx, &answer, sizeof answer) != sizeof answer;
}

/* The program under test: with tty as its terminal (-1: none) it asks and reports. */
static void
ask(int tty, int report)
{
	struct answer answer = { .err = ERR_INIT };
	struct secret secret;

	setsid();
	if (interrupt_install() < 0 || watchdog_start(report_end, &report, &answer.err) < 0 ||
	    (tty >= 0 && ioctl(tty, TIOCSCTTY, 0) < 0))
		_exit(2);
	if (secret_ask(&secret, "key store /tmp/a\x1b" "b.p12", "--key-store-pass", &answer.err) == 0) {
		answer.len = secret.len;
		answer.given = secret.given;
		text_format(answer.bytes, sizeof answer.bytes, "%s", secret.bytes);
		secret_clear(&secret);
	}
	_exit(write(report, &answer, sizeof answer) == sizeof answer ? 0 : 1);
}

/* Read the terminal's side until it shows `until`, adding to seen. */
static void
see(int master, char *seen, size_t size, const char *until)
{
	size_t used = strlen(seen);

	while (!strstr(seen, until)) {
		ssize_t n;

		ck_assert_int_eq(wait_fd(master, POLLIN, deadline_in(10000), false), WAIT_READY);
		n = read(master, seen + used, size - used - 1);
		ck_assert_msg(n > 0, "the terminal shows only: %s", seen);
		used += (size_t)n;
		seen[used] = '\0';
	}
}

static bool
echoes(int tty)
{
	struct termios now;

	ck_assert_int_eq(tcgetattr(tty, &now), 0);
	return now.c_lflag & ECHO;
}

static const struct {
	const char *typed; /* NULL: the process gets SIGTERM instead */
	enum err_kind kind;
	const char *want;
} dialogues[] = {
	{ "changeit\n", ERR_NONE, "changeit" },
	{ "p\xc3\xa4ss word\n", ERR_NONE, "p\xc3\xa4ss word" },
	{ "wrong\x15" "right\n", ERR_NONE, "right" }, /* ^U begins anew */
	{ "\n", ERR_NONE, "" },
	{ "\x04", ERR_CREDENTIALS, "" },              /* ^D: no answer */
	{ "chan\x1a" "geit\n", ERR_NONE, "chan\x1a" "geit" }, /* ^Z would leave the echo off */
	{ "chan\x03", ERR_SIGINT, "" },
	{ NULL, ERR_SIGTERM, "" },
};

START_TEST(dialogue)
{
	struct answer answer;
	char seen[512] = "";
	int report[2];
	int master, tty;
	int status;
	pid_t pid;

	ck_assert_int_eq(pipe(report), 0);
	ck_assert_int_eq(openpty(&master, &tty, NULL, NULL, NULL), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		ask(tty, report[1]);
	see(master, seen, sizeof seen, "Password for key store /tmp/a?b.p12: ");
	ck_assert(!echoes(tty));
	if (dialogues[_i].typed)
		ck_assert_int_gt(write(master, dialogues[_i].typed, strlen(dialogues[_i].typed)), 0);
	else
		kill(pid, SIGTERM);
	see(master, seen, sizeof seen, "\n");
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert(echoes(tty));
	ck_assert_ptr_null(strstr(seen, "chan"));
	ck_assert_ptr_null(strstr(seen, "right"));
	ck_assert_int_eq(read(report[0], &answer, sizeof answer), sizeof answer);
	ck_assert_msg(answer.err.kind == dialogues[_i].kind, "%s", answer.err.text);
	ck_assert_int_eq(answer.given, dialogues[_i].kind == ERR_NONE);
	ck_assert_str_eq(answer.bytes, dialogues[_i].want);
	ck_assert_uint_eq(answer.len, strlen(dialogues[_i].want));
	close(report[0]);
	close(report[1]);
	close(master);
	close(tty);
}
END_TEST

START_TEST(no_terminal)
{
	struct answer answer;
	int report[2];
	int status;
	pid_t pid;

	ck_assert_int_eq(pipe(report), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		ask(-1, report[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(read(report[0], &answer, sizeof answer), sizeof answer);
	ck_assert_int_eq(answer.err.kind, ERR_CREDENTIALS);
	ck_assert_str_eq(answer.err.text,
		"the key store /tmp/a?b.p12 needs a password and there is no terminal to ask for it");
	ck_assert_str_eq(answer.err.hint, "Give it with --key-store-pass env:NAME or file:PATH.");
	close(report[0]);
	close(report[1]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("secret");
	TCase *sources = tcase_create("sources");
	TCase *signals = tcase_create("signals"); /* leaves interrupt_install's pipe open */
	TCase *terminal = tcase_create("terminal");

	tcase_add_checked_fixture(sources, set_up, tear_down);
	tcase_add_rows(sources, word, words, spec);
	tcase_add_rows(sources, from_file, contents, bytes);
	tcase_add_rows(sources, from_descriptor, contents, bytes);
	tcase_add_rows(sources, from_command, contents, bytes);
	tcase_add_test(sources, lines_follow_each_other);
	tcase_add_rows(sources, wiped_unused, wiped, spec);
	tcase_add_test(sources, file_named_dash);
	tcase_add_rows(sources, length, lengths, tail);
	tcase_add_rows(sources, failure, failures, spec);
	suite_add_tcase(suite, sources);

	tcase_add_test(signals, talkative_command);
	tcase_add_test(signals, interrupted_command);
	tcase_add_loop_test(signals, each_signal, 0, (int)(sizeof interrupts / sizeof interrupts[0]));
	tcase_add_test(signals, wipe);
	suite_add_tcase(suite, signals);

	tcase_add_rows(terminal, dialogue, dialogues, typed);
	tcase_add_test(terminal, no_terminal);
	suite_add_tcase(suite, terminal);
	return check_run(suite);
}
