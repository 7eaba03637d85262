/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/metrics.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "report/atomic_file.h"
#include "report/output.h"

#define MODE	     0644 /* the collector runs as another user */
#define LAST_SUCCESS "send_last_success_timestamp_seconds"
#define LINE_ROOM    (PROMTEXT_LABELS_MAX + 100)
#define LINES_MAX    10000 /* that is looked up in the old file */

/* Can the file be replaced? A device or a pipe is not opened until there is something to write. */
static int
try_path(const char *path, struct err *err)
{
	struct atomic_file trial;
	struct stat now;

	if (output_is_stdout(path))
		return 0;
	if (stat(path, &now) == 0 && !S_ISREG(now.st_mode) && !S_ISDIR(now.st_mode))
		return 0;
	if (atomic_file_open(&trial, path, MODE, err) < 0)
		return -1;
	atomic_file_discard(&trial);
	return 0;
}

int
metrics_open(struct metrics *metrics, const char *path, const struct promtext_labels *labels,
	struct err *err)
{
	*metrics = (struct metrics){ .path = NULL };
	if (try_path(path, err) < 0)
		return -1;
	metrics->path = path;
	promtext_labels(metrics->labels, labels);
	return 0;
}

static void
metrics_association(void *self, const struct report_association *event)
{
	struct metrics *metrics = self;

	(void)event;
	metrics->associations++;
}

static void
metrics_retry(void *self, const struct report_retry *event)
{
	struct metrics *metrics = self;

	(void)event;
	metrics->retries++;
}

struct reporter
metrics_reporter(struct metrics *metrics)
{
	return (struct reporter){ .self = metrics, .association = metrics_association,
		.retry = metrics_retry };
}

static void
print_count(FILE *to, const struct metrics *metrics, const char *metric, uint64_t value, const char *help)
{
	promtext_head(to, metric, help);
	promtext_sample(to, metric, metrics->labels, NULL, 0, (double)value);
}

static void
print_classes(FILE *to, const struct metrics *metrics)
{
	const struct report_totals *totals = metrics->totals;
	const struct {
		const char *class;
		size_t count;
	} rows[] = {
		{ "class=\"acknowledged\"", totals->acknowledged },
		{ "class=\"failed\"", totals->failed },
		{ "class=\"uncertain\"", totals->uncertain },
		{ "class=\"not-sent\"", totals->not_sent },
		{ "class=\"duplicate\"", totals->duplicates },
	};

	promtext_head(to, "send_instances", "Results of the instances given to the last run.");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		promtext_sample(to, "send_instances", metrics->labels, rows[i].class, 0,
			(double)rows[i].count);
}

static void
print_times(FILE *to, const struct metrics *metrics)
{
	print_count(to, metrics, "send_last_run_timestamp_seconds", (uint64_t)metrics->now,
		"When the last run ended.");
	if (metrics->last_success > 0)
		print_count(to, metrics, LAST_SUCCESS, (uint64_t)metrics->last_success,
			"When the last run with exit status 0 ended.");
	promtext_head(to, "send_seconds", "Time that the last run took.");
	promtext_sample(to, "send_seconds", metrics->labels, NULL, 6, (double)metrics->totals->us / 1e6);
}

static void
print(FILE *to, const void *what)
{
	const struct metrics *metrics = what;
	const struct report_totals *totals = metrics->totals;

	print_times(to, metrics);
	print_count(to, metrics, "send_exit_status", (uint64_t)err_status(metrics->verdict),
		"Exit status of the last run.");
	print_classes(to, metrics);
	print_count(to, metrics, "send_warned_instances", totals->warned,
		"Acknowledged instances that were answered with a Warning status.");
	print_count(to, metrics, "send_recorded_instances", totals->recorded,
		"Acknowledged instances that the journal has from an earlier run.");
	print_count(to, metrics, "send_repeated_instances", totals->again, "Instances sent more than once.");
	print_count(to, metrics, "send_skipped_files", totals->skipped, "Files in directories that are not "
		"DICOM.");
	print_count(to, metrics, "send_left_files", totals->left,
		"Files changed within --min-age, left for another run.");
	print_count(to, metrics, "send_bytes", totals->bytes, "Bytes of the data sets acknowledged.");
	print_count(to, metrics, "send_associations", metrics->associations, "Associations opened.");
	print_count(to, metrics, "send_retries", metrics->retries, "Retries.");
}

/* The time after `start` in the line, if it is plausible; 0 if not. */
static time_t
parse_success(const char *line, const char *start, time_t now)
{
	size_t len = strlen(start), digits;
	long long value;

	if (strncmp(line, start, len) != 0)
		return 0;
	digits = strspn(line + len, "0123456789");
	if (digits == 0 || digits > 18 || (line[len + digits] != '\n' && line[len + digits] != '\0'))
		return 0;
	value = strtoll(line + len, NULL, 10);
	return value <= (long long)now ? (time_t)value : 0;
}

/* NULL if there is no such file, or it is something else. */
static FILE *
open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat now;
	FILE *from = NULL;

	if (fd >= 0 && fstat(fd, &now) == 0 && S_ISREG(now.st_mode))
		from = fdopen(fd, "r");
	if (fd >= 0 && !from)
		close(fd);
	return from;
}

/* The value for this receiver in the existing file, whatever else that contains. */
static time_t
last_success(const struct metrics *metrics)
{
	FILE *from = output_is_stdout(metrics->path) ? NULL : open_regular(metrics->path);
	char line[LINE_ROOM], start[LINE_ROOM];
	time_t found = 0;

	if (!from)
		return 0;
	text_format(start, sizeof start, PROMTEXT_PREFIX LAST_SUCCESS "{%s} ", metrics->labels);
	for (int i = 0; i < LINES_MAX && !found && fgets(line, sizeof line, from); i++)
		found = parse_success(line, start, metrics->now);
	fclose(from);
	return found;
}

int
metrics_close(struct metrics *metrics, const struct report_totals *totals, enum err_kind verdict,
	struct err *err)
{
	metrics->totals = totals;
	metrics->verdict = verdict;
	metrics->now = time(NULL);
	metrics->last_success = verdict == ERR_NONE ? metrics->now : last_success(metrics);
	return output_replace(metrics->path, print, metrics, err);
}
