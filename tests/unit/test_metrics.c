/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/metrics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "check_main.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])

/* A directory of its own for each test, entered; each runs in a process of its own. */
static char folder[] = "/tmp/test_metrics.XXXXXX";

static void
enter(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

/* Nothing but the file is left behind, if that. */
static void
leave(void)
{
	unlink("out.prom");
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}

static void
write_file(const char *text)
{
	FILE *to = fopen("out.prom", "w");

	ck_assert_ptr_nonnull(to);
	fputs(text, to);
	fclose(to);
}

static char text[16384];

static const char *
read_file(void)
{
	FILE *from = fopen("out.prom", "r");

	ck_assert_ptr_nonnull(from);
	text[fread(text, 1, sizeof text - 1, from)] = '\0';
	fclose(from);
	return text;
}

static const struct promtext_labels labels = { "IRIS", "ME", "iris", 2762, NULL };

#define LABELS "receiver=\"IRIS\",host=\"iris:2762\",calling=\"ME\""

static void
run(const struct promtext_labels *whose, enum err_kind verdict)
{
	static const struct report_association association;
	static const struct report_retry retry;
	static const struct report_totals totals = { .found = 20, .acknowledged = 11, .warned = 2,
		.recorded = 3, .failed = 4, .uncertain = 1, .not_sent = 2, .duplicates = 2, .again = 5,
		.skipped = 6, .elsewhere = 7, .left = 8, .bytes = UINT64_C(123456789012), .us = 2500000 };
	struct err err;
	struct metrics metrics;
	struct reporter reporter = metrics_reporter(&metrics);

	ck_assert_int_eq(metrics_open(&metrics, "out.prom", whose, &err), 0);
	reporter.association(reporter.self, &association);
	reporter.association(reporter.self, &association);
	reporter.retry(reporter.self, &retry);
	ck_assert_int_eq(metrics_close(&metrics, &totals, verdict, &err), 0);
}

/* The value of the series; -1 if there is none. */
static double
value(const char *series)
{
	const char *at = strstr(read_file(), series);

	if (!at || at[strlen(series)] != ' ')
		return -1;
	return strtod(at + strlen(series), NULL);
}

static const struct {
	const char *series;
	double wanted;
} values[] = {
	{ "mtls_storescu_send_exit_status{" LABELS "}", 10 },
	{ "mtls_storescu_send_seconds{" LABELS "}", 2.5 },
	{ "mtls_storescu_send_bytes{" LABELS "}", 123456789012.0 },
	{ "mtls_storescu_send_instances{" LABELS ",class=\"acknowledged\"}", 11 },
	{ "mtls_storescu_send_instances{" LABELS ",class=\"failed\"}", 4 },
	{ "mtls_storescu_send_instances{" LABELS ",class=\"uncertain\"}", 1 },
	{ "mtls_storescu_send_instances{" LABELS ",class=\"not-sent\"}", 2 },
	{ "mtls_storescu_send_instances{" LABELS ",class=\"duplicate\"}", 2 },
	{ "mtls_storescu_send_warned_instances{" LABELS "}", 2 },
	{ "mtls_storescu_send_recorded_instances{" LABELS "}", 3 },
	{ "mtls_storescu_send_repeated_instances{" LABELS "}", 5 },
	{ "mtls_storescu_send_skipped_files{" LABELS "}", 6 },
	{ "mtls_storescu_send_left_files{" LABELS "}", 8 },
	{ "mtls_storescu_send_associations{" LABELS "}", 2 },
	{ "mtls_storescu_send_retries{" LABELS "}", 1 },
	{ "mtls_storescu_send_last_success_timestamp_seconds{" LABELS "}", -1 },
};

START_TEST(all_of_it)
{
	time_t before = time(NULL);
	struct stat now;
	double at;

	enter();
	umask(077);
	run(&labels, ERR_PARTIAL);
	for (int i = 0; i < COUNT(values); i++)
		ck_assert_msg(fabs(value(values[i].series) - values[i].wanted) < 0.001, "%s",
			values[i].series);
	at = value("mtls_storescu_send_last_run_timestamp_seconds{" LABELS "}");
	ck_assert(at >= (double)before && at < (double)before + 60);
	ck_assert_int_eq(stat("out.prom", &now), 0);
	ck_assert_int_eq(now.st_mode & 07777, 0644);
	leave();
}
END_TEST

static double
last_success(void)
{
	return value("mtls_storescu_send_last_success_timestamp_seconds{" LABELS "}");
}

#define KEPT "mtls_storescu_send_last_success_timestamp_seconds{" LABELS "} "

/* What may stand there, and what is kept of it by a run that is no success. */
static const struct {
	const char *old;
	double kept; /* -1: nothing */
} olds[] = {
	{ "# HELP x\n" KEPT "1700000000\n", 1700000000 },
	{ KEPT "1700000000", 1700000000 },
	{ "", -1 },
	{ KEPT "\n", -1 },
	{ KEPT "17e8\n", -1 },
	{ KEPT "-5\n", -1 },
	{ KEPT "+5\n", -1 },
	{ KEPT "0\n", -1 },
	{ KEPT "1700000000 7\n", -1 },
	{ KEPT "99999999999999999999999999\n", -1 },
	{ KEPT "999999999999999999\n", -1 }, /* in the future */
	{ "x" KEPT "1700000000\n", -1 },
	{ "mtls_storescu_send_last_success_timestamp_seconds{receiver=\"OTHER\"} 1700000000\n", -1 },
	{ "\xff\xfe\x01\n\n" KEPT "1700000000\n", 1700000000 },
};

START_TEST(last_success_is_kept)
{
	enter();
	write_file(olds[_i].old);
	run(&labels, ERR_CONNECT);
	ck_assert(fabs(last_success() - olds[_i].kept) < 0.5);
	leave();
}
END_TEST

START_TEST(success)
{
	time_t before = time(NULL);
	double at;

	enter();
	write_file(KEPT "1700000000\n");
	run(&labels, ERR_NONE);
	at = last_success();
	ck_assert(at >= (double)before && at < (double)before + 60);
	run(&labels, ERR_WARNED);
	ck_assert(fabs(last_success() - at) < 0.5);
	leave();
}
END_TEST

/* Whatever they are called, it is well-formed, and the next run finds its own again. */
static const struct promtext_labels odd[] = {
	{ "IRIS", "ME", "iris", 2762, NULL },
	{ "A\"B\\C", "{}", "::1", 104, NULL },
	{ "\n\x1b[2J", "\xff", "x\ny", 0, NULL },
};

static int
promtool(void)
{
	return system("command -v promtool >/dev/null || exit 0; "
		"promtool check metrics <out.prom >promtool.log 2>&1 && ! test -s promtool.log; "
		"status=$?; rm -f promtool.log; exit $status");
}

START_TEST(well_formed)
{
	enter();
	run(&odd[_i], ERR_NONE);
	ck_assert_int_eq(promtool(), 0);
	run(&odd[_i], ERR_DNS);
	ck_assert_int_eq(promtool(), 0);
	ck_assert_ptr_nonnull(strstr(read_file(), "\nmtls_storescu_send_last_success_timestamp_seconds{"));
	leave();
}
END_TEST

/* Until the end the old file stands. */
START_TEST(no_end)
{
	struct err err;
	struct metrics metrics;

	enter();
	write_file("old\n");
	ck_assert_int_eq(metrics_open(&metrics, "out.prom", &labels, &err), 0);
	ck_assert_str_eq(read_file(), "old\n");
	leave();
}
END_TEST

START_TEST(known_at_once)
{
	struct err err;
	struct metrics metrics;

	enter();
	ck_assert_int_eq(metrics_open(&metrics, "nowhere/out.prom", &labels, &err), -1);
	ck_assert_int_eq(err.kind, ERR_OUTPUT);
	ck_assert_str_eq(err.text, "cannot write nowhere/out.prom: No such file or directory");
	ck_assert_str_ne(err.hint, "");
	ck_assert_int_eq(metrics_open(&metrics, ".", &labels, &err), -1);
	ck_assert_int_eq(err.kind, ERR_OUTPUT);
	leave();
}
END_TEST

START_TEST(full_disk)
{
	static const struct report_totals totals;
	struct err err;
	struct metrics metrics;

	ck_assert_int_eq(metrics_open(&metrics, "/dev/full", &labels, &err), 0);
	ck_assert_int_eq(metrics_close(&metrics, &totals, ERR_NONE, &err), -1);
	ck_assert_str_eq(err.text, "cannot write /dev/full: No space left on device");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tc = tcase_create("metrics");

	tcase_add_test(tc, all_of_it);
	tcase_add_rows(tc, last_success_is_kept, olds, old);
	tcase_add_test(tc, success);
	tcase_add_loop_test(tc, well_formed, 0, COUNT(odd));
	tcase_add_test(tc, no_end);
	tcase_add_test(tc, known_at_once);
	tcase_add_test(tc, full_disk);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
