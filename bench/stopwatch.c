/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time commands as whole processes, in turn, there and back (A B C C B A ...),
 * so that a machine whose speed drifts treats them alike, and what one leaves
 * the server to tidy up does not always fall on the same next one. The kernel's
 * own accounting of each finished process is what counts (wait4).
 *
 *     stopwatch [-o FILE] RUNS NAME [VARIABLE=VALUE]... COMMAND...
 *         [-- NAME [VARIABLE=VALUE]... COMMAND...]...
 *
 * Prints a row per command: medians and minima of wall and CPU time, the
 * largest resident set, and how its wall time stands to the first command's,
 * again by medians and by minima. -o writes the same as a JSON array. One
 * run of each beforehand is not counted. A command that fails ends it all: a
 * failure's time is no result.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONTENDERS_MAX 8
#define RUNS_MAX 1000

extern char **environ;

struct contender {
	const char *name;
	char **argv;
	char **environment;
	double wall[RUNS_MAX], cpu[RUNS_MAX]; /* ms */
	double wall_median, cpu_median;
	long rss;			      /* kB, largest */
};

static double
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static double
ms_of(struct timeval tv)
{
	return (double)tv.tv_sec * 1e3 + (double)tv.tv_usec / 1e3;
}

/* Start it, standard output thrown away. */
static pid_t
start(const struct contender *contender)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int failed;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	failed = posix_spawnp(&pid, contender->argv[0], &actions, NULL, contender->argv, contender->environment);
	posix_spawn_file_actions_destroy(&actions);
	if (failed) {
		fprintf(stderr, "stopwatch: cannot run %s: %s\n", contender->argv[0], strerror(failed));
		exit(1);
	}
	return pid;
}

/* Run once. Ends the program if the command fails. */
static void
run(struct contender *contender, long n)
{
	struct rusage usage;
	double wall, started = now_ms();
	pid_t pid = start(contender);
	int status;

	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR) {
			perror("stopwatch: wait4");
			exit(1);
		}
	wall = now_ms() - started;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "stopwatch: %s failed (wait status 0x%x)\n", contender->name, (unsigned)status);
		exit(1);
	}
	if (n < 0)
		return;
	contender->wall[n] = wall;
	contender->cpu[n] = ms_of(usage.ru_utime) + ms_of(usage.ru_stime);
	if (usage.ru_maxrss > contender->rss)
		contender->rss = usage.ru_maxrss;
}

/* The run before the first, -1, only warms up. */
static void
run_all(struct contender *contenders, size_t count, long runs)
{
	for (long n = -1; n < runs; n++)
		for (size_t i = 0; i < count; i++)
			run(&contenders[n % 2 == 0 ? i : count - 1 - i], n);
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts the values. */
static double
median(double *values, size_t count)
{
	qsort(values, count, sizeof *values, ascending);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static void
judge(struct contender *contenders, size_t count, size_t runs)
{
	for (size_t i = 0; i < count; i++) {
		contenders[i].wall_median = median(contenders[i].wall, runs);
		contenders[i].cpu_median = median(contenders[i].cpu, runs);
	}
}

static void
print_table(const struct contender *contenders, size_t count)
{
	printf("%-32s %9s %9s %9s %9s %8s %6s %6s\n", "", "wall ms", "min", "cpu ms", "min", "peak kB", "ratio",
		"min");
	for (size_t i = 0; i < count; i++) {
		const struct contender *c = &contenders[i];

		printf("%-32s %9.1f %9.1f %9.1f %9.1f %8ld %6.2f %6.2f\n", c->name, c->wall_median, c->wall[0],
			c->cpu_median, c->cpu[0], c->rss, c->wall_median / contenders[0].wall_median,
			c->wall[0] / contenders[0].wall[0]);
	}
}

static int
write_json(const char *path, const struct contender *contenders, size_t count, size_t runs)
{
	FILE *file = fopen(path, "w");
	int failed;

	if (!file)
		return -1;
	fprintf(file, "[\n");
	for (size_t i = 0; i < count; i++) {
		const struct contender *c = &contenders[i];

		fprintf(file, "  {\"name\": \"%s\", \"runs\": %zu,\n", c->name, runs);
		fprintf(file, "   \"wall_ms\": {\"median\": %.2f, \"min\": %.2f, \"max\": %.2f},\n", c->wall_median,
			c->wall[0], c->wall[runs - 1]);
		fprintf(file, "   \"cpu_ms\": {\"median\": %.2f, \"min\": %.2f, \"max\": %.2f},\n", c->cpu_median,
			c->cpu[0], c->cpu[runs - 1]);
		fprintf(file, "   \"peak_kb\": %ld, \"ratio\": %.3f, \"ratio_of_minima\": %.3f}%s\n", c->rss,
			c->wall_median / contenders[0].wall_median, c->wall[0] / contenders[0].wall[0],
			i + 1 < count ? "," : "");
	}
	fprintf(file, "]\n");
	failed = ferror(file);
	return fclose(file) == 0 && !failed ? 0 : -1;
}

/* Ours, but for the variables set by the first count words; NULL without memory. */
static char **
environment_with(char **words, size_t count)
{
	size_t n = 0;
	char **result;

	if (count == 0)
		return environ;
	while (environ[n])
		n++;
	result = calloc(count + n + 1, sizeof *result);
	if (!result)
		return NULL;
	/* Before the others: the first of a name is what getenv finds. */
	memcpy(result, words, count * sizeof *result);
	memcpy(result + count, environ, n * sizeof *result);
	return result;
}

/* NAME [VARIABLE=VALUE]... COMMAND... */
static int
parse_one(char **argv, struct contender *contender)
{
	size_t variables = 0;

	if (!argv[0] || strpbrk(argv[0], "\"\\"))
		return -1;
	contender->name = *argv++;
	while (argv[variables] && strchr(argv[variables], '='))
		variables++;
	contender->argv = argv + variables;
	contender->environment = environment_with(argv, variables);
	return contender->argv[0] && contender->environment ? 0 : -1;
}

/* Cut argv at each "--" into contenders. Returns how many, 0 if malformed. */
static size_t
parse(char **argv, struct contender *contenders)
{
	size_t count = 0;

	while (*argv && count < CONTENDERS_MAX) {
		char **first = argv;

		while (*argv && strcmp(*argv, "--") != 0)
			argv++;
		if (*argv)
			*argv++ = NULL;
		if (parse_one(first, &contenders[count++]) != 0)
			return 0;
	}
	return *argv ? 0 : count;
}

int
main(int argc, char **argv)
{
	static struct contender contenders[CONTENDERS_MAX];
	const char *json = NULL;
	size_t count;
	long runs;

	if (argc > 2 && strcmp(argv[1], "-o") == 0) {
		json = argv[2];
		argv += 2;
		argc -= 2;
	}
	runs = argc > 3 ? strtol(argv[1], NULL, 10) : 0;
	count = runs > 0 && runs <= RUNS_MAX ? parse(argv + 2, contenders) : 0;
	if (count == 0) {
		fprintf(stderr, "usage: stopwatch [-o FILE] RUNS NAME [VARIABLE=VALUE]... COMMAND...\n"
			"           [-- NAME [VARIABLE=VALUE]... COMMAND...]...\n");
		return 2;
	}
	run_all(contenders, count, runs);
	judge(contenders, count, (size_t)runs);
	print_table(contenders, count);
	if (json && write_json(json, contenders, count, (size_t)runs) != 0) {
		fprintf(stderr, "stopwatch: cannot write %s: %s\n", json, strerror(errno));
		return 1;
	}
	return 0;
}
