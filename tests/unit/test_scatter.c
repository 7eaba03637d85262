/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/scatter.h"

#include "check_main.h"
#include "dicom_bytes.h"

/* Three places in one array, a byte between each two, and one without room. */
static struct scatter
three(char room[12])
{
	struct scatter scatter = { .left = 0 };

	memset(room, '.', 12);
	ck_assert(scatter_add(&scatter, room, 4) && scatter_add(&scatter, room + 4, 0) &&
		scatter_add(&scatter, room + 5, 1) && scatter_add(&scatter, room + 7, 5));
	ck_assert_uint_eq(scatter.left, 10);
	return scatter;
}

START_TEST(puts_across_places)
{
	for (size_t size = 0; size <= 10; size++) {
		char room[12];
		struct scatter scatter = three(room);

		scatter_put(&scatter, "0123456789", size);
		ck_assert_uint_eq(scatter.left, 10 - size);
		scatter_put(&scatter, &"0123456789"[size], 10 - size);
		ck_assert_uint_eq(scatter.left, 0);
		ck_assert_mem_eq(room, "0123.4.56789", 12);
	}
}
END_TEST

START_TEST(reads_across_places)
{
	struct bytes file = { 0 };
	struct err err = ERR_INIT;
	int fd;

	bytes_put(&file, "xx0123456789", 12);
	fd = bytes_fd(&file);
	for (size_t size = 0; size <= 10; size++) {
		char room[12];
		struct scatter scatter = three(room);

		ck_assert_int_eq(scatter_read(&scatter, fd, 2, size, &err), 0);
		ck_assert_uint_eq(scatter.left, 10 - size);
		ck_assert_int_eq(scatter_read(&scatter, fd, 2 + size, 10 - size, &err), 0);
		ck_assert_mem_eq(room, "0123.4.56789", 12);
	}
	close(fd);
	bytes_free(&file);
}
END_TEST

START_TEST(tells_what_cannot_be_read)
{
	struct bytes file = { 0 };
	struct err err = ERR_INIT;
	char room[12];
	struct scatter scatter = three(room);
	int fd;

	bytes_put(&file, "0123", 4);
	fd = bytes_fd(&file);
	ck_assert_int_eq(scatter_read(&scatter, fd, 0, 5, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NO_INPUT);
	ck_assert_str_eq(err.text, "was truncated while it was being sent");
	close(fd);
	scatter = three(room);
	ck_assert_int_eq(scatter_read(&scatter, -1, 0, 5, &err), -1);
	ck_assert_str_eq(err.text, "cannot be read: Bad file descriptor");
	bytes_free(&file);
}
END_TEST

START_TEST(has_so_many_places)
{
	struct scatter scatter = { .left = 0 };
	char room[SCATTER_MAX + 1], from[SCATTER_MAX];

	memset(from, 'x', sizeof from);
	for (size_t i = 0; i < SCATTER_MAX; i++)
		ck_assert(scatter_add(&scatter, room + i, 1));
	ck_assert(!scatter_add(&scatter, room + SCATTER_MAX, 1));
	scatter_put(&scatter, from, sizeof from);
	ck_assert_uint_eq(scatter.left, 0);
	ck_assert_mem_eq(room, from, sizeof from);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("scatter");
	TCase *tc = tcase_create("scatter");

	tcase_add_test(tc, puts_across_places);
	tcase_add_test(tc, reads_across_places);
	tcase_add_test(tc, tells_what_cannot_be_read);
	tcase_add_test(tc, has_so_many_places);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_run(suite());
}
