/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/failed.h"
#include "report/fanout.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])

/* A directory of its own for each test, entered; each runs in a process of its own. */
static char folder[] = "/tmp/test_failed.XXXXXX";

static void
enter(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

/* Nothing but these is left behind. */
static void
leave(const char *const *left)
{
	for (; *left; left++)
		ck_assert_msg(unlink(*left) == 0, "%s is not there", *left);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}

static const char *const just_list[] = { "list", NULL };

static void
write_file(const char *path, const char *text)
{
	FILE *to = fopen(path, "w");

	ck_assert_ptr_nonnull(to);
	fputs(text, to);
	fclose(to);
}

static void
holds(const char *path, const char *wanted, size_t len)
{
	char got[4096];
	FILE *from = fopen(path, "r");
	size_t n;

	ck_assert_ptr_nonnull(from);
	n = fread(got, 1, sizeof got, from);
	fclose(from);
	ck_assert_uint_eq(n, len);
	ck_assert_mem_eq(got, wanted, len);
}

static void
tell(struct pathlist *list, enum result_class result, const char *path)
{
	const struct report_instance event = { .result = result, .path = path };
	struct reporter reporter = failed_reporter(list);

	reporter.instance(reporter.self, &event);
}

/* The end of a run that looked at something. */
static int
end(struct pathlist *list, struct err *err)
{
	static const struct report_totals some = { .found = 1 };

	return failed_close(list, &some, ERR_PARTIAL, err);
}

static const enum result_class all[] = { RESULT_SUCCESS, RESULT_WARNING, RESULT_FAILURE, RESULT_UNCERTAIN,
	RESULT_NOT_SENT, RESULT_DUPLICATE };
static const char *const names[] = { "a/success", "a/warning", "a/failure \xff", "a/uncertain\t", "-not sent",
	"a/duplicate" };

#define LINES	"a/failure \xff\na/uncertain\t\n-not sent\n"
#define STRINGS "a/failure \xff\0a/uncertain\t\0-not sent"

START_TEST(what_was_not_acknowledged)
{
	static const struct report_instance planned = { .path = "a", .result = RESULT_NOT_SENT,
		.planned = true };
	bool nul = _i == 1;
	struct err err;
	struct pathlist failed;
	struct reporter reporter;

	enter();
	ck_assert_int_eq(pathlist_open(&failed, "list", nul, &err), 0);
	for (int i = 0; i < COUNT(all); i++)
		tell(&failed, all[i], names[i]);
	tell(&failed, RESULT_FAILURE, "");
	reporter = failed_reporter(&failed);
	reporter.instance(reporter.self, &planned);
	ck_assert_int_eq(end(&failed, &err), 0);
	holds("list", nul ? STRINGS : LINES, nul ? sizeof STRINGS : sizeof LINES - 1);
	leave(just_list);
}
END_TEST

/* Told of everything else there is, it stays as it is: empty. */
START_TEST(nothing_failed)
{
	static const struct report_association association;
	static const struct report_study study;
	static const struct report_plan plan;
	static const struct report_retry retry;
	static const struct report_progress progress;
	static const struct report_totals totals;
	struct err err = ERR_INIT;
	struct fanout told;
	struct reporter reporter = fanout_init(&told);
	struct pathlist failed;

	enter();
	write_file("list", "old\n");
	ck_assert_int_eq(pathlist_open(&failed, "list", false, &err), 0);
	fanout_add(&told, failed_reporter(&failed));
	reporter.association(reporter.self, &association);
	reporter.skipped(reporter.self, "a", "b");
	reporter.echo(reporter.self, &association, 1);
	reporter.warning(reporter.self, "x");
	reporter.alarm(reporter.self, "x");
	reporter.note(reporter.self, "x");
	reporter.error(reporter.self, &err);
	reporter.study(reporter.self, &study);
	reporter.plan(reporter.self, &plan);
	reporter.retry(reporter.self, &retry);
	reporter.progress(reporter.self, &progress);
	reporter.summary(reporter.self, &totals, ERR_NONE);
	/* Until it is closed the old one stands. */
	holds("list", "old\n", 4);
	ck_assert_int_eq(end(&failed, &err), 0);
	holds("list", "", 0);
	leave(just_list);
}
END_TEST

static const struct {
	size_t found;
	enum err_kind verdict;
	const char *list;
} ends[] = {
	{ 0, ERR_NONE, "" },
	{ 0, ERR_NO_INPUT, "" },
	{ 0, ERR_JOURNAL, "old\n" },
	{ 0, ERR_SIGINT, "old\n" },
	{ 1, ERR_SIGINT, "" },
};

/* Where the list is also what is to be sent, a run that never began must not empty it. */
START_TEST(run_without_a_beginning)
{
	const struct report_totals totals = { .found = ends[_i].found };
	struct err err;
	struct pathlist failed;

	enter();
	write_file("list", "old\n");
	ck_assert_int_eq(pathlist_open(&failed, "list", false, &err), 0);
	ck_assert_int_eq(failed_close(&failed, &totals, ends[_i].verdict, &err), 0);
	holds("list", ends[_i].list, strlen(ends[_i].list));
	leave(just_list);
}
END_TEST

static const struct {
	const char *paths[3];
	const char *listed, *text;
} breaks[] = {
	{ { "a\nb" }, "", "\"a b\" was not acknowledged and is not in the list of --failed-to: it contains a line break; use -0" },
	{ { "ok", "b\r", "c\n" }, "ok\n", "2 paths, the first of them \"b \", were not acknowledged and are not in the list of --failed-to: they contain line breaks; use -0" },
};

/* The list is in place nevertheless. */
START_TEST(line_breaks)
{
	struct err err;
	struct pathlist failed;

	enter();
	ck_assert_int_eq(pathlist_open(&failed, "list", false, &err), 0);
	for (int i = 0; i < 3 && breaks[_i].paths[i]; i++)
		tell(&failed, RESULT_NOT_SENT, breaks[_i].paths[i]);
	ck_assert_int_eq(end(&failed, &err), -1);
	ck_assert_int_eq(err.kind, ERR_OUTPUT);
	ck_assert_str_eq(err.text, breaks[_i].text);
	ck_assert_ptr_nonnull(strstr(err.hint, "-0"));
	holds("list", breaks[_i].listed, strlen(breaks[_i].listed));
	leave(just_list);
}
END_TEST

START_TEST(line_breaks_between_nuls)
{
	struct err err;
	struct pathlist failed;

	enter();
	ck_assert_int_eq(pathlist_open(&failed, "list", true, &err), 0);
	tell(&failed, RESULT_NOT_SENT, "a\nb\r");
	ck_assert_int_eq(end(&failed, &err), 0);
	holds("list", "a\nb\r", 5);
	leave(just_list);
}
END_TEST

static const struct {
	const char *path, *text;
} unwritable[] = {
	{ "nowhere/list", "cannot write nowhere/list: No such file or directory" },
	{ ".", "cannot write .: Is a directory" },
	{ "/proc/\x1b", "cannot write /proc/?: No such file or directory" },
};

START_TEST(known_at_once)
{
	static const char *const none[] = { NULL };
	struct err err;
	struct pathlist failed;

	enter();
	ck_assert_int_eq(pathlist_open(&failed, unwritable[_i].path, false, &err), -1);
	ck_assert_int_eq(err.kind, ERR_OUTPUT);
	ck_assert_str_eq(err.text, unwritable[_i].text);
	ck_assert_str_ne(err.hint, "");
	leave(none);
}
END_TEST

START_TEST(device)
{
	struct err err;
	struct pathlist failed;

	ck_assert_int_eq(pathlist_open(&failed, "/dev/full", false, &err), 0);
	tell(&failed, RESULT_FAILURE, "a");
	ck_assert_int_eq(end(&failed, &err), -1);
	ck_assert_int_eq(err.kind, ERR_OUTPUT);
	ck_assert_str_eq(err.text, "cannot write /dev/full: No space left on device");
}
END_TEST

/* Whoever read the pipe went away, early or late: nobody misses the list. */
START_TEST(closed_pipe)
{
	struct err err;
	char name[32];
	struct pathlist failed;
	int pair[2];

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(pair), 0);
	snprintf(name, sizeof name, "/dev/fd/%d", pair[1]);
	ck_assert_int_eq(pathlist_open(&failed, name, false, &err), 0);
	close(pair[0]);
	for (int i = 0; i < (_i ? 10000 : 1); i++)
		tell(&failed, RESULT_FAILURE, "a");
	ck_assert_int_eq(end(&failed, &err), 0);
	close(pair[1]);
}
END_TEST

START_TEST(link_is_followed)
{
	static const char *const left[] = { "link", "list", NULL };
	struct err err;
	struct stat now;
	struct pathlist failed;

	enter();
	write_file("list", "old\n");
	ck_assert_int_eq(symlink("list", "link"), 0);
	umask(027);
	ck_assert_int_eq(pathlist_open(&failed, "link", false, &err), 0);
	tell(&failed, RESULT_FAILURE, "new");
	ck_assert_int_eq(end(&failed, &err), 0);
	holds("list", "new\n", 4);
	ck_assert_int_eq(lstat("link", &now), 0);
	ck_assert(S_ISLNK(now.st_mode));
	ck_assert_int_eq(stat("link", &now), 0);
	ck_assert_int_eq(now.st_mode & 07777, 0640);
	ck_assert_int_eq(umask(027), 027);
	leave(left);
}
END_TEST

/* The directory went away meanwhile. */
START_TEST(lost_directory)
{
	struct err err;
	struct pathlist failed;

	enter();
	ck_assert_int_eq(mkdir("sub", 0700), 0);
	ck_assert_int_eq(pathlist_open(&failed, "sub/list", false, &err), 0);
	ck_assert_int_eq(rename("sub", "away"), 0);
	ck_assert_int_eq(end(&failed, &err), -1);
	ck_assert_str_eq(err.text, "cannot write sub/list: No such file or directory");
	ck_assert_int_eq(system("rm -r away"), 0);
	leave(&just_list[1]);
}
END_TEST

static int sync_error;

/* Stands before the C library's. */
int
fsync(int fd)
{
	(void)fd;
	errno = sync_error;
	return sync_error ? -1 : 0;
}

/* What was not written to the end does not take the place of the list that is there. */
static const struct {
	const char *says;
	size_t paths;
	int sync_error;
	bool full; /* the file may not become longer than a few blocks */
} damages[] = {
	{ "cannot write list: File too large", 10000, 0, true }, /* while it is written */
	{ "cannot write list: File too large", 300, 0, true }, /* by the last flush */
	{ "cannot write list: Input/output error", 3, EIO, false },
	{ "cannot write list: No space left on device", 3, ENOSPC, false },
};

START_TEST(old_list_stays)
{
	struct rlimit limit = { 1000, RLIM_INFINITY };
	struct err err = ERR_INIT;
	struct pathlist failed;

	enter();
	write_file("list", "a/old\n");
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(pathlist_open(&failed, "list", false, &err), 0);
	if (damages[_i].full)
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	sync_error = damages[_i].sync_error;
	for (size_t i = 0; i < damages[_i].paths; i++)
		tell(&failed, RESULT_FAILURE, "a/failure");
	ck_assert_int_eq(end(&failed, &err), -1);
	ck_assert_int_eq(err.kind, ERR_OUTPUT);
	ck_assert_str_eq(err.text, damages[_i].says);
	holds("list", "a/old\n", 6);
	leave(just_list);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("failed");
	TCase *tc = tcase_create("failed");

	tcase_add_loop_test(tc, what_was_not_acknowledged, 0, 2);
	tcase_add_test(tc, nothing_failed);
	tcase_add_rows(tc, run_without_a_beginning, ends, list);
	tcase_add_rows(tc, line_breaks, breaks, listed);
	tcase_add_test(tc, line_breaks_between_nuls);
	tcase_add_rows(tc, known_at_once, unwritable, path);
	tcase_add_test(tc, device);
	tcase_add_loop_test(tc, closed_pipe, 0, 2);
	tcase_add_test(tc, link_is_followed);
	tcase_add_test(tc, lost_directory);
	tcase_add_rows(tc, old_list_stays, damages, says);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
