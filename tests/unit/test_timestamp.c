/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/timestamp.h"

#include <regex.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "check_main.h"
#include "socket_peer.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])
#define T	    "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z"

static void
assert_matches(const char *text, const char *pattern)
{
	char whole[400];
	regex_t regex;

	snprintf(whole, sizeof whole, "^%s$", pattern);
	ck_assert_int_eq(regcomp(&regex, whole, REG_EXTENDED | REG_NOSUB), 0);
	ck_assert_msg(regexec(&regex, text, 0, NULL, 0) == 0, "\"%s\" is not \"%s\"", text, pattern);
	regfree(&regex);
}

START_TEST(now)
{
	char out[TIMESTAMP_SIZE];

	assert_matches(timestamp_now(out), T);
}
END_TEST

/* What is written, and what stands in the end. */
static const struct {
	const char *parts[4];
	const char *wanted;
} streams[] = {
	{ { "one line\n" }, T " one line\n" },
	{ { "one", " line", "\n" }, T " one line\n" },
	{ { "one\ntwo\n" }, T " one\n" T " two\n" },
	{ { "one\nt", "wo\n\n" }, T " one\n" T " two\n" T " \n" },
	{ { "no end" }, T " no end" },
	{ { "" }, "" },
};

START_TEST(stream)
{
	char *text;
	size_t size;
	FILE *to = open_memstream(&text, &size), *stamped = timestamp_open(to);

	ck_assert_ptr_nonnull(stamped);
	for (int i = 0; i < 4 && streams[_i].parts[i]; i++)
		fputs(streams[_i].parts[i], stamped);
	ck_assert_int_eq(fclose(stamped), 0);
	fclose(to);
	assert_matches(text, streams[_i].wanted);
	free(text);
}
END_TEST

/* A line is there as soon as it is whole. */
START_TEST(line_by_line)
{
	char *text;
	size_t size;
	FILE *to = open_memstream(&text, &size), *stamped = timestamp_open(to);

	fputs("one\n", stamped);
	assert_matches(text, T " one\n");
	fclose(stamped);
	fclose(to);
	free(text);
}
END_TEST

START_TEST(wanted_in_a_file)
{
	char name[64], other[64], behind[80];
	FILE *file = tmpfile();
	struct stat st;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fstat(fileno(file), &st), 0);
	snprintf(name, sizeof name, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	snprintf(other, sizeof other, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino + 1);
	snprintf(behind, sizeof behind, "%sx", name);
	unsetenv("JOURNAL_STREAM");
	ck_assert(timestamp_wanted(file));
	setenv("JOURNAL_STREAM", name, 1);
	ck_assert(!timestamp_wanted(file));
	setenv("JOURNAL_STREAM", other, 1);
	ck_assert(timestamp_wanted(file));
	setenv("JOURNAL_STREAM", behind, 1);
	ck_assert(timestamp_wanted(file));
	setenv("JOURNAL_STREAM", "", 1);
	ck_assert(timestamp_wanted(file));
	fclose(file);
}
END_TEST

START_TEST(not_wanted_on_a_terminal)
{
	char buffer[16];
	int far;
	FILE *near = terminal_open(&far, 80);

	unsetenv("JOURNAL_STREAM");
	ck_assert(!timestamp_wanted(near));
	terminal_close(near, far, buffer, sizeof buffer);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("timestamp");
	TCase *tc = tcase_create("timestamp");

	tcase_add_test(tc, now);
	tcase_add_loop_test(tc, stream, 0, COUNT(streams));
	tcase_add_test(tc, line_by_line);
	tcase_add_test(tc, wanted_in_a_file);
	tcase_add_test(tc, not_wanted_on_a_terminal);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
