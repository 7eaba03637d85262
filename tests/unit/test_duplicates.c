/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/duplicates.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"
#include "home.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define HEAD	     132 /* bytes before the data set */

/* The instance as the head of a file at path gives it. Free with instance_clear. */
static struct instance
instance_at(const char *path, const char *uid, const char *syntax)
{
	struct instance instance = { .path = strdup(path), .data_offset = HEAD };
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	instance.size = (uint64_t)st.st_size;
	instance.mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	snprintf(instance.sop_instance, sizeof instance.sop_instance, "%s", uid);
	snprintf(instance.syntax, sizeof instance.syntax, "%s", syntax);
	return instance;
}

/* A file with a head of its own and a data set of len bytes, the at-th from the end changed (0: none). */
static struct instance
object(const char *name, size_t len, size_t at)
{
	char path[128];
	unsigned char *bytes = malloc(HEAD + len);
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", home, name);
	file = fopen(path, "w");
	ck_assert(file && bytes);
	memset(bytes, name[0], HEAD);
	for (size_t i = 0; i < len; i++)
		bytes[HEAD + i] = (unsigned char)(i * 7 ^ i >> 8);
	if (at > 0)
		bytes[HEAD + len - at] ^= 1;
	ck_assert_uint_eq(fwrite(bytes, 1, HEAD + len, file), HEAD + len);
	ck_assert_int_eq(fclose(file), 0);
	free(bytes);
	return instance_at(path, "1.2.3", UID_EXPLICIT_LE);
}

static struct duplicates *
begin(void)
{
	struct err err = ERR_INIT;
	struct duplicates *met = duplicates_new(false, &err);

	ck_assert_msg(met, "%s", err.text);
	return met;
}

static void
expect(struct duplicates *met, const struct instance *instance, enum duplicate wanted, const char *path,
	const char *says)
{
	struct err err = ERR_INIT;
	const char *first = "unset";

	ck_assert_int_eq(duplicates_add(met, instance, &first, &err), wanted);
	if (path)
		ck_assert_str_eq(first, path);
	else
		ck_assert_ptr_null(first);
	ck_assert_int_eq(err.kind, wanted == DUPLICATE_OTHER ? ERR_NO_INPUT : ERR_NONE);
	if (says)
		ck_assert_msg(strstr(err.text, says), "%s", err.text);
}

static const struct {
	const char *name;
	size_t first, second; /* lengths */
	size_t at;	      /* from the end of the second: the byte that differs; 0: none */
	enum duplicate result;
	const char *says;
} rows[] = {
	{ "equal", 1000, 1000, 0, DUPLICATE_EQUAL, NULL },
	{ "empty", 0, 0, 0, DUPLICATE_EQUAL, NULL },
	{ "one piece", 65536, 65536, 0, DUPLICATE_EQUAL, NULL },
	{ "pieces", 200001, 200001, 0, DUPLICATE_EQUAL, NULL },
	{ "first byte", 1000, 1000, 1000, DUPLICATE_OTHER, "has a different data set of the same length" },
	{ "last byte", 1000, 1000, 1, DUPLICATE_OTHER, "has a different data set of the same length" },
	{ "last byte of a piece", 131072, 131072, 65537, DUPLICATE_OTHER, "of the same length" },
	{ "last byte of pieces", 200001, 200001, 1, DUPLICATE_OTHER, "of the same length" },
	{ "longer", 1000, 1002, 0, DUPLICATE_OTHER, "has a different data set (1002 bytes, that one's 1000)" },
	{ "shorter", 1000, 0, 0, DUPLICATE_OTHER, "has a different data set (0 bytes, that one's 1000)" },
};

START_TEST(compared)
{
	struct duplicates *met = begin();
	struct instance a = object("a", rows[_i].first, 0), b = object("b", rows[_i].second, rows[_i].at);

	expect(met, &a, DUPLICATE_NONE, NULL, NULL);
	expect(met, &b, rows[_i].result, a.path, rows[_i].says);
	/* And it stays so; the second was not kept. */
	expect(met, &b, rows[_i].result, a.path, rows[_i].says);
	instance_clear(&a);
	instance_clear(&b);
	duplicates_free(met);
}
END_TEST

START_TEST(other_syntax)
{
	struct duplicates *met = begin();
	struct instance a = object("a", 100, 0), b = object("b", 100, 0);

	strcpy(b.syntax, UID_IMPLICIT_LE);
	expect(met, &a, DUPLICATE_NONE, NULL, NULL);
	expect(met, &b, DUPLICATE_OTHER, a.path, "another transfer syntax (Implicit VR Little Endian, that one "
		"in Explicit VR Little Endian)");
	instance_clear(&a);
	instance_clear(&b);
	duplicates_free(met);
}
END_TEST

/* Of different ones under a UID, all are known if they are kept, else the first alone. */
START_TEST(others_kept)
{
	struct err err = ERR_INIT;
	struct duplicates *met = duplicates_new(_i, &err);
	struct instance a = object("a", 100, 0), b = object("b", 100, 1), c = object("c", 100, 1);
	struct instance d = object("d", 100, 2);

	ck_assert_msg(met, "%s", err.text);
	expect(met, &a, DUPLICATE_NONE, NULL, NULL);
	expect(met, &b, DUPLICATE_OTHER, a.path, "has a different data set of the same length");
	expect(met, &c, _i ? DUPLICATE_EQUAL : DUPLICATE_OTHER, _i ? b.path : a.path, NULL);
	expect(met, &d, DUPLICATE_OTHER, _i ? b.path : a.path, NULL);
	expect(met, &d, _i ? DUPLICATE_EQUAL : DUPLICATE_OTHER, _i ? d.path : a.path, NULL);
	expect(met, &a, DUPLICATE_EQUAL, a.path, NULL);
	instance_clear(&a);
	instance_clear(&b);
	instance_clear(&c);
	instance_clear(&d);
	duplicates_free(met);
}
END_TEST

/* But no more than that: the first of those behind is not known when it comes again. */
START_TEST(others_bounded)
{
	struct err err = ERR_INIT;
	struct duplicates *met = duplicates_new(true, &err);
	struct instance last = object("a", 100, 0);

	ck_assert_msg(met, "%s", err.text);
	for (size_t i = 0; i <= DUPLICATES_MAX; i++) {
		char name[8];
		struct instance instance;

		snprintf(name, sizeof name, "x%zu", i);
		instance = object(name, 100, i + 1);
		expect(met, &instance, i == 0 ? DUPLICATE_NONE : DUPLICATE_OTHER, i == 0 ? NULL : last.path, NULL);
		if (i == DUPLICATES_MAX)
			expect(met, &instance, DUPLICATE_OTHER, last.path, NULL);
		else
			expect(met, &instance, DUPLICATE_EQUAL, instance.path, NULL);
		if (i < DUPLICATES_MAX) {
			instance_clear(&last);
			last = instance;
		} else {
			instance_clear(&instance);
		}
	}
	instance_clear(&last);
	duplicates_free(met);
}
END_TEST

/* What makes its data set start elsewhere does not count. */
START_TEST(other_head)
{
	struct duplicates *met = begin();
	struct instance a = object("a", 100, 0), b = object("b", 100 + HEAD, 0);
	FILE *file = fopen(b.path, "r+");
	unsigned char bytes[100];

	ck_assert_ptr_nonnull(file);
	fseek(file, HEAD, SEEK_SET);
	ck_assert_uint_eq(fread(bytes, 1, 100, file), 100);
	fseek(file, 2 * HEAD, SEEK_SET);
	ck_assert_uint_eq(fwrite(bytes, 1, 100, file), 100);
	ck_assert_int_eq(fclose(file), 0);
	b.data_offset = 2 * HEAD;
	expect(met, &a, DUPLICATE_NONE, NULL, NULL);
	expect(met, &b, DUPLICATE_EQUAL, a.path, NULL);
	instance_clear(&a);
	instance_clear(&b);
	duplicates_free(met);
}
END_TEST

/* The same file by its own path, a link, a symbolic link: what else is said of it does not count. */
START_TEST(same_file)
{
	static int (*const links[])(const char *, const char *) = { link, symlink };
	struct duplicates *met = begin();
	struct instance a = object("a", 100, 0);

	expect(met, &a, DUPLICATE_NONE, NULL, NULL);
	expect(met, &a, DUPLICATE_EQUAL, a.path, NULL);
	for (size_t i = 0; i < COUNT(links); i++) {
		struct instance b;
		char path[128];

		snprintf(path, sizeof path, "%s/link%zu", home, i);
		ck_assert_int_eq(links[i](a.path, path), 0);
		b = instance_at(path, "1.2.3", UID_IMPLICIT_LE);
		b.size = 1;
		expect(met, &b, DUPLICATE_EQUAL, a.path, NULL);
		instance_clear(&b);
	}
	instance_clear(&a);
	duplicates_free(met);
}
END_TEST

START_TEST(gone_or_changed)
{
	struct duplicates *met = begin();
	struct instance a = object("a", 100, 0), b = object("b", 100, 0), c = object("c", 100, 0);

	expect(met, &a, DUPLICATE_NONE, NULL, NULL);
	ck_assert_int_eq(truncate(a.path, 50), 0);
	expect(met, &b, DUPLICATE_OTHER, a.path, "that one has changed since it was read");
	ck_assert_int_eq(unlink(a.path), 0);
	expect(met, &b, DUPLICATE_OTHER, a.path, "that one can no longer be read to compare them: No such file");
	ck_assert_int_eq(rename(b.path, a.path), 0);
	expect(met, &b, DUPLICATE_OTHER, a.path, "but can no longer be read to compare them: No such file");
	ck_assert_int_eq(unlink(a.path), 0);
	ck_assert_int_eq(mkfifo(a.path, 0600), 0);
	expect(met, &c, DUPLICATE_OTHER, a.path, "that one has changed since it was read");
	ck_assert_int_eq(unlink(a.path), 0);
	ck_assert_int_eq(mkdir(a.path, 0700), 0);
	expect(met, &c, DUPLICATE_OTHER, a.path, "that one has changed since it was read");
	instance_clear(&a);
	instance_clear(&b);
	instance_clear(&c);
	duplicates_free(met);
}
END_TEST

/* An instance made of something else goes by that name; any byte may be in a path. */
START_TEST(names)
{
	struct duplicates *met = begin();
	struct instance a = object("a\n\033[31m\xff", 100, 0), b = object("b", 100, 1);
	struct err err = ERR_INIT;
	const char *first;

	a.origin = strdup("given/a.pdf");
	expect(met, &a, DUPLICATE_NONE, NULL, NULL);
	expect(met, &b, DUPLICATE_OTHER, "given/a.pdf", "given/a.pdf");
	instance_clear(&a);
	instance_clear(&b);

	a = object("a\n\033[31m\xff", 100, 0);
	b = object("b", 100, 1);
	strcpy(a.sop_instance, "1.2.4");
	strcpy(b.sop_instance, "1.2.4");
	expect(met, &a, DUPLICATE_NONE, NULL, NULL);
	ck_assert_int_eq(duplicates_add(met, &b, &first, &err), DUPLICATE_OTHER);
	ck_assert_str_eq(first, a.path);
	ck_assert_ptr_nonnull(strstr(err.text, "/a ?[31m?"));
	ck_assert_ptr_nonnull(strstr(err.text, b.path));
	ck_assert_ptr_nonnull(strstr(err.text, "1.2.4"));
	instance_clear(&a);
	instance_clear(&b);
	duplicates_free(met);
	duplicates_free(NULL);
}
END_TEST

/* The UID of the n-th of many, in no order. */
static void
number(struct instance *instance, unsigned n)
{
	snprintf(instance->sop_instance, sizeof instance->sop_instance, "1.2.826.0.1.3680043.8.%010u%010u",
		n * 2654435761u, n);
}

/* More than stays in memory: none is taken for another one, and all are found again. */
START_TEST(many)
{
	struct duplicates *met = begin();
	struct instance a = object("a", 100, 0);

	for (unsigned i = 0; i < 300000; i++) {
		number(&a, i);
		expect(met, &a, DUPLICATE_NONE, NULL, NULL);
	}
	for (unsigned i = 0; i < 300000; i += 50) {
		number(&a, i);
		expect(met, &a, DUPLICATE_EQUAL, a.path, NULL);
	}
	instance_clear(&a);
	duplicates_free(met);
}
END_TEST

/* The n-th path, and what it was made of: of many lengths, up to the longest that may be. */
static void
rename_to(struct instance *instance, unsigned n)
{
	free(instance->path);
	free(instance->origin);
	instance->origin = NULL;
	ck_assert_int_gt(asprintf(&instance->path, "%0*u", 1 + (int)(n * 997 % 4095), n), 0);
	if (n % 3 == 0)
		ck_assert_int_gt(asprintf(&instance->origin, "made of %0*u", (int)(n % 11), n), 0);
}

/* Whether a name is in memory or in the file, it comes back whole. */
START_TEST(names_spill)
{
	struct duplicates *met = begin();
	struct instance a = object("a", 100, 0);
	struct err err = ERR_INIT;
	const char *first;

	for (unsigned i = 0; i < 1000; i++) {
		number(&a, i);
		rename_to(&a, i);
		expect(met, &a, DUPLICATE_NONE, NULL, NULL);
		for (unsigned k = i < 3 ? 0 : i - 3; k <= i; k++) {
			number(&a, k);
			rename_to(&a, k);
			ck_assert_int_eq(duplicates_add(met, &a, &first, &err), DUPLICATE_OTHER); /* not there */
			ck_assert_str_eq(first, instance_name(&a));
		}
	}
	instance_clear(&a);
	duplicates_free(met);
}
END_TEST

static unsigned
open_files(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* A file only where it is needed, in the next best place, and without a name. */
START_TEST(file_made_late)
{
	const char *const places[] = { home, "/nonexistent", "" };
	const unsigned before = open_files();
	struct instance a = object("a", 100, 0);
	struct duplicates *met;

	/* SQLite looks once for the places that there are. */
	ck_assert_int_eq(setenv("TMPDIR", places[_i], 1), 0);
	met = begin();
	for (unsigned n = 0; n < 40000; n++) {
		number(&a, n);
		expect(met, &a, DUPLICATE_NONE, NULL, NULL);
		if (n == 1000)
			ck_assert_uint_eq(open_files(), before);
	}
	ck_assert_uint_eq(open_files(), before + 1);
	duplicates_free(met);
	ck_assert_uint_eq(open_files(), before);
	ck_assert_int_eq(remove(a.path), 0);
	ck_assert_int_eq(rmdir(home), 0); /* nothing is left in it */
	instance_clear(&a);
}
END_TEST

/* A limit on file sizes stands for a full disk. */
START_TEST(no_room_to_spill)
{
	struct rlimit limit = { 1 << 20, RLIM_INFINITY };
	struct duplicates *met = begin();
	struct instance a = object("a", 100, 0);
	enum duplicate result = DUPLICATE_NONE;
	struct err err = ERR_INIT;
	const char *first;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (unsigned i = 0; i < 1000000 && result == DUPLICATE_NONE; i++) {
		number(&a, i);
		result = duplicates_add(met, &a, &first, &err);
	}
	ck_assert_int_eq(result, DUPLICATE_FAILED);
	ck_assert_int_eq(err.kind, ERR_INTERNAL);
	ck_assert_ptr_nonnull(strstr(err.text, "temporary file"));
	ck_assert_ptr_nonnull(strstr(err.hint, "TMPDIR"));
	instance_clear(&a);
	duplicates_free(met);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("duplicates");
	TCase *tc = tcase_create("duplicates");

	tcase_add_checked_fixture(tc, home_make, home_remove);
	tcase_add_rows(tc, compared, rows, name);
	tcase_add_test(tc, other_syntax);
	tcase_add_loop_test(tc, others_kept, 0, 2);
	tcase_add_test(tc, others_bounded);
	tcase_add_test(tc, other_head);
	tcase_add_test(tc, same_file);
	tcase_add_test(tc, gone_or_changed);
	tcase_add_test(tc, names);
	tcase_add_test(tc, many);
	tcase_add_test(tc, names_spill);
	tcase_add_loop_test(tc, file_made_late, 0, 3);
	tcase_add_test(tc, no_room_to_spill);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_run(suite());
}
