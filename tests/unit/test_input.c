/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading here and there in a file, and in what a deflated stream becomes. */
#include "dicom/input.h"

#include <unistd.h>

#include "check_main.h"
#include "dicom_bytes.h"

#define SIZE (5 * INPUT_WINDOW + 100)
#define HEAD 37 /* bytes before a deflated stream */

struct source {
	struct bytes plain;
	int fd;
	struct input in;
};

static void
open_source(struct source *source, bool deflated)
{
	struct err err = ERR_INIT;
	struct bytes file = { 0 };

	memset(source, 0, sizeof *source);
	for (unsigned i = 0; i < SIZE; i++)
		bytes_put(&source->plain, &(unsigned char){ (unsigned char)(i * i >> 7 ^ i) }, 1);
	if (deflated) {
		bytes_zero(&file, HEAD);
		bytes_deflate(&file, &source->plain, 0);
	} else {
		bytes_put(&file, source->plain.data, source->plain.len);
	}
	source->fd = bytes_fd(&file);
	input_init(&source->in, source->fd, file.len);
	if (deflated) {
		source->in.next = HEAD;
		ck_assert_int_eq(input_inflate(&source->in, &err), 0);
	}
	bytes_free(&file);
}

static void
close_source(struct source *source)
{
	input_clear(&source->in);
	close(source->fd);
	bytes_free(&source->plain);
}

static void
check_read(struct source *source, uint64_t at, size_t n)
{
	static unsigned char got[SIZE + 1];
	struct err err = ERR_INIT;
	bool whole;

	ck_assert_msg(input_seek(&source->in, at, &err) == 0, "%s", err.text);
	ck_assert_msg(input_read(&source->in, got, n, &whole, &err) == 0, "%s", err.text);
	ck_assert_int_eq(whole, at + n <= SIZE);
	if (whole) {
		ck_assert_int_eq(memcmp(got, source->plain.data + at, n), 0);
		ck_assert_uint_eq(source->in.at, at + n);
	}
}

static const struct {
	const char *about;
	uint64_t at[6];
	size_t n[6];
} rows[] = {
	{ "in order", { 0, 8, 8 + INPUT_WINDOW, 40000, 80000 }, { 8, INPUT_WINDOW, 100, 40000, 1 } },
	{ "back within the window", { 100, 92, 0, 5 }, { 50, 8, 200, 5 } },
	{ "back over the window's end", { INPUT_WINDOW - 4, INPUT_WINDOW - 4, INPUT_WINDOW + 4 }, { 8, 12, 8 } },
	{ "back to the beginning", { 70000, 3, 60000, 0 }, { 1000, 20000, 1, SIZE } },
	{ "up to the end, and beyond", { SIZE - 1, SIZE, SIZE + 1, SIZE - 5, 0 }, { 1, 1, 1, 6, 5 } },
	{ "all, and more", { 0, 0, 1 }, { SIZE, SIZE + 1, SIZE } },
};

/* Even rows of the loop are plain, odd ones deflated. */
START_TEST(reads)
{
	struct source source;

	open_source(&source, _i % 2);
	for (size_t i = 0; i < 6 && rows[_i / 2].n[i] > 0; i++)
		check_read(&source, rows[_i / 2].at[i], rows[_i / 2].n[i]);
	close_source(&source);
}
END_TEST

/* A header that is read again costs no inflating anew: where there are many, that would be without end. */
START_TEST(goes_back_at_no_cost)
{
	struct source source;
	uint64_t taken;

	open_source(&source, true);
	for (uint64_t at = 0; at + INPUT_BACK <= SIZE; at += INPUT_BACK) {
		check_read(&source, at, INPUT_BACK);
		check_read(&source, at, INPUT_BACK);
	}
	taken = source.in.taken;
	ck_assert_uint_le(taken, SIZE);
	close_source(&source);
}
END_TEST

START_TEST(counts)
{
	struct err err = ERR_INIT;
	struct source source;
	uint64_t total;

	open_source(&source, true);
	ck_assert_int_eq(input_inflated_size(source.fd, source.in.size, HEAD, SIZE, &total, &err), 0);
	ck_assert_uint_eq(total, SIZE);
	ck_assert_int_eq(input_inflated_size(source.fd, source.in.size, HEAD, 1000, &total, &err), 0);
	ck_assert_uint_gt(total, 1000);
	ck_assert_uint_lt(total, SIZE);
	ck_assert_int_eq(input_inflated_size(source.fd, source.in.size - 9, HEAD, SIZE, &total, &err), -1);
	close_source(&source);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("input");
	TCase *tc = tcase_create("input");

	tcase_add_loop_test(tc, reads, 0, 2 * (int)(sizeof rows / sizeof *rows));
	tcase_add_test(tc, goes_back_at_no_cost);
	tcase_add_test(tc, counts);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
