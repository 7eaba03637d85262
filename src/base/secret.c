/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"
#include "base/watchdog.h"

int
secret_set(struct secret *out, const char *bytes, size_t len)
{
	out->bytes = malloc(len + 1);
	if (!out->bytes)
		return -1;
	memcpy(out->bytes, bytes, len);
	out->bytes[len] = '\0';
	out->len = len;
	out->given = true;
	return 0;
}

void
secret_clear(struct secret *secret)
{
	if (secret->bytes)
		explicit_bzero(secret->bytes, secret->len);
	free(secret->bytes);
	*secret = (struct secret){ 0 };
}

void
secret_wipe_arg(char *arg)
{
	explicit_bzero(arg, strlen(arg));
}

/* Trim what a source gave and keep it. */
static int
keep_trimmed(struct secret *out, const char *bytes, size_t len, enum secret_shape shape, const char *source,
	struct err *err)
{
	static const char white[] = " \t\r\n\v\f";

	if (shape == SECRET_WHOLE) {
		for (; len > 0 && memchr(white, bytes[0], sizeof white - 1); len--)
			bytes++;
		while (len > 0 && memchr(white, bytes[len - 1], sizeof white - 1))
			len--;
	} else {
		const char *end = memchr(bytes, '\n', len);

		if (end)
			len = (size_t)(end - bytes);
		if (len > 0 && bytes[len - 1] == '\r')
			len--;
		if (memchr(bytes, '\0', len)) {
			err_set(err, ERR_CREDENTIALS, "the secret from %s contains a NUL byte", source);
			return err_hint(err, "Give text: the first line is used as the secret.");
		}
	}
	return secret_set(out, bytes, len) < 0 ? err_nomem(err) : 0;
}

static int
too_long(const char *source, struct err *err)
{
	err_set(err, ERR_CREDENTIALS, "the secret from %s is longer than %d bytes", source, SECRET_MAX);
	return err_hint(err, "Check that it contains only the secret.");
}

/*
 * Read a secret's bytes from fd into buf (SECRET_MAX + 1 bytes), to the end or, for a line, byte by byte to
 * its end: what follows in a pipe is left for the next reader. Returns the count, or -1.
 */
static ssize_t
read_bytes(int fd, char *buf, enum secret_shape shape, const char *source, struct err *err)
{
	size_t used = 0;

	for (;;) {
		size_t room = shape == SECRET_LINE ? 1 : SECRET_MAX + 1 - used;
		ssize_t n;

		(void)!wait_fd(fd, POLLIN, deadline_never(), false);
		n = read(fd, buf + used, room);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return err_set(err, ERR_CREDENTIALS, "cannot read the secret from %s: %s", source,
				strerror(errno));
		if (n == 0)
			return (ssize_t)used;
		used += (size_t)n;
		if (shape == SECRET_LINE && buf[used - 1] == '\n')
			return (ssize_t)used;
		if (used > SECRET_MAX)
			return too_long(source, err);
	}
}

/* Keep what was read. A source that gives nothing, not even an empty line, is an error. */
static int
keep_read(struct secret *out, const char *buf, ssize_t len, enum secret_shape shape,
	const char *source, struct err *err)
{
	if (len < 0)
		return -1;
	if (len > 0)
		return keep_trimmed(out, buf, (size_t)len, shape, source, err);
	err_set(err, ERR_CREDENTIALS, "%s gave no secret", source);
	return err_hint(err, "For an empty password, give an empty line or pass: alone.");
}

static int
load_descriptor(struct secret *out, int fd, enum secret_shape shape, const char *source, struct err *err)
{
	char buf[SECRET_MAX + 1];
	ssize_t len = read_bytes(fd, buf, shape, source, err);
	int rv = keep_read(out, buf, len, shape, source, err);

	explicit_bzero(buf, sizeof buf);
	return rv;
}

static int
load_text(struct secret *out, const char *text, enum secret_shape shape, struct err *err)
{
	(void)shape;
	return secret_set(out, text, strlen(text)) < 0 ? err_nomem(err) : 0;
}

static int
load_env(struct secret *out, const char *name, enum secret_shape shape, struct err *err)
{
	const char *value = getenv(name);
	char source[300];

	text_format(source, sizeof source, "the environment variable \"%s\"", TEXT_SHOWN(name, 256));
	if (!value) {
		err_set(err, ERR_CREDENTIALS, "%s, which should contain a secret, is not set", source);
		return err_hint(err, "Set and export it, or give another name after env:.");
	}
	if (strlen(value) > SECRET_MAX)
		return too_long(source, err);
	return keep_trimmed(out, value, strlen(value), shape, source, err);
}

static int
load_file(struct secret *out, const char *path, enum secret_shape shape, struct err *err)
{
	char source[300];
	struct watched waiting;
	int fd;
	int rv;

	text_format(source, sizeof source, "the file \"%s\"", TEXT_SHOWN(path, 256));
	watched_begin(&waiting, source, NULL, NULL);
	/* A FIFO without a writer blocks here until there is one. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		watched_end(&waiting);
		err_set(err, ERR_CREDENTIALS, "cannot open %s, which should contain a secret: %s", source,
			strerror(errno));
		return err_hint(err, "Check the path after file: and that this user can read it.");
	}
	rv = load_descriptor(out, fd, shape, source, err);
	watched_end(&waiting);
	close(fd);
	return rv;
}

static int
load_fd(struct secret *out, const char *number, enum secret_shape shape, struct err *err)
{
	char source[48];
	struct watched waiting;
	char *end;
	long fd = strtol(number, &end, 10);
	int rv;

	if (number[0] < '0' || number[0] > '9' || *end || fd > INT_MAX) {
		err_set(err, ERR_CREDENTIALS, "fd: is not followed by a descriptor number");
		return err_hint(err, "Use fd:3 and open it in the shell with 3<FILE, or write pass: before "
			"a text that begins with fd:.");
	}
	text_format(source, sizeof source, "descriptor %ld", fd);
	if (fcntl((int)fd, F_GETFD) < 0) {
		err_set(err, ERR_CREDENTIALS, "%s, which should contain a secret, is not open", source);
		return err_hint(err, "Open it in the shell: %ld<FILE.", fd);
	}
	watched_begin(&waiting, source, NULL, NULL);
	rv = load_descriptor(out, (int)fd, shape, source, err);
	watched_end(&waiting);
	return rv;
}

/* A separate process group can be ended as a whole, but a group in the background cannot prompt on the
 * terminal. */
static short
spawn_flags(void)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (tty < 0)
		return POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
	close(tty);
	return POSIX_SPAWN_SETSIGDEF;
}

/* Start command with its output on out_fd. Returns 0 or an errno. */
static int
spawn_shell(pid_t *pid, const char *command, int out_fd)
{
	char *const argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, strdup(command), NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t signals;
	int rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	sigemptyset(&signals);
	/* We ignore these; without this they would be ignored in the command, too. */
	sigaddset(&signals, SIGPIPE);
	sigaddset(&signals, SIGXFSZ);
	rc = argv[2] ? 0 : ENOMEM;
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
	if (!rc)
		rc = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!rc)
		rc = posix_spawnattr_setsigdefault(&attr, &signals);
	if (!rc)
		rc = posix_spawnattr_setflags(&attr, spawn_flags());
	if (!rc)
		rc = posix_spawn(pid, "/bin/sh", &actions, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	free(argv[2]);
	return rc;
}

/* A running command. */
struct command {
	pid_t pid;
	int fd; /* what it prints */
	struct watched watched;
};

static void
command_kill(void *ctx)
{
	const struct command *command = ctx;

	if (getpgid(command->pid) == command->pid)
		kill(-command->pid, SIGTERM);
	else
		kill(command->pid, SIGTERM);
}

/* Wait until it ends. Returns its wait status. */
static int
command_reap(struct command *command)
{
	siginfo_t info;
	int status = 0;

	/* WNOWAIT keeps its pid from being used again while it is still watched. */
	while (waitid(P_PID, (id_t)command->pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		;
	watched_end(&command->watched);
	while (waitpid(command->pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* Read on to the end, so that a command that prints more than a line is not killed by SIGPIPE. */
static void
drain(int fd)
{
	char rest[512];
	size_t total = 0;
	ssize_t n = 1;

	while (n != 0 && total <= SECRET_MAX) {
		if (wait_fd(fd, POLLIN, deadline_never(), false) != WAIT_READY)
			break;
		n = read(fd, rest, sizeof rest);
		if (n > 0)
			total += (size_t)n;
		else if (n < 0 && errno != EINTR)
			break;
	}
	explicit_bzero(rest, sizeof rest);
}

/* The command line is not shown in messages: it may contain credentials. */
static int
evaluate_command(int status, struct err *err)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		err_set(err, ERR_CREDENTIALS, "the command given with cmd: was killed by signal %d (%s)",
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		err_set(err, ERR_CREDENTIALS, "the command given with cmd: failed with exit status %d",
			WEXITSTATUS(status));
	return err_hint(err, "Run it in a shell: it must print the secret and exit with status 0.");
}

static const char command_source[] = "the command given with cmd:";

/* Read what the command prints, then its end: a failing command is the cause of missing output, too. */
static int
command_read(struct secret *out, struct command *command, enum secret_shape shape, struct err *err)
{
	char buf[SECRET_MAX + 1];
	ssize_t len = read_bytes(command->fd, buf, shape, command_source, err);
	int status;
	int rv = -1;

	if (len >= 0)
		drain(command->fd);
	close(command->fd);
	status = command_reap(command);
	if (len >= 0 && evaluate_command(status, err) == 0)
		rv = keep_read(out, buf, len, shape, command_source, err);
	explicit_bzero(buf, sizeof buf);
	return rv;
}

static int
load_cmd(struct secret *out, const char *text, enum secret_shape shape, struct err *err)
{
	struct command command;
	int fds[2];
	int rc;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(err, ERR_INTERNAL, "cannot create a pipe: %s", strerror(errno));
	command.fd = fds[0];
	watchdog_hold();
	rc = spawn_shell(&command.pid, text, fds[1]);
	if (rc == 0)
		watched_begin(&command.watched, command_source, command_kill, &command);
	watchdog_release();
	close(fds[1]);
	if (rc == 0)
		return command_read(out, &command, shape, err);
	close(fds[0]);
	return err_set(err, ERR_CREDENTIALS, "cannot start /bin/sh for the command given with cmd: (%s)",
		strerror(rc));
}

static const struct source {
	const char *prefix;
	int (*load)(struct secret *out, const char *rest, enum secret_shape shape, struct err *err);
} sources[] = {
	{ "env:", load_env },
	{ "file:", load_file },
	{ "fd:", load_fd },
	{ "cmd:", load_cmd },
	{ "pass:", load_text },
	{ "", load_text },
};

static const struct source *
find_source(const char *spec)
{
	const struct source *source = sources;

	while (strncmp(spec, source->prefix, strlen(source->prefix)) != 0)
		source++;
	return source;
}

bool
secret_is_literal(const char *spec)
{
	return find_source(spec)->load == load_text;
}

int
secret_load(struct secret *out, const char *spec, enum secret_shape shape, struct err *err)
{
	const struct source *source = find_source(spec);

	*out = (struct secret){ 0 };
	return source->load(out, spec + strlen(source->prefix), shape, err);
}

/* The terminal used for the prompt. */
struct prompt {
	int tty;
	struct termios before;
	struct watched watched;
};

static void
prompt_restore(void *ctx)
{
	const struct prompt *prompt = ctx;

	tcsetattr(prompt->tty, TCSAFLUSH, &prompt->before);
	(void)!write(prompt->tty, "\n", 1);
}

/*
 * Turn echo off, and also the keys that stop or quit, which would leave it off for the shell. ^C still ends
 * the process, and the echo is restored before that.
 */
static int
prompt_silence(struct prompt *prompt, const char *what)
{
	struct termios quiet;
	int rv;

	if (tcgetattr(prompt->tty, &prompt->before) < 0)
		return -1;
	quiet = prompt->before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	quiet.c_lflag |= ICANON | ISIG;
	quiet.c_cc[VSUSP] = _POSIX_VDISABLE;
	quiet.c_cc[VQUIT] = _POSIX_VDISABLE;
	watchdog_hold();
	rv = tcsetattr(prompt->tty, TCSAFLUSH, &quiet);
	if (rv == 0)
		watched_begin(&prompt->watched, what, prompt_restore, prompt);
	watchdog_release();
	return rv;
}

/* Prompt on tty and read the answer with the echo off. */
static int
ask_quietly(struct secret *out, int tty, const char *what, struct err *err)
{
	struct prompt prompt = { .tty = tty };
	char wanted[600];
	int rv;

	text_format(wanted, sizeof wanted, "the password for %s", what);
	if (prompt_silence(&prompt, wanted) < 0)
		return err_set(err, ERR_CREDENTIALS, "cannot disable the terminal's echo to ask for the "
			"password of %s: %s", what, strerror(errno));
	dprintf(tty, "Password for %s: ", what);
	rv = load_descriptor(out, tty, SECRET_LINE, "the terminal", err);
	watched_end(&prompt.watched);
	prompt_restore(&prompt);
	return rv;
}

int
secret_ask(struct secret *out, const char *what, const char *option, struct err *err)
{
	const char *plain = TEXT_SHOWN(what, 512);
	int tty;
	int rv;

	*out = (struct secret){ 0 };
	tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty < 0) {
		err_set(err, ERR_CREDENTIALS,
			"the %s needs a password and there is no terminal to ask for it", plain);
		return err_hint(err, "Give it with %s env:NAME or file:PATH.", option);
	}
	rv = ask_quietly(out, tty, plain, err);
	close(tty);
	return rv;
}
