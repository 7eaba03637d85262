/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/done.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"
#include "home.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])

static void
enter(void)
{
	home_make();
	ck_assert_int_eq(chdir(home), 0);
}

static void
leave(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	home_remove();
}

/* What a run tells of the file, which is made for it unless it is there. */
static struct report_instance
event_of(enum result_class result, const char *path, const char *uid)
{
	struct stat st;
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	if (st.st_size == 0)
		ck_assert_int_eq(write(fd, path, strlen(path)), (ssize_t)strlen(path));
	ck_assert_int_eq(fstat(fd, &st), 0);
	close(fd);
	return (struct report_instance){ .path = path, .sop_instance = uid, .result = result,
		.size = (uint64_t)st.st_size,
		.mtime_ns = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec };
}

static void
holds(const char *wanted, size_t len)
{
	char got[4096];
	FILE *from = fopen("list", "r");
	size_t n;

	ck_assert_ptr_nonnull(from);
	n = fread(got, 1, sizeof got, from);
	fclose(from);
	ck_assert_uint_eq(n, len);
	ck_assert_mem_eq(got, wanted, len);
}

#define S RESULT_SUCCESS
#define W RESULT_WARNING
#define F RESULT_FAILURE
#define U RESULT_UNCERTAIN
#define N RESULT_NOT_SENT
#define D RESULT_DUPLICATE

static const struct {
	struct {
		enum result_class result;
		const char *path, *uid;
	} events[5];
	const char *list;
} rows[] = {
	{ { { S, "b", "1.1" }, { W, "a", "1.2" } }, "a\nb\n" },
	{ { { F, "a", "1.1" }, { U, "b", "1.2" }, { N, "c", "1.3" } }, "" },
	/* duplicates: as what they are equal to, whichever was told first */
	{ { { S, "a", "1.1" }, { D, "b", "1.1" } }, "a\nb\n" },
	{ { { D, "b", "1.1" }, { S, "a", "1.1" } }, "a\nb\n" },
	{ { { D, "b", "1.1" }, { F, "a", "1.1" } }, "" },
	{ { { D, "b", "1.1" }, { U, "a", "1.1" } }, "" },
	{ { { D, "b", "1.1" }, { S, "a", "1.2" } }, "a\n" },
	{ { { D, "b", "1.1" } }, "" },
	{ { { S, "a", "1.1" }, { F, "b", "1.1" }, { D, "c", "1.1" } }, "a\n" }, /* equal to which? */
	/* which of two different ones the receiver keeps is not known */
	{ { { S, "a", "1.1" }, { W, "b", "1.1" }, { D, "c", "1.1" }, { S, "d", "1.2" } }, "d\n" },
	/* each file once, and only if nothing else is said of it */
	{ { { S, "a", "1.1" }, { D, "a", "1.1" }, { D, "a", "1.1" } }, "a\n" },
	{ { { S, "a", "1.1" }, { F, "a", "1.1" } }, "" },
	{ { { S, "a", "1.1" }, { F, "a", "" } }, "" },
};

START_TEST(results)
{
	struct err err = ERR_INIT;
	struct done done;
	int opened = done_open(&done, "list", false, &err);
	struct reporter reporter = done_reporter(&done);

	ck_assert_int_eq(opened, 0);
	for (int i = 0; i < COUNT(rows[_i].events) && rows[_i].events[i].path; i++) {
		struct report_instance event = event_of(rows[_i].events[i].result, rows[_i].events[i].path,
			rows[_i].events[i].uid);

		reporter.instance(reporter.self, &event);
	}
	ck_assert_int_eq(access("list", F_OK), -1); /* not before the end */
	ck_assert_msg(done_close(&done, &err) == 0, "%s", err.text);
	holds(rows[_i].list, strlen(rows[_i].list));
}
END_TEST

/* A file that is another one by the end does not go. */
START_TEST(changed)
{
	struct err err = ERR_INIT;
	struct done done;
	int opened = done_open(&done, "list", true, &err);
	struct reporter reporter = done_reporter(&done);
	static const char *const names[] = { "gone", "grown", "new\nline", "same", "touched" };
	static const char *const uids[] = { "1.1", "1.2", "1.3", "1.4", "1.5" };
	struct report_instance event;

	ck_assert_int_eq(opened, 0);
	for (int i = 0; i < COUNT(names); i++) {
		event = event_of(RESULT_SUCCESS, names[i], uids[i]);
		reporter.instance(reporter.self, &event);
	}
	event = event_of(RESULT_SUCCESS, "made", "1.6"); /* not the file's own size: it was made of a PDF */
	event.size = 0;
	reporter.instance(reporter.self, &event);
	ck_assert_int_eq(unlink("gone"), 0);
	ck_assert_int_eq(truncate("grown", 100), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, "touched", (struct timespec[]){ { 1, 0 }, { 1, 0 } }, 0), 0);
	ck_assert_msg(done_close(&done, &err) == 0, "%s", err.text);
	holds("new\nline\0same", 14);
}
END_TEST

START_TEST(no_line)
{
	struct err err = ERR_INIT;
	struct done done;
	int opened = done_open(&done, "list", false, &err);
	struct reporter reporter = done_reporter(&done);
	struct report_instance event = event_of(RESULT_SUCCESS, "new\nline", "1.1");

	ck_assert_int_eq(opened, 0);
	reporter.instance(reporter.self, &event);
	ck_assert_int_eq(done_close(&done, &err), -1);
	ck_assert_int_eq(err.kind, ERR_OUTPUT);
	ck_assert_ptr_nonnull(strstr(err.text, "--done-to"));
	holds("", 0);
}
END_TEST

START_TEST(no_place)
{
	struct err err = ERR_INIT;
	struct done done;

	ck_assert_int_eq(done_open(&done, "none/list", false, &err), -1);
	ck_assert_int_eq(err.kind, ERR_OUTPUT);
}
END_TEST

START_TEST(full_disk)
{
	struct err err = ERR_INIT;
	struct done done;
	int opened = done_open(&done, "/dev/full", false, &err);
	struct reporter reporter = done_reporter(&done);
	struct report_instance event = event_of(RESULT_SUCCESS, "a", "1.1");

	ck_assert_int_eq(opened, 0);
	reporter.instance(reporter.self, &event);
	ck_assert_int_eq(done_close(&done, &err), -1);
	ck_assert_int_eq(err.kind, ERR_OUTPUT);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("done");
	TCase *tc = tcase_create("done");

	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_loop_test(tc, results, 0, COUNT(rows));
	tcase_add_test(tc, changed);
	tcase_add_test(tc, no_line);
	tcase_add_test(tc, no_place);
	tcase_add_test(tc, full_disk);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_run(suite());
}
