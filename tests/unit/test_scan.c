/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "check_main.h"
#include "dicom_bytes.h"
#include "home.h"

/* What becomes of a directory that was just opened, in place of the C library's fstat. */
static enum { WELL, UNSEEN, UNLISTED } outcome;

int
fstat(int fd, struct stat *st)
{
	int other;

	if (outcome == UNSEEN) {
		errno = EIO;
		return -1;
	}
	if (fstatat(fd, "", st, AT_EMPTY_PATH) < 0)
		return -1;
	if (outcome == UNLISTED && S_ISDIR(st->st_mode)) {
		other = open("/dev/null", O_RDONLY | O_CLOEXEC);
		dup2(other, fd);
		close(other);
	}
	return 0;
}

/* What a scan told, a line each: "+path" an object, "!path" a failure, "-path" skipped. */
struct record {
	char text[4096];
	char why[1024]; /* of the last failure or skip */
	size_t told;
	size_t stop_at; /* the told-th call stops the scan; 0: none */
};

static int
note(struct record *record, char sign, const char *path, const struct err *why)
{
	size_t len = strlen(record->text);
	size_t cut = strncmp(path, home, strlen(home)) == 0 ? strlen(home) : 0;

	snprintf(record->text + len, sizeof record->text - len, "%c%.200s\n", sign, path + cut);
	if (why)
		snprintf(record->why, sizeof record->why, "%s", why->text);
	return ++record->told == record->stop_at ? 7 : 0;
}

static int
on_instance(void *ctx, struct instance *instance)
{
	int rc = note(ctx, '+', instance->path, NULL);

	instance_clear(instance);
	return rc;
}

static int
on_failure(void *ctx, const char *path, const struct err *why)
{
	return note(ctx, '!', path, why);
}

static int
on_skipped(void *ctx, const char *path, const struct err *why)
{
	return note(ctx, '-', path, why);
}

static int
run(struct record *record, const char *path)
{
	struct scan_sink sink = { on_instance, on_failure, on_skipped, record, NULL };

	return scan(path, &sink);
}

/* An object that is all right, or one cut short. */
static void
object(const char *name, bool whole)
{
	struct bytes b = { 0 };

	bytes_head(&b, UID_EXPLICIT_LE);
	bytes_object(&b, ENCODING_EXPLICIT_LE, 64);
	if (!whole)
		b.len -= 10;
	bytes_save(&b, at(name));
	bytes_free(&b);
}

static void
file(const char *name, const char *content)
{
	struct bytes b = { 0 };

	bytes_put(&b, content, strlen(content));
	bytes_save(&b, at(name));
	bytes_free(&b);
}

static void
directory(const char *name)
{
	ck_assert_int_eq(mkdir(at(name), 0700), 0);
}

START_TEST(order)
{
	struct record record = { .told = 0 };

	directory("d");
	directory("d/a");
	directory("d/B");
	directory("d/a/empty");
	object("d/z.dcm", true);
	object("d/A\n\033[1m", true);
	object("d/\xff\xfe", true);
	object("d/ ", true);
	object("d/.hidden", true);
	object("d/a/2", true);
	object("d/a/10", true);
	object("d/B/1", true);
	ck_assert_int_eq(run(&record, at("d")), 0);
	ck_assert_str_eq(record.text, "+/d/ \n+/d/.hidden\n+/d/A\n\033[1m\n+/d/z.dcm\n+/d/\xff\xfe\n"
		"+/d/B/1\n+/d/a/10\n+/d/a/2\n");
	memset(&record, 0, sizeof record);
	ck_assert_int_eq(run(&record, at("d/B/")), 0);
	ck_assert_str_eq(record.text, "+/d/B/1\n");
}
END_TEST

/* What is told of a thing when it is named, and when it is found. */
static void
make_fifo(void)
{
	ck_assert_int_eq(mkfifo(at("d/x"), 0600), 0);
}

static void
make_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = at("d/x");
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_uint_lt(strlen(path), sizeof address.sun_path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	close(fd);
}

static void
make_device_link(void)
{
	ck_assert_int_eq(symlink("/dev/zero", at("d/x")), 0);
}

static void
make_dangling(void)
{
	ck_assert_int_eq(symlink("nowhere", at("d/x")), 0);
}

static void
make_circle(void)
{
	ck_assert_int_eq(symlink("x", at("d/x")), 0);
}

static void
make_link(void)
{
	object("elsewhere", true);
	ck_assert_int_eq(symlink("../elsewhere", at("d/x")), 0);
}

static void
make_text(void)
{
	file("d/x", "Read me first.\n");
}

static void
make_empty(void)
{
	file("d/x", "");
}

static void
make_cut(void)
{
	object("d/x", false);
}

static void
make_whole(void)
{
	object("d/x", true);
}

static const struct {
	void (*make)(void);
	char named, found;
	const char *why;
} things[] = {
	{ make_whole, '+', '+', "" },
	{ make_link, '+', '+', "" },
	{ make_cut, '!', '!', "truncated" },
	{ make_text, '!', '-', "is not a DICOM file" },
	{ make_empty, '!', '-', "is empty" },
	{ make_fifo, '!', '-', "is not a file, but a FIFO" },
	{ make_socket, '!', '-', "is not a file, but a socket" },
	{ make_device_link, '!', '-', "is not a file, but a device" },
	{ make_dangling, '!', '!', "No such file" },
	{ make_circle, '!', '!', "Too many levels" },
};

START_TEST(thing)
{
	char wanted[16];
	struct record named = { .told = 0 }, found = { .told = 0 };

	directory("d");
	things[_i].make();
	ck_assert_int_eq(run(&named, at("d/x")), 0);
	snprintf(wanted, sizeof wanted, "%c/d/x\n", things[_i].named);
	ck_assert_str_eq(named.text, wanted);
	ck_assert_msg(strstr(named.why, things[_i].why) != NULL, "%s", named.why);
	ck_assert_int_eq(run(&found, at("d")), 0);
	snprintf(wanted, sizeof wanted, "%c/d/x\n", things[_i].found);
	ck_assert_str_eq(found.text, wanted);
	ck_assert_msg(strstr(found.why, things[_i].why) != NULL, "%s", found.why);
	/* The sentence names the file, once. */
	ck_assert_ptr_eq(strstr(found.why, home), things[_i].why[0] ? found.why : NULL);
}
END_TEST

START_TEST(missing)
{
	struct record record = { .told = 0 };

	ck_assert_int_eq(run(&record, at("none")), 0);
	ck_assert_str_eq(record.text, "!/none\n");
	ck_assert_ptr_nonnull(strstr(record.why, strerror(ENOENT)));
	memset(&record, 0, sizeof record);
	ck_assert_int_eq(run(&record, ""), 0);
	ck_assert_str_eq(record.text, "!\n");
}
END_TEST

START_TEST(loops)
{
	struct record record = { .told = 0 };

	directory("d");
	directory("d/a");
	directory("d/a/b");
	object("d/a/b/1", true);
	ck_assert_int_eq(symlink("../..", at("d/a/b/up")), 0);
	ck_assert_int_eq(symlink(".", at("d/a/self")), 0);
	ck_assert_int_eq(symlink("a/b", at("d/twice")), 0);
	ck_assert_int_eq(run(&record, at("d")), 0);
	/* A directory reached by two ways is no loop. */
	ck_assert_str_eq(record.text, "+/d/a/b/1\n-/d/a/b/up\n-/d/a/self\n+/d/twice/1\n-/d/twice/up\n");
	ck_assert_ptr_nonnull(strstr(record.why, "is a link back to a directory that contains it"));
}
END_TEST

/* root may open everything, so it looks as nobody. */
START_TEST(unreadable)
{
	struct record record = { .told = 0 };
	uid_t us = geteuid();

	directory("d");
	directory("d/closed");
	object("d/secret", true);
	object("d/whole", true);
	ck_assert_int_eq(chmod(home, 0755) | chmod(at("d"), 0755) | chmod(at("d/whole"), 0644), 0);
	ck_assert_int_eq(chmod(at("d/closed"), 0) | chmod(at("d/secret"), 0), 0);
	if (us == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	ck_assert_int_eq(run(&record, at("d")), 0);
	ck_assert_int_eq(seteuid(us), 0);
	ck_assert_int_eq(chmod(at("d/closed"), 0700), 0);
	ck_assert_str_eq(record.text, "!/d/secret\n+/d/whole\n!/d/closed\n");
	ck_assert_ptr_nonnull(strstr(record.why, strerror(EACCES)));
}
END_TEST

/* What fails on a directory that can be opened. */
START_TEST(lost_directory)
{
	struct record record = { .told = 0 };

	directory("d");
	object("d/1", true);
	outcome = _i ? UNLISTED : UNSEEN;
	ck_assert_int_eq(run(&record, at("d")), 0);
	outcome = WELL;
	ck_assert_str_eq(record.text, "!/d\n");
	ck_assert_ptr_nonnull(strstr(record.why, _i ? "cannot be listed to its end: Not a directory" :
		"cannot be examined: Input/output error"));
}
END_TEST

/* Deeper than a path can say: a failure, and the rest is found. */
START_TEST(deep)
{
	struct record record = { .told = 0 };
	int fd;

	directory("d");
	object("d/first", true);
	directory("d/deep");
	directory("d/z");
	object("d/z/last", true);
	fd = open(at("d/deep"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < PATH_MAX / 2 + 10; i++) {
		int below;

		ck_assert_int_eq(mkdirat(fd, "d", 0700), 0);
		below = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = below;
	}
	close(fd);
	ck_assert_int_eq(run(&record, at("d")), 0);
	ck_assert_uint_eq(record.told, 3);
	ck_assert_ptr_nonnull(strstr(record.text, "+/d/first\n!/d/deep/d/d"));
	ck_assert_ptr_nonnull(strstr(record.text, "\n+/d/z/last\n"));
	ck_assert_ptr_nonnull(strstr(record.why, strerror(ENAMETOOLONG)));
}
END_TEST

/* The sink's word ends it at once, wherever it came from. */
START_TEST(stopped)
{
	struct record record = { .stop_at = (size_t)_i };

	directory("d");
	directory("d/a");
	file("d/0", "no object");
	object("d/1", false);
	object("d/2", true);
	object("d/a/3", true);
	object("d/a/4", true);
	ck_assert_int_eq(run(&record, at("d")), 7);
	ck_assert_uint_eq(record.told, (size_t)_i);
}
END_TEST

/* Each path comes after the last one. */
struct ascent {
	char last[PATH_MAX];
	size_t told;
};

static int
ascends(void *ctx, const char *path, const struct err *why)
{
	struct ascent *ascent = ctx;

	(void)why;
	ck_assert_int_gt(strcmp(path, ascent->last), 0);
	snprintf(ascent->last, sizeof ascent->last, "%s", path);
	ascent->told++;
	return 0;
}

/* More names than the first room for them, of all lengths. */
START_TEST(many)
{
	struct ascent ascent = { .told = 0 };
	struct scan_sink sink = { on_instance, on_failure, ascends, &ascent, NULL };
	char name[NAME_MAX + 4];

	directory("d");
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof name, "d/%0*d", 1 + i % NAME_MAX, i * 7919 % 3000);
		file(name, "x");
	}
	ck_assert_int_eq(scan(at("d"), &sink), 0);
	ck_assert_uint_gt(ascent.told, 2900);
}
END_TEST

/* A file or directory of any name that a file system takes. */
static const char *const names[] = {
	"\n", "\t", " ", "  x  ", "\\", "-", "--", "*", "'\"", "\r\n", "\033[2J", "\x7f", "\xff\xfe\x80",
	"\xc3\xa4", "\xe2\x80\xae", "%s%n", "...", "DICOMDIR",
};

START_TEST(any_name)
{
	struct record record = { .told = 0 };
	char path[64], wanted[128];

	directory("d");
	snprintf(path, sizeof path, "d/%s", names[_i]);
	directory(path);
	snprintf(path, sizeof path, "d/%s/%s", names[_i], names[_i]);
	object(path, true);
	snprintf(wanted, sizeof wanted, "+/%s\n", path);
	ck_assert_int_eq(run(&record, at("d")), 0);
	ck_assert_str_eq(record.text, wanted);
	memset(&record, 0, sizeof record);
	ck_assert_int_eq(run(&record, at(path)), 0);
	ck_assert_str_eq(record.text, wanted);
}
END_TEST

/* A DICOMDIR at name that refers to these files. */
static void
dicomdir(const char *name, const char *const ids[], size_t count)
{
	const struct encoding e = ENCODING_EXPLICIT_LE;
	struct bytes b = { 0 };

	bytes_preamble(&b);
	bytes_meta(&b, UID_MEDIA_DIRECTORY, "1.2.3.5", UID_EXPLICIT_LE, 0);
	bytes_header(&b, e, 0x00041220, "SQ", ELEMENT_UNDEFINED);
	for (size_t i = 0; i < count; i++) {
		bytes_header(&b, e, TAG_ITEM, NULL, ELEMENT_UNDEFINED);
		bytes_text(&b, e, 0x00041500, "CS", ids[i]);
		bytes_header(&b, e, TAG_ITEM_END, NULL, 0);
	}
	bytes_header(&b, e, TAG_SEQUENCE_END, NULL, 0);
	bytes_save(&b, at(name));
	bytes_free(&b);
}

/* What becomes of what a DICOMDIR refers to; what stands beside it does not count. */
static const char *const references[] = {
	"IMG\\2", "IMG\\GONE\n", "IMG\\1", "IMG\\1\\BELOW", "IMG\\CUT", "README", "IMG", "FIFO", "DICOMDIR",
	"..\\D",
};

static void
make_medium(void)
{
	directory("d");
	directory("d/img");
	object("d/img/1", true);
	object("d/img/2", true);
	object("d/img/3", true);
	object("d/img/cut", false);
	file("d/readme", "no object");
	ck_assert_int_eq(mkfifo(at("d/fifo"), 0600), 0);
	dicomdir("d/DICOMDIR", references, sizeof references / sizeof references[0]);
}

START_TEST(medium)
{
	struct record record = { .told = 0 };

	make_medium();
	ck_assert_int_eq(run(&record, at("d/DICOMDIR")), 0);
	ck_assert_str_eq(record.text, "+/d/img/2\n!/d/img/GONE\n\n+/d/img/1\n!/d/img/1/BELOW\n!/d/img/cut\n"
		"!/d/readme\n!/d/img\n!/d/fifo\n!/d/DICOMDIR\n!/d/DICOMDIR\n");
	ck_assert_ptr_nonnull(strstr(record.why, "refers to \"..\\D\", which is outside of"));
	memset(&record, 0, sizeof record);
	ck_assert_int_eq(run(&record, at("d")), 0);
	ck_assert_str_eq(record.text, "-/d/fifo\n-/d/DICOMDIR\n-/d/readme\n+/d/img/1\n+/d/img/2\n+/d/img/3\n"
		"!/d/img/cut\n");
}
END_TEST

/* The sentence about each of them. */
static const struct {
	const char *id, *why;
} referred[] = {
	{ "GONE\n", "/GONE : does not exist, although the DICOMDIR /tmp/mtls-test" },
	{ "IMG\\1\\BELOW", "/BELOW: does not exist, although the DICOMDIR /tmp/mtls-test" },
	{ "IMG\\CUT", "/img/cut: truncated" },
	{ "README", "/readme: is not a DICOM file" },
	{ "IMG", "/img: is not a file, but a directory" },
	{ "FIFO", "/fifo: is not a file, but a FIFO" },
	{ "DICOMDIR", "/DICOMDIR: is a DICOMDIR" },
	{ "LOOP", "/loop: cannot be found: Too many levels" },
	{ "", "/DICOMDIR: is a DICOMDIR that refers to no file" },
};

START_TEST(reference)
{
	struct record record = { .told = 0 };

	make_medium();
	ck_assert_int_eq(symlink("loop", at("d/loop")), 0);
	dicomdir("d/DICOMDIR", &referred[_i].id, 1);
	ck_assert_int_eq(run(&record, at("d/DICOMDIR")), 0);
	ck_assert_uint_eq(record.told, 1);
	ck_assert_int_eq(record.text[0], '!');
	ck_assert_msg(strstr(record.why, referred[_i].why) != NULL, "%s", record.why);
	ck_assert_ptr_eq(strstr(record.why, home), record.why);
}
END_TEST

/* A DICOMDIR through a link, which is where its files are looked for. */
START_TEST(linked_medium)
{
	struct record record = { .told = 0 };

	make_medium();
	ck_assert_int_eq(symlink("d", at("link")), 0);
	dicomdir("d/index", references, 1);
	ck_assert_int_eq(run(&record, at("link/index")), 0);
	ck_assert_str_eq(record.text, "+/link/img/2\n");
}
END_TEST

START_TEST(stopped_medium)
{
	struct record record = { .stop_at = (size_t)_i };

	make_medium();
	ck_assert_int_eq(run(&record, at("d/DICOMDIR")), 7);
	ck_assert_uint_eq(record.told, (size_t)_i);
}
END_TEST

static Suite *
suite_scan(void)
{
	Suite *suite = suite_create("scan");
	TCase *tcase = tcase_create("scan");

	tcase_add_checked_fixture(tcase, home_make, home_remove);
	tcase_add_test(tcase, order);
	tcase_add_rows(tcase, thing, things, why);
	tcase_add_test(tcase, missing);
	tcase_add_test(tcase, loops);
	tcase_add_test(tcase, unreadable);
	tcase_add_loop_test(tcase, lost_directory, 0, 2);
	tcase_add_test(tcase, deep);
	tcase_add_loop_test(tcase, stopped, 1, 6);
	tcase_add_test(tcase, many);
	tcase_add_texts(tcase, any_name, names);
	tcase_add_test(tcase, medium);
	tcase_add_rows(tcase, reference, referred, id);
	tcase_add_test(tcase, linked_medium);
	tcase_add_loop_test(tcase, stopped_medium, 1, 11);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return check_run(suite_scan());
}
