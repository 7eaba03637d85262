/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/progress.h"

#include <string.h>

#include "check_main.h"
#include "socket_peer.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])
#define MB	    UINT64_C(1000000)

/* us is given in milliseconds here. */
static void
show(struct progress *progress, int64_t at_ms, size_t finished, size_t found, uint64_t bytes, bool walking)
{
	struct report_progress event = { .found = found, .finished = finished, .bytes = bytes,
		.walking = walking, .us = at_ms * 1000 };

	progress_show(progress, &event);
}

struct step {
	int64_t at_ms;
	size_t finished, found;
	uint64_t bytes;
	bool walking;
};

#define STEPS 6

/* Where no line can be redrawn. */
static const struct {
	bool wanted;
	struct step steps[STEPS];
	const char *wanted_text;
} lines[] = {
	{ true, { { 0, 0, 10, 0, true }, { 9999, 9, 10, 9 * MB, false } }, "" },
	{ true, { { 10000, 1200, 5000, 300 * MB, false } },
		"1200 of 5000 done, 300 MB, 30.0 MB/s, 0:32 left\n" },
	{ true, { { 10000, 1200, 5000, 300 * MB, true } },
		"1200 of 5000 done, 300 MB, 30.0 MB/s, walking\n" },
	{ false, { { 10000, 1200, 5000, 300 * MB, false } }, "" },
	/* Every ten seconds, however often it is told; the rate is that of late. */
	{ true, { { 10000, 100, 1000, 10 * MB, false }, { 10100, 101, 1000, 11 * MB, false },
		  { 19999, 190, 1000, 99 * MB, false }, { 20000, 200, 1000, 110 * MB, false } },
		"100 of 1000 done, 10.0 MB, 1.00 MB/s, 1:30 left\n"
		"200 of 1000 done, 110 MB, 10.0 MB/s, 1:20 left\n" },
	/* Standing still; the end is not in sight; hours. */
	{ true, { { 10000, 0, 1000, 0, false } }, "0 of 1000 done, 0 bytes, 0 bytes/s\n" },
	{ true, { { 10000, 10, 10000, 10, false } },
		"10 of 10000 done, 10 bytes, 1 byte/s, 2:46:30 left\n" },
	{ true, { { 10000, 10, 10, 10, false } }, "10 of 10 done, 10 bytes, 1 byte/s, 0:00 left\n" },
	{ true, { { 10000, 0, 0, 0, true } }, "0 of 0 done, 0 bytes, 0 bytes/s, walking\n" },
};

START_TEST(line)
{
	struct progress progress;
	char *text;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	progress_init(&progress, to, lines[_i].wanted);
	for (const struct step *step = lines[_i].steps; step < lines[_i].steps + STEPS; step++)
		show(&progress, step->at_ms, step->finished, step->found, step->bytes, step->walking);
	progress_erase(&progress);
	fclose(to);
	ck_assert_str_eq(text, lines[_i].wanted_text);
	free(text);
}
END_TEST

/* What a terminal of so many columns gets. */
static const struct {
	unsigned short columns;
	struct step steps[STEPS];
	const char *wanted;
} bars[] = {
	{ 80, { { 0, 0, 10, 0, true }, { 999, 9, 10, 9 * MB, false } }, "" },
	{ 80, { { 1000, 5, 10, 9 * MB, false } },
		"\r[##########          ] 5/10, 9.00 MB, 9.00 MB/s, 0:01 left\033[K\r\033[K" },
	{ 0, { { 1000, 0, 10, 0, true } },
		"\r[                    ] 0/10, 0 bytes, 0 bytes/s, walking\033[K\r\033[K" },
	{ 80, { { 1000, 10, 10, 9 * MB, false } },
		"\r[####################] 10/10, 9.00 MB, 9.00 MB/s, 0:00 left\033[K\r\033[K" },
	/* Ten times a second at most. */
	{ 80, { { 1000, 1, 2, 0, true }, { 1099, 1, 2, 0, true }, { 1100, 1, 2, 0, true },
		  { 1199, 2, 2, 0, true } },
		"\r[##########          ] 1/2, 0 bytes, 0 bytes/s, walking\033[K"
		"\r[##########          ] 1/2, 0 bytes, 0 bytes/s, walking\033[K\r\033[K" },
	/* One column stays free: the last one would wrap. */
	{ 29, { { 1000, 5, 10, 9 * MB, false } }, "\r[##########          ] 5/10,\033[K\r\033[K" },
	{ 1, { { 1000, 5, 10, 9 * MB, false } }, "\r\033[K\r\033[K" },
};

START_TEST(bar)
{
	struct progress progress;
	char seen[4096];
	int far;
	FILE *to;

	setenv("TERM", "xterm", 1);
	to = terminal_open(&far, bars[_i].columns);
	progress_init(&progress, to, true);
	for (const struct step *step = bars[_i].steps; step < bars[_i].steps + STEPS; step++)
		show(&progress, step->at_ms, step->finished, step->found, step->bytes, step->walking);
	progress_erase(&progress);
	progress_erase(&progress);
	ck_assert_str_eq(terminal_close(to, far, seen, sizeof seen), bars[_i].wanted);
}
END_TEST

/* The window may be resized under way. */
START_TEST(resized)
{
	struct winsize narrow = { .ws_row = 24, .ws_col = 10 };
	struct progress progress;
	char seen[4096];
	int far;
	FILE *to;

	setenv("TERM", "xterm", 1);
	to = terminal_open(&far, 80);
	progress_init(&progress, to, true);
	show(&progress, 1000, 1, 2, 0, true);
	ck_assert_int_eq(ioctl(far, TIOCSWINSZ, &narrow), 0);
	show(&progress, 1100, 1, 2, 0, true);
	ck_assert_str_eq(terminal_close(to, far, seen, sizeof seen),
		"\r[##########          ] 1/2, 0 bytes, 0 bytes/s, walking\033[K\r[########\033[K");
}
END_TEST

static const char *const plain_terms[] = { "dumb", NULL };

/* On terminals that cannot erase, lines. */
START_TEST(dumb)
{
	struct progress progress;
	char seen[4096];
	int far;
	FILE *to;

	if (plain_terms[_i])
		setenv("TERM", plain_terms[_i], 1);
	else
		unsetenv("TERM");
	to = terminal_open(&far, 80);
	progress_init(&progress, to, true);
	show(&progress, 1000, 1, 2, 0, true);
	show(&progress, 10000, 1, 2, 0, true);
	progress_erase(&progress);
	ck_assert_str_eq(terminal_close(to, far, seen, sizeof seen),
		"1 of 2 done, 0 bytes, 0 bytes/s, walking\r\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("progress");
	TCase *tc = tcase_create("progress");

	tcase_add_rows(tc, line, lines, wanted_text);
	tcase_add_rows(tc, bar, bars, wanted);
	tcase_add_test(tc, resized);
	tcase_add_texts(tc, dumb, plain_terms);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
