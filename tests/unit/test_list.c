/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/list.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/wait.h"
#include "check_main.h"
#include "home.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])
#define BYTES(text) text, sizeof text - 1

/* The paths that were read, each in angle brackets. */
struct record {
	char text[4096];
	size_t count;
	size_t longest;
	size_t stop_at; /* the path that stops it, from 1; 0: none */
};

static int
note(void *ctx, const char *path)
{
	struct record *record = ctx;
	size_t len = strlen(record->text);

	snprintf(record->text + len, sizeof record->text - len, "<%.100s>", path);
	if (strlen(path) > record->longest)
		record->longest = strlen(path);
	return ++record->count == record->stop_at ? 7 : 0;
}

static int
nothing(void *ctx)
{
	(void)ctx;
	return 0;
}

static int
read_list(const char *path, bool nul, int (*each)(void *ctx, const char *path), void *ctx, struct err *err)
{
	return list_read(path, nul, &(struct list_reader){ each, nothing, ctx }, err);
}

static const char *
save(const char *data, size_t size)
{
	const char *path = at("list");
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
	close(fd);
	return path;
}

static const struct {
	const char *data;
	size_t size;
	bool nul;
	const char *paths;
	const char *why; /* NULL: it is read to its end */
} lists[] = {
	{ BYTES(""), false, "", NULL },
	{ BYTES("a\nb/c\n"), false, "<a><b/c>", NULL },
	{ BYTES("a\nb/c"), false, "<a><b/c>", NULL },
	{ BYTES("a\r\nb\r\n"), false, "<a><b>", NULL },
	{ BYTES("a\r\nb\r"), false, "<a><b>", NULL },
	{ BYTES("a\r\r\nb\rc\n"), false, "<a\r><b\rc>", NULL },
	{ BYTES("\n\na\n\r\n\nb\n\n"), false, "<a><b>", NULL },
	{ BYTES("\n"), false, "", NULL },
	{ BYTES(" a b \n\t\n"), false, "< a b ><\t>", NULL },
	{ BYTES("-\n--\n#x\n"), false, "<-><--><#x>", NULL },
	{ BYTES("\xff\xfe\n\xc3\xa4\n\033[1m\n"), false, "<\xff\xfe><\xc3\xa4><\033[1m>", NULL },
	{ BYTES("a\nb\0c\n"), false, "<a>", "its line 2 contains a NUL" },
	{ BYTES("a\0b\0"), false, "", "its line 1 contains a NUL" },
	{ BYTES(""), true, "", NULL },
	{ BYTES("a\0b/c\0"), true, "<a><b/c>", NULL },
	{ BYTES("a\0b/c"), true, "<a><b/c>", NULL },
	{ BYTES("a\nb\0c\r\0\n\0"), true, "<a\nb><c\r><\n>", NULL },
	{ BYTES("\t \0\xff\xfe\0"), true, "<\t ><\xff\xfe>", NULL },
	{ BYTES("\0\0a\0\0"), true, "<a>", NULL },
};

START_TEST(table)
{
	struct record record = { .count = 0 };
	struct err err = ERR_INIT;
	int rc = read_list(save(lists[_i].data, lists[_i].size), lists[_i].nul, note, &record, &err);

	ck_assert_str_eq(record.text, lists[_i].paths);
	ck_assert_int_eq(rc, lists[_i].why ? -1 : 0);
	ck_assert_int_eq(err.kind, lists[_i].why ? ERR_NO_INPUT : ERR_NONE);
	if (lists[_i].why) {
		ck_assert_msg(strstr(err.text, lists[_i].why) != NULL, "%s", err.text);
		ck_assert_ptr_eq(strstr(err.text, home), err.text);
		ck_assert(err.hint[0] != '\0');
	}
}
END_TEST

/* Up to what open(2) takes, and a byte more. */
static const struct {
	size_t len;
	const char *end;
	bool ok;
} lengths[] = {
	{ PATH_MAX - 1, "", true },
	{ PATH_MAX - 1, "\n", true },
	{ PATH_MAX - 1, "\r\n", true },
	{ PATH_MAX, "", false },
	{ PATH_MAX, "\n", false },
	{ PATH_MAX, "\r\n", false },
	{ 100000, "\n", false },
};

START_TEST(length)
{
	struct record record = { .count = 0 };
	struct err err = ERR_INIT;
	char *data = malloc(lengths[_i].len + 8);
	int rc;

	ck_assert_ptr_nonnull(data);
	memcpy(data, "one\n", 4);
	memset(data + 4, 'x', lengths[_i].len);
	strcpy(data + 4 + lengths[_i].len, lengths[_i].end);
	rc = read_list(save(data, strlen(data)), false, note, &record, &err);
	free(data);
	ck_assert_int_eq(rc, lengths[_i].ok ? 0 : -1);
	ck_assert_uint_eq(record.count, lengths[_i].ok ? 2 : 1);
	if (lengths[_i].ok)
		ck_assert_uint_eq(record.longest, lengths[_i].len);
	else
		ck_assert_ptr_nonnull(strstr(err.text, "its line 2 is longer than a path can be"));
}
END_TEST

/* Lines of a file given with -0 are one long path. */
START_TEST(wrong_kind)
{
	struct record record = { .count = 0 };
	struct err err = ERR_INIT;
	char data[PATH_MAX + 1];

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = i % 64 ? 'x' : '\n';
	ck_assert_int_eq(read_list(save(data, sizeof data), true, note, &record, &err), -1);
	ck_assert_uint_eq(record.count, 0);
	ck_assert_ptr_nonnull(strstr(err.hint, "Omit -0"));
}
END_TEST

/* Many paths, which end anywhere in what is read at a time. */
START_TEST(many)
{
	enum { PATHS = 20000 };
	struct record record = { .count = 0 };
	struct err err = ERR_INIT;
	char *data = malloc(PATHS * 16);
	size_t len = 0;

	ck_assert_ptr_nonnull(data);
	for (int i = 0; i < PATHS; i++)
		len += (size_t)snprintf(data + len, 16, "%0*d\n", 1 + i % 13, i);
	ck_assert_int_eq(read_list(save(data, len), false, note, &record, &err), 0);
	free(data);
	ck_assert_uint_eq(record.count, PATHS);
	ck_assert_uint_eq(record.longest, 13);
}
END_TEST

START_TEST(stopped)
{
	struct record record = { .stop_at = (size_t)_i };
	struct err err = ERR_INIT;

	ck_assert_int_eq(read_list(save(BYTES("a\nb\nc")), false, note, &record, &err), 7);
	ck_assert_uint_eq(record.count, (size_t)_i);
	ck_assert_int_eq(err.kind, ERR_NONE);
}
END_TEST

START_TEST(cannot_be_opened)
{
	int lowest = dup(STDIN_FILENO);
	struct record record = { .count = 0 };
	struct err err = ERR_INIT;

	close(lowest);
	ck_assert_int_eq(read_list(at("no\nne"), false, note, &record, &err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(err.text, "/no ne: cannot be opened"));
	ck_assert_ptr_nonnull(strstr(err.text, strerror(ENOENT)));
	ck_assert_int_eq(read_list(home, false, note, &record, &err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(err.text, strerror(EISDIR)));
	ck_assert_uint_eq(record.count, 0);
	ck_assert_int_eq(dup(STDIN_FILENO), lowest); /* none was left open */
}
END_TEST

/* Put the reading end of a pipe in standard input's place; the writing end comes back. */
static int
pipe_stdin(void)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	return ends[1];
}

static int
answer(void *ctx, const char *path)
{
	const int *fds = ctx;

	ck_assert_int_eq(write(fds[1], path, 1), 1);
	return 0;
}

/* Each path is handed on before the next is written: the other end waits for it. */
START_TEST(as_soon_as_read)
{
	struct err err = ERR_INIT;
	int answers[2], in = pipe_stdin(), status;
	pid_t pid;

	ck_assert_int_eq(pipe(answers), 0);
	pid = fork();
	if (pid == 0) {
		char c = 'z';

		for (const char *p = "abc"; *p; p++) {
			if (write(in, p, 1) != 1 || write(in, "\n", 1) != 1 ||
				read(answers[0], &c, 1) != 1 || c != *p)
				_exit(1);
		}
		_exit(0);
	}
	close(in);
	ck_assert_int_eq(read_list("-", false, answer, answers, &err), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* Standard input that does not block, as another program may have left it. */
START_TEST(nonblocking)
{
	struct record record = { .count = 0 };
	struct err err = ERR_INIT;
	int in = pipe_stdin();
	pid_t pid;

	ck_assert_int_eq(fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK), 0);
	pid = fork();
	if (pid == 0)
		_exit(write(in, "a\nb\n", 4) == 4 ? 0 : 1);
	close(in);
	ck_assert_int_eq(read_list("-", false, note, &record, &err), 0);
	ck_assert_str_eq(record.text, "<a><b>");
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

static int
give_up(void *ctx)
{
	int *times = ctx;

	return ++*times == 2 ? 5 : 0;
}

/* The other end says nothing and does not leave. */
START_TEST(idle)
{
	struct err err = ERR_INIT;
	int in = pipe_stdin(), times = 0;

	ck_assert_int_eq(list_read("-", false, &(struct list_reader){ note, give_up, &times }, &err), 5);
	ck_assert_int_eq(times, 2);
	close(in);
}
END_TEST

/* A FIFO that nobody writes to yet. */
START_TEST(fifo)
{
	struct record record = { .count = 0 };
	struct err err = ERR_INIT;
	const char *path = at("list");
	pid_t pid;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	pid = fork();
	if (pid == 0) {
		int fd = open(path, O_WRONLY);

		_exit(write(fd, "a\0b", 3) == 3 ? 0 : 1);
	}
	ck_assert_int_eq(read_list(path, true, note, &record, &err), 0);
	ck_assert_str_eq(record.text, "<a><b>");
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

static int
interrupt(void *ctx, const char *path)
{
	(void)path;
	return raise(*(int *)ctx);
}

static const struct {
	int signal;
	enum err_kind kind;
} signals[] = {
	{ SIGINT, ERR_SIGINT },
	{ SIGTERM, ERR_SIGTERM },
};

/* Its writer stays, and says nothing more. */
START_TEST(interrupted)
{
	int signo = signals[_i].signal;
	struct err err = ERR_INIT;
	int in = pipe_stdin();

	ck_assert_int_eq(interrupt_install(), 0);
	ck_assert_int_eq(write(in, "a\nb", 3), 3);
	ck_assert_int_eq(read_list("-", false, interrupt, &signo, &err), -1);
	ck_assert_int_eq(err.kind, signals[_i].kind);
}
END_TEST

/* Reading itself fails: standard input is a directory. */
START_TEST(breaks_off)
{
	struct record record = { .count = 0 };
	struct err err = ERR_INIT;
	int fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	ck_assert_int_eq(read_list("-", false, note, &record, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NO_INPUT);
	ck_assert_str_eq(err.text, "standard input: cannot be read: Is a directory");
}
END_TEST

/* Somebody cuts the list short at the first path that is read from it. */
static int
cut_short(void *ctx, const char *path)
{
	(void)path;
	if (*(int *)ctx == 0)
		ck_assert_int_eq(truncate(at("list"), 16), 0);
	++*(int *)ctx;
	return 0;
}

/* What was lost would not be sent, and nobody told of it. */
START_TEST(loses_its_end)
{
	static char data[100000];
	const char *path;
	struct err err = ERR_INIT;
	int count = 0;

	for (size_t i = 0; i < sizeof data; i += 2)
		memcpy(data + i, "a\n", 2);
	path = save(data, sizeof data);
	ck_assert_int_eq(read_list(path, false, cut_short, &count, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NO_INPUT);
	ck_assert_ptr_nonnull(strstr(err.text, "cannot be read to its end: it has 100000 bytes, and reading ends"));
	ck_assert_int_gt(count, 0);
}
END_TEST

static Suite *
suite_list(void)
{
	Suite *suite = suite_create("list");
	TCase *tcase = tcase_create("list");

	tcase_add_checked_fixture(tcase, home_make, home_remove);
	tcase_add_rows(tcase, table, lists, data);
	tcase_add_rows(tcase, length, lengths, end);
	tcase_add_test(tcase, wrong_kind);
	tcase_add_test(tcase, many);
	tcase_add_loop_test(tcase, stopped, 1, 4);
	tcase_add_test(tcase, cannot_be_opened);
	tcase_add_test(tcase, as_soon_as_read);
	tcase_add_test(tcase, nonblocking);
	tcase_add_test(tcase, idle);
	tcase_add_test(tcase, fifo);
	tcase_add_loop_test(tcase, interrupted, 0, COUNT(signals));
	tcase_add_test(tcase, breaks_off);
	tcase_add_test(tcase, loses_its_end);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return check_run(suite_list());
}
